#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Programs of the site: plugins of our own protocol, and commands whose output a
# format reads, Nagios plugins above all.

load helper
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"
export SH_HOST=h

nagios=/usr/lib/nagios/plugins

# A site file on standard input -> site.yaml, and the directory of its plugins.
site() {
	cat >site.yaml
	chmod 644 site.yaml
}
collect() {
	sh-collect -o ndjson --no-stock -c site.yaml check "$@"
}
# plugin NAME: a plugin of the site, its text on standard input
plugin() {
	mkdir -p plugins
	cat >"plugins/$1"
	chmod 755 "plugins/$1"
}
failures() {
	jq -r 'select(.entity | startswith("collector:")) | .error' out
}
valid() {
	need python3
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" "$@" <out
	[ "$status" = 77 ] || [ "$status" = 0 ] || { echo "$output"; return 1; }
}
# No process whose command line holds the word is left.
nobody() {
	local i
	for ((i = 0; i < 40; i++)); do
		pgrep -f "$1" >/dev/null || return 0
		sleep 0.05
	done
	pgrep -af "$1"
	return 1
}

@test "a plugin is given what it should measure, and its records are completed" {
	need jq
	plugin say <<-'END'
		#!/bin/sh
		cat > asked
		echo '{"queue":{"files":3}}'
		echo '{"kind":"sample","entity":"disk:x@h","dims":{"mode":"a"},"metrics":{"disk":{"busy":1.5,"none":null}}}'
		echo '{"kind":"event","type":"rotated","text":"the log was rotated"}'
		echo '{"kind":"log","time":"2026-11-21T01:02:03Z","text":"a line"}'
		printf '{"kind":"edge","from":"service:a@h","to":"service:b@other","type":"uses"}'
	END
	site <<<'checks: {q: {plugin: say, settings: {directory: /x, n: 3}, timeout: 7s}}'
	collect -i 2s -n 1 >out
	jq -e '. == {"host":"h","target":"q","entity":"check:q@h","settings":{"directory":"/x","n":3},"interval":2,"timeout":7}' asked
	run -0 jq -c 'select(.kind != "tick") | [.kind, .entity, .source.target, .metrics // .text // .to, .dims]' out
	[ "${lines[0]}" = '["sample","check:q@h","q",{"queue":{"files":3}},null]' ]
	[ "${lines[1]}" = '["sample","disk:x@h","q",{"disk":{"busy":1.5}},{"mode":"a"}]' ]
	[ "${lines[2]}" = '["event","check:q@h","q","the log was rotated",null]' ]
	[ "${lines[3]}" = '["log","check:q@h","q","a line",null]' ]
	[ "${lines[4]}" = '["edge",null,"q","service:b@other",null]' ]
	grep -q '"kind":"log","time":"2026-11-21T01:02:03.000000Z"' out
	valid sample event log edge
}

