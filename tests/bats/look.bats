#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-diagnose --look: what really burns, fills or holds is named.
load helper
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	HOME=$BATS_TEST_TMPDIR SH_HOST=h
	export HOME SH_HOST
	need jq
}

# fault TYPE [ENTITY] [HOST] [AGE], of just now
fault() {
	printf '{"kind":"fault","time":"%s","host":"%s","entity":"%s","id":"f-1","fingerprint":"f-0",' \
		"$(date -u -d "-${4-0} seconds" +%FT%TZ)" "${3-h}" "${2-host:h}"
	printf '"status":"open","fault_type":"%s","rule_id":"r","severity":"low"}\n' "$1"
}

look() {
	sh-diagnose --no-stock --look "$@"
}

# A file system of its own, which this test may fill.
filesystem() {
	need_root
	need mkfs.ext4
	truncate -s 64M image
	mkfs.ext4 -q -F image
	mkdir there
	mount -o loop image there 2>/dev/null || skip 'cannot mount'
}

@test "a process that burns processor time is named as the cause of busy processors" {
	cp "$(command -v bash)" burner
	for _ in 1 2 3 4; do
		./burner -c 'while :; do :; done' 3>&- &
		echo $! >>pids
	done
	# Who may, has them run before all others that want a processor.
	xargs renice -n -10 <pids >/dev/null 2>&1 || :
	fault cpu_high | look >out
	xargs kill <pids
	jq -e '.look.found | map(select(.what == "process_cpu" and .entity == "process:burner@h" and .value > 20)) | length == 1' out
	# On a machine that is busy with something else as well it need not be half of all, nor of a processor.
	jq -e '(.look.found | map(select(.entity == "process:burner@h" and .what == "process_cpu"))[0]) as $burner |
		if $burner.share >= 50 and $burner.value >= 50 then .ranking[0] | .root_cause == "process_uses_processors" and .entity == "process:burner@h"
			and .evidence[0].source == "look" and (.evidence[0].text | startswith("process:burner@h uses ")) and .confidence <= 0.9
		else all(.ranking[]; .entity != "process:burner@h") end' out
}

@test "a full disk: the deleted file that is open is told from the directory that was filled" {
	filesystem
	mkdir there/log there/db
	head -c 20000000 /dev/urandom >there/log/app
	head -c 15000000 /dev/urandom >there/db/data
	touch -d '3 days ago' there/db/data
	exec {held}<there/log/app
	rm there/log/app
	fault disk_full "filesystem:$PWD/there@h" | look >deleted || true
	exec {held}<&-
	head -c 20000000 /dev/urandom >there/log/app
	fault disk_full "filesystem:$PWD/there@h" | look --explain >filled 2>said || true
	umount there
	jq -e --arg path "$PWD/there/log/app" '.ranking[] | select(.root_cause == "deleted_file_open") |
		.evidence[0].path == $path and .evidence[0].value >= 20000000 and .confidence > 0.4' deleted
	run ! grep -q '/there/log@h' deleted
	jq -e '.ranking[0] | .root_cause == "directory_holds_space" and (.entity | endswith("/there/log@h")) and
		.evidence[0].recent == .evidence[0].value' filled
	run ! grep -q deleted_file filled
	grep -q '/there/log@h holds [0-9]* % of the space that is used, 19.1 MiB of it written within the last hour' said
}

@test "inodes used up: the directory that has most of the files is told, and the cause stays that of the rules" {
	filesystem
	mkdir there/sessions there/data
	head -c 20000000 /dev/urandom >there/data/one
	touch there/sessions/{1..2000}
	fault inodes_full "filesystem:$PWD/there@h" | jq -c '.affected_metrics = ["storage_inodes"]' |
		sh-diagnose --look --explain >out 2>said || true
	umount there
	jq -e '.ranking | map(select(.root_cause == "directory_holds_space")) == []' out
	jq -e '.ranking[0] | .root_cause == "inodes_exhausted" and
		(.evidence | any(.what == "directory_files" and (.entity | endswith("/there/sessions@h")) and .value == 2000))' out
	grep -q '/there/sessions@h holds [0-9]* % of the files' said
}

@test "faults of other hosts, old ones, and those that no look is for are left alone" {
	{ fault cpu_high host:other other; fault cpu_high host:h h 1200; fault novel; } | look >out
	[ "$(wc -l <out)" = 3 ]
	jq -es 'all(has("look") | not)' out
	fault cpu_high | sh-diagnose --no-stock >out
	run ! grep -q '"look"' out
}

