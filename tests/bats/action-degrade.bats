#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# backend-set on a real HAProxy, flag-set on files and commands
load helper
load action

start_haproxy() {
	need haproxy python3
	read -r port one two <<<"$(ports 3)"
	cat >conf <<-END
		global
		    stats socket $PWD/sock mode 600 level admin
		defaults
		    mode http
		    timeout connect 1s
		    timeout client 5s
		    timeout server 5s
		frontend f
		    bind 127.0.0.1:$port
		    default_backend web
		backend web
		    server s1 127.0.0.1:$one
		    server s2 127.0.0.1:$two
	END
	haproxy -db -f "$PWD/conf" >/dev/null 2>&1 3>&- &
	remember $!
	until [ -S sock ]; do sleep 0.02; done
}

backend() { # backend STATE [SERVER]
	jq -nc --arg d "$PWD" --arg s "$1" --arg v "${2-web/s1}" '{plan:"p", state:($d + "/st"),
		parameters:{state:$s, backend:{socket:($d + "/sock"), server:$v, drain_timeout:"1s"}}}'
}

status() {
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect("sock"); s.sendall(b"show stat\n")
d = b""
while True:
    p = s.recv(65536)
    if not p: break
    d += p
print([l.split(",")[17] for l in d.decode().split("\n") if l.startswith("web," + sys.argv[1] + ",")][0])' "$1"
}

@test "a server is drained, check sees it, and undo lets it serve again" {
	start_haproxy
	ok backend-set check "$(backend drain)"
	answer '.output.state == "not_done"'
	ok backend-set run "$(backend drain)"
	answer '.output.before == "ready" and .output.sessions_left == 0'
	[ "$(status s1)" = DRAIN ]
	ok backend-set check "$(backend drain)"
	answer '.output.state == "done"'
	ok backend-set undo "$(backend drain)"
	[ "$(status s1)" = 'no check' ]
}

@test "the last server that serves is not taken, and one that was taken comes back" {
	start_haproxy
	ok backend-set run "$(backend maint)"
	[ "$(status s1)" = MAINT ]
	refused backend-set run "$(backend drain web/s2)" 'no other server'
	[ "$(status s2)" = 'no check' ]
	ok backend-set run "$(backend ready)"
	answer '.output.before == "maint"'
	[ "$(status s1)" = 'no check' ]
}

@test "servers that are not there, names that are commands, and a dead socket" {
	start_haproxy
	refused backend-set run "$(backend drain web/s3)" 'knows no server'
	refused backend-set run "$(backend drain 'web/s1; shutdown sessions')" 'no name'
	refused backend-set run "$(backend drain web)" 'BACKEND/SERVER'
	refused backend-set run "$(backend away)" 'drain, maint or ready'
	refused backend-set run "$(backend drain | jq -c '.parameters.backend.socket = "/nosuch"')" 'cannot connect'
	[ "$(status s1)" = 'no check' ]
}

@test "a socket that takes nobody in is given up" {
	need python3
	python3 -c 'import os, socket, time
s = socket.socket(socket.AF_UNIX); s.bind("sock"); s.listen(0)
waiting = []
while True:
    c = socket.socket(socket.AF_UNIX); c.setblocking(False); waiting.append(c)
    try: c.connect("sock")
    except BlockingIOError: break
open("full", "w").write("x")
time.sleep(100)' "$PWD" 3>&- &
	remember $!
	until [ -e full ]; do sleep 0.02; done
	refused backend-set check "$(backend drain)" 'cannot connect'
}

