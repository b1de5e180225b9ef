#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Services that something else really makes slow: a processor, memory or a disk that is
# short, or one that they call and nobody declared.
load helper
load causes

teardown() {
	stop
	[ ! -s group ] || for _ in $(seq 100); do
		rmdir "$(cat group)" 2>/dev/null && break
		sleep 0.05
	done
}

# A service each of whose answers takes some work: "cpu", "memory" (pages of a file that
# it has in memory), "disk" (writes that are waited for) or "call" of a neighbour, with
# which it stays connected.
server() {
	export SH_STATE=$PWD/state
	cat >server.py <<-'END'
		import http.client, http.server, mmap, os, sys, time
		port, work, name = int(sys.argv[1]), sys.argv[2], sys.argv[3]
		PAGE, PAGES = 4096, 5000
		def spend():
		    total = 0
		    for i in range(200000):
		        total += i * i
		def touch():
		    total = 0
		    for at in range(0, PAGES * PAGE, PAGE):
		        total += pages[at]
		def write():
		    for at in range(8):
		        os.pwrite(data, block, at * PAGE)
		def ask():
		    if os.path.exists(name + "-waits"):
		        time.sleep(0.4)
		    if behind:
		        behind.request("GET", "/")
		        behind.getresponse().read()
		behind = None
		if work == "memory":
		    with open("pages", "wb") as f:
		        f.write(os.urandom(PAGES * PAGE))
		        os.fsync(f.fileno())
		    pages = mmap.mmap(os.open("pages", os.O_RDONLY), 0, prot=mmap.PROT_READ)
		    pages.madvise(mmap.MADV_RANDOM)
		elif work == "disk":
		    data = os.open("data", os.O_RDWR | os.O_CREAT | os.O_DIRECT | os.O_DSYNC)
		    block = mmap.mmap(-1, PAGE)
		elif work == "call" and len(sys.argv) > 4:
		    behind = http.client.HTTPConnection("127.0.0.1", int(sys.argv[4]))
		do = {"cpu": spend, "memory": touch, "disk": write, "call": ask}[work]
		class Handler(http.server.BaseHTTPRequestHandler):
		    protocol_version = "HTTP/1.1"
		    def do_GET(self):
		        do()
		        self.send_response(200)
		        self.send_header("Content-Length", "0")
		        self.end_headers()
		    def log_message(self, *_):
		        pass
		server = http.server.ThreadingHTTPServer if work == "call" else http.server.HTTPServer
		def reach(tries):
		    try:
		        ask()
		    except OSError as error:
		        if not tries:
		            sys.exit(f"{name}: {error}")
		        behind.close()
		        time.sleep(0.05)
		        reach(tries - 1)
		if behind:
		    reach(100)
		server(("127.0.0.1", port), Handler).serve_forever()
	END
}

