#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The kinds of checks against real servers; what stands for one is said where it is used.
load helper

teardown() {
	if [ -s pids ]; then
		mapfile -t started < pids
		kill -KILL "${started[@]}" 2> /dev/null || true
		wait "${started[@]}" 2> /dev/null || true
	fi
}

# The checks of the site file on standard input: "ID OK ERROR" each; all of it in out.ndjson.
check() {
	cat > site.yaml
	SH_HOST=h sh-collect -o ndjson -c site.yaml check > out.ndjson || return 1
	catalogued < out.ndjson >&2 || return 1
	jq -r '"\(.entity | sub("@.*"; "") | sub("^check:"; "")) \(.metrics.check.ok) \(.error // "")"' out.ndjson
}

metric() {
	jq -es --arg e "check:$1@h" "map(select(.entity == \$e)) | .[0].metrics.check | $2" out.ndjson
}

# ca.pem, and for each NAME a key and certificate; "old" ended years ago.
certificates() {
	need openssl
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=test-ca \
		2> /dev/null
	printf '[ca]\ndefault_ca = d\n[d]\nnew_certs_dir = .\ndatabase = index\nserial = serial\ndefault_md = sha256\npolicy = p\ncopy_extensions = copy\n[p]\ncommonName = supplied\n' > ca.conf
	echo 01 > serial
	: > index
	for name; do
		openssl req -newkey rsa:2048 -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" \
			-addext "subjectAltName=DNS:$name.test" 2> /dev/null
		end=$(date -u -d '+10 days +1 hour' +%Y%m%d%H%M%SZ)
		[ "$name" != old ] || end=20200101000000Z
		openssl ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -in "$name.csr" -out "$name.pem" \
			-notext -startdate 20190101000000Z -enddate "$end" 2> /dev/null
	done
}

