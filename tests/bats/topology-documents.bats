#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Which entities need which, as documents and the files of proxies say.
# shellcheck disable=SC2154 # stderr comes from run, abs_top_* from make
load helper
load topology

# The edges of a document on standard input.
imported() {
	SH_HOST=h sh-collect --no-stock -o ndjson --from "$1=-" > seen.ndjson
	jq -r 'select(.kind == "edge") | "\(.from) \(.type) \(.to)\(if .need then " \(.need)" else "" end)"' \
		seen.ndjson | sort
}

@test "objects of Kubernetes: owners, nodes, claims, services by selector and by end points, routes" {
	need jq
	equal "$(imported kubectl <<- 'END'
	{"kind": "List", "items": [
	{"kind": "Node", "metadata": {"name": "n1"}, "status": {"addresses": [
		{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": "worker1"}],
		"conditions": [{"type": "Ready", "status": "True"}]}},
	{"kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 2}},
	{"kind": "ReplicaSet", "metadata": {"name": "web-1", "namespace": "shop", "ownerReferences": [
		{"kind": "Deployment", "name": "web", "controller": true}]}, "spec": {"replicas": 2}},
	{"kind": "ReplicaSet", "metadata": {"name": "web-0", "namespace": "shop", "ownerReferences": [
		{"kind": "Deployment", "name": "web", "controller": true}]}, "spec": {"replicas": 0}},
	{"kind": "Pod", "metadata": {"name": "web-1-a", "namespace": "shop", "labels": {"app": "web", "v": "1"},
		"ownerReferences": [{"kind": "ReplicaSet", "name": "web-1", "controller": true},
			{"kind": "Thing", "name": "t"}]},
		"spec": {"nodeName": "n1", "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
			{"name": "n", "nfs": {"server": "nas"}}, {"name": "e", "emptyDir": {}}]},
		"status": {"phase": "Running"}},
	{"kind": "Pod", "metadata": {"name": "done", "namespace": "shop", "labels": {"app": "web"}},
		"status": {"phase": "Succeeded"}},
	{"kind": "Pod", "metadata": {"name": "other", "namespace": "else", "labels": {"app": "web"}}},
	{"kind": "Pod", "metadata": {"name": "static-n1", "namespace": "kube-system", "ownerReferences": [
		{"kind": "Node", "name": "n1", "controller": true}]}, "spec": {"nodeName": "n1"}},
	{"kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": {"app": "web"}}},
	{"kind": "Service", "metadata": {"name": "outer", "namespace": "shop"}, "spec": {}},
	{"kind": "Endpoints", "metadata": {"name": "old", "namespace": "shop"}, "subsets": [
		{"addresses": [{"ip": "10.1.0.1", "targetRef": {"kind": "Pod", "name": "p1", "namespace": "shop"}}],
		"notReadyAddresses": [{"targetRef": {"kind": "Pod", "name": "p2"}}]}]},
	{"kind": "EndpointSlice", "metadata": {"name": "new-x", "namespace": "shop",
		"labels": {"kubernetes.io/service-name": "new"}}, "endpoints": [
		{"targetRef": {"kind": "Pod", "name": "p3"}}, {"targetRef": {"kind": "Node", "name": "n1"}}]},
	{"kind": "Ingress", "metadata": {"name": "front", "namespace": "shop"}, "spec": {"rules": [{"http": {"paths": [
		{"backend": {"service": {"name": "web"}}}, {"backend": {"serviceName": "old"}}]}}]}},
	{"kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"}, "spec": {"volumeName": "pv7"}, "status": {"phase": "Bound"}},
	{"kind": "PersistentVolume", "metadata": {"name": "pv7"}, "spec": {"nfs": {"server": "nas", "path": "/x"}}, "status": {"phase": "Bound"}},
	{"kind": "ConfigMap", "metadata": {"name": "c", "namespace": "shop"}}
	]}
	END
	)" 'ingress:shop/front depends_on service:shop/old
