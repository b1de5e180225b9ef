#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Which entities need which on this machine, with sockets and mounts that are really there.
# shellcheck disable=SC2154 # stderr comes from run, abs_top_* from make
load helper
load topology

@test "declared services that really talk, and the file system they write, are found here" {
	need jq python3
	cat > server.py <<- 'END'
	import socket, sys, time
	s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
	log = open("server.log", "w")
	print(s.getsockname()[1], file=open("port.new", "w"), flush=True)
	import os; os.rename("port.new", "port")
	kept = []
	while True: kept.append(s.accept()[0])
	END
	cat > client.py <<- 'END'
	import socket, sys, time
	s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	open("connected", "w").close()
	time.sleep(60)
	END
	python3 server.py 3>&- & echo $! >> pids; echo $! > server.pid
	for _ in $(seq 100); do [ -e port ] && break; sleep 0.05; done
	python3 client.py "$(cat port)" 3>&- & echo $! >> pids; echo $! > client.pid
	for _ in $(seq 100); do [ -e connected ] && break; sleep 0.05; done
	cat > site.yaml <<- END
	services:
	  front: {pidfile: $PWD/client.pid, mode: observe}
	  back: {pidfile: $PWD/server.pid, mode: observe}
	END
	edges -c site.yaml > out
	grep -qx 'service:front@h connects service:back@h' out
	run ! grep -q 'service:back@h connects' out
	grep -q '^service:back@h stores_on filesystem:' out
	# It is the one that the collector of file systems tells of.
	SH_HOST=h sh-collect --no-stock -o ndjson filesystem > fs.ndjson
	jq -es --arg of "$(sed -n 's/^service:back@h stores_on //p' out | head -n 1)" 'any(.entity == $of)' fs.ndjson
}

@test "an nginx that runs here, with a file of the site's, and what it passes to" {
	need jq python3 nginx
	python3 -u -c 'import http.server as h
s = h.HTTPServer(("127.0.0.1", 0), h.SimpleHTTPRequestHandler)
open("app.port", "w").write(str(s.server_port)); s.serve_forever()' > /dev/null 2>&1 3>&- &
	echo $! >> pids; echo $! > app.pid
	for _ in $(seq 100); do [ -s app.port ] && break; sleep 0.05; done
	cat > nginx.conf <<- END
	daemon off; pid $PWD/nginx.pid; error_log $PWD/error.log;
	events {}
	http {
	  access_log off; client_body_temp_path $PWD/b; proxy_temp_path $PWD/p; fastcgi_temp_path $PWD/f;
	  uwsgi_temp_path $PWD/u; scgi_temp_path $PWD/s;
	  upstream app { server 127.0.0.1:$(cat app.port); }
	  server { listen unix:$PWD/front.sock; location / { proxy_pass http://app; } }
	}
	END
	nginx -t -q -c "$PWD/nginx.conf" -p "$PWD" || skip 'nginx does not start here'
	nginx -c "$PWD/nginx.conf" -p "$PWD" 3>&- & echo $! >> pids
	# Its worker is to be gone too when the master is killed.
	for _ in $(seq 100); do pgrep -P "$(tail -n 1 pids)" >> pids && break; sleep 0.05; done
	cat > site.yaml <<- END
	services:
	  front: {pidfile: $PWD/nginx.pid, mode: observe}
	  app: {pidfile: $PWD/app.pid, mode: observe}
	END
	edges -c site.yaml > out
	grep -qx 'service:front@h depends_on upstream:app@h' out
	grep -qx 'service:app@h member_of upstream:app@h 1' out
}

@test "checks of the site connect with what is at their address" {
	need jq
	process 10 app /system.slice/app.service
	mkdir -p t/proc/net
	tcp_line 00000000:1F90 00000000:0000 0A 900 > t/proc/net/tcp
	holds 10 3 'socket:[900]'
	put etc/hosts '10.0.0.9 db1'
	cat > site.yaml <<- 'END'
	services:
	  front: {unit: front.service, checks: [{tcp: "10.0.0.5:443"}], mode: observe}
	checks:
	  a: {http: "http://localhost:8080/"}
	  b: {tcp: "db1:5432"}
	  c: {tcp: "10.0.0.5:443"}
	  d: {ping: 10.0.0.6}
	  e: {http: "https://[fd00::1]/x"}
	  f: {tcp: "127.0.0.1:1"}
	  g: {postgres: "10.0.0.9:5432"}
	END
	equal "$(edges --root t -c site.yaml | grep '^check')" 'check:a@h connects service:app@h
check:b@h connects host:db1
check:c@h connects service:front@h
check:e@h connects host:fd00::1
check:g@h connects host:db1'
}

@test "who is connected by a Unix socket is found here" {
	need jq python3
	cat > server.py <<- 'END'
	import socket
	s = socket.socket(socket.AF_UNIX); s.bind("app.sock"); s.listen()
	open("ready", "w").close()
	kept = []
	while True: kept.append(s.accept()[0])
	END
	cat > client.py <<- 'END'
	import socket, time
	s = socket.socket(socket.AF_UNIX); s.connect("app.sock"); pair = socket.socketpair()
	open("connected", "w").close()
	time.sleep(60)
	END
	python3 server.py 3>&- & echo $! >> pids; echo $! > server.pid
	for _ in $(seq 100); do [ -e ready ] && break; sleep 0.05; done
	python3 client.py 3>&- & echo $! >> pids; echo $! > client.pid
	for _ in $(seq 100); do [ -e connected ] && break; sleep 0.05; done
	cat > site.yaml <<- END
	services:
	  front: {pidfile: $PWD/client.pid, mode: observe}
	  back: {pidfile: $PWD/server.pid, mode: observe}
	END
	edges -c site.yaml > out
	jq -es 'any(.source.target == "unix")' seen.ndjson || skip 'the kernel does not tell of Unix sockets'
	grep -qx 'service:front@h connects service:back@h' out
	run ! grep -q 'service:back@h connects' out
}

@test "file systems and disks that are really here are called as their collectors call them" {
	need jq
	edges | grep '^filesystem:\|^disk:' > out || skip 'nothing is mounted from a device here'
	SH_HOST=h sh-collect --no-stock --detail --gap 0s -o ndjson filesystem disk |
		jq -r .entity | sort -u > known
	tr ' ' '\n' < out | grep '^filesystem:\|^disk:' | sort -u > named
	comm -23 named known > unknown
	cat unknown
	[ ! -s unknown ]
}

@test "what is written below a bind mount is on the file system that it shows" {
	need jq
	need_root
	unshare -m true 2> /dev/null || skip 'no mount namespaces'
	mkdir data work
	cat > site.yaml <<- END
	services:
	  writer: {pidfile: $PWD/pid, mode: observe}
	END
	cat > inside <<- 'END'
	mount -t tmpfs -o size=1m data data && mkdir data/part && mount --bind data/part work || exit 9
	sleep 60 9> work/log & echo $! > pid
	SH_HOST=h sh-collect --no-stock -c site.yaml -o ndjson topology > out.ndjson
	kill $!
	END
	run unshare -m bash inside
	[ "$status" != 9 ] || skip 'no tmpfs here'
	equal "$(jq -r 'select(.kind == "edge" and .from == "service:writer@h" and (.to | test("/data@|/work@"))).to' out.ndjson)" \
		"filesystem:$PWD/data@h"
}