start_nginx() {
	need nginx sh-fetch
	certificates good old
	read -r HTTP HTTPS OLD < <(ports 3)
	mkdir tmp
	cat > nginx.conf <<-END
	daemon off; pid nginx.pid; error_log error.log; worker_processes 1;
	$([ "$(id -u)" != 0 ] || echo 'user root;')
	events {}
	http {
		access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
		uwsgi_temp_path tmp; scgi_temp_path tmp;
		server {
			listen 127.0.0.1:$HTTP;
			location / { return 200 "all is well: 42\n"; }
			location /bad { return 503; }
			location /gone { return 404; }
			location /one { return 302 /two; }
			location /two { return 302 /; }
			location /loop { return 302 /loop; }
			location /away { return 302 ftp://127.0.0.1/; }
			location /secret { if (\$http_x_token != "s3cret-s3cret") { return 403; } return 200; }
			location /head { if (\$request_method != HEAD) { return 405; } return 204; }
		}
		server {
			listen 127.0.0.1:$HTTPS ssl;
			ssl_certificate good.pem; ssl_certificate_key good.key;
			location / { return 200 "secure"; }
		}
		server {
			listen 127.0.0.1:$OLD ssl;
			ssl_certificate old.pem; ssl_certificate_key old.key;
		}
	}
	END
	nginx -p "$PWD" -c nginx.conf 2> nginx.log 3>&- &
	echo $! >> pids
	await_port "$HTTP"
	# Its worker is to be gone too when the master is killed.
	pgrep -P "$(tail -n 1 pids)" >> pids
}

@test "--check finds formats and types of records that there are not, with their places" {
	cat > site.yaml <<-'END'
	services:
	  s: {pidfile: /run/s.pid, checks: [{tcp: "h:1"}, {command: [/bin/true], format: nagois}]}
	checks:
	  d: {dns: h, name: x, type: ANY}
	  good: {command: [/bin/true], format: nagios}
	END
	run -2 sh-collect -c site.yaml --check
	[[ $output == *"site.yaml:2:"*"there is no format 'nagois'"* ]]
	[[ $output == *"site.yaml:4:"*"'type' must be A,"*"not 'ANY'"* ]]
}

@test "http: status, text, pattern, redirects and method against nginx" {
	start_nginx
	u=http://127.0.0.1:$HTTP
	check <<-END > out
	checks:
	  plain: {http: "$u/"}
	  text: {http: "$u/", match: "all is well", expect: "well: [0-9]+\n", status: [200, 204]}
	  notext: {http: "$u/", match: "all is bad"}
	  nopattern: {http: "$u/", expect: "well: [a-z]+"}
	  bad: {http: "$u/bad"}
	  wantedbad: {http: "$u/gone", status: 404}
	  otherbad: {http: "$u/bad", status: [404, 410]}
	  redirect: {http: "$u/one"}
	  notfollowed: {http: "$u/one", status: 200}
	  followed: {http: "$u/one", redirects: 2, status: 200}
	  toofar: {http: "$u/one", redirects: 1}
	  loop: {http: "$u/loop", redirects: 20}
	  away: {http: "$u/away", redirects: 3}
	  head: {http: "$u/head", method: HEAD, status: 204}
	END
	cat out
	diff - out <<-END
	plain 1 
	text 1 
	notext 0 the answer does not hold the wanted text
	nopattern 0 the answer is not as expected
	bad 0 answered with status 503
	wantedbad 1 
	otherbad 0 answered with status 503
	redirect 1 
	notfollowed 0 answered with status 302
	followed 1 
	toofar 0 Maximum (1) redirects followed
	loop 0 Maximum (20) redirects followed
	away 0 Protocol "ftp" not supported or disabled in libcurl
	head 1 
	END
	metric plain '.status == 200 and .time_ms > 0 and .first_byte_ms >= 0 and .connect_ms >= 0 and
		(has("tls_ms") or has("certificate_days") | not)'
}

@test "https and tls: a certificate is good, of nobody known, of another, nearly ended, ended" {
	start_nginx
	check <<-END > out
	checks:
	  unknown: {http: "https://127.0.0.1:$HTTPS/"}
	  another: {http: "https://127.0.0.1:$HTTPS/", ca: $PWD/ca.pem}
	  tls: {tls: "127.0.0.1:$HTTPS", ca: $PWD/ca.pem, name: good.test}
	  ending: {tls: "127.0.0.1:$HTTPS", ca: $PWD/ca.pem, name: good.test, min_days: 20}
	  enough: {tls: "127.0.0.1:$HTTPS", ca: $PWD/ca.pem, name: good.test, min_days: 10}
	  tlsunknown: {tls: "127.0.0.1:$HTTPS", name: good.test}
	  tlsanother: {tls: "127.0.0.1:$HTTPS", ca: $PWD/ca.pem, name: bad.test}
	  ended: {tls: "127.0.0.1:$OLD", ca: $PWD/ca.pem, name: old.test}
	  plain: {tls: "127.0.0.1:$HTTP", ca: $PWD/ca.pem}
	  none: {http: "http://127.0.0.1:$HTTP/", min_days: 1}
	  noca: {tls: "127.0.0.1:$HTTPS", ca: $PWD/none.pem}
	END
	cat out
	grep -qi '^unknown 0 .*certificate' out
	grep -q '^another 0 .*does not match\|^another 0 .*no alternative certificate subject name' out
	grep -q '^tls 1 $' out
	grep -q '^ending 0 the certificate ends in 10 days$' out
	grep -q '^enough 1 $' out
	grep -qi '^tlsunknown 0 .*certificate' out
	grep -q "^tlsanother 0 .*bad.test" out
	grep -q '^ended 0 .*certificate has expired' out
	grep -q '^plain 0 ' out
	grep -q '^none 0 there is no certificate to look at$' out
	grep -q '^noca 0 .*none.pem' out
	metric tls '.certificate_days == 10 and .tls_ms > 0 and .time_ms > 0'
	metric ended '(has("certificate_days") or has("time_ms")) | not'
	! curl --version | grep -q OpenSSL || metric ended '.certificate_expired == 1'
	metric tlsanother 'has("certificate_expired") | not'
}

@test "a secret header comes from a file that others cannot change, and is seen nowhere" {
	start_nginx
	printf 's3cret-s3cret\n' > token
	printf 's3cret-s3cret\nmore\n' > lines
	printf x > open
	chmod 600 token lines
	chmod 666 open
	check <<-END > out
	checks:
	  with: {http: "http://127.0.0.1:$HTTP/secret", header_files: {X-Token: $PWD/token}}
	  without: {http: "http://127.0.0.1:$HTTP/secret", headers: {X-Other: y}}
	END
	diff - out <<-END
	with 1 
	without 0 answered with status 403
	END
	run ! grep s3cret out.ndjson
	for bad in lines open none; do
		echo "checks: {c: {http: \"http://127.0.0.1:$HTTP/secret\", header_files: {X-Token: $PWD/$bad}}}" > site.yaml
		run -0 sh-collect -o ndjson -c site.yaml check
		jq -e --arg f "$bad" '.metrics.collect.ok == 0 and (.error | contains($f))' <<< "$output"
		[[ $output != *s3cret* ]]
	done
	start_hostile
	echo "checks: {c: {http: \"http://127.0.0.1:$SILENT/\", timeout: 2s, header_files: {X-Token: $PWD/token}}}" > site.yaml
	sh-collect -o ndjson -c site.yaml check > hung.ndjson 3>&- &
	pid=$!
	sleep 0.7
	child=$(pgrep -P "$pid" -f sh-fetch)
	tr '\0' '\n' < "/proc/$child/cmdline" > seen
	tr '\0' '\n' < "/proc/$child/environ" >> seen
	grep -q sh-fetch seen
	run ! grep s3cret seen
	wait "$pid"
}

# Servers that answer to no good end; PORT is named by what it does. A script, since
# no real server can be made to.
start_hostile() {
	cat > hostile.py <<-'END'
	import socket, threading, time
	def silent(c):
	    time.sleep(60)
	def drip(c):
	    for b in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
	        c.send(bytes([b])); time.sleep(1)
	def banner_drip(c):
	    for b in b"220-SSH-2.0-" * 1000:
	        c.send(bytes([b])); time.sleep(1)
	def endless(c):
	    c.recv(65536); c.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
	    while True: c.send(b"z" * 65536)
	def header(c):
	    c.recv(65536); c.send(b"HTTP/1.1 200 OK\r\n")
	    i = 0
	    while True: i += 1; c.send(b"X-%d: " % i + b"h" * 1000 + b"\r\n")
	def babble(c):
	    while True: c.send(b"+" * 65536)
	def lines(c):
	    while True: c.send(b"220-more\r\n" * 1000)
	def close(c):
	    c.close()
	def serve(name, what):
	    s = socket.create_server(("127.0.0.1", 0), backlog=1024)
	    names.append("%s=%d" % (name.upper(), s.getsockname()[1]))
	    def run(c):
	        try: what(c)
	        except OSError: pass
	    def loop():
	        while True:
	            threading.Thread(target=run, args=(s.accept()[0],), daemon=True).start()
	    return threading.Thread(target=loop)
	names = []
	all = [serve(n, f) for n, f in list(globals().items())
	       if n in ("silent", "drip", "banner_drip", "endless", "header", "babble", "lines", "close")]
	for t in all: t.start()
	with open("hostile.tmp", "w") as f: f.write("\n".join(names) + "\n")
	import os; os.rename("hostile.tmp", "hostile.ports")
	END
	python3 hostile.py 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		[ -s hostile.ports ] && break
		sleep 0.05
	done
	. ./hostile.ports
}

@test "servers that are silent, drip, babble or never end cannot stall or fill a run" {
	need sh-fetch
	start_hostile
	{
		echo checks:
		for port in SILENT DRIP ENDLESS HEADER BABBLE CLOSE; do
			echo "  http-$port: {http: \"http://127.0.0.1:${!port}/\", timeout: 700ms}"
			echo "  tls-$port: {tls: \"127.0.0.1:${!port}\", timeout: 700ms}"
		done
		for port in SILENT BANNER_DRIP BABBLE LINES CLOSE; do
			for kind in ssh smtp redis postgres; do
				echo "  $kind-$port: {$kind: \"127.0.0.1:${!port}\", timeout: 700ms}"
			done
			echo "  tcp-$port: {tcp: \"127.0.0.1:${!port}\", expect: never, timeout: 700ms}"
			echo "  dns-$port: {dns: \"127.0.0.1:${!port}\", name: x, timeout: 700ms}"
		done
	} > site
	start=$(date +%s%N)
	check < site > out
	took=$((($(date +%s%N) - start) / 1000000))
	cat out
	echo "took $took ms"
	((took < 5000))
	[ "$(wc -l < out)" = 42 ]
	run ! grep -v ' 0 .' out
	grep -q '^http-HEADER 0 .*too large' out
	# The most that any of them took: nothing that is sent without end is kept.
	/usr/bin/env python3 - <<-'END'
	import resource, subprocess
	subprocess.run(["sh-collect", "-o", "ndjson", "-c", "site.yaml", "check"], stdout=subprocess.DEVNULL)
	kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
	print("the largest process had", kib, "KiB")
	assert kib < 40000
	END
}

@test "200 checks that hang end in a few times their limit, whatever their kind" {
	need sh-fetch
	start_hostile
	{
		echo checks:
		for i in $(seq 50); do
			echo "  h$i: {http: \"http://127.0.0.1:$SILENT/\", timeout: 1s}"
			echo "  s$i: {ssh: \"127.0.0.1:$SILENT\", timeout: 1s}"
			echo "  r$i: {redis: \"127.0.0.1:$SILENT\", timeout: 1s}"
			echo "  t$i: {tcp: \"127.0.0.1:$SILENT\", expect: x, timeout: 1s}"
		done
	} > site
	start=$(date +%s%N)
	check < site > out
	took=$((($(date +%s%N) - start) / 1000000))
	echo "took $took ms"
	((took < 8000)) # one after the other: 200 s
	[ "$(wc -l < out)" = 200 ]
	run ! grep -v ' 0 .' out
}

@test "in rounds a check that hangs delays nothing but itself, and at the end it is told" {
	start_hostile
	cat > site.yaml <<-END
	checks:
	  hung: {ssh: "127.0.0.1:$SILENT", timeout: 1500ms}
	  run: {command: [/bin/sleep, "2"], timeout: 1200ms}
	  good: {file: $PWD/site.yaml}
	END
	start=$(date +%s%N)
	SH_HOST=h run -0 --separate-stderr sh-collect -o ndjson -c site.yaml -i 500ms -n 6 check load
	took=$((($(date +%s%N) - start) / 1000000))
	echo "took $took ms, $stderr"
	((took < 7000)) # would each round await what hangs: 9 s
	grep '"check:\|host:' <<< "$output" | jq -c '[.time[17:23], .entity, .metrics.check.ok]'
	count() {
		jq -es --arg e "$1" 'map(select(.entity == $e)) | length' <<< "$output"
	}
	# Six of what is quick; of what hangs for 1.5 s one in three or four rounds, the last one awaited.
	[ "$(count check:good@h)" = 6 ]
	[ "$(count host:h)" = 6 ]
	hung=$(count check:hung@h)
	((hung >= 1 && hung <= 3))
	jq -es 'map(select(.entity == "check:hung@h")) | all(.metrics.check.ok == 0 and (.error | contains("no answer")))' <<< "$output"
	jq -es 'map(select(.entity == "check:run@h")) | length >= 1 and all(.metrics.check.ok == 0)' <<< "$output"
	# Its reader gone, nothing stays behind.
	sh-collect -o ndjson -c site.yaml -i 200ms check 2> err | head -n 2 > two
	[ ! -s err ]
	sleep 0.3
	run ! pgrep -f "site.yaml -i 200ms"
}

@test "tcp and unix: what is sent and expected, against haproxy and its own socket" {
	need haproxy
	read -r PORT BACK < <(ports 2)
	cat > haproxy.cfg <<-END
	global
		stats socket $PWD/admin.sock mode 600 level user
	defaults
		mode http
		timeout connect 1s
		timeout client 5s
		timeout server 5s
	frontend web
		bind 127.0.0.1:$PORT
		http-request return status 200 content-type text/plain string "from haproxy"
	END
	haproxy -db -f haproxy.cfg 2> haproxy.log 3>&- &
	echo $! >> pids
	await_port "$PORT"
	check <<-END > out
	checks:
	  port: {tcp: "127.0.0.1:$PORT"}
	  talk: {tcp: "127.0.0.1:$PORT", send: "GET / HTTP/1.0\r\n\r\n", expect: "(?s)200 OK.*from haproxy"}
	  other: {tcp: "127.0.0.1:$PORT", send: "GET / HTTP/1.0\r\n\r\n", expect: "from nginx"}
	  closed: {tcp: "127.0.0.1:$BACK"}
	  socket: {unix: $PWD/admin.sock}
	  info: {unix: $PWD/admin.sock, send: "show info\n", expect: "Name: HAProxy"}
	  noinfo: {unix: $PWD/admin.sock, send: "show info\n", expect: "Name: Other"}
	  none: {unix: $PWD/none.sock}
	END
	cat out
	diff - out <<-END
	port 1 
	talk 1 
	other 0 the answer is not as expected
	closed 0 127.0.0.1:$BACK: Connection refused
	socket 1 
	info 1 
	noinfo 0 the answer is not as expected
	none 0 $PWD/none.sock: No such file or directory
	END
	metric talk '.time_ms > 0'
}

@test "a name of several addresses: one that swallows what is sent does not stand for all" {
	need_root
	need python3
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	printf '127.0.0.1 two.test\n127.0.0.2 two.test\n127.0.0.1 deaf.test\n' > hosts
	# A queue that is full: the kernel answers no more who knocks there.
	cat > deaf.py <<-'END'
	import socket, sys, time
	port = int(sys.argv[1])
	deaf = socket.socket(); deaf.bind(("127.0.0.1", port)); deaf.listen(0)
	full = [socket.socket() for _ in range(4)]
	for s in full:
	    s.setblocking(False)
	    s.connect_ex(("127.0.0.1", port))
	good = socket.create_server(("127.0.0.2", port))
	open("ready", "w").close()
	time.sleep(60)
	END
	read -r PORT < <(ports 1)
	python3 deaf.py "$PORT" 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		[ -e ready ] && break
		sleep 0.05
	done
	cat > site.yaml <<-END
	checks:
	  two: {tcp: "two.test:$PORT", timeout: 2s}
	  deaf: {tcp: "deaf.test:$PORT", timeout: 600ms}
	END
	SH_HOST=h run -0 unshare -m bash -c 'mount --bind hosts /etc/hosts
		[ "$(getent ahostsv4 two.test | cut -d" " -f1 | uniq | tr "\n" " ")" = "127.0.0.1 127.0.0.2 " ] || exit 0
		sh-collect -o ndjson -c site.yaml check > out.ndjson'
	[ -s out.ndjson ] || skip 'names are looked up in another order here'
	metric two '.ok == 1 and .time_ms >= 240 and .time_ms < 1000'
	metric deaf '.ok == 0'
	jq -es '.[1].error | contains("timed out")' out.ndjson
}

@test "targets: of a service too, and IPv6 addresses, with and without a port" {
	read -r PORT < <(ports 1)
	python3 -c '
import socket, sys
a = socket.create_server(("127.0.0.1", int(sys.argv[1])))
try: b = socket.create_server(("::1", int(sys.argv[1])), family=socket.AF_INET6)
except OSError: open("no6", "w").close()
open("ready", "w").close()
import time; time.sleep(60)' "$PORT" 3>&- &
	echo $! >> pids
	await_port "$PORT"
	for _ in $(seq 100); do
		[ -e ready ] && break
		sleep 0.05
	done
	[ ! -e no6 ] || skip 'no IPv6 here'
	cat > site.yaml <<-END
	services:
	  db:
	    pidfile: $PWD/none.pid
	    checks: [{tcp: "{target}:$PORT", hosts: ["::1", "127.0.0.1"]}, {ping: "{target}", hosts: ["::1"]}]
	checks:
	  listed: {tcp: "{target}", hosts: ["[::1]:$PORT", "127.0.0.1:$PORT", "::1"]}
	END
	SH_HOST=h run -0 sh-collect -o ndjson -c site.yaml check
	[[ $output != *'may not ping'* ]] || skip 'this user may not ping'
	[ "$(jq -r '"\(.entity) \(.dims.check) \(.dims.target) \(.metrics.check.ok)"' <<< "$output")" = "\
service:db@h tcp ::1 1
service:db@h tcp 127.0.0.1 1
service:db@h ping ::1 1
check:listed@h null [::1]:$PORT 1
check:listed@h null 127.0.0.1:$PORT 1
collector:check@h null null null" ]
}

@test "udp: an answer, another one, silence and refusal" {
	read -r PORT SILENT CLOSED < <(ports 3)
	# A script stands for the server: what is sent and expected is its own.
	python3 -c '
import socket, sys
quiet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); quiet.bind(("127.0.0.1", int(sys.argv[2])))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", int(sys.argv[1])))
open("udp.ready", "w").close()
while True:
	data, who = s.recvfrom(100)
	s.sendto(b"you said " + data + b"\xff\x00", who)' "$PORT" "$SILENT" 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		[ -e udp.ready ] && break
		sleep 0.05
	done
	check <<-END > out
	checks:
	  any: {udp: "127.0.0.1:$PORT", send: ping}
	  text: {udp: "127.0.0.1:$PORT", send: ping, expect: "^you said ping"}
	  other: {udp: "127.0.0.1:$PORT", send: ping, expect: "^no", timeout: 300ms}
	  quiet: {udp: "127.0.0.1:$SILENT", send: ping, timeout: 300ms}
	  noanswer: {udp: "127.0.0.1:$SILENT", send: ping, expect: ".", timeout: 300ms}
	  closed: {udp: "127.0.0.1:$CLOSED", send: ping}
	END
	cat out
	diff - out <<-END
	any 1 
	text 1 
	other 0 the answer is not as expected
	quiet 1 
	noanswer 0 no answer in time
	closed 0 127.0.0.1:$CLOSED: Connection refused
	END
	metric any '.time_ms > 0'
	metric quiet 'has("time_ms") | not'
}

@test "dns: records of each type, wrong ones and none, over UDP and TCP, against dnsmasq" {
	need dnsmasq
	read -r PORT CLOSED < <(ports 2)
	args=()
	for i in $(seq 30); do
		args+=("--host-record=many.test,192.0.2.$i")
	done
	for i in $(seq 12); do
		args+=("--txt-record=long.test,text number $i of those that do not fit into one datagram of 512 bytes")
	done
	dnsmasq --keep-in-foreground --conf-file=/dev/null --port="$PORT" --listen-address=127.0.0.1 --bind-interfaces \
		--no-resolv --no-hosts --pid-file= --user="$(id -un)" --local-ttl=77 \
		--host-record=web.test,192.0.2.1,2001:db8::1 --cname=www.test,web.test --mx-host=test,mail.test,10 \
		--srv-host=_imap._tcp.test,mail.test,993,1,2 '--txt-record=test,v=spf1 -all' \
		--ptr-record=1.2.0.192.in-addr.arpa,web.test --local=/test/ "${args[@]}" 2> dnsmasq.log 3>&- &
	echo $! >> pids
	await_port "$PORT"
	s=127.0.0.1:$PORT
	check <<-END > out
	checks:
	  a: {dns: "$s", name: web.test, answer: 192.0.2.1}
	  aaaa: {dns: "$s", name: web.test, type: AAAA, answer: "2001:db8::1"}
	  cname: {dns: "$s", name: www.test, answer: 192.0.2.1}
	  alias: {dns: "$s", name: www.test, type: CNAME, answer: web.test}
	  mx: {dns: "$s", name: test, type: MX, answer: 10 mail.test}
	  srv: {dns: "$s", name: _imap._tcp.test, type: SRV, answer: 1 2 993 mail.test}
	  txt: {dns: "$s", name: test, type: TXT, answer: v=spf1 -all}
	  ptr: {dns: "$s", name: 1.2.0.192.in-addr.arpa, type: PTR, answer: web.test}
	  other: {dns: "$s", name: web.test, answer: [192.0.2.1, 192.0.2.2]}
	  none: {dns: "$s", name: none.test}
	  notype: {dns: "$s", name: www.test, type: MX}
	  long: {dns: "$s", name: long.test, type: TXT}
	  noname: {dns: "$s", name: "a..b"}
	  closed: {dns: "127.0.0.1:$CLOSED", name: web.test}
	END
	cat out
	diff - out <<-END
	a 1 
	aaaa 1 
	cname 1 
	alias 1 
	mx 1 
	srv 1 
	txt 1 
	ptr 1 
	other 0 '192.0.2.2' is not among the answers
	none 0 it answers NXDOMAIN
	notype 0 it has no such record
	long 1 
	noname 0 'a..b' is no name
	closed 0 no answer: Connection refused
	END
	metric a '.answers == 1 and .ttl_s == 77 and .time_ms > 0'
	metric long '.answers == 12'
}

@test "dns: answers to other questions are waited out, and what cannot be understood is said" {
	read -r PORT < <(ports 1)
	# A script says what no real server would: by the name that is asked for.
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", int(sys.argv[1])))
open("dns.ready", "w").close()
while True:
	q, who = s.recvfrom(512)
	name = q[13:13 + q[12]].decode()
	head = q[:2] + b"\x81\x80\0\1"
	good = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1"
	if name == "late":
		for junk in (b"", b"x", q, b"\0\0" + head[2:] + b"\0\1\0\0\0\0" + q[12:] + good, head + b"\0\1\0\0\0\0" + b"\4evil" + q[12:]):
			s.sendto(junk, who)
		s.sendto(head + b"\0\1\0\0\0\0" + q[12:] + good, who)
	elif name == "loop":
		s.sendto(head + b"\0\1\0\0\0\0" + q[12:] + bytes([0xc0, len(q)]) + good[2:], who)
	elif name == "cut":
		s.sendto(head + b"\0\2\0\0\0\0" + q[12:] + good, who)
	elif name == "liar":
		s.sendto(head + b"\xff\xff\0\0\0\0" + q[12:] + good * 3, who)
	elif name == "refuse":
		s.sendto(q[:2] + b"\x81\x85\0\0\0\0\0\0\0\0", who)
' "$PORT" 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		[ -e dns.ready ] && break
		sleep 0.05
	done
	check <<-END > out
	checks:
	  late: {dns: "127.0.0.1:$PORT", name: late, answer: 192.0.2.1}
	  loop: {dns: "127.0.0.1:$PORT", name: loop}
	  cut: {dns: "127.0.0.1:$PORT", name: cut}
	  liar: {dns: "127.0.0.1:$PORT", name: liar}
	  refuse: {dns: "127.0.0.1:$PORT", name: refuse}
	  silent: {dns: "127.0.0.1:$PORT", name: silent, timeout: 300ms}
	END
	cat out
	diff - out <<-END
	late 1 
	loop 0 the answer cannot be understood
	cut 0 the answer cannot be understood
	liar 0 the answer cannot be understood
	refuse 0 it answers REFUSED
	silent 0 no answer in time
	END
}

@test "ntp: offset and stratum, against chronyd or a script in its place" {
	read -r PORT CLOSED < <(ports 2)
	if command -v chronyd > /dev/null && [ "$(id -u)" = 0 ]; then
		printf '%s\n' "port $PORT" 'bindaddress 127.0.0.1' 'allow 127.0.0.1' 'local stratum 5' \
			'cmdport 0' 'bindcmdaddress /' "pidfile $PWD/chrony.pid" > chrony.conf
		chronyd -d -x -u root -f "$PWD/chrony.conf" > chrony.log 2>&1 3>&- &
		echo $! >> pids
		sleep 1
		check <<-END
		checks: {ntp: {ntp: "127.0.0.1:$PORT", max_offset: 100ms}}
		END
		metric ntp '.ok == 1 and .stratum == 5 and .offset_ms > -100 and .offset_ms < 100'
	fi
	# What a good server never says: a clock 10 s ahead, one not synchronised, a kiss of death,
	# answers that are too short or to another question.
	python3 -c '
import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", int(sys.argv[1])))
open("ntp.ready", "w").close()
n = 0
while True:
	q, who = s.recvfrom(100)
	t = time.time() + 2208988800 + 10
	stamp = struct.pack(">II", int(t), int((t % 1) * 2**32))
	def answer(li=0, stratum=2, cookie=q[40:48]):
		return struct.pack(">BBbb", li << 6 | 4 << 3 | 4, stratum, 6, -20) + b"\0" * 8 + b"RATE" + b"\0" * 8 + cookie + stamp + stamp
	a = [answer(), answer(), answer(li=3), answer(stratum=0), answer()[:40], answer(cookie=b"12345678")][n % 6]
	n += 1
	s.sendto(a, who)' "$CLOSED" 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		[ -e ntp.ready ] && break
		sleep 0.05
	done
	: > all
	for max in 1m 1s 1m 1m 1m 1m; do
		check <<< "checks: {c: {ntp: \"127.0.0.1:$CLOSED\", max_offset: $max, timeout: 1s}}" >> all
		[ "$(wc -l < all)" != 1 ] || metric c '.offset_ms > 9000 and .offset_ms < 11000 and .stratum == 2'
	done
	cat all
	sed -i 's/is [0-9.]* ms/is N ms/' all
	diff - all <<-END
	c 1 
	c 0 this clock is N ms off
	c 0 its clock is not synchronised
	c 0 it refuses: RATE
	c 0 the answer is too short
	c 0 the answer is to another question
	END
}

@test "ntp: what others send to the port is waited out" {
	read -r PORT < <(ports 1)
	python3 -c '
import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", int(sys.argv[1])))
open("ntp.ready", "w").close()
while True:
	q, who = s.recvfrom(100)
	t = time.time() + 2208988800
	stamp = struct.pack(">II", int(t), int((t % 1) * 2**32))
	def answer(cookie, stratum):
		return struct.pack(">BBbb", 4 << 3 | 4, stratum, 6, -20) + b"\0" * 8 + b"RATE" + b"\0" * 8 + cookie + stamp + stamp
	for junk in (b"", b"x", answer(b"12345678", 1), answer(b"12345678", 0), q):
		s.sendto(junk, who)
	s.sendto(answer(q[40:48], 7), who)' "$PORT" 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		[ -e ntp.ready ] && break
		sleep 0.05
	done
	check <<< "checks: {c: {ntp: \"127.0.0.1:$PORT\", max_offset: 5s, timeout: 2s}}" > out
	[ "$(cat out)" = 'c 1 ' ]
	metric c '.stratum == 7'
}

@test "ssh: the banner of a real sshd" {
	need_root
	[ -x /usr/sbin/sshd ] || skip 'sshd not found'
	need ssh-keygen
	read -r PORT CLOSED < <(ports 2)
	mkdir -p /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f host.key
	/usr/sbin/sshd -D -f /dev/null -p "$PORT" -h "$PWD/host.key" -o ListenAddress=127.0.0.1 -o PidFile=none \
		2> sshd.log 3>&- &
	echo $! >> pids
	await_port "$PORT"
	check <<-END > out
	checks:
	  ssh: {ssh: "127.0.0.1:$PORT"}
	  named: {ssh: "127.0.0.1:$PORT", expect: "OpenSSH_[0-9]"}
	  other: {ssh: "127.0.0.1:$PORT", expect: "dropbear"}
	  closed: {ssh: "127.0.0.1:$CLOSED"}
	END
	cat out
	grep -q '^ssh 1 $' out
	grep -q '^named 1 $' out
	grep -q "^other 0 'SSH-2.0-OpenSSH_.*' is not as expected$" out
	grep -q '^closed 0 .*refused$' out
	metric ssh '.time_ms > 0'
}

@test "smtp: greeting and EHLO of a real exim" {
	need_root
	need exim4
	read -r PORT CLOSED < <(ports 2)
	# Its own user writes there, and may not enter the directory of this test.
	spool=$(mktemp -d)
	chmod 777 "$spool"
	cat > exim.conf <<-END
	primary_hostname = mail.example.org
	keep_environment =
	spool_directory = $spool
	log_file_path = $spool/%slog
	pid_file_path = $spool/pid
	local_interfaces = 127.0.0.1
	daemon_smtp_ports = $PORT
	END
	chmod 600 exim.conf
	exim4 -C "$PWD/exim.conf" -bdf 2> exim.log 3>&- &
	echo $! >> pids
	await_port "$PORT" || true
	check <<-END > out
	checks:
	  smtp: {smtp: "127.0.0.1:$PORT"}
	  named: {smtp: "127.0.0.1:$PORT", expect: "mail.example.org.*Exim"}
	  other: {smtp: "127.0.0.1:$PORT", expect: "mx.example.org"}
	  closed: {smtp: "127.0.0.1:$CLOSED"}
	END
	kill -TERM "$(tail -n 1 pids)"
	cat out exim.log "$spool"/*log 2> /dev/null || true
	rm -rf "$spool"
	grep -q '^smtp 1 $' out
	grep -q '^named 1 $' out
	grep -q "^other 0 '220 mail.example.org .*' is not as expected$" out
	grep -q '^closed 0 .*refused$' out
}

@test "smtp and ssh: replies of several lines, refusals, and what is neither" {
	read -r PORT < <(ports 1)
	# A script says what a real server says seldom.
	python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
open("listening", "w").close()
says = [(b"220-one\r\n220 two\r\n", b"250-x\r\n250 ok\r\n"), (b"554 go away\r\n", b""), (b"220 hello\r\n", b"502 what?\r\n"),
	(b"HTTP/1.1 400 Bad\r\n", b""), (b"220-one\r\n", None),
	(b"please wait\r\nSSH-2.0-x\r\n", b""), (b"SSH-1.5-old\r\n", b""), (b"SSH-2.0-a\x1b[2Jb\r\n", b"")]
for first, second in says:
	c = s.accept()[0]
	c.send(first)
	if second: c.recv(100); c.send(second); c.recv(100)
	elif second is not None: c.recv(100)
	c.close()' "$PORT" 3>&- &
	echo $! >> pids
	for _ in $(seq 200); do # a look by a connection would be answered
		[ ! -e listening ] || break
		sleep 0.05
	done
	: > all
	for kind in smtp smtp smtp smtp smtp ssh ssh ssh; do
		check <<< "checks: {c: {$kind: \"127.0.0.1:$PORT\", timeout: 2s}}" >> all
	done
	diff - all <<-END
	c 1 
	c 0 it says '554 go away'
	c 0 it says '502 what?'
	c 0 it is no SMTP server
	c 0 it hung up
	c 1 
	c 0 it is no SSH server of version 2
	c 0 it is no SSH server of version 2
	END
}

@test "redis: PING and INFO, with and without a password" {
	need redis-server
	read -r PORT LOCKED RENAMED CLOSED < <(ports 4)
	redis-server --port "$PORT" --bind 127.0.0.1 --save '' --dir "$PWD" > redis.log 3>&- &
	echo $! >> pids
	redis-server --port "$LOCKED" --bind 127.0.0.1 --save '' --dir "$PWD" --requirepass s3cret > redis2.log 3>&- &
	echo $! >> pids
	# It repeats the arguments of what it does not know.
	redis-server --port "$RENAMED" --bind 127.0.0.1 --save '' --dir "$PWD" --rename-command AUTH other > redis3.log 3>&- &
	echo $! >> pids
	await_port "$PORT"
	await_port "$LOCKED"
	await_port "$RENAMED"
	echo s3cret > password
	echo wrong > wrong
	chmod 600 password wrong
	check <<-END > out
	checks:
	  plain: {redis: "127.0.0.1:$PORT"}
	  locked: {redis: "127.0.0.1:$LOCKED"}
	  opened: {redis: "127.0.0.1:$LOCKED", password_file: $PWD/password}
	  named: {redis: "127.0.0.1:$LOCKED", user: default, password_file: $PWD/password}
	  wrong: {redis: "127.0.0.1:$LOCKED", password_file: $PWD/wrong}
	  nofile: {redis: "127.0.0.1:$LOCKED", password_file: $PWD/none}
	  renamed: {redis: "127.0.0.1:$RENAMED", password_file: $PWD/password}
	  closed: {redis: "127.0.0.1:$CLOSED"}
	END
	cat out
	grep -q '^plain 1 $' out
	grep -q "^locked 0 it says 'NOAUTH" out
	grep -q '^opened 1 $' out
	grep -q '^named 1 $' out
	grep -q "^wrong 0 it says 'WRONGPASS" out
	grep -q "^renamed 0 it says 'ERR'" out
	grep -q '^nofile 0 .*none' out
	grep -q '^closed 0 .*refused$' out
	metric opened '.clients >= 1 and .used_bytes > 100000 and .uptime_s >= 0 and .time_ms > 0'
	run ! grep s3cret out.ndjson
}

@test "postgres: a cluster that runs, refuses, and is gone" {
	need_root
	initdb=$(ls /usr/lib/postgresql/*/bin/initdb 2> /dev/null | tail -n 1)
	[ -n "$initdb" ] || skip 'PostgreSQL not found'
	need setpriv
	id postgres > /dev/null 2>&1 || skip 'no user postgres'
	read -r PORT CLOSED < <(ports 2)
	# Directories above belong to root alone, so the cluster lies elsewhere.
	cluster=$(mktemp -d)
	chown postgres "$cluster"
	as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
	(cd "$cluster" && "${as[@]}" "$initdb" -D "$cluster/data" -A trust -N > initdb.log 2>&1) || {
		cat "$cluster/initdb.log"
		rm -rf "$cluster"
		false
	}
	(cd "$cluster" && exec "${as[@]}" "${initdb%initdb}postgres" -D "$cluster/data" -p "$PORT" -h 127.0.0.1 \
		-k "$cluster" -c fsync=off > server.log 2>&1 3>&-) &
	server=$!
	echo "$server" >> pids
	await_port "$PORT"
	for _ in $(seq 100); do
		grep -q 'ready to accept' "$cluster/server.log" && break
		sleep 0.05
	done
	check <<-END > out || true
	checks:
	  up: {postgres: "127.0.0.1:$PORT"}
	  named: {postgres: "127.0.0.1:$PORT", user: postgres, database: template1}
	  nodatabase: {postgres: "127.0.0.1:$PORT", user: postgres, database: none}
	  closed: {postgres: "127.0.0.1:$CLOSED"}
	END
	kill -INT "$server"
	wait "$server" || true
	rm -rf "$cluster"
	cat out
	diff - out <<-END
	up 1 
	named 1 
	nodatabase 0 it says 'database "none" does not exist'
	closed 0 127.0.0.1:$CLOSED: Connection refused
	END
}