@test "only sh-collect beside it is run, whatever PATH says, and a missing one is no error" {
	mkdir fake empty
	printf '#!/bin/sh\ntouch ran\n' >fake/sh-collect
	chmod 755 fake/sh-collect
	fault cpu_high >in
	PATH=$PWD/fake:$PATH look in >out
	[ ! -e ran ]
	jq -e '.look.found | length > 0' out
	SH_BINDIR=$PWD/empty look in >out
	jq -e '.look.found == []' out
	chmod 777 empty
	run -2 env SH_BINDIR="$PWD/empty" sh-diagnose --no-stock --look in
}

@test "a collector that hangs is killed with what it began, and a storm runs it once" {
	mkdir slow
	cat >slow/sh-collect <<-END
		#!/bin/sh
		echo run >>$PWD/runs
		sleep 300 &
		echo \$! >>$PWD/pids
		wait
	END
	chmod 755 slow slow/sh-collect
	SECONDS=0
	for _ in $(seq 50); do fault cpu_high; done | SH_BINDIR=$PWD/slow look >out
	[ "$SECONDS" -lt 20 ]
	[ "$(wc -l <out)" = 50 ]
	[ "$(wc -l <runs)" = 1 ]
	while read -r pid; do
		# Whoever reaps orphans here may take its time.
		[ ! -e "/proc/$pid" ] || [[ $(ps -o stat= -p "$pid") == Z* ]]
	done <pids
}

# service PIDFILE PORT: a site with one
site() {
	cat >site.yaml <<-END
		services:
		  web: {pidfile: $PWD/$1, checks: [{tcp: "127.0.0.1:$2"}, {log: $PWD/log}]}
	END
}

@test "whoever has the port of a service that is down is named, unless it is the service itself" {
	need python3
	port=$(ports 1)
	python3 -c "import socket, time
s = socket.create_server(('127.0.0.1', $port))
c = [socket.create_connection(('127.0.0.1', $port)) for i in range(3)]
c[0].send(b'x' * 100)
a = s.accept()
time.sleep(60)" 3>&- &
	holder=$!
	await_port "$port"
	site pid "$port"
	fault service_down service:web@h | sh-diagnose --no-stock --look -c site.yaml >other
	echo "$holder" >pid
	fault service_down service:web@h | sh-diagnose --no-stock --look -c site.yaml >own
	fault service_unresponsive service:web@h | sh-diagnose --no-stock --look -c site.yaml >slow
	kill "$holder"
	jq -e --arg pid "$holder" --arg at "127.0.0.1:$port" '.ranking[0] | .root_cause == "port_conflict" and .confidence == 0.9 and
		(.evidence[0] | .pid == $pid and .address == $at and .of == "service:web@h" and (.text | endswith(", the port of service:web@h")))' other
	jq -e '.ranking == [] and any(.look.found[]; .what == "port")' own
	# Whoever does not accept, or read, is seen by its queues.
	jq -e '.ranking == [] and (.look.found[] | select(.what == "port") | .value >= 2 and .connections >= 3 and .unread_bytes >= 100)' slow
}

# unreached METRICS: a service to which no connection can be made
unreached() {
	fault service_unresponsive service:web@h | jq -c --argjson m "$1" '.context = {metrics: $m, host: {}}' |
		sh-diagnose --look -c site.yaml | jq -r '.ranking[0].root_cause'
}

