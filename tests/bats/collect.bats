#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-collect: against the machine's own tools, captured trees and real services.
# shellcheck disable=SC2154 # stderr comes from run, abs_top_* from make
load helper

teardown() {
	if [ -s pids ]; then
		mapfile -t started < pids
		kill -KILL "${started[@]}" 2>/dev/null || true
		# Only these: the timer of the test is a child of this shell too.
		wait "${started[@]}" 2>/dev/null || true
	fi
}

# A web server on a free port of loopback; sets PORT.
start_server() {
	need python3
	cat > server.py <<-'EOF'
	import http.server, sys
	class H(http.server.BaseHTTPRequestHandler):
	    def do_GET(self):
	        self.send_response(503 if self.path == "/bad" else 200)
	        self.end_headers()
	        self.wfile.write(b"all is well")
	    def log_message(self, *a):
	        pass
	s = http.server.HTTPServer(("127.0.0.1", 0), H)
	open("port", "w").write("%d\n" % s.server_port)
	s.serve_forever()
	EOF
	python3 server.py 3>&- &
	echo $! > web.pid
	echo $! >> pids
	for _ in $(seq 100); do
		[ -s port ] && break
		sleep 0.05
	done
	PORT=$(cat port)
}

# Metric paths of all samples on standard input, with their collector.
@test "one shot writes one sample of each host collector, times strictly increasing" {
	run -0 --separate-stderr sh-collect -o ndjson
	[ "$stderr" = '' ]
	jq -es 'map(.time) | . == (unique)' <<< "$output"
	jq -es 'map(.source.collector) | contains(["cpu", "memory", "load", "filesystem"])' <<< "$output"
	jq -es 'all(.kind == "sample" and (.metrics | length) > 0)' <<< "$output"
}

@test "operands choose collectors, and a wrong one is named" {
	run -0 sh-collect -o ndjson load memory
	[ "$(jq -r .source.collector <<< "$output" | sort -u | xargs)" = 'load memory' ]
	run -2 --separate-stderr sh-collect lode
	[ "$output" = '' ]
	[[ $stderr == *lode* ]]
}

@test "a service that is measured again is read twice only when the gap is given" {
	need jq
	sleep 60 3>&- &
	echo $! >pid
	echo "services: {web: {pidfile: $PWD/pid, start: [/bin/sleep]}}" >site.yaml
	run -0 sh-collect -c site.yaml --no-stock -o ndjson --source '{"collector":"service","target":"web"}'
	jq -e '.metrics.service | .running == 1 and (has("cpu_wait") | not)' <<<"$output"
	run -0 sh-collect -c site.yaml --no-stock -o ndjson --gap 20ms --source '{"collector":"service","target":"web"}'
	kill $!
	jq -e '.metrics.service | .running == 1 and has("cpu_wait")' <<<"$output"
}

@test "rates of a one shot take the gap, and without them nothing waits" {
	start=$(date +%s%N)
	run -0 sh-collect -o ndjson load memory filesystem
	(( $(date +%s%N) - start < 400000000 ))
	start=$(date +%s%N)
	run -0 sh-collect -o ndjson --gap 300ms cpu
	(( $(date +%s%N) - start >= 300000000 ))
	jq -e '.metrics.cpu | (.usage + .idle + .iowait - 100 | fabs) < 0.001' <<< "$output"
}

@test "memory is what /proc/meminfo says" {
	run -0 sh-collect -o ndjson memory
	total=$(( $(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo) * 1024 ))
	[ "$(jq .metrics.memory.total_bytes <<< "$output")" = "$total" ]
}

@test "a file system is what df says, to the last digit" {
	need_root
	unshare -m true || skip 'no mount namespaces'
	run -0 unshare -m bash -c '
		mkdir m && mount -t tmpfs -o size=1m,nr_inodes=50 none m || exit 9
		head -c 300000 /dev/zero > m/a
		df --output=size,used,avail,itotal,iavail -B1 m | tail -n 1 > df.txt
		stat -f -c "%b %f %a" m > blocks.txt
		sh-collect -o ndjson filesystem'
	read -r size used avail itotal iavail < df.txt
	mine=$(jq -c --arg p "$PWD/m" 'select(.source.target == $p)' <<< "$output")
	jq -e --argjson s "$size" --argjson u "$used" --argjson a "$avail" --argjson i "$itotal" \
		--argjson f "$iavail" '.metrics.storage | .size_bytes == $s and .used_bytes == $u
		and .available_bytes == $a and .inodes_total == $i and .inodes_free == $f
		and .utilization == 100 * $u / ($u + $a) and .inodes_utilization == 100 * ($i - $f) / $i
		and .read_only == 0 and .image == 0' <<< "$mine"
	[ "$(jq -r .labels.fstype <<< "$mine")" = tmpfs ]
}