@test "ping: this host answers, and how much may be lost is the site's word" {
	check <<-END > out
	checks:
	  four: {ping: 127.0.0.1, count: 5, timeout: 1s}
	  many: {ping: "{target}", hosts: [127.0.0.1, 127.0.0.2], count: 1, max_loss: 0}
	  none: {ping: host-that.invalid, timeout: 2s}
	END
	cat out
	if grep -q 'may not ping' out; then
		skip 'this user may not ping'
	fi
	[ "$(grep -c '^many 1 $' out)" = 2 ]
	grep -q '^four 1 $' out
	grep -q "^none 0 cannot look up 'host-that.invalid'" out
	metric four '.loss == 0 and .rtt_min_ms > 0 and .rtt_max_ms >= .time_ms and .time_ms >= .rtt_min_ms'
}

@test "ping: without privilege where the kernel allows it, and where not it says so" {
	need_root
	need unshare setpriv ip
	# Of another user, who must be able to read it.
	site=$(mktemp)
	chmod 644 "$site"
	echo 'checks: {four: {ping: 127.0.0.1, timeout: 1s}, six: {ping: "::1", timeout: 1s}}' > "$site"
	if ! unshare -n true 2> /dev/null; then
		rm -f "$site"
		skip 'no network namespaces here'
	fi
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	for range in '0 2147483647' '1 0'; do
		unshare -n bash -c 'ip link set lo up; echo "$1" > /proc/sys/net/ipv4/ping_group_range; shift; exec "$@"' \
			- "$range" "${as[@]}" "$(command -v sh-collect)" -o ndjson -c /dev/stdin check < "$site" >> out.ndjson || true
	done
	rm -f "$site"
	jq -r '"\(.entity | sub("@.*"; "")) \(.metrics.check.ok) \(.error)"' out.ndjson
	jq -es 'map(.metrics.check.ok) == [1, 1, 0, 0] and all(.[2:][]; .error | contains("may not ping"))' out.ndjson
}