@test "a listener that gets nothing is behind a firewall, one with a queue does not accept" {
	need python3
	port=$(ports 1)
	python3 -c "import socket, time
s = socket.create_server(('127.0.0.1', $port))
open('open', 'w').write('x')
while not __import__('os').path.exists('go'): time.sleep(0.05)
c = socket.create_connection(('127.0.0.1', $port))
open('waits', 'w').write('x')
time.sleep(60)" 3>&- &
	holder=$!
	# Not await_port, of which a connection would wait.
	for _ in $(seq 100); do
		[ ! -s open ] || break
		sleep 0.1
	done
	echo "$holder" >pid
	site pid "$port"
	old='"service":{"running":1,"age_s":300}'
	equal() { [ "$1" = "$2" ] || { kill "$holder"; echo "got $1, not $2"; return 1; }; }
	equal "$(unreached "{\"check\":{\"ok\":0,\"timed_out\":1},$old}")" firewall_blocks
	equal "$(unreached "{\"check\":{\"ok\":0,\"refused\":1},$old}")" firewall_blocks
	touch go
	for _ in $(seq 100); do
		[ ! -s waits ] || break
		sleep 0.1
	done
	equal "$(unreached "{\"check\":{\"ok\":0,\"timed_out\":1},$old}")" process_unresponsive
	kill "$holder"
	# Nobody listens.
	[ "$(unreached "{\"check\":{\"ok\":0,\"refused\":1},$old}")" = not_listening ]
}

@test "the last that went wrong in the log of a service is there to be read" {
	site pid 1
	{
		seq 3000 | sed 's/.*/INFO request &, which is answered as all the others are/'
		echo 'ERROR it went wrong'
		seq 20 | sed 's/.*/INFO request &/'
	} >log
	fault service_down service:web@h | sh-diagnose --no-stock --look -c site.yaml >out
	jq -e --arg log "$PWD/log" '[.look.found[] | select(.what == "log_line")] | length == 1 and
		(.[0] | .line == "ERROR it went wrong" and .path == $log and .severity == "high")' out
	seq 20 >log
	fault service_down service:web@h | sh-diagnose --no-stock --look -c site.yaml >out
	jq -e '[.look.found[] | select(.what == "log_line").line] == ["16", "17", "18", "19", "20"]' out
	rm log
	mkfifo log
	fault service_down service:web@h | sh-diagnose --no-stock --look -c site.yaml >out
	jq -e 'any(.look.found[]; .what == "log_line") | not' out
}

# collector RECORD...: one beside which sh-diagnose looks, that writes these
collector() {
	mkdir -p fake
	{
		echo '#!/bin/sh'
		printf "echo '%s'\n" "$@"
	} >fake/sh-collect
	chmod 755 fake fake/sh-collect
}

@test "what is lost, and what the kernel said, speaks for the causes of the rules that it proves" {
	local now
	now=$(date -u +%FT%TZ)
	collector '{"kind":"sample","host":"h","entity":"host:h","metrics":{"tcp":{"listen_overflows":12.5},"udp":{"receive_buffer_errors":3}}}' \
		"{\"kind\":\"log\",\"time\":\"$now\",\"host\":\"h\",\"entity\":\"host:h\",\"severity\":\"high\",\"text\":\"I/O error, dev sdb, sector 7\"}" \
		"{\"kind\":\"log\",\"time\":\"$now\",\"host\":\"h\",\"entity\":\"host:h\",\"severity\":\"high\",\"text\":\"R13: 0000000000000000 R14: 0000000000000000\"}"
	while read -r type entity cause what than; do
		fault "$type" "$entity" | SH_BINDIR=$PWD/fake sh-diagnose >plain
		fault "$type" "$entity" | SH_BINDIR=$PWD/fake sh-diagnose --look >out
		jq -es --arg cause "$cause" --arg what "$what" --arg than "$than" '
			(map(.ranking[] | select(.root_cause == $cause))) as [$plain, $looked] |
			if $than == "more" then $looked.confidence > $plain.confidence and any($looked.evidence[]; .what == $what and .source == "look")
			else $looked.confidence == $plain.confidence and all($looked.evidence[]; .what != $what) end' plain out
	done <<-'END'
		tcp_listen_overflows host:h accept_queue_full connections_lost more
		udp_receive_losses host:h reader_too_slow datagrams_lost more
		smart_failing disk:sdb@h disk_failing kernel_log more
		smart_failing disk:sda@h disk_failing kernel_log same
	END
	jq -e '[.look.found[] | select(.what == "kernel_log").line] == ["I/O error, dev sdb, sector 7"]' out
}

@test "a file system that turned read-only, or has errors, is not looked at for who fills it" {
	filesystem
	mkdir there/d
	head -c 20000000 /dev/zero >there/d/big
	fault filesystem_read_only "filesystem:$PWD/there@h" | jq -c '.affected_metrics = ["storage_read_only"]' >read-only
	fault disk_full "filesystem:$PWD/there@h" | jq -c '.affected_metrics = ["storage_utilization"]' >full
	fault filesystem_damaged "filesystem:$PWD/there@h" | jq -c '.affected_metrics = ["storage_errors"]' >damaged
	look read-only >one
	look full >two
	look damaged >three
	umount there
	jq -e '.ranking == []' one
	jq -e '.ranking[0].root_cause == "directory_holds_space"' two
	jq -e '.ranking == []' three
}
