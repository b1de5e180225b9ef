#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Exporters over HTTP and files that others keep: real ones, and ones that mean no good.
load helper

teardown() {
	if [ -s pids ]; then
		mapfile -t started < pids
		kill -KILL "${started[@]}" 2> /dev/null || true
		wait "${started[@]}" 2> /dev/null || true
	fi
}

# What the checks of the site file on standard input say, in out.ndjson.
check() {
	cat > site.yaml
	SH_HOST=h sh-collect -o ndjson -c site.yaml check > out.ndjson || return 1
	catalogued < out.ndjson >&2
}

own() {
	jq -es --arg e "check:$1@h" "map(select(.entity == \$e and .metrics.check)) | .[0] | $2" out.ndjson
}

@test "a real node_exporter is scraped, all that it says" {
	need sh-fetch prometheus-node-exporter python3
	local p
	p=$(ports 1)
	prometheus-node-exporter --web.listen-address="127.0.0.1:$p" 2> exporter.log 3>&- &
	echo $! >> pids
	await_port "$p"
	check <<-END
	checks: {node: {scrape: "http://127.0.0.1:$p/metrics", timeout: 5s}}
	END
	own node '.metrics.check.ok == 1 and .metrics.check.status == 200 and .metrics.check.samples > 300'
	[ "$(jq -s 'map(.metrics.prom | length) | add' out.ndjson)" = "$(own node .metrics.check.samples)" ]
	jq -es 'any(.[]; .metrics.prom.node_memory_MemTotal_bytes > 1e6) and
		any(.[]; .dims.mode == "idle" and .metrics.prom.node_cpu_seconds_total > 0) and
		all(.[]; .entity == "check:node@h" and .source == {collector: "check", target: "node"})' out.ndjson
	# And again, as sh-repair would.
	SH_HOST=h sh-collect -o ndjson -c site.yaml --source '{"collector":"check","target":"node"}' |
		jq -es 'any(.[]; .metrics.prom.node_load1 >= 0)'
}

@test "haproxy's own exporter is scraped" {
	need sh-fetch haproxy python3
	haproxy -vv | grep -qi 'prometheus' || skip 'this haproxy has no exporter'
	local p
	p=$(ports 1)
	cat > haproxy.cfg <<-END
	global
	  maxconn 64
	defaults
	  mode http
	  timeout client 2s
	  timeout server 2s
	  timeout connect 2s
	frontend stats
	  bind 127.0.0.1:$p
	  http-request use-service prometheus-exporter if { path /metrics }
	END
	haproxy -db -f haproxy.cfg > haproxy.log 2>&1 3>&- &
	echo $! >> pids
	await_port "$p"
	check <<-END
	checks: {proxy: {scrape: "http://127.0.0.1:$p/metrics"}, wrong: {scrape: "http://127.0.0.1:$p/none"}}
	END
	own proxy '.metrics.check.ok == 1'
	jq -es 'any(.[]; .dims.proxy == "stats" and .metrics.prom.haproxy_frontend_status == 1)' out.ndjson
	own wrong '.metrics.check.ok == 0 and (.error | startswith("answered with status"))'
}

# Exporters that a script stands for, since no real one does these things.
start_hostile() {
	cat > hostile.py <<-'END'
	import gzip, socket, threading, time, os
	head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
	def slow(c):
	    c.send(head + b"\r\n")
	    for b in b"a_metric 1\n" * 100: c.send(bytes([b])); time.sleep(1)
	def endless(c):
	    c.send(head + b"\r\n")
	    i = 0
	    while True: i += 1; c.send(b"m%d 1\n" % i * 1000)
	def broken(c):
	    c.send(head + b"Content-Length: 1000\r\n\r\na 1\nb 2\n")
	def bomb(c):
	    data = gzip.compress(b"a 1\n" * (1 << 24))
	    c.send(head + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(data)); c.sendall(data)
	def packed(c):
	    data = gzip.compress(b"packed_metric 7\n")
	    c.send(head + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(data)); c.sendall(data)
	def partly(c):
	    c.send(head + b"\r\ngood 1\nbad line\ngood_too 2\n")
	ports = []
	def serve(f):
	    s = socket.create_server(("127.0.0.1", 0))
	    ports.append("%s=%d" % (f.__name__.upper(), s.getsockname()[1]))
	    def run(c):
	        try: c.recv(65536); f(c)
	        except OSError: pass
	        c.close()
	    def loop():
	        while True: threading.Thread(target=run, args=(s.accept()[0],), daemon=True).start()
	    threading.Thread(target=loop).start()
	for f in (slow, endless, broken, bomb, packed, partly): serve(f)
	with open("tmp", "w") as f: f.write("\n".join(ports) + "\n")
	os.rename("tmp", "ports")
	END
	python3 hostile.py 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		[ -s ports ] && break
		sleep 0.05
	done
	# shellcheck disable=SC1091
	. ./ports
}

@test "a slow, endless, broken or bursting exporter neither stalls nor fills the run" {
	need sh-fetch python3
	start_hostile
	local began=$SECONDS
	check <<-END
	checks:
	  slow: {scrape: "http://127.0.0.1:$SLOW/", timeout: 1s}
	  endless: {scrape: "http://127.0.0.1:$ENDLESS/", timeout: 4s}
	  broken: {scrape: "http://127.0.0.1:$BROKEN/", timeout: 2s}
	  bomb: {scrape: "http://127.0.0.1:$BOMB/", timeout: 4s}
	  packed: {scrape: "http://127.0.0.1:$PACKED/", timeout: 2s}
	  partly: {scrape: "http://127.0.0.1:$PARTLY/", timeout: 2s}
	END
	[ $((SECONDS - began)) -lt 15 ]
	for id in slow endless broken bomb; do
		own $id '.metrics.check.ok == 0 and (.error | length) > 0'
	done
	own packed '.metrics.check.ok == 1'
	jq -es 'any(.[]; .metrics.prom.packed_metric == 7)' out.ndjson
	own partly '.metrics.check.ok == 0 and .error == "1 parts of the answer are bad"'
	jq -es 'any(.[]; .metrics.prom.good == 1 and .metrics.prom.good_too == 2) and
		any(.[]; .metrics.collect.ok == 0 and (.error | startswith("line 2: ")))' out.ndjson
	[ "$(wc -c < out.ndjson)" -lt 20000 ]
}

@test "files that others keep: one, a textfile directory, and what is none" {
	mkdir dir
	printf 'one 1\n' > dir/a.prom
	printf 'two{x="y"} 2\n' > dir/b.prom
	printf 'three 3\n' > dir/b.prom.tmp
	touch -d '-1 hour' dir/a.prom
	mkfifo pipe
	check <<-END
	checks:
	  dir: {read: $PWD/dir}
	  one: {read: $PWD/dir/b.prom}
	  none: {read: $PWD/none.prom}
	  pipe: {read: $PWD/pipe}
	END
	own dir '.metrics.check | .ok == 1 and .files == 2 and .samples == 2 and .age_s >= 3600 and .age_s < 3700'
	own one '.metrics.check.ok == 1 and .metrics.check.files == 1'
	own none '.metrics.check.ok == 0 and (.error | contains("No such file"))'
	own pipe '.metrics.check.ok == 0 and (.error | contains("no regular file"))'
	jq -es 'any(.[]; .metrics.prom.one == 1) and all(.[]; (.metrics.prom.three // 0) == 0)' out.ndjson
}