@test "ping: an error on the way is no loss that was measured" {
	need_root
	need unshare nsenter ip
	echo 'checks: {far: {ping: 192.0.2.1, count: 2, timeout: 2s}, lost: {ping: 10.9.0.77, count: 2, timeout: 500ms}}' > site.yaml
	# A router that forbids one network.
	SH_HOST=h run -0 unshare -n bash -c '
		unshare -n sleep 20 3>&- & there=$!
		echo $there >> pids
		for _ in $(seq 100); do
			[ "$(readlink /proc/$there/ns/net)" = "$(readlink /proc/self/ns/net)" ] || break
			sleep 0.02
		done
		ip link add v0 type veth peer name v1 netns $there || exit 0
		nsenter -t $there -n bash -c "ip addr add 10.9.0.2/24 dev v1; ip link set v1 up
			echo 1 > /proc/sys/net/ipv4/ip_forward; ip route add prohibit 192.0.2.0/24"
		ip link set lo up; ip addr add 10.9.0.1/24 dev v0; ip link set v0 up
		ip route add 192.0.2.0/24 via 10.9.0.2
		sh-collect -o ndjson -c site.yaml check > out.ndjson'
	[ -s out.ndjson ] || skip 'no network namespaces here'
	jq -c '[.metrics.check, .error]' out.ndjson
	metric far '.ok == 0 and (has("loss") | not)'
	jq -es '.[0].error == "No route to host"' out.ndjson
	metric lost '.ok == 0 and .loss == 100'
}