@test "a declared file system that is not mounted says so" {
	printf 'filesystems:\n  %s/none: {limit: 90}\n' "$PWD" > site.yaml
	run -0 sh-collect -o ndjson -c site.yaml filesystem
	jq -es --arg p "$PWD/none" 'map(select(.source.target == $p)) | length == 1
		and .[0].metrics == {storage: {mounted: 0}}' <<< "$output"
}

@test "a captured tree gives what it holds, and nothing of this machine" {
	SH_HOST=h run -0 sh-collect -o ndjson --root "$abs_top_srcdir/tests/data/root-before"
	[ "$(jq -r .source.collector <<< "$output" | sort -u | xargs)" = 'cpu limits load memory network pressure sockets' ]
	jq -es 'map(select(.source.collector == "memory"))[0].metrics.memory.usage == 75' <<< "$output"
	run -2 sh-collect --root / filesystem
}

@test "the host tree of node_exporter reads as it does" {
	need_data conformance/node_root/proc/stat
	run -0 sh-collect -o ndjson --root "$SH_DATA/conformance/node_root"
	values=$SH_DATA/conformance/node_root/expected/values.ndjson
	load=$(jq -r 'select(.metric == "node_load1").value' "$values")
	total=$(jq -r 'select(.metric == "node_memory_MemTotal_bytes").value' "$values")
	swap=$(jq -r 'select(.metric == "node_memory_SwapTotal_bytes").value' "$values")
	cpus=$(jq -r 'select(.metric == "node_cpu_seconds_total").labels.cpu' "$values" | sort -u | wc -l)
	jq -es --argjson l "$load" --argjson t "$total" --argjson s "$swap" --argjson n "$cpus" '
		[.[] | .metrics] | add as $m | .
		| (map(.load // {}) | add).one == $l
		and (map(.memory // {}) | add | .total_bytes == $t and .swap_total_bytes == $s)
		and (map(.cpu // {}) | add).count == $n' <<< "$output"
}

@test "a collector that fails says so, and the others go on" {
	mkdir -p t/proc
	echo garbage > t/proc/stat
	echo '1 2 3 1/2 3' > t/proc/loadavg
	SH_HOST=h run -0 sh-collect -o ndjson --root t
	jq -es 'map(select(.entity == "collector:cpu@h"))[0] | .metrics.collect.ok == 0
		and (.error | contains("/proc/stat"))' <<< "$output"
	jq -es 'map(select(.source.collector == "load"))[0].metrics.load.one == 1' <<< "$output"
}

@test "--interval keeps its schedule and sends a tick after each round" {
	start=$(date +%s%N)
	run -0 sh-collect -o ndjson -i 100ms -n 5 load
	took=$(( ($(date +%s%N) - start) / 1000000 ))
	(( took >= 400 && took < 900 ))
	[ "$(jq -r .kind <<< "$output" | uniq | xargs)" = \
		'sample tick sample tick sample tick sample tick sample tick' ]
}

@test "after a stop the schedule goes on where it would be, and what was missed is told" {
	sh-collect -o ndjson -i 200ms load > out.ndjson 2> err 3>&- &
	local pid=$!
	sleep 0.7
	kill -STOP $pid
	sleep 2
	kill -CONT $pid
	sleep 0.9
	kill $pid
	wait $pid || [ $? = 143 ]
	run -0 jq -r 'select(.kind == "notice").text' out.ndjson
	[[ $output =~ ^skipped\ (9|10|11)\ intervals\ of\ 200ms:\ nothing\ ran\ for ]]
	# No two ticks nearer than half an interval, and all of them on the grid of the first.
	run -0 jq -rs '[.[] | select(.kind == "tick") | .time[17:26] | tonumber] as $t
		| [$t[] | . - $t[0] | if . < 0 then . + 60 else . end | . * 1000 | round] as $d
		| ([range(1; $d | length) | $d[.] - $d[. - 1]] | min > 100),
		  ([$d[] | . % 200] | map(select(. > 60 and . < 190)) == []), ($d | length)' out.ndjson
	[ "${lines[0]}" = true ]
	[ "${lines[1]}" = true ]
	[ "${lines[2]}" -le 10 ]
}

# A process that writes its pid to the file NAME.pid, replacing it at once.
serve() { # NAME
	sleep 100 3>&- &
	echo $! > "$1.new"
	mv "$1.new" "$1.pid"
}

@test "a service that ends between rounds is measured a quarter of the interval later, no other is" {
	local name line kinds=()
	for name in dead restarted well; do
		serve $name
	done
	printf 'services: {%s, %s, %s}\n' "dead: {pidfile: $PWD/dead.pid}" \
		"restarted: {pidfile: $PWD/restarted.pid}" "well: {pidfile: $PWD/well.pid}" > site.yaml
	local old
	old=$(< restarted.pid)
	exec 4< <(exec sh-collect -o ndjson -c site.yaml -i 12s service 3>&-)
	local collector=$!
	for _ in sample sample sample tick; do
		read -r -t 30 line <&4
		line=${line#'{"kind":"'}
		kinds+=("${line%%'"'*}")
	done
	[ "${kinds[*]}" = 'sample sample sample tick' ]
	kill "$old" "$(< dead.pid)"
	serve restarted
	for _ in 1 2; do
		read -r -t 30 line <&4
		echo "$line" >> later
	done
	run ! read -r -t 1 line <&4
	kill "$collector" "$(< restarted.pid)" "$(< well.pid)"
	# The two that ended, and nothing else before the next round; the one is back, and not as it was.
	jq -es --argjson pid "$(< restarted.pid)" 'sort_by(.entity) |
		(.[0].entity | startswith("service:dead@")) and .[0].metrics.service.running == 0
		and (.[1].entity | startswith("service:restarted@")) and .[1].metrics.service.running == 1
		and .[1].metrics.service.pid == $pid and (.[1].metrics.service | has("cpu") | not)' later
	exec 4<&-
}

@test "when the output is not read, intervals are skipped and counted" {
	run -0 bash -c 'sh-collect -o ndjson -i 1ms -n 600 load 2>err | { sleep 1.5; cat; }'
	grep -q 'skipped [0-9]* intervals' err
	jq -es 'map(select(.kind == "notice"))[0].text | test("skipped [0-9]+ intervals of 1ms")' \
		<<< "$output"
	jq -es 'map(select(.kind == "notice" and (.text | contains("took")))) | length <= 1' <<< "$output" # in a minute
	jq -es 'map(select(.kind == "sample")) | length == 600' <<< "$output"
}

@test "a reader that went away ends it, between rounds too" {
	run -0 timeout 5 bash -c 'sh-collect -o ndjson -i 1h load | head -n 1'
	jq -e '.kind == "sample"' <<< "${lines[0]}"
}

@test "--state carries counters to the next run, which does not wait" {
	run -0 sh-collect -o ndjson --state s --gap 10ms cpu
	sleep 0.2
	start=$(date +%s%N)
	run -0 sh-collect -o ndjson --state s --gap 5s cpu
	(( $(date +%s%N) - start < 2000000000 ))
	jq -e '.metrics.cpu | has("usage")' <<< "$output"
}

@test "a service that runs, is stopped, is killed, and has no pid file" {
	setsid sleep 300 3>&- &
	echo $! > web.pid
	echo $! >> pids
	echo "services: {web: {pidfile: $PWD/web.pid}}" > site.yaml
	c() { sh-collect -o ndjson -c site.yaml --source '{"collector":"service","target":"web"}'; }
	for _ in 1 2 3 4 5; do
		c | jq -e '.metrics.service.running == 1' && break
		sleep 0.1
	done
	c | jq -e '.metrics.service | .running == 1 and .stopped == 0 and .processes == 1'
	kill -STOP "$(cat web.pid)"
	sleep 0.1
	c | jq -e '.metrics.service | .running == 1 and .stopped == 1'
	kill -KILL "$(cat web.pid)"
	sleep 0.1
	c | jq -e '.metrics.service | .running == 0 and .stopped == 0'
	rm web.pid
	c | jq -e '.metrics.service.running == 0'
}

@test "a service is found by its executable and command line" {
	cp "$(command -v sleep)" nap
	./nap 311 3>&- &
	echo $! >> pids
	./nap 312 3>&- &
	echo $! >> pids
	sleep 0.1
	printf 'services:\n  a: {match: {exe: %s/nap, cmdline: "*nap 312"}}\n  b: {match: {exe: %s/nap}}\n' \
		"$PWD" "$PWD" > site.yaml
	echo "  c: {match: {exe: $PWD/none}}" >> site.yaml
	run -0 sh-collect -o ndjson -c site.yaml --gap 10ms service
	[ "$(jq -c '[.source.target, .metrics.service.running, .metrics.service.processes]' \
		<<< "$output" | xargs)" = '[a,1,1] [b,1,2] [c,0,0]' ]
}

@test "a unit without systemd is a failure, not a verdict" {
	[ ! -e /run/systemd/system ] || skip 'systemd runs here'
	echo 'services: {web: {unit: nginx.service}}' > site.yaml
	run -0 sh-collect -o ndjson -c site.yaml --gap 10ms service
	jq -e '.metrics == {collect: {ok: 0}} and (.error | contains("systemd"))' <<< "$output"
}

@test "checks: http by status and text, tcp, and what refuses" {
	need sh-fetch
	start_server
	cat > site.yaml <<-EOF
	services:
	  web:
	    pidfile: $PWD/web.pid
	    checks:
	      - {http: "http://127.0.0.1:$PORT/", status: 200, timeout: 5s}
	      - {tcp: "127.0.0.1:$PORT", timeout: 5s}
	      - {http: "http://127.0.0.1:$PORT/", match: "all is well", timeout: 5s}
	      - {http: "http://127.0.0.1:$PORT/", match: "another text", timeout: 5s}
	      - {http: "http://127.0.0.1:$PORT/bad", timeout: 5s}
	checks:
	  closed: {tcp: "127.0.0.1:1", timeout: 1s}
	EOF
	SH_HOST=h run -0 sh-collect -o ndjson -c site.yaml check
	[ "$(jq -r '"\(.entity) \(.dims.check) \(.metrics.check.ok) \(.metrics.check.status)"' <<< "$output")" = \
'service:web@h http 1 200
service:web@h tcp 1 null
service:web@h http:2 1 200
service:web@h http:3 0 200
service:web@h http:4 0 503
check:closed@h null 0 null' ]
	jq -es '.[0].metrics.check.time_ms > 0 and (.[5].error | contains("refused"))' <<< "$output"
}

@test "a hung server fails its checks in time, all of them at once" {
	need sh-fetch
	start_server
	kill -STOP "$(cat web.pid)"
	u="http://127.0.0.1:$PORT/"
	cat > site.yaml <<-EOF
	services:
	  web:
	    pidfile: $PWD/web.pid
	    checks: [{http: "$u", timeout: 500ms}, {http: "$u", timeout: 500ms}, {http: "$u", timeout: 500ms}]
	EOF
	start=$(date +%s%N)
	run -0 sh-collect -o ndjson -c site.yaml check
	(( $(date +%s%N) - start < 1400000000 ))
	jq -es 'length == 3 and all(.metrics.check.ok == 0)' <<< "$output"
}

@test "a check of many hosts, by a list and by a file that is read each round" {
	start_server
	cat > site.yaml <<-EOF
	checks:
	  web: {tcp: "{target}:$PORT", hosts: [127.0.0.1, localhost], timeout: 5s}
	  file: {tcp: "{target}", targets: $PWD/hosts.txt, timeout: 5s}
	EOF
	printf '# ours\n 127.0.0.1:%s # web\n\n127.0.0.1:1\nhost-without-port' "$PORT" > hosts.txt
	SH_HOST=h run -0 sh-collect -o ndjson -c site.yaml check
	[ "$(jq -r '"\(.entity) \(.dims.target) \(.metrics.check.ok)"' <<< "$output")" = "\
check:web@h 127.0.0.1 1
check:web@h localhost 1
check:file@h 127.0.0.1:$PORT 1
check:file@h 127.0.0.1:1 0
collector:check@h null null" ]
	jq -es 'last.error | contains("host-without-port") and contains("not HOST:PORT")' <<< "$output"
	catalogued <<< "$output"
	for bad in 'a b' '-x' '../x'; do
		echo "$bad" > hosts.txt
		SH_HOST=h run -0 sh-collect -o ndjson -c site.yaml check
		jq -es 'length == 3 and ([.[] | select(.metrics.collect.ok == 0)][0].error | contains("hosts.txt:1:"))' <<< "$output"
	done
	chmod 666 hosts.txt
	run -0 sh-collect -o ndjson -c site.yaml check
	jq -es '[.[] | select(.metrics.collect.ok == 0)][0].error | contains("hosts.txt")' <<< "$output"
}

# Takes every connection and never says anything.
start_tarpit() {
	python3 -c '
import socket
s = socket.create_server(("127.0.0.1", 0), backlog=1024)
open("tarpit.port", "w").write(str(s.getsockname()[1]))
keep = []
while True:
	keep.append(s.accept())
' 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		[ -s tarpit.port ] && break
		sleep 0.05
	done
	TARPIT=$(cat tarpit.port)
}

@test "200 checks of hung servers end in a few times their limit" {
	need sh-fetch
	start_tarpit
	{
		echo checks:
		for i in $(seq 200); do
			echo "  c$i: {http: \"http://127.0.0.1:$TARPIT/\", timeout: 1s}"
		done
	} > site.yaml
	start=$(date +%s%N)
	run -0 sh-collect -o ndjson -c site.yaml check
	took=$((($(date +%s%N) - start) / 1000000))
	echo "took $took ms"
	((took < 60000)) # one after the other would be 200 s
	jq -es 'length == 200 and all(.metrics.check.ok == 0) and
		(map(.entity | sub("^check:c"; "") | sub("@.*"; "") | tonumber) == [range(1; 201)])' <<< "$output"
}

@test "a probe measures, leaves nothing, and a missing directory is a failure" {
	mkdir p
	echo "filesystems: {/: {probe: $PWD/p}}" > site.yaml
	run -0 sh-collect -o ndjson -c site.yaml probe
	jq -e '.metrics.latency | .read_avg > 0 and .write_avg > 0' <<< "$output"
	rmdir p
	SH_HOST=h run -0 sh-collect -o ndjson -c site.yaml probe
	jq -e '.entity == "collector:probe@h" and .metrics.collect.ok == 0' <<< "$output"
}

@test "a declared file has its digest, size, mode and owner" {
	printf abc > x.conf
	chmod 640 x.conf
	echo "services: {web: {pidfile: $PWD/x.pid, files: [{path: $PWD/x.conf}]}}" > site.yaml
	run -0 sh-collect -o ndjson -c site.yaml file
	jq -e --arg s "$(sha256sum < x.conf | cut -d' ' -f1)" --arg o "$(id -un)" \
		'.sha256 == $s and .owner == $o and (.metrics.file | .exists == 1 and .size_bytes == 3
		and .mode == 640 and (has("matches_baseline") | not))' <<< "$output"
	jq -e '.source.collector == "file"' <<< "$output"
}

@test "--source measures just that, at once, and nothing found is no success" {
	source=$(sh-collect -o ndjson filesystem | jq -c 'select(.source.target == "/").source')
	run -0 sh-collect -o ndjson --source "$source"
	[ "$(jq -c .source <<< "$output")" = "$source" ]
	run -4 --separate-stderr sh-collect --source '{"collector":"disk","target":"none"}' --gap 1ms
	[ "$output" = '' ]
	[[ $stderr == *none* ]]
	run -2 sh-collect --source '{"collector":"none","target":"x"}'
	run -2 sh-collect --source 'nonsense'
}

@test "--source does not wait for the lock of a running sh-collect" {
	sh-collect -o ndjson --state s -i 50ms load > out.ndjson 3>&- &
	echo $! >> pids
	for _ in $(seq 50); do
		[ -s out.ndjson ] && break
		sleep 0.05
	done
	run -75 sh-collect --state s --lock fail load
	run -0 sh-collect --state s -o ndjson --source '{"collector":"filesystem","target":"/"}'
}

@test "--list names every metric that is emitted, and none that is not" {
	start_server
	printf x > x.conf
	cat > site.yaml <<-EOF
	services:
	  web:
	    pidfile: $PWD/web.pid
	    checks: [{http: "http://127.0.0.1:$PORT/"}]
	    files: [{path: $PWD/x.conf, baseline: true, mode: "0644"}]
	  bad: {pidfile: /proc/self/comm}
	filesystems:
	  $PWD/none: {limit: 90}
	  /: {probe: $PWD}
	checks:
	  conf: {log: $PWD/x.conf}
	interfaces:
	  lo: {up: true}
	EOF
	sh-collect -o ndjson -c site.yaml > a.ndjson
	sh-collect -o ndjson --root "$abs_top_srcdir/tests/data/root-before" > b.ndjson
	sh-collect -o ndjson --from nagios=- <<< 'OK|a=1;2;3;0;9' > c.ndjson
	sed 's/^.*"collect":.*$/{"kind":"sample","source":{"collector":"collector"},"metrics":{"collect":{"ok":0}}}/' \
		a.ndjson b.ndjson c.ndjson | paths | sort -u > emitted
	sh-collect --list | awk '/^[a-z]+: / { c = $1; sub(":", "", c) }
		/^  [a-z]+\.[a-z]/ && !/with --detail/ { print c, $1 }' | sort -u > listed
	catalogued < a.ndjson
	catalogued < b.ndjson
	# The other way round where any machine can show it; a baseline, ext4, limits of a group, and rates of nothing, it cannot.
	comm -13 emitted listed |
		grep -E '^(cpu|memory|load|pressure|filesystem|probe|network|service|file|log) ' |
		grep -vxE 'file file.matches_baseline|filesystem storage.errors|service service.((cpu|tasks|memory)_limit(_bytes)?|(memory|tasks)_usage)' > unseen || true
	cat unseen
	[ ! -s unseen ]
}

@test "--discover proposes the protocol that a known program speaks" {
	need redis-server
	PORT=$(ports 1)
	redis-server --port "$PORT" --bind 127.0.0.1 --save '' --dir "$PWD" > redis.log 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		grep -q 'Ready to accept' redis.log && break
		sleep 0.05
	done
	sh-collect --discover > draft.yaml
	grep -q "      - redis: \"127.0.0.1:$PORT\"" draft.yaml
	run -0 sh-collect -c draft.yaml --check
}

@test "--discover drafts a site file that loads, everything in mode observe" {
	start_server
	sh-collect --discover > draft.yaml
	run -0 sh-collect -c draft.yaml --check
	grep -q "tcp: \"127.0.0.1:$PORT\"" draft.yaml
	[ "$(grep -c 'mode: observe' draft.yaml)" -ge 2 ]
	run ! grep -E 'mode: (ask|act)' draft.yaml
	run -0 sh-collect -c draft.yaml -o ndjson --gap 10ms service
	jq -es 'length > 0 and all(.metrics.service.running == 1)' <<< "$output"
}

@test "a full disk under standard output is reported" {
	run -4 --separate-stderr bash -c 'sh-collect -o ndjson load > /dev/full'
	[[ $stderr == *sh-collect:* ]]
}

@test "the process with most block I/O is named" {
	case $(stat -f -c %T .) in
	tmpfs | overlayfs) skip 'no block device under the test directory' ;;
	esac
	need python3
	cat > hog.py <<-'EOF'
	import os
	open("/proc/self/comm", "w").write("hog")
	f = os.open("hogged", os.O_RDWR | os.O_CREAT | os.O_DSYNC)
	while True:
	    os.pwrite(f, b"x" * 65536, 0)
	EOF
	python3 hog.py 3>&- &
	echo $! >> pids
	found=
	for _ in $(seq 10); do
		sh-collect -o ndjson --gap 200ms process > out.ndjson
		if jq -es 'map(select(.metrics.io))[0] | .labels.top_process == "hog" and .metrics.io.top_bytes > 1e5
			and .metrics.io.top_share > 0 and .metrics.io.top_share <= 100' out.ndjson; then
			found=1
			break
		fi
	done
	[ -n "$found" ]
}

@test "a pipe in the place of a pid file or of a -c file stops nobody" {
	mkfifo web.pid conf.yaml
	cat >site.yaml <<-E
		services:
		  web: {pidfile: $PWD/web.pid, start: [/bin/true]}
	E
	run -0 timeout 5 sh-collect -c site.yaml service
	[[ $output == *'"collector:service'*'is a pipe, not a file'* ]]
	run -2 timeout 5 sh-collect -c conf.yaml service
}

@test "a parent that ignores SIGCHLD hides no end of a child" {
	cat >site.yaml <<-E
		checks:
		  c: {http: "http://127.0.0.1:1/", timeout: 1s}
	E
	run -0 timeout 10 env --ignore-signal=CHLD sh-collect -c site.yaml check
	[[ $output == *'"check":{"ok":0'* ]]
}

@test "--from json takes any layout, completes what lacks, and tells what is none" {
	printf '{"storage": {\n  "utilization": 95.2}}\n\n[{"kind":"sample","time":"2026-01-01T00:00:00.000000Z","host":"h9","a":{"b":1}}, 7]{"x":{"y":18446744073709551616}}' > in.json
	run -3 --separate-stderr sh-collect -o ndjson --from json=in.json --entity vm:v1
	[ "$stderr" = "sh-collect: in.json:4: wanted an object" ]
	jq -es 'length == 3 and .[0].entity == "vm:v1@\(.[0].host)" and .[0].metrics == {storage: {utilization: 95.2}}
		and .[1].host == "h9" and .[1].a.b == 1 and .[2].metrics.x.y > 1e19' <<< "$output"
	run -3 --separate-stderr sh-collect -o ndjson --from json=- <<< '{"a":{"b":1}}
	{"a":'
	[ "$(grep -c . <<< "$output")" = 1 ]
	[[ $stderr == "sh-collect: -:2: byte "* ]]
	run -3 --separate-stderr sh-collect -o ndjson --from json=- <<< '{"a":{"b":1}} {"a":tru} {"a":{"b":"}\"]"}}'
	[ "$(grep -c . <<< "$output")" = 2 ]
	run -2 sh-collect --from nothing=in.json
	run -2 sh-collect --from json
	run -4 sh-collect --from json=none.json
}

@test "on a terminal a count of processes is a number, a fact yes or no" {
	printf '%s\n' '{"process":{"running":1,"count":7},"service":{"running":1}}' > in.json
	run -0 sh-collect -o text --from json=in.json --entity other:x
	[[ $output == *'process.running 1  process.count 7  service.running yes'* ]]
}

@test "a file's permissions and owner are compared with what the site declares" {
	need jq
	echo text >f
	chmod 640 f
	matches() { # WORDS VALUE
		echo "services: {a: {pidfile: $PWD/a.pid, files: [{path: $PWD/f$1}]}}" >site.yaml
		run -0 sh-collect -o ndjson -c site.yaml file
		jq -e --argjson value "$2" '.metrics.file.matches_mode == $value' <<<"$output" || { echo "$1: $output" >&2; return 1; }
	}
	matches '' null
	matches ', mode: "0640"' 1
	matches ', mode: "0644"' 0
	matches ", owner: $(id -un)" 1
	matches ", owner: '$(id -u):$(stat -c %g f)'" 1
	matches ", owner: ':$((1 + $(stat -c %g f)))'" 0
	matches ', mode: "0644", owner: nobody-of-that-name' 0
	matches ', mode: "0640", owner: nobody-of-that-name' null
}

@test "routes and interfaces that the site wants are compared with those of the kernel" {
	need jq unshare ip
	unshare -rn true 2>/dev/null || skip 'no network namespaces here'
	cat >site.yaml <<-'END'
		hosts:
		  "*":
		    routes:
		      - {to: 192.0.2.0/24, dev: lo}
		      - {to: "2001:db8::/32", dev: v0}
		      - {to: default, via: 192.0.2.7}
		      - {to: 198.51.100.9}
		interfaces:
		  lo: {up: true}
	END
	unshare -rn bash -e -c '
		look() { sh-collect --no-stock -o ndjson -c site.yaml route network | jq -r ".metrics | .route.missing // empty, (.net.set_up | select(. != null) | \"up \(.)\")" | sort | paste -sd" "; }
		look
		ip link set lo up
		ip addr add 192.0.2.1/32 dev lo
		ip route add 192.0.2.0/24 dev lo
		ip route add default via 192.0.2.7
		ip route add 198.51.100.9/32 dev lo
		{ ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up &&
			ip -6 route add 2001:db8::/32 dev v0; } || sed -i /2001/d site.yaml
		look
		ip route del default
		ip route add default dev lo
		ip route replace unreachable 198.51.100.9/32
		look' >seen 3>&-
	cat seen
	printf '%s\n' '4 up 0' '0 up 1' '2 up 1' | diff seen -
}
