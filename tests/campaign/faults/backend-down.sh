# SPDX-License-Identifier: MIT
# One of two behind a load balancer goes: who asks does not notice, and only that one is started.
causes='process_gone' acts='service-restart'
web_site() { echo '    group: pool'; }
site() {
	cat <<-END
	groups: {pool: {max_unavailable: 1}}
	topology: {"group:pool": {members: ["service:other"]}}
	checks: {front: {http: "http://127.0.0.1:8000/", status: 200, timeout: 1s, mode: act}}
	END
}
setup() {
	command -v haproxy >/dev/null || return
	cat >$S/haproxy.cfg <<-END
	global
	  stats socket $S/haproxy.sock level admin
	defaults
	  mode http
	  timeout connect 500ms
	  timeout client 5s
	  timeout server 5s
	  retries 3
	  option redispatch 1
	frontend f
	  bind 127.0.0.1:8000
	  default_backend b
	backend b
	  option httpchk GET /
	  default-server check inter 300ms fall 1 rise 1
	  server web 127.0.0.1:8080
	  server other 127.0.0.1:8081
	END
	haproxy -f $S/haproxy.cfg >/dev/null 2>&1 &
	for _ in $(seq 50); do
		[ ! -S $S/haproxy.sock ] || return 0
		sleep 0.1
	done
	return 1
}
inject() {
	(while sleep 0.1; do answers 8000 || echo lost >>$S/lost; done) &
	kill -9 "$(web_pid)"
}
up() { [ "$(echo 'show stat' | socat - UNIX-CONNECT:$S/haproxy.sock | awk -F, '$1 == "b" && $2 != "BACKEND" && $18 == "UP"' | wc -l)" = 2 ]; }
well() { answers 8080 && up; }
sound() { [ ! -s $S/lost ]; }