@test "file: there, size, age, permissions, owner; and that it is absent" {
	printf 12345 > f
	chmod 640 f
	touch -d '1 hour ago' f
	check <<-END > out
	checks:
	  good: {file: $PWD/f, min_size: 5, max_size: 5, max_age: 2h, permissions: 0640, owner: $(id -un)}
	  small: {file: $PWD/f, min_size: 6}
	  large: {file: $PWD/f, max_size: 4}
	  old: {file: $PWD/f, max_age: 30m}
	  open: {file: $PWD/f, permissions: "600"}
	  owner: {file: $PWD/f, owner: nosuchuser}
	  none: {file: $PWD/none}
	  absent: {file: $PWD/none, absent: true}
	  notabsent: {file: $PWD/f, absent: true}
	  directory: {file: $PWD}
	  under: {file: $PWD/f/x}
	END
	cat out
	sed -i 's/ changed 1h.* ago/ changed 1h ago/' out
	diff - out <<-END
	good 1 
	small 0 it has only 5 bytes
	large 0 it has 5 bytes
	old 0 it was last changed 1h ago
	open 0 its permissions are 0640
	owner 0 its owner is '$(id -un)'
	none 0 No such file or directory
	absent 1 
	notabsent 0 it is there
	directory 0 it is a directory
	under 0 Not a directory
	END
	metric good '.exists == 1 and .size_bytes == 5 and .age_s >= 3600 and .age_s < 3700'
	metric none '.exists == 0'
}