start_nginx() {
	need nginx curl python3
	read -r port one two <<<"$(ports 3)"
	cat >servers.conf <<-END
		# of the site
		server 127.0.0.1:$one weight=2; # the first
		server 127.0.0.1:$two;
	END
	cat >nginx.conf <<-END
		pid $PWD/nginx.pid;
		error_log $PWD/error.log;
		events {}
		http {
		    access_log off;
		    client_body_temp_path $PWD/t1; proxy_temp_path $PWD/t2; fastcgi_temp_path $PWD/t3;
		    uwsgi_temp_path $PWD/t4; scgi_temp_path $PWD/t5;
		    upstream web { include $PWD/servers.conf; }
		    server { listen 127.0.0.1:$port; location / { proxy_pass http://web; } }
		    server { listen 127.0.0.1:$one; return 200 one; }
		    server { listen 127.0.0.1:$two; return 200 two; }
		}
	END
	nginx -c "$PWD/nginx.conf" -g 'daemon off;' 2>/dev/null 3>&- &
	remember $!
	until curl -fs "http://127.0.0.1:$port/" >/dev/null; do sleep 0.05; done
}

upstream() { # upstream STATE [SERVER]
	jq -nc --arg d "$PWD" --arg s "$1" --arg v "${2-127.0.0.1:$one}" --arg n "$(command -v nginx)" '{plan:"p", state:($d + "/st"),
		parameters:{state:$s, upstream:{file:($d + "/servers.conf"), server:$v,
			test:[$n, "-t", "-q", "-c", ($d + "/nginx.conf")], reload:[$n, "-s", "reload", "-c", ($d + "/nginx.conf")]}}}'
}

# served_by WORDS: within 30 s those who answer, of 6 requests, are WORDS alone.
served_by() {
	local i
	for ((i = 0; i < 300; i++)); do
		[ "$(for _ in 1 2 3 4 5 6; do curl -fs "http://127.0.0.1:$port/" && echo; done | sort -u | paste -sd' ')" != "$1" ] || return 0
		sleep 0.1
	done
	return 1
}

@test "a server of nginx is taken out and serves again by undo, and the file is as it was" {
	start_nginx
	served_by 'one two'
	before=$(cat servers.conf)
	ok upstream-set check "$(upstream down)"
	answer '.output.state == "not_done"'
	ok upstream-set run "$(upstream down)"
	grep -qx "server 127.0.0.1:$one weight=2 down; # the first" servers.conf
	served_by two
	ok upstream-set check "$(upstream down)"
	answer '.output.state == "unknown"'
	refused upstream-set run "$(upstream down)" 'down already'
	refused upstream-set run "$(upstream down "127.0.0.1:$two")" 'no other server'
	ok upstream-set undo "$(upstream down)"
	[ "$(cat servers.conf)" = "$before" ]
	served_by 'one two'
	ok upstream-set run "$(upstream down)"
	ok upstream-set run "$(upstream ready)"
	[ "$(cat servers.conf)" = "$before" ]
	served_by 'one two'
}

@test "what nginx refuses, lines that nobody understands and a file that was changed since" {
	start_nginx
	before=$(cat servers.conf)
	refused upstream-set run "$(upstream down | jq -c '.parameters.upstream.test = ["/bin/false"]')" 'failed with 1'
	[ "$(cat servers.conf)" = "$before" ]
	refused upstream-set run "$(upstream down 192.0.2.1:80)" 'has 0 lines'
	refused upstream-set run "$(upstream down 'x; }')" 'no address'
	refused upstream-set run "$(upstream up)" 'down or ready'
	ok upstream-set run "$(upstream down)"
	echo '# mine' >>servers.conf
	refused upstream-set undo "$(upstream down)" 'changed since'
	echo "server a; server b;" >servers.conf
	refused upstream-set run "$(upstream down)" 'cannot be understood'
}

flag() { # flag DEGRADE
	jq -nc --arg d "$PWD" --argjson g "$1" '{plan:"p", state:($d + "/st"), parameters:{degrade:$g}}'
}

@test "a flag that is a file is set, and cleared by undo" {
	R=$(flag "{\"flag\":\"$PWD/read-only\",\"text\":\"1\"}")
	ok flag-set check "$R"
	answer '.output.state == "not_done"'
	ok flag-set run "$R"
	[ "$(cat read-only)" = 1 ] && [ "$(stat -c %a read-only)" = 644 ]
	ok flag-set check "$R"
	answer '.output.state == "done"'
	ok flag-set undo "$R"
	[ ! -e read-only ]
	refused flag-set undo "$R" 'nothing is known'
}

@test "a flag that somebody else has set is not ours to clear" {
	echo mine >read-only
	R=$(flag "{\"flag\":\"$PWD/read-only\"}")
	refused flag-set run "$R" 'by somebody else'
	refused flag-set undo "$R" 'nothing is known'
	[ "$(cat read-only)" = mine ]
	ln -s read-only link
	refused flag-set run "$(flag "{\"flag\":\"$PWD/link\"}")" 'no regular file'
}

@test "a flag is set, tested and cleared by declared commands, as of an HTTP interface" {
	need python3 curl
	port=$(ports 1)
	cat >server.py <<-'END'
		import http.server, sys
		class H(http.server.BaseHTTPRequestHandler):
		    on = False
		    def answer(self, code):
		        self.send_response(code); self.send_header('Content-Length', '0'); self.end_headers()
		    def do_PUT(self): H.on = True; self.answer(200)
		    def do_DELETE(self): H.on = False; self.answer(200)
		    def do_GET(self): self.answer(200 if H.on else 404)
		    def log_message(self, *a): pass
		http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), H).serve_forever()
	END
	python3 "$PWD/server.py" "$port" 3>&- &
	remember $!
	await_port "$port"
	printf '#!/bin/sh\ncode=$(curl -s -o /dev/null -w "%%{http_code}" "$1") || exit 9\n[ "$code" = 200 ]\n' >probe
	chmod +x probe
	url=http://127.0.0.1:$port/flag
	R=$(flag "$(jq -nc --arg u "$url" --arg t "$PWD/probe" --arg c "$(command -v curl)" \
		'{set:[$c,"-sfX","PUT",$u], clear:[$c,"-sfX","DELETE",$u], test:[$t,$u]}')")
	ok flag-set run "$R"
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$url")" = 200 ]
	ok flag-set check "$R"
	answer '.output.state == "done"'
	ok flag-set undo "$R"
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$url")" = 404 ]
	# Nobody answers: then nobody knows.
	kill "${STARTED[0]}"
	gone "${STARTED[0]}"
	ok flag-set check "$R"
	answer '.output.state == "unknown"'
	refused flag-set run "$R" 'failed with 9'
}

@test "half a declaration of a flag is none" {
	refused flag-set run "$(flag '{}')" "give either 'flag'"
	refused flag-set run "$(flag '{"set":["/bin/true"]}')" "give either 'flag'"
	refused flag-set run "$(flag '{"flag":"/x","set":["/bin/true"],"clear":["/bin/true"],"test":["/bin/true"]}')" "give either"
}