# site NAME PORT...: services, and the stock rule, which waits five minutes, at once
site() {
	echo services:
	while [ $# -gt 0 ]; do
		echo "  $1: {pidfile: $PWD/$1.pid, checks: [{http: \"http://127.0.0.1:$2/\", timeout: 15s}]}"
		shift 2
	done
	cat <<-'END'
		rules:
		  service_slow:
		    on: [service]
		    expr: check.ok == 1 && check.time_ms > 150
		    description: "{entity_name} answers after {check.time_ms} ms"
		    affected_metrics: [response_time]
	END
}

# So much is known of how NAME is when it is well.
known() {
	for _ in $(seq 100); do
		[ "$(grep -c "\"entity\":\"service:$1@h\".*\"time_ms\"" out)" -ge 12 ] && return
		sleep 0.2
	done
	return 1
}

# one WORK [COMMAND...]: a service "web" that does that work, begun by the command
one() {
	local work=$1
	shift
	server
	port=$(ports 1)
	begin "$@" python3 server.py "$port" "$work" web
	echo $! >web.pid
	await_port "$port"
	site web "$port" >site.yaml
	# shellcheck disable=SC2086 # an option, or none
	pipeline 'service check process cpu memory pressure' ${look-}
	known web
}

# none CAUSE...: the last diagnosis of slowness does not speak of these
none() {
	last service_slow | jq -e '[.ranking[] | select(.confidence > 0.5) | .root_cause] | all(. as $c | $ARGS.positional | index($c) | not)' --args "$@"
}

@test "a service that is slow because others use its processor" {
	need taskset
	cpu=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
	one cpu taskset -c "$cpu"
	for _ in $(seq 12); do
		begin taskset -c "$cpu" python3 -c 'while True: pass'
	done
	caused service_slow cpu_bottleneck 30
	none memory_shortage disk_hog storage_bottleneck slow_dependency
}

@test "a service that is slow because another keeps its disk busy" {
	look=--look
	one disk
	cat >hog.py <<-'END'
		import ctypes, mmap, os, threading
		ctypes.CDLL(None).prctl(15, b"hog")
		size = 16 << 20
		block = mmap.mmap(-1, size)
		def write(name):
		    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_DIRECT)
		    while True:
		        os.pwrite(fd, block, 0)
		for i in range(4):
		    threading.Thread(target=write, args=("hog%d" % i,)).start()
	END
	begin python3 hog.py
	caused service_slow disk_hog 30
	none memory_shortage cpu_bottleneck slow_dependency
	# Who it is was seen at the first fault; where it did most even then, it is said beside the cause.
	last service_slow | jq -e '(.look.found | map(select(.what == "process_io" and .entity == "process:hog@h"))[0].share) as $share |
		$share > 0 and ($share < 50 or any(.ranking[0].evidence[]; .source == "look" and .entity == "process:hog@h"))'
}

# A control group of 64 MiB for this test, of either version, in "group".
limited() {
	local top
	need_root
	for top in /sys/fs/cgroup/memory /sys/fs/cgroup; do
		group=$top/selfheal-test.$$
		mkdir "$group" 2>/dev/null || continue
		echo "$group" >group
		echo 0 | tee "$group/memory.swappiness" "$group/memory.swap.max" >/dev/null 2>&1 || true
		for limit in memory.limit_in_bytes memory.max; do
			[ ! -w "$group/$limit" ] || echo 64M >"$group/$limit"
		done
		[ ! -e "$group/memory.stat" ] || return 0
		rmdir "$group"
	done
	skip 'no control group can be made that limits memory'
}

within() {
	echo "$BASHPID" >"$(cat group)/cgroup.procs"
	exec "$@"
}

@test "a service that is slow because its memory is taken from it" {
	limited
	cat >hog.py <<-'END'
		import mmap, sys, time
		open("/proc/self/oom_score_adj", "w").write("1000")
		# All but so little that the files of the group do not fit into the rest.
		def of_files():
		    lines = dict(line.split() for line in open(sys.argv[1] + "/memory.stat"))
		    return int(lines["active_file"]) + int(lines["inactive_file"])
		held = []
		while True:
		    if of_files() > 5 << 20:
		        held.append(b"x" * (1 << 20))
		    else:
		        time.sleep(0.01)
	END
	one memory within
	begin within python3 hog.py "$group"
	caused service_slow memory_shortage 30
	none disk_hog cpu_bottleneck slow_dependency
}

@test "a service that is slow because of one that it is connected with, of which nobody told" {
	server
	read -r shop backend aside < <(ports 3)
	begin python3 server.py "$backend" call backend
	echo $! >backend.pid
	begin python3 server.py "$aside" call aside
	echo $! >aside.pid
	await_port "$backend"
	await_port "$aside"
	begin python3 server.py "$shop" call shop "$backend"
	echo $! >shop.pid
	await_port "$shop"
	site shop "$shop" backend "$backend" aside "$aside" >site.yaml
	pipeline 'service check process cpu memory pressure topology'
	known shop
	await 10 '.kind == "edge" and .from == "service:shop@h" and .type == "connects" and .to == "service:backend@h"'
	# Another is slow as well, and no less; with this one it is not connected.
	touch aside-waits backend-waits
	slow_by shop service:backend@h
	latest shop | jq -e 'all(.ranking[]; .entity != "service:aside@h" or .confidence < 0.5)'
}