@test "file: what is no regular file is none" {
	mkfifo pipe
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
	echo x > f
	ln -s f link
	check <<-END > out
	checks:
	  pipe: {file: $PWD/pipe}
	  socket: {file: $PWD/socket}
	  device: {file: /dev/null}
	  link: {file: $PWD/link}
	  absent: {file: $PWD/pipe, absent: true}
	END
	diff - out <<-END
	pipe 0 it is no regular file
	socket 0 it is no regular file
	device 0 it is no regular file
	link 1 
	absent 0 it is there
	END
}

@test "fresh and checksum: a log that is written, a content that is as it was" {
	echo hello > f
	mkfifo fifo
	sum=$(sha256sum < f | cut -d' ' -f1)
	check <<-END > out
	checks:
	  fresh: {fresh: $PWD/f, within: 5m}
	  same: {checksum: $PWD/f, sha256: $sum}
	  none: {checksum: $PWD/none, sha256: $sum}
	  fifo: {checksum: $PWD/fifo, sha256: $sum, timeout: 500ms}
	END
	diff - out <<-END
	fresh 1 
	same 1 
	none 0 No such file or directory
	fifo 0 it is no regular file
	END
	echo changed > f
	touch -d '6 minutes ago' f
	cp site.yaml site
	check < site > out
	grep -q '^fresh 0 it was last changed 6m' out
	grep -q "^same 0 its sha256 is $(sha256sum < f | cut -d' ' -f1)\$" out
}