ingress:shop/front depends_on service:shop/web
node:n1 runs_on host:worker1
persistentvolume:pv7 mounts host:nas
persistentvolumeclaim:shop/data stores_on persistentvolume:pv7
pod:kube-system/static-n1 runs_on node:n1
pod:shop/p1 member_of service:shop/old 1
pod:shop/p2 member_of service:shop/old 1
pod:shop/p3 member_of service:shop/new 1
pod:shop/web-1-a member_of replicaset:shop/web-1 1
pod:shop/web-1-a member_of service:shop/web 1
pod:shop/web-1-a mounts host:nas
pod:shop/web-1-a runs_on node:n1
pod:shop/web-1-a stores_on persistentvolumeclaim:shop/data
replicaset:shop/web-1 member_of deployment:shop/web 1'
	# The pods and the volumes are those that samples are about.
	jq -es 'map(select(.kind == "sample").entity) | contains(["pod:shop/web-1-a", "node:n1",
		"replicaset:shop/web-1", "persistentvolumeclaim:shop/data", "persistentvolume:pv7"])' seen.ndjson
	# One object alone, and one that says nothing.
	equal "$(imported kubectl <<< '{"kind":"Pod","metadata":{"name":"p","namespace":"s"},"spec":{"nodeName":"n"}}')" \
		'pod:s/p runs_on node:n'
	run -3 --separate-stderr sh-collect --from kubectl=- <<< '{"kind":"ConfigMap","metadata":{"name":"c"}}'
}

@test "servers of HAProxy belong to their backends, volumes to their groups, containers to others" {
	need jq
	equal "$(imported haproxy <<- 'END'
	# pxname,svname,status,addr,
	web,FRONTEND,OPEN,,
	app,a1,UP,10.0.0.7:80,
	app,a2,DOWN,127.0.0.1:8080,
	app,BACKEND,UP,,
	END
	)" 'server:app/a1@h connects host:10.0.0.7
server:app/a1@h member_of backend:app@h 1
server:app/a2@h member_of backend:app@h 1'
	equal "$(imported lvm <<- 'END'
	{"report": [{"lv": [{"lv_name": "data", "vg_name": "vg0"}], "vg": [{"vg_name": "vg0"}],
		"pv": [{"pv_name": "/dev/sda2", "vg_name": "vg0"}, {"pv_name": "/dev/mapper/x", "vg_name": "vg0"},
		{"pv_name": "/dev/sdz"}]}]}
	END
	)" 'lv:vg0/data@h stores_on vg:vg0@h
pv:/dev/sda2@h stores_on disk:sda2@h
pv:/dev/sdz@h stores_on disk:sdz@h
vg:vg0@h stores_on pv:/dev/mapper/x@h
vg:vg0@h stores_on pv:/dev/sda2@h'
	equal "$(imported docker <<- 'END'
	[{"Id": "0f", "Name": "/web", "State": {"Status": "running"}, "HostConfig": {"NetworkMode": "container:vpn", "Links": ["/db:/web/database"]}}]
	END
	)" 'container:web@h depends_on container:db@h
container:web@h depends_on container:vpn@h
container:web@h runs_on host:h'
}

@test "edges of a document that a check reads again and again are told once" {
	need jq
	echo '{"kind":"Pod","metadata":{"name":"p","namespace":"s"},"spec":{"nodeName":"n"},"status":{"phase":"Running"}}' > pod.json
	echo "checks: {k: {read: $PWD/pod.json, format: kubectl}}" > site.yaml
	sh-collect --no-stock -c site.yaml -o ndjson -i 50ms -n 4 check > out.ndjson
	jq -es '(map(select(.kind == "edge")) | length == 1)
		and (map(select(.kind == "edge"))[0].source == {collector: "check", target: "k"})
		and (map(select(.entity == "pod:s/p")) | length > 1)' out.ndjson
}