@test "bad lines are told with their numbers, and the good ones are kept" {
	need jq
	plugin bad <<-'END'
		#!/bin/sh
		echo '{"a":{"b":1}}'
		echo 'no json'
		echo '[1]'
		echo '{"kind":"plan","playbook":"x"}'
		echo '{"kind":"sample","metrics":{"a":{"b":"1"}}}'

		echo '{"kind":"sample","time":"yesterday","metrics":{"a":{"b":1}}}'
		echo '{"kind":"log"}'
		echo '{"text":"no number"}'
		echo '{"a":{"c":2}}'
	END
	site <<<'checks: {q: {plugin: bad}}'
	collect >out
	run -0 jq -c 'select(.entity == "check:q@h") | .metrics' out
	[ "$output" = $'{"a":{"b":1}}\n{"a":{"c":2}}' ]
	run -0 failures
	[[ ${lines[0]} = "line 2: "* ]]
	[[ ${lines[1]} = "line 3: "* ]]
	[ "${lines[2]}" = "line 4: records of kind 'plan' are not a plugin's" ]
	[ "${lines[3]}" = "line 5: 'a.b' is no number" ]
	[[ ${lines[4]} = "line 6: "*time* ]]
	[ "${lines[5]}" = '2 more lines are bad' ]
	[ ${#lines[@]} = 6 ]
	valid sample
}

@test "a plugin speaks for its own host alone, unless the site allows more" {
	need jq
	plugin liar <<-'END'
		#!/bin/sh
		echo '{"host":"other","a":{"b":1}}'
		echo '{"entity":"service:web@other","a":{"b":1}}'
		echo '{"entity":"host:other","a":{"b":1}}'
		echo '{"kind":"edge","from":"service:a@other","to":"service:b@h","type":"uses"}'
		echo '{"entity":"cluster:ceph","a":{"b":1}}'
	END
	site <<<'checks: {q: {plugin: liar}}'
	collect >out
	[ "$(jq -r 'select(.metrics.a) | .entity' out)" = cluster:ceph ]
	[ "$(failures | grep -c any_host)" = 4 ]
	site <<<'checks: {q: {plugin: liar, any_host: true}}'
	collect >out
	[ "$(jq -r '.entity // .from' out | tr '\n' ' ')" = \
		'check:q@h service:web@other host:other service:a@other cluster:ceph ' ]
	[ "$(head -n 1 out | jq -r .host)" = other ]
}

@test "a plugin that fails says why, and what came before is kept" {
	need jq
	local script
	for script in 'exit 3' 'echo "  disk is gone" >&2; echo more >&2; exit 3' 'kill -9 $$' 'sleep 30.25'; do
		printf '#!/bin/sh\necho %s\n%s\n' "'{\"a\":{\"b\":1}}'" "$script" | plugin fails
		site <<<'checks: {q: {plugin: fails, timeout: 400ms}}'
		collect >out
		[ "$(jq -c 'select(.entity == "check:q@h") | .metrics' out)" = '{"a":{"b":1}}' ]
		failures
	done >all
	run -0 cat all
	[ "${lines[0]}" = "plugin 'fails': exit code 3: {\"a\":{\"b\":1}}" ]
	[ "${lines[1]}" = "plugin 'fails': exit code 3:   disk is gone" ]
	[ "${lines[2]}" = "plugin 'fails': killed by signal 9" ]
	[ "${lines[3]}" = "plugin 'fails': no answer within 400 ms" ]
	nobody 'sleep 30.25'
}

@test "a plugin leaves nothing behind, is cut at its limits, and knows no environment" {
	need jq
	plugin daemon <<-'END'
		#!/bin/sh
		sleep 30.35 &
		env | sort > environment
		ls /proc/self/fd > descriptors
		echo '{"a":{"b":1}}'
	END
	plugin endless <<-'END'
		#!/bin/sh
		yes '{"a":{"b":1}}'
	END
	plugin line <<-'END'
		#!/bin/sh
		echo '{"a":{"b":1}}'
		head -c 3000000 /dev/zero | tr '\0' x
	END
	site <<-'END'
		checks:
		  d: {plugin: daemon}
		  e: {plugin: endless, timeout: 500ms}
		  l: {plugin: line}
	END
	SECRET=1 collect >out
	nobody 'sleep 30.35'
	run -0 cut -d= -f1 environment
	[[ $output != *SECRET* ]]
	[ "$(wc -l <descriptors)" -le 5 ]
	[ "$(grep -c '"entity":"check:e@h"' out)" -gt 1000 ]
	grep -q "plugin 'endless': no answer within 500 ms" out
	[ "$(grep -c '"entity":"check:l@h"' out)" = 1 ]
	grep -q "plugin 'line': more output than is read" out
	grep -q 'line 2: cut off' out
}

@test "only a trusted plugin in a directory of plugins runs" {
	plugin good <<<$'#!/bin/sh\necho \'{"a":{"b":1}}\''
	plugin open <<<$'#!/bin/sh\ntouch ran'
	chmod 777 plugins/open
	plugin plain <<<$'#!/bin/sh\ntouch ran'
	chmod 644 plugins/plain
	site <<-'END'
		checks:
		  good: {plugin: good}
		  open: {plugin: open}
		  plain: {plugin: plain}
		  none: {plugin: none}
	END
	collect >out
	grep -q '"entity":"check:good@h"' out
	grep -q "plugin 'open': .*writable by" out
	grep -q "plugin 'plain': cannot execute" out
	grep -q "plugin 'none': there is no plugin 'none'" out
	[ ! -e ran ]
	site <<<'checks: {up: {plugin: ../good}}'
	run -2 collect
}

@test "plugins of the installation are found too, those beside the site file first" {
	mkdir -p libexec/plugins
	printf '#!/bin/sh\necho \x27{"a":{"from":1}}\x27\n' >libexec/plugins/one
	cp libexec/plugins/one libexec/plugins/two
	chmod 755 libexec/plugins/*
	plugin two <<<$'#!/bin/sh\necho \'{"a":{"from":2}}\''
	site <<<'checks: {one: {plugin: one}, two: {plugin: two}}'
	SH_LIBEXEC=$PWD/libexec collect >out
	grep -q '"entity":"check:one@h".*"from":1' out
	grep -q '"entity":"check:two@h".*"from":2' out
}

@test "a plugin can be asked again by its source" {
	need jq
	plugin one <<<$'#!/bin/sh\necho \'{"a":{"b":1}}\''
	site <<<'checks: {one: {plugin: one}, two: {plugin: one}}'
	collect >out
	run -0 sh-collect -o ndjson --no-stock -c site.yaml --source "$(jq -c 'select(.entity == "check:two@h").source' out)"
	[ "$(jq -r .entity <<<"$output")" = check:two@h ]
}

@test "the example in sh measures" {
	need jq
	mkdir -p plugins queue
	cp "$abs_top_srcdir/share/examples/plugins/spool" plugins/
	chmod 755 plugins/spool
	touch -d '5 minutes ago' queue/a
	touch queue/b
	site <<<"checks: {q: {plugin: spool, settings: {directory: $PWD/queue}}, none: {plugin: spool}}"
	collect >out
	run -0 jq -r 'select(.entity == "check:q@h").metrics.spool | "\(.files) \(.oldest_s)"' out
	[[ $output =~ ^2\ (299|300|301|302|303)$ ]]
	[ "$(failures)" = "plugin 'spool': exit code 1: settings need a directory" ]
}

@test "the example in C is built and measures" {
	need jq python3
	mkdir -p plugins
	${CC:-cc} -Wall -Wextra -o plugins/ports "$abs_top_srcdir/share/examples/plugins/ports.c" -ljansson
	python3 - >port <<-'END' 3>&- &
		import socket, sys, time
		s = socket.create_server(("127.0.0.1", 0))
		a = socket.create_connection(s.getsockname())
		b = s.accept()
		print(s.getsockname()[1], flush=True)
		time.sleep(10)
	END
	local server=$! i
	for ((i = 0; i < 100; i++)); do
		[ -s port ] && break
		sleep 0.05
	done
	site <<<"checks: {p: {plugin: ports, settings: {ports: [$(cat port), 1]}}}"
	collect >out
	kill $server
	run -0 jq -c '[.dims.port, .metrics.connections.established]' out
	[ "${lines[0]}" = "[\"$(cat port)\",1]" ]
	[ "${lines[1]}" = '["1",0]' ]
}

@test "commands: state, text and performance data, and whatever goes wrong is unknown" {
	need jq
	mkdir bin
	printf '#!/bin/sh\nexit 0\n' >bin/plain
	site <<-END
		checks:
		  ok: {command: [/bin/sh, -c, 'echo "OK - all | a=1;2;3"']}
		  warning: {command: [/bin/sh, -c, 'echo "WARNING - some"; exit 1']}
		  four: {command: [/bin/sh, -c, 'echo "usage"; exit 4']}
		  signal: {command: [/bin/sh, -c, 'kill -11 \$\$']}
		  hangs: {command: [/bin/sh, -c, 'sleep 30.45 & sleep 30.45'], timeout: 300ms}
		  deaf: {command: [/bin/sh, -c, 'trap "" TERM; while :; do sleep 30.55; done'], timeout: 300ms}
		  none: {command: [/nonexistent/check_x]}
		  plain: {command: [$PWD/bin/plain]}
		  big: {command: [/bin/sh, -c, 'echo OK; head -c 3000000 /dev/zero']}
		  missing: {command: [/bin/sh, -c, 'no_such_program_here']}
	END
	local begun=${EPOCHREALTIME/./}
	collect >out
	[ $((${EPOCHREALTIME/./} - begun)) -lt 3000000 ]
	state() { jq -r --arg e "check:$1@h" 'select(.entity == $e and .metrics.check) | "\(.metrics.check.ok) \(.metrics.check.state) \(.error // .text)"' out; }
	[ "$(state ok)" = '1 0 OK - all' ]
	[ "$(jq -c 'select(.dims.label == "a") | [.entity, .metrics.perf]' out)" = \
		'["check:ok@h",{"value":1,"state":0,"warn":2,"crit":3}]' ]
	[ "$(state warning)" = '0 1 WARNING - some' ]
	[ "$(state four)" = '0 3 exit code 4: usage' ]
	[ "$(state signal)" = '0 3 killed by signal 11' ]
	[ "$(state hangs)" = '0 3 no answer within 300 ms' ]
	[ "$(state deaf)" = '0 3 no answer within 300 ms' ]
	[ "$(state none)" = "0 3 cannot run '/nonexistent/check_x': there is no such program" ]
	[ "$(state plain)" = "0 3 cannot run '$PWD/bin/plain': it is not executable" ]
	[ "$(state big)" = '1 0 OK' ]
	[[ $(state missing) = '0 3 exit code 127: '*no_such_program_here* ]]
	nobody 'sleep 30.[45]5'
	catalogued <out
	valid sample
}

@test "a command may print another format, and hosts and services have their own dimensions" {
	need jq
	site <<-'END'
		checks:
		  j: {command: [/bin/echo, '{"a":{"b":1},"x":"{target}"}'], format: json, hosts: [h1, h2]}
		  k: {command: [/bin/sh, -c, 'echo "{\"queue\":{\"files\":4}}"; exit 1'], format: json}
		services:
		  web:
		    pidfile: /nonexistent
		    checks:
		      - {command: [/bin/sh, -c, 'echo "OK|a=1"']}
		      - {command: [/bin/sh, -c, 'echo "BAD|a=2"; exit 2']}
	END
	collect >out || true
	[ "$(jq -c 'select(.entity == "service:web@h") | [.dims, .metrics.check.ok // .metrics.perf.value]' out | tr '\n' ' ')" = \
		'[{"check":"command"},1] [{"check":"command","label":"a"},1] [{"check":"command:2"},0] [{"check":"command:2","label":"a"},2] ' ]
	jq -es 'map(select(.entity == "check:j@h" and .metrics.a.b == 1) | [.dims.target, .source.target])
		== [["h1", "j"], ["h2", "j"]]' out
	jq -es 'any(.entity == "check:k@h" and .metrics.queue.files == 4)' out
	jq -es 'any(.entity == "check:k@h" and .metrics.check.ok == 0 and (.error | startswith("exit code 1")))' out
}

@test "twenty commands of a second take little more than one" {
	{ echo 'checks:'; for ((i = 0; i < 20; i++)); do
		echo "  c$i: {command: [/bin/sh, -c, 'sleep 1; echo OK']}"; done; } | site
	local begun=${EPOCHREALTIME/./}
	collect >out
	[ $((${EPOCHREALTIME/./} - begun)) -lt 3000000 ]
	[ "$(grep -c '"ok":1' out)" = 20 ]
}

@test "what was measured of the host does not wait for a check that hangs" {
	need jq
	site <<<'checks: {hangs: {command: [/bin/sleep, 30.65], timeout: 2s}}'
	sh-collect -o ndjson --no-stock -c site.yaml -i 10s load check >out 2>&1 3>&- &
	local pid=$!
	sleep 1
	grep -q '"collector":"load"' out
	run ! grep -q '"kind":"tick"' out
	kill $pid
	wait $pid || true
	nobody 'sleep 30.65'
}

@test "unmodified Debian plugins are run, and their performance data are records" {
	need jq
	[ -x $nagios/check_disk ] && [ -x $nagios/check_load ] || skip 'monitoring-plugins are not installed'
	python3 -m http.server --bind 127.0.0.1 18423 >/dev/null 2>&1 3>&- &
	local server=$! i
	for ((i = 0; i < 100; i++)); do
		$nagios/check_tcp -H 127.0.0.1 -p 18423 >/dev/null && break
		sleep 0.05
	done
	site <<-END
		checks:
		  load: {command: [$nagios/check_load, -w, '1000,1000,1000', -c, '2000,2000,2000']}
		  disk: {command: [$nagios/check_disk, -w, '0%', -c, '0%', -p, /]}
		  procs: {command: [$nagios/check_procs, -w, '1:100000']}
		  users: {command: [$nagios/check_users, -w, 1000, -c, 2000]}
		  http: {command: [$nagios/check_http, -I, 127.0.0.1, -p, 18423, -u, /]}
		  tcp: {command: [$nagios/check_tcp, -H, 127.0.0.1, -p, 18423]}
		  refused: {command: [$nagios/check_tcp, -H, 127.0.0.1, -p, 1]}
		  dummy: {command: [$nagios/check_dummy, 1, some text]}
		  usage: {command: [$nagios/check_load, --no-such-option]}
	END
	collect >out
	kill $server
	state() { jq -r --arg e "check:$1@h" 'select(.entity == $e and .metrics.check) | .metrics.check.state' out; }
	perf() { jq -r --arg e "check:$1@h" 'select(.entity == $e and .dims.label) | .dims.label' out | tr '\n' ' '; }
	for i in load disk procs users http tcp; do
		[ "$(state $i)" = 0 ] || { jq -c . out; return 1; }
	done
	[ "$(state dummy)" = 1 ]
	[ "$(state refused)" = 2 ]
	[ "$(state usage)" = 3 ]
	[ "$(perf load)" = 'load1 load5 load15 ' ]
	[ "$(perf disk)" = '/ ' ]
	[ "$(perf procs)" = 'procs ' ]
	[ "$(perf users)" = 'users ' ]
	[ "$(perf http)" = 'time size ' ]
	[ "$(perf tcp)" = 'time ' ]
	jq -es 'any(.entity == "check:disk@h" and .dims.label == "/" and .labels.unit == "B" and
		.metrics.perf.value > 0 and .metrics.perf.max > .metrics.perf.value)' out
	catalogued <out
	valid sample
}

@test "a Nagios plugin that is critical three times is a fault, and a rule may look at its figures" {
	need jq sh-detect
	[ -x $nagios/check_dummy ] || skip 'monitoring-plugins are not installed'
	site <<-END
		checks:
		  shop: {command: [$nagios/check_dummy, 2, no answer]}
		  big: {command: [/bin/sh, -c, 'echo "OK|size=99B;50;90"']}
		rules:
		  too_big: {on: [check], expr: 'perf.value > 98', count: 2}
	END
	collect -i 100ms -n 3 | sh-detect -o ndjson -c site.yaml >faults
	run -0 jq -r '"\(.rule_id) \(.entity) \(.status)"' faults
	[[ $output = *'check_failed check:shop@h open'* ]]
	[[ $output = *'too_big check:big@h open'* ]]
}

@test "Nagios output and performance data as others read them" {
	need jq python3
	need_data conformance/nagios
	local what adapter=$abs_top_srcdir/tests/conformance/nagios-adapter
	for what in perfdata output range; do
		run -0 python3 "$SH_DATA/conformance/check.py" $what --cmd "$adapter $what"
		echo "$output"
		[[ $output == *pass* && $output != *FAIL* ]]
	done
}

@test "the range of a threshold says when it alerts, and one that is none is told" {
	need jq
	local range value want got
	while read -r range value want; do
		got=0
		RANGE=$range VALUE=$value "$abs_top_srcdir/tests/conformance/nagios-adapter" range || got=$?
		[ "$got" = "$want" ] || { echo "$range $value: $got, wanted $want"; false; }
	done <<-'END'
		10 5 0
		10 11 1
		10 -1 1
		10: 9 1
		10: 10 0
		~:10 -100 0
		~:10 11 1
		10:20 9 1
		@10:20 15 1
		@10:20 9 0
		@10:20 10 1
		1.5:2.5 2 0
		-5:-1 -3 0
		2:1 0 2
		10:20:30 0 2
		x 1 2
	END
}