@test "file and directory: years and sizes beyond what ns and 64 bits can count" {
	far=$(mktemp -d -p /dev/shm) || skip 'no /dev/shm'
	touch -d @9999999999999 "$far/late" && touch -d @-9000000000000 "$far/early" &&
		truncate -s 7E "$far/a" "$far/b" || { rm -r "$far"; skip 'the file system takes no such years or sizes'; }
	check <<-END > out || true
	checks:
	  late: {file: $far/late, max_age: 1h}
	  early: {fresh: $far/early, within: 1h}
	  all: {directory: $far, max_size: 1}
	  old: {directory: $far, max_age: 1h}
	END
	rm -r "$far"
	cat out
	diff - out <<-END
	late 1 
	early 0 it was last changed 106751d23h47m16s ago
	all 0 its files have 9223372036854775807 bytes
	old 0 the oldest file was last changed 106751d23h47m16s ago
	END
}

@test "directory: count, size and oldest, into it or not, without following links" {
	mkdir -p d/sub/deep
	printf 1234 > d/a.tmp
	printf 12 > d/b
	printf 1 > d/sub/deep/c.tmp
	touch -d '2 hours ago' d/sub/deep/c.tmp
	ln -s / d/sub/link
	check <<-END > out
	checks:
	  flat: {directory: $PWD/d, min: 2, max: 2, max_size: 6, max_age: 1h}
	  all: {directory: $PWD/d, recursive: true, max_age: 1h}
	  some: {directory: $PWD/d, recursive: true, match: "*.tmp"}
	  few: {directory: $PWD/d, min: 3}
	  many: {directory: $PWD/d, max: 1}
	  large: {directory: $PWD/d, max_size: 5}
	  small: {directory: $PWD/d, min_size: 7}
	  none: {directory: $PWD/none}
	END
	cat out
	sed -i 's/changed 2h.* ago/changed 2h ago/' out
	diff - out <<-END
	flat 1 
	all 0 the oldest file was last changed 2h ago
	some 1 
	few 0 it holds only 2 files
	many 0 it holds 2 files
	large 0 its files have 6 bytes
	small 0 its files have only 6 bytes
	none 0 No such file or directory
	END
	metric flat '.files == 2 and .size_bytes == 6 and .oldest_s >= 0'
	metric some '.files == 2 and .size_bytes == 5 and .oldest_s > 7000'
}

@test "mount: there, and of the right device, type and options" {
	need findmnt
	type=$(findmnt -n -o FSTYPE /proc) device=$(findmnt -n -o SOURCE /proc)
	check <<-END > out
	checks:
	  good: {mount: /proc, fstype: $type, device: $device, options: [rw]}
	  type: {mount: /proc, fstype: ext4}
	  device: {mount: /proc, device: /dev/sda1}
	  option: {mount: /proc, options: [rw, ro]}
	  none: {mount: $PWD}
	END
	cat out
	diff - out <<-END
	good 1 
	type 0 its type is '$type'
	device 0 '$device' is mounted there
	option 0 'ro' is not among its options
	none 0 nothing is mounted there
	END
	metric none '.mounted == 0'
}