@test "nginx: upstreams and what is passed to, through includes; what is a variable is left out" {
	need jq
	process 10 nginx /system.slice/nginx.service
	process 11 nginx /system.slice/nginx.service
	process 12 app /system.slice/app.service
	process 13 php-fpm /system.slice/php.service
	mkdir -p t/proc/net
	tcp_line 0100007F:1F90 00000000:0000 0A 900 > t/proc/net/tcp # app listens on 127.0.0.1:8080
	holds 12 3 'socket:[900]'
	{
		echo 'Num       RefCount Protocol Flags    Type St Inode Path'
		echo '0000000000000000: 00000002 00000000 00010000 0001 01 950 /run/php.sock'
		echo '0000000000000000: 00000003 00000000 00000000 0001 03 951 /run/other.sock'
	} > t/proc/net/unix
	holds 13 3 'socket:[950]'
	put etc/hosts '10.0.0.9 cache'
	put etc/nginx/nginx.conf 'user www; # proxy_pass http://comment;' 'http {' \
		' log_format x "a;b{ $c }"; include conf.d/*.conf; include /etc/nginx/missing.conf;' \
		' server { location ~ "\.php$" { fastcgi_pass unix:/run/php.sock; }' \
		'  location / { proxy_pass http://app/x?y; proxy_set_header Host "$host; }"; }' \
		'  location /v { proxy_pass http://$where/; } location /w { proxy_pass http://${app}; }' \
		'  content_by_lua_block { if x then s = "it'"'"'s { }" end; proxy_pass http://lua; }' \
		'  location /o { proxy_pass https://api.example.org/v1/; }' \
		'  location /6 { grpc_pass grpc://[fd00::7]:99; } } }' \
		'stream { upstream sql { server 10.0.0.6:3306; server 10.0.0.7:3306 down; }' \
		' server { listen 3306; proxy_pass sql; } }'
	put etc/nginx/conf.d/10-app.conf 'upstream app { least_conn; server 127.0.0.1:8080 weight=5;' \
		' server cache:8081 backup; keepalive 8; }' 'upstream unused { server 10.0.0.8; }'
	put etc/nginx/conf.d/20-loop.conf 'include conf.d/20-loop.conf; include conf.d/*.conf;'
	put etc/nginx/conf.d/cut.conf 'upstream half { server 10.0.0.99; server "10.0.0.98'
	put etc/nginx/conf.d/not.txt 'upstream not { server 10.0.0.97; }'
	equal "$(edges --root t | grep 'upstream\|service:nginx')" 'host:10.0.0.6 member_of upstream:sql@h 1
host:10.0.0.8 member_of upstream:unused@h 1
host:10.0.0.99 member_of upstream:half@h 1
host:cache member_of upstream:app@h 1
service:app@h member_of upstream:app@h 1
service:nginx@h connects host:api.example.org
service:nginx@h connects host:fd00::7
service:nginx@h connects service:php@h
service:nginx@h depends_on upstream:app@h
service:nginx@h depends_on upstream:sql@h'
	# Where it was told another file, not the default one.
	printf 'nginx: master process /usr/sbin/nginx -c /srv/n.conf\0' > t/proc/10/cmdline
	put srv/n.conf 'http { upstream o { server 10.0.0.1; } server { location / { proxy_pass http://o; } } }'
	rm -r t/proc/11
	equal "$(edges --root t | grep 'upstream\|service:nginx')" 'host:10.0.0.1 member_of upstream:o@h 1
service:nginx@h depends_on upstream:o@h'
	# Without the program its files say nothing of what runs here.
	rm -r t/proc/10
	equal "$(edges --root t | grep -c 'upstream\|nginx')" 0
}

@test "HAProxy: frontends, backends and their servers, as its statistics call them" {
	need jq
	process 10 haproxy /system.slice/haproxy.service
	process 12 app /system.slice/app.service
	mkdir -p t/proc/net
	tcp_line 0100007F:1F90 00000000:0000 0A 900 > t/proc/net/tcp
	holds 12 3 'socket:[900]'
	put etc/haproxy/haproxy.cfg 'global' '  log /dev/log local0' 'defaults http' '  mode http # x' \
		'frontend www' '  bind :80' '  use_backend %[req.hdr(x)] if x' '  use_backend img if { path_beg /i }' \
		'  default_backend app' 'backend app' '  server a1 127.0.0.1:8080 check' '  server a2 10.0.0.7:80 check backup' \
		'  server a3 10.0.0.8:80 disabled' '  server a4 ipv4@10.0.0.9:80' '  server-template t 3 x:80' 'backend img' \
		'listen stats' '  server s /run/s.sock' 'peers mine' '  server other 10.0.0.99:1' 'frontend' '  default_backend none'
	equal "$(edges --root t | grep 'frontend\|backend\|^server')" 'frontend:stats@h depends_on backend:stats@h
frontend:stats@h runs_on service:haproxy@h
frontend:www@h depends_on backend:app@h
frontend:www@h depends_on backend:img@h
frontend:www@h runs_on service:haproxy@h
server:app/a1@h connects service:app@h
server:app/a1@h member_of backend:app@h 1
server:app/a2@h connects host:10.0.0.7
server:app/a2@h member_of backend:app@h 1
server:app/a4@h connects host:10.0.0.9
server:app/a4@h member_of backend:app@h 1
server:stats/s@h member_of backend:stats@h 1'
}