@test "process: how many of a name, program, user and command line" {
	# Names of this run alone: others may run the same test. The kernel keeps 15 bytes of them.
	n=shchk$$-a-long-name-of-a-program
	other=shchk$$-a-long-name-of-another
	cp "$(command -v sleep)" "$n"
	for i in 1 2; do
		"./$n" 10$i 3>&- &
		echo $! >> pids
		until [ "$(readlink "/proc/$!/exe")" = "$PWD/$n" ]; do sleep 0.02; done
	done
	check <<-END > out
	checks:
	  two: {process: $n, min: 2, max: 2, user: $(id -un), exe: $PWD/$n}
	  one: {process: $n, cmdline: "$n 101", max: 1}
	  more: {process: $n, min: 3}
	  less: {process: $n, max: 1}
	  other: {process: $n, exe: /bin/other}
	  user: {process: $n, user: nosuchuser}
	  none: {process: $other}
	  wanted: {process: $other, max: 0}
	END
	cat out
	diff - out <<-END
	two 1 
	one 1 
	more 0 only 2 of them run
	less 0 2 of them run
	other 0 no such process runs
	user 0 there is no user 'nosuchuser'
	none 0 no such process runs
	wanted 1 
	END
	metric two '.processes == 2'
	cat > "site$$.yaml" <<-END
	checks:
	  itself: {process: sh-collect, min: 1, max: 1, cmdline: "-c site$$.yaml check", timeout: 20s}
	END
	SH_HOST=h sh-collect -o ndjson -c "site$$.yaml" check > out.ndjson
	metric itself '.ok == 1'
}

@test "a connection that is refused is told from one that does not come about" {
	need python3 sh-fetch
	read -r SHUT FULL < <(ports 2)
	# Of a backlog that is full the kernel answers nobody.
	python3 -c "
import socket, time
s = socket.create_server(('127.0.0.1', $FULL), backlog=0)
c = [socket.socket() for i in range(4)]
for k in c: k.setblocking(False); k.connect_ex(('127.0.0.1', $FULL))
open('full', 'w').write('x')
time.sleep(60)" 3>&- &
	echo $! > pids
	for _ in $(seq 100); do
		[ ! -s full ] || break
		sleep 0.1
	done
	check <<-END
	checks:
	  tcp-shut: {tcp: "127.0.0.1:$SHUT", timeout: 1s}
	  tcp-full: {tcp: "127.0.0.1:$FULL", timeout: 1s}
	  http-shut: {http: "http://127.0.0.1:$SHUT/", timeout: 1s}
	  http-full: {http: "http://127.0.0.1:$FULL/", timeout: 1s}
	END
	for kind in tcp http; do
		metric $kind-shut '.refused == 1 and (has("timed_out") | not)'
		metric $kind-full '.timed_out == 1 and (has("refused") | not)'
	done
}

@test "a check of an address in numbers makes no process, and says what one of a name says" {
	need python3 strace
	read -r port closed < <(ports 2)
	cat > server.py <<-'END'
	import socket, sys, threading, time
	answers = {
	  b"/ok": [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"],
	  b"/slow": [b"HTTP/1.1 200 OK\r\nTransfer-", b"Encoding: chunked\r\n\r\n3\r", b"\nhel\r\n2\r\nlo\r\n0\r\n\r\n"],
	  b"/large": [b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 3000000 + b"hello"],
	  b"/bad": [b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"],
	  b"/cut": [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"],
	  b"/hung": [],
	  b"/hang": None,
	}
	def serve(c):
	  with c:
	    parts = answers[c.recv(4096).split()[1]]
	    if parts is None:
	      time.sleep(60)
	    for part in parts or []:
	      c.sendall(part)
	      time.sleep(0.05)
	s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
	while True:
	  threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
	END
	python3 server.py "$port" 3>&- &
	echo $! > pids
	await_port "$port"
	for host in 127.0.0.1 localhost; do
		cat <<-END > "$host.yaml"
		checks:
		  ok: {http: "http://$host:$port/ok", match: hello, timeout: 10s}
		  slow: {http: "http://$host:$port/slow", match: hello, timeout: 10s}
		  large: {http: "http://$host:$port/large", timeout: 10s}
		  text: {http: "http://$host:$port/ok", match: other, timeout: 10s}
		  bad: {http: "http://$host:$port/bad", timeout: 10s}
		  cut: {http: "http://$host:$port/cut", timeout: 10s}
		  hung: {http: "http://$host:$port/hung", timeout: 10s}
		  hang: {http: "http://$host:$port/hang", timeout: 2s}
		  refused: {http: "http://$host:$closed/", timeout: 10s}
		  port: {tcp: "$host:$port", timeout: 10s}
		  none: {tcp: "$host:$closed", timeout: 10s}
		END
		check < "$host.yaml" | sed "s/$host/HOST/" > "$host.said"
		jq -c 'select(.kind == "sample") | [.entity, (.metrics.check | keys)]' out.ndjson > "$host.metrics"
	done
	cat > wanted <<-END
	ok 1 
	slow 1 
	large 1 
	text 0 the answer does not hold the wanted text
	bad 0 answered with status 503
	cut 0 it hung up in its answer
	hung 0 it hung up
	hang 0 no answer in time
	refused 0 HOST:$closed: Connection refused
	port 1 
	none 0 HOST:$closed: Connection refused
	END
	diff wanted 127.0.0.1.said
	diff wanted localhost.said
	diff 127.0.0.1.metrics localhost.metrics
	sed -i /hang/d ./*.yaml
	strace -f -e trace=clone,clone3,fork,vfork -o trace sh-collect -o ndjson -c 127.0.0.1.yaml check > /dev/null 2>&1 ||
		skip 'no ptrace'
	run ! grep -E '(clone3?|v?fork)\(' trace
	strace -f -e trace=clone,clone3,fork,vfork -o trace sh-collect -o ndjson -c localhost.yaml check > /dev/null 2>&1
	grep -qE '(clone3?|v?fork)\(' trace
}

@test "why no connection came about is told as a figure of its own" {
	need jq unshare socat
	unshare -rn true 2>/dev/null || skip 'no network namespaces here'
	cat > site.yaml <<-'END'
		checks:
		  web: {http: "http://192.0.2.1/"}
		  port: {tcp: "192.0.2.1:9"}
		  used: {tcp: "127.0.0.1:9"}
		  nobody: {http: "http://nobody.invalid/", timeout: 2s}
	END
	# Nothing leads out of here, and the few ports there are to connect from are taken.
	SH_HOST=h unshare -rn bash -c '
		ip link set lo up
		echo 40000 40001 >/proc/sys/net/ipv4/ip_local_port_range
		for port in 40000 40001; do timeout 60 socat "TCP-LISTEN:$port,fork" - </dev/null >/dev/null 3>&- & done
		for _ in $(seq 100); do
			[ "$(grep -c " 00000000:0000 0A " /proc/net/tcp)" -lt 2 ] || break
			sleep 0.1
		done
		exec sh-collect -o ndjson -c site.yaml check' > out.ndjson
	metric web '.unreachable == 1'
	metric port '.unreachable == 1'
	metric used '.no_port == 1'
	metric nobody '.unresolved == 1'
}
