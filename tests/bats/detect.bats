#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-detect: rules and the life of a fault.
load helper

# The seed's demo metrics, COUNT lines from number FROM, 10 s apart; the rest goes into each line.
demo() {
	local count=$1 from=${2:-0} more=${3-} i
	for ((i = from; i < from + count; i++)); do
		printf '{"time":%d,"host":"h","latency":{"read_avg":150,"write_avg":80},' $((1795222800 + 10 * i))
		printf '"storage":{"utilization":95.2},"cluster":{"online_nodes":8,"total_nodes":10}%s}\n' "$more"
	done
}

# One metric "a.x" through its values, 10 s apart; "-" is a sample without it.
values() {
	local i=0 v
	for v; do
		[ "$v" = - ] && v='{"time":%d,"host":"h","b":{"y":1}}\n' || v='{"time":%d,"host":"h","a":{"x":'$v'}}\n'
		# shellcheck disable=SC2059
		printf "$v" $((1795222800 + 10 * i++))
	done
}

rule() {
	printf 'rules:\n  r: {expr: a.x > 10, %s}\n' "$1" >rule.yaml
}

# What the rule of rule.yaml says to the values: "line status" of each fault, line counted from 1.
life() {
	values "$@" | sh-detect --no-stock -c rule.yaml |
		jq -r '"\(((.time | sub("\\..*"; "Z") | fromdate) - 1795222800) / 10 + 1):\(.status)"' | xargs
}

equal() {
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }
}

@test "the seed's metrics: nothing on lines 1 and 2, both faults on line 3, no node_offline" {
	need jq
	run -0 --separate-stderr sh-detect <<<"$(demo 2)"
	[ -z "$output" ]
	demo 5 | sh-detect >out
	jq -r '"\(.fault_type) \(.severity) \(.status) \(.detection_count) \(.time)"' out >got
	cat >wanted <<-'END'
	high_latency high open 3 2026-11-21T01:00:20.000000Z
	disk_full critical open 3 2026-11-21T01:00:20.000000Z
	END
	diff wanted got
}

@test "the seed's metrics six times: the same ids again on line 6, as ongoing" {
	need jq
	demo 6 | sh-detect >out
	jq -r '"\(.fault_type) \(.status) \(.detection_count) \(.total_hits) \(.detected_at)"' out >got
	cat >wanted <<-'END'
	high_latency open 3 3 2026-11-21T01:00:20.000000Z
	disk_full open 3 3 2026-11-21T01:00:20.000000Z
	high_latency ongoing 3 6 2026-11-21T01:00:50.000000Z
	disk_full ongoing 3 6 2026-11-21T01:00:50.000000Z
	END
	diff wanted got
	equal "$(jq -r .id out | sed -n 1p)" "$(jq -r .id out | sed -n 3p)"
	equal "$(jq -r .id out | sed -n 2p)" "$(jq -r .id out | sed -n 4p)"
	equal "$(jq -r .id out | sort -u | wc -l)" 2
}

@test "bare lines without any time are counted as they arrive" {
	need jq
	demo 3 | sed 's/"time":[0-9]*,//' | sh-detect | jq -r .fault_type >got
	equal "$(xargs <got)" 'high_latency disk_full'
}

@test "node_offline: 8 of 10 is not under 0.8, 7 of 10 is" {
	need jq
	equal "$(demo 3 | sed 's/"online_nodes":8/"online_nodes":7/' | sh-detect |
		jq -r 'select(.fault_type=="node_offline") | .severity')" medium
}

@test "separate runs with one state directory give the bytes of one run" {
	{ demo 7; demo 5 7 | sed 's/:95[.]2/:41/; s/:150/:2/'; demo 4 12; } >in
	sh-detect in >one
	for n in 1 2 3 4 5 6 7 8; do
		sed -n "$((2 * n - 1)),$((2 * n))p" in | sh-detect --state state >>many
	done
	[ "$(wc -l <one)" = 8 ]
	cmp one many
	sh-detect in | cmp - one
}

@test "without times, runs under a virtual clock continue as well" {
	need jq
	for n in 1 2 3 4 5 6; do
		demo 1 | sed 's/"time":[0-9]*,//' |
			sh-detect --state state --now "2026-11-21T01:00:0$n.000000Z" >>out
	done
	equal "$(jq -r .status out | xargs)" 'open open ongoing ongoing'
	equal "$(jq -r .id out | sort -u | wc -l)" 2
}

@test "host metrics of an earlier run are seen by a later one" {
	need jq
	cat >rule.yaml <<-'END'
	rules:
	  busy: {on: [disk], count: 1, expr: host.cpu.usage / 2 > 40 && disk.busy > 50}
	END
	sh-detect --no-stock -c rule.yaml --state state <<<'{"time":1795222800,"host":"h","cpu":{"usage":85}}'
	sh-detect --no-stock -c rule.yaml --state state >out \
		<<<'{"kind":"sample","time":1795222810,"host":"h","entity":"disk:vda@h","metrics":{"disk":{"busy":99}}}'
	equal "$(jq -c '[.evidence.values,.context.host]' out)" \
		'[{"host.cpu.usage":85,"disk.busy":99},{"cpu":{"usage":85}}]'
}

@test "host metrics count while younger than 3 of their intervals" {
	need jq
	cat >rule.yaml <<-'END'
	rules:
	  busy: {on: [disk], count: 1, expr: host.cpu.usage > 80}
	END
	disk() {
		echo "{\"time\":$1,\"host\":\"h\",\"entity\":\"disk:vda@h\",\"disk\":{\"busy\":9}}"
	}
	cpu() {
		echo "{\"time\":$1,\"host\":\"h\",\"cpu\":{\"usage\":85}$2}"
	}
	{ cpu 1000; cpu 1010; disk 1039; disk 1040; } | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r .time out)" 1970-01-01T00:17:19.000000Z
	# Of another host, or of one processor, they say nothing about this one.
	{ cpu 1000 | sed 's/"h"/"other"/'; disk 1001; } | sh-detect --no-stock -q -c rule.yaml >out
	[ ! -s out ]
	{ cpu 1000 ',"dims":{"cpu":"0"}'; disk 1001; } | sh-detect --no-stock -q -c rule.yaml >out
	[ ! -s out ]
}

@test "count, clear, clear_count, repeat and for" {
	need jq
	rule 'count: 2'
	equal "$(life 11 9 11 9 11 11)" 6:open
	equal "$(life 11 11 11 11 9 9 9)" '2:open 4:ongoing 6:resolved'
	rule 'count: 1, clear_count: 3'
	equal "$(life 11 9 9 11 9 9 9 9)" '1:open 4:ongoing 7:resolved'
	rule 'count: 1, clear: a.x < 5'
	equal "$(life 11 9 9 4 4)" '1:open 4:resolved'
	rule 'count: 1, clear_count: 2, clear: a.x < 5'
	equal "$(life 11 4 9 4 4 11)" '1:open 5:resolved 6:open'
	rule 'count: 1, repeat: 30s'
	equal "$(life 11 11 11 11 11 11 11 11)" '1:open 4:ongoing 7:ongoing'
	rule 'for: 40s'
	equal "$(life 11 11 11 11)" ''
	equal "$(life 11 11 11 11 11)" '5:open'
	equal "$(life 11 11 11 9 11 11)" ''
}

@test "a sample on which the expression is unknown changes no count" {
	need jq
	rule 'count: 2, clear: b.y == 1 || a.x < 10'
	equal "$(life 11 - - 11)" '4:open'
	equal "$(life 11 11 - - - 9 - 9)" '2:open 8:resolved'
}

@test "hits: N of the last M, for opening and for clearing" {
	need jq
	rule 'hits: 3 of 5'
	equal "$(life 11 9 11 9 11)" '5:open'
	equal "$(life 11 9 9 11 9 9 11)" ''
	equal "$(life 11 9 11 - - - 9 11)" '8:open'
	equal "$(life 11 11 11 9 9 9)" '3:open 6:resolved'
	equal "$(values 11 9 11 9 11 | sh-detect --no-stock -c rule.yaml |
		jq -c '[.detection_count,.total_hits,.evidence.hits,.evidence.since]')" \
		'[3,3,3,"2026-11-21T01:00:00.000000Z"]'
	equal "$(values 11 9 11 9 11 11 11 | sh-detect --no-stock --count=3 -c rule.yaml | jq -r .total_hits)" 3
	rule 'count: 1, clear_hits: 2 of 3, clear: a.x < 5'
	equal "$(life 11 4 9 4)" '1:open 4:resolved'
	equal "$(life 11 4 9 9 4)" '1:open'
}

@test "clear_for and keep_firing" {
	need jq
	rule 'count: 1, clear_for: 20s'
	equal "$(life 11 9 9 11 9 9 9)" '1:open 4:ongoing 7:resolved'
	rule 'count: 1, keep_firing: 30s'
	equal "$(life 11 9 9 9)" '1:open 4:resolved'
	equal "$(life 11 9 11 9 9 9)" '1:open 3:ongoing 6:resolved'
}

@test "flap damping: one record when it begins, the real state when it ends" {
	need jq
	rule 'count: 1, flap: {of: 4, high: 60 %, low: 30 %}'
	equal "$(life 11 9 11 9 11 9 11 11 11 11)" '1:open 2:resolved 3:flapping 10:ongoing'
	equal "$(life 11 9 11 9 11 9 9 9 9 11)" '1:open 2:resolved 3:flapping 9:resolved 10:open'
	values 11 9 11 9 | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -c 'select(.status == "flapping").evidence | [.score,.flapping_since]' out)" \
		'[81,"2026-11-21T01:00:20.000000Z"]'
	rule 'count: 1'
	equal "$(life 11 9 11 9 | wc -w)" 4
	run -0 sh-detect -o text --no-stock -c rule.yaml <<<"$(values 11)"
	rule 'count: 3, flap: true'
	equal "$(life 11 9 11 9 11 9 11 9)" '7:flapping'
}

@test "split runs go on where they were, flapping, damped and silent" {
	need jq
	cat >rule.yaml <<-'END'
	rules:
	  flap: {expr: a.x > 10, count: 2, flap: {of: 5, high: 40, low: 20}, keep_firing: 20s}
	  some: {expr: a.x > 10, hits: 2 of 4, clear_hits: 2 of 3, clear_for: 20s, stale_after: 30s}
	END
	values 11 9 11 9 11 11 9 9 9 9 9 11 11 - - - - 11 9 - - - - 9 9 9 9 >in
	sh-detect --no-stock -c rule.yaml in >one
	while read -r line; do
		sh-detect --no-stock -c rule.yaml --state state <<<"$line" >>many
	done <in
	cmp one many
	for status in flapping stale open ongoing resolved; do
		grep -q "\"status\":\"$status\"" one || { echo "no $status"; false; }
	done
}

@test "loss of data is told, is no recovery, and resets no count" {
	need jq
	rule 'count: 2, stale_after: 30s'
	equal "$(life 11 11 - - - - - - 11)" '2:open 5:stale 9:ongoing'
	equal "$(life 11 11 9 - - - - - 9)" '2:open 6:stale 9:resolved'
	values 11 11 - - - - | sh-detect --no-stock -c rule.yaml | tail -n 1 >out
	equal "$(jq -r '[.status,.evidence.silent_since] | join(" ")' out)" 'stale 2026-11-21T01:00:10.000000Z'
	[[ $(sh-detect -o text <out) == *'(stale, silent for 30.0 s)' ]]
	rule 'count: 2'
	tick() { printf '{"kind":"tick","host":"h","time":%d}\n' $((1795222800 + $1)); }
	{ values 11 11; tick 129; } | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r 'select(.kind == "fault") | .status' out)" open
	{ values 11 11; tick 130; tick 9999; } | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r 'select(.kind == "fault") | .status' out | xargs)" 'open stale'
	rule 'count: 2, stale_after: 0'
	{ values 11 11; tick 9999; } | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r 'select(.kind == "fault") | .status' out | xargs)" 'open'
}

@test "after a silence of all, what comes at the same instant is not stale" {
	need jq
	rule 'count: 1, stale_after: 30s'
	for t in 1000 1010 5000 5010; do
		for h in a b; do
			echo "{\"time\":$t,\"host\":\"$h\",\"a\":{\"x\":11}}"
		done
	done | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r .status out | sort | uniq -c | xargs)" '6 ongoing 2 open'
}

@test "severity by expression: a change is told at once, also within repeat" {
	need jq
	cat >rule.yaml <<-'END'
	rules:
	  r: {expr: a.x > 10, count: 2, repeat: 1h, severity: "a.x > 95 ? 'critical' : a.x > 50 ? 'high' : 'low'"}
	END
	values 11 11 12 96 97 60 | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r '[.status,.severity] | join(" ")' out | xargs)" 'open low ongoing critical ongoing high'
	sed -i "s/'low'/'loud'/" rule.yaml
	run -2 --separate-stderr sh-detect --no-stock -c rule.yaml <<<"$(values 11 11)"
	[[ $output == *'"severity":"medium"'* ]]
	[[ $stderr == *"rule 'r'"*'severity is none of info, low, medium, high, critical'* ]]
}

@test "severity by expression: it may look at the past, what fails is told once, what is unknown is as before" {
	need jq
	cat >rule.yaml <<-'END'
	rules:
	  r: {expr: a.x > 10, count: 1, severity: "a.x > avg(a.x, 20s) + 20 ? 'critical' : 'low'"}
	END
	values 11 12 13 96 | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r .severity out | xargs)" 'medium medium low critical'
	sed -i 's/severity: .*/severity: "a.x < 20 ? labels.level : 5"}/' rule.yaml
	values 11 12 13 30 31 | sed 's/"host"/"labels":{"level":"high"},&/; 2s/level/other/' >in
	run -2 --separate-stderr bash -c 'sh-detect --no-stock -c rule.yaml <in >out'
	equal "$(jq -r .severity out | xargs)" 'high high high high high'
	equal "$(grep -c 'severity is none of' <<<"$stderr")" 1
	sh-detect --no-stock -c rule.yaml --list | grep '^r  *computed'
}

@test "what one series was asked by the time alone is no answer for another" {
	need jq
	printf 'rules:\n  old: {expr: age(a.x) > 1m, count: 1}\n' >rule.yaml
	for at in 0:a 0:b 50:b 130:b 131:b; do
		printf '{"time":%d,"host":"%s","a":{"x":1}}\n' $((1000 + ${at%:*})) "${at#*:}"
	done | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r .entity out | sort -u | xargs)" host:a
}

@test "warmup: hits do not count until a series was seen for that long, misses and clears do" {
	need jq
	rule 'count: 2, warmup: 30s'
	equal "$(life 11 11 11 11 11 11)" 5:open
	rule 'count: 1, warmup: 30s'
	equal "$(life 9 9 9 9 11)" 5:open
	{ values 9 9 9 11; values 9 11 11 11 11 | sed 's/179522/179532/'; } |
		sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r '[.status,.time] | join(" ")' out | xargs)" \
		'open 2026-11-21T01:00:30.000000Z resolved 2026-11-22T04:46:40.000000Z open 2026-11-22T04:47:10.000000Z ongoing 2026-11-22T04:47:20.000000Z'
	run -0 --separate-stderr sh-detect --explain --no-stock -c rule.yaml <<<"$(values 11)"
	[[ $stderr == *'not counted while it warms up; 0 of 1'* ]]
}

# A repair of ENTITY that ended SECONDS after the first of the values, its step in STATE.
repaired() {
	printf '{"kind":"%s","time":"%s","host":"h","id":"p-1","entity":"%s",' "${4:-repair}" "$(at "$2")" "$1"
	printf '"playbook":"b","playbook_digest":"d","attempt":1,"guards":[],"steps":[{"name":"s","action":"a",'
	printf '"state":"%s"}],"decision":"act","success":true,"started":"%s","ended":"%s"}\n' "$3" \
		"$(at 0)" "$(at "$2")"
}

at() {
	date -u -d "@$((1795222800 + $1))" +%Y-%m-%dT%H:%M:%S.000000Z
}

@test "after a repair of an entity hits on it settle first, and the record goes on as it came" {
	need jq
	rule 'count: 1'
	after() {
		{ repaired "$@"; values 9 11 11 11 11; } >in
		sh-detect --no-stock -c rule.yaml in >out
		cmp <(head -n 1 in) <(head -n 1 out)
		jq -r 'select(.kind == "fault").time[14:19]' out | head -n 1
	}
	equal "$(after host:h 0 "done")" 00:30
	equal "$(after host:h 5 failed)" 00:40
	equal "$(after host:h 5 planned)" 00:10
	equal "$(after host:h 5 skipped)" 00:10
	equal "$(after host:h 5 "done" plan)" 00:10
	equal "$(after host:other 5 "done")" 00:10
	equal "$(after host:h 3700 "done")" 00:10
	rule 'count: 1, warmup: 35s'
	equal "$(after host:h 5 "done")" 00:40
	rule 'count: 1'
	repaired host:h 5 "done" >first
	values 9 11 11 11 11 >in
	sh-detect --no-stock -c rule.yaml --state state first >/dev/null
	sh-detect --no-stock -c rule.yaml --state state in | jq -r '.time[14:19]' | head -n 1 >out
	equal "$(cat out)" 00:40
	echo '{"kind":"repair","time":"2026-11-21T01:00:00.000000Z","host":"h","steps":7}' >in
	sh-detect --no-stock in | cmp in -
}

@test "a repair settles the parts of its entity, and clears still count" {
	need jq
	rule 'count: 1'
	{ values 11; repaired host:h 5 "done"; values - 11 9; } | sh-detect --no-stock -c rule.yaml |
		jq -r 'select(.kind == "fault") | .status' >out
	equal "$(xargs <out)" 'open resolved'
	{ repaired host:h 5 "done"; values 11 | sed 's/"host"/"dims":{"d":"e"},&/'; } |
		sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r .kind out | xargs)" repair
}

# One metric of HOST, STEP seconds later than the values that follow would be.
clock() {
	local host=$1 step=$2 i=$3 v
	shift 3
	for v; do
		printf '{"time":%d,"host":"%s","a":{"x":%s}}\n' $((1795222800 + step + 10 * i++)) "$host" "$v"
	done
}

@test "the clock goes back an hour: told, and after three records all goes on where it was" {
	need jq
	rule 'count: 2, for: 40s, stale_after: 2m'
	{ clock h 0 0 9 9 11 11; clock h -3600 4 11 11 11 11 11 11 11 11; } >in
	run -0 --separate-stderr bash -c 'sh-detect --no-stock -c rule.yaml <in >out'
	equal "$(grep -c 'the clock was set back by ' <<<"$stderr")" 1
	equal "$(jq -r '[.status,.time[11:19]] | join(" ")' out | xargs)" 'open 00:01:30 ongoing 00:01:50'
	# Half way, with state, it is the same.
	while read -r line; do
		sh-detect -q --no-stock -c rule.yaml --state state <<<"$line" >>many
	done <in
	cmp out many
	# What is only repeated, or comes late, is dropped.
	rule 'count: 1'
	{ clock h 0 0 9 9 9 9 9 9 9 9 9; clock h 0 6 11 11; clock h 0 1 11 11; clock h 0 9 9; clock h 0 2 11 11; } >in
	run -0 --separate-stderr sh-detect --no-stock -c rule.yaml <in
	[ -z "$output$stderr" ]
}

@test "the clock of one host goes back: the others are judged as before, and it by its own" {
	need jq
	rule 'count: 1, stale_after: 2m'
	for i in {0..40}; do
		clock a 0 "$i" 11
		clock b "$((i < 5 ? 0 : -3600))" "$i" "$((i < 20 ? 9 : 11))"
	done >in
	run -0 --separate-stderr bash -c 'sh-detect --no-stock -c rule.yaml <in >out'
	[[ $stderr == *'record 16, b: the clock was set back by '* ]]
	equal "$(jq -r 'select(.host == "a").status' out | sort | uniq -c | xargs)" '40 ongoing 1 open'
	equal "$(jq -r 'select(.host == "b").status' out | sort | uniq -c | xargs)" '20 ongoing 1 open'
	equal "$(jq -r 'select(.host == "b").time[11:19]' out | head -n 1)" 00:03:20
	# Silence of it is found by the time of the others.
	clock a 0 41 11 11 11 11 11 11 11 11 11 11 11 11 11 11 >>in
	sh-detect -q --no-stock -c rule.yaml in | jq -r 'select(.status == "stale") | [.host,.time[11:19]] | join(" ")' >out
	equal "$(cat out)" 'b 00:08:40'
}

@test "the clock goes forward by hours: nothing fires by the jump alone" {
	need jq
	cat >rule.yaml <<-'END'
	rules:
	  lasting: {expr: a.x > 10, count: 1, for: 1h}
	  gone: {expr: "absent(a.x, 5m)", count: 1, stale_after: 0}
	  quiet: {expr: a.x > 20, count: 1, stale_after: 2m}
	END
	for jump in 0 36000; do
		for i in 0 1 2 3; do
			clock a "$jump" "$i" 21
			clock b "$jump" "$i" 21
		done
	done | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r '[.rule_id,.status] | join(" ")' out | sort | uniq -c | xargs)" '14 quiet ongoing 2 quiet open'
	# What was true for half the time goes on to the other half.
	{ for ((i = 0; i < 200; i++)); do clock a 0 "$i" 11; done
		for ((i = 0; i < 200; i++)); do clock a 36000 "$i" 11; done; } |
		sh-detect --no-stock -c rule.yaml | jq -r '.time[11:19]' | head -n 1 >out
	equal "$(cat out)" 11:26:50
}

@test "--explain prints the counters" {
	rule 'hits: 3 of 5, flap: true, for: 1m'
	run -0 --separate-stderr sh-detect --explain --no-stock -c rule.yaml <<<"$(values 11 9 11)"
	[[ $stderr == *'; 2 of 3 in the last 5; true for 0s of 1m; flapping score 18 %' ]]
}

@test "soft and hard states as Nagios has them" {
	need jq python3
	need_data conformance/nagios
	run -0 python3 "$SH_DATA/conformance/check.py" state \
		--cmd "$abs_top_srcdir/tests/conformance/nagios-state-adapter"
	echo "$output"
	[[ $output == *pass* && $output != *FAIL* ]]
}

@test "detection_count is the count although hits waited for their duration" {
	need jq
	rule 'count: 2, for: 40s'
	equal "$(values 11 11 11 11 11 11 11 | sh-detect --no-stock -c rule.yaml |
		jq -c '[.status,.detection_count,.total_hits,.evidence.hits]' | xargs)" '[open,2,5,5] [ongoing,2,7,2]'
}

@test "a fault that comes again has another id and the same fingerprint" {
	need jq
	rule 'count: 1'
	values 11 9 11 | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r .status out | xargs)" 'open resolved open'
	equal "$(jq -r .id out | uniq | wc -l)" 2
	equal "$(jq -r .fingerprint out | uniq | wc -l)" 1
}

@test "dims are counted apart, labels are not" {
	need jq
	rule 'count: 2'
	{
		echo '{"time":1,"host":"h","a":{"x":11},"dims":{"d":"1"},"labels":{"l":"1"}}'
		echo '{"time":2,"host":"h","a":{"x":11},"dims":{"d":"2"},"labels":{"l":"1"}}'
		echo '{"time":3,"host":"h","a":{"x":11},"dims":{"d":"1"},"labels":{"l":"2"}}'
	} | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -c '[.dims,.labels,.context.metrics]' out)" '[{"d":"1"},{"l":"2"},{"a":{"x":11}}]'
}

@test "--pending shows faults with too few hits; as text it says 1 of 3" {
	need jq
	demo 1 | sh-detect --pending >out
	equal "$(jq -c '[.fault_type,.status,.count,.detection_count]' out | xargs)" \
		'[high_latency,pending,3,1] [disk_full,pending,3,1]'
	run -0 --separate-stderr sh-detect -o text <<<"$(demo 1)"
	[[ $output == *'disk_full host:h'*'95.2 %'*'(pending, 1 of 3)'* ]]
	run -0 --separate-stderr sh-detect <<<"$(demo 1)"
	[ -z "$output" ]
}

@test "--list names the rules; --count overrides theirs; -e says that something was found" {
	need jq
	run -0 --separate-stderr sh-detect --list
	[[ $output == *'disk_full '*critical*3x*'storage.utilization > params.limit'* ]]
	[[ $output == *'service_down '*critical*1x* ]]
	run -0 --separate-stderr sh-detect --count=1 <<<"$(demo 1)"
	[ "${#lines[@]}" = 2 ]
	run -2 sh-detect --count=0 <<<"$(demo 1)"
	run -1 sh-detect -e <<<"$(demo 3)"
	run -0 sh-detect -e <<<"$(demo 2)"
	run -0 sh-detect <<<"$(demo 3)"
}

@test "-p forwards what was eaten, other kinds go on as they came either way" {
	{ demo 1; echo '{"kind":"tick","time":"2026-11-21T01:00:00.000000Z","host":"h"}'
	  echo '{"kind":"notice", "text" : "x","severity":"low"}'; echo '{"kind":"novel","n":1e400}'
	  echo '{"kind":"diagnosis"}'; } >in
	sh-detect -p <in | cmp - in
	sh-detect <in | cmp - <(tail -n 3 in)
}

@test "a record not newer than the last of its series is dropped, and -v counts it" {
	need jq
	rule 'count: 2'
	{ values 11; values 11 11; } >in
	sh-detect -v --no-stock -c rule.yaml in >out 2>err
	grep -q '^sh-detect: 1 record.* not newer' err
	equal "$(jq -r .total_hits out)" 2
	# Another collector may see the entity at the same instant.
	{
		echo '{"time":5,"host":"h","source":{"collector":"one"},"a":{"x":11}}'
		echo '{"time":5,"host":"h","source":{"collector":"two"},"a":{"x":11}}'
	} | sh-detect --no-stock -c rule.yaml >out
	equal "$(jq -r .total_hits out)" 2
}

@test "params of the site change a rule for that entity alone" {
	need jq
	cat >site.yaml <<-'END'
	filesystems:
	  /x: {params: {limit_ms: 10}}
	  /y: {limit: 50}
	END
	for t in 1 2 3; do
		for f in /x /y /z; do
			echo "{\"time\":$t,\"host\":\"h\",\"entity\":\"filesystem:$f@h\",\"latency\":{\"read_avg\":20},\"storage\":{\"utilization\":60}}"
		done
	done | sh-detect -c site.yaml >out
	equal "$(jq -c '[.fault_type,.entity,.params]' out | xargs)" \
		'[high_latency,filesystem:/x@h,{limit_ms:10}] [disk_full,filesystem:/y@h,{limit:50}]'
}

@test "disk_full skips read-only and image file systems" {
	for t in 1 2 3 4; do
		echo "{\"time\":$t,\"host\":\"h\",\"entity\":\"filesystem:/ro@h\",\"storage\":{\"utilization\":100,\"read_only\":1,\"image\":0}}"
		echo "{\"time\":$t,\"host\":\"h\",\"entity\":\"filesystem:/im@h\",\"storage\":{\"utilization\":100,\"read_only\":0,\"image\":1}}"
	done | sh-detect >out
	[ ! -s out ]
}

@test "a few foreign lines fire no stock rule but the seed's three" {
	need jq
	for ((i = 0; i < 5; i++)); do
		printf '{"time":%d,"storage":{"utilization":99,"inodes_utilization":99},"latency":{"read_avg":999},' $i
		printf '"cluster":{"total_nodes":9,"online_nodes":1},"service":{"running":0,"stopped":1},'
		printf '"check":{"ok":0},"file":{"matches_baseline":0,"exists":0},"cpu":{"usage":100},"memory":{"usage":100}}\n'
	done | sh-detect >out
	equal "$(jq -r .fault_type out | sort | xargs)" 'disk_full high_latency node_offline'
}

@test "a rule that divides by zero is named once, exit 2, and the others go on" {
	cat >broken.yaml <<-'END'
	rules:
	  whole: {expr: 1 / 0 > 1}
	END
	run -2 --separate-stderr sh-detect -c broken.yaml <<<"$(demo 3)"
	[ "${#lines[@]}" = 2 ]
	[[ $stderr == "sh-detect: "*"broken.yaml:2: rule 'whole': record 1, host:h: 1:3: division by zero" ]]
	run -2 --separate-stderr sh-detect -q -c broken.yaml <<<"$(demo 3)"
	[[ $stderr == *'division by zero' ]]
}

@test "a rule of the site that names a missing metric is named at the end" {
	cat >typo.yaml <<-'END'
	rules:
	  typo: {expr: storage.utilzation > 90}
	END
	run -0 --separate-stderr sh-detect -c typo.yaml <<<"$(demo 3)"
	[ "${#lines[@]}" = 2 ]
	[[ $stderr == "sh-detect: "*"typo.yaml:2: rule 'typo' could never decide: no 'storage.utilzation' in any record" ]]
}

@test "a syntax error in a -c file: the place, exit 2, and the other rules work" {
	cat >bad.yaml <<-'END'
	rules:
	  good: {expr: storage.utilization > 1, count: 1}
	  bad:
	    expr: storage.utilization >
	END
	run -2 --separate-stderr sh-detect -c bad.yaml <<<"$(demo 1)"
	[[ $output == *'"rule_id":"good"'* ]]
	[[ $stderr == 'sh-detect: '*'bad.yaml:4:11: expr: 1:22: '* ]]
	echo 'rules: {x: [}' >bad.yaml
	run -2 --separate-stderr sh-detect -c bad.yaml <<<"$(demo 3)"
	[[ $stderr == 'sh-detect: '*'bad.yaml:1:'* ]]
	[ "${#lines[@]}" = 2 ]
	echo 'rules: {x: {exprr: "true"}}' >bad.yaml
	run -2 --separate-stderr sh-detect --check -c bad.yaml </dev/null
	[[ $stderr == *'bad.yaml:1:'*exprr*expr* ]]
}

@test "--check: right files 0, wrong ones 2, and no input is read" {
	echo 'rules: {x: {expr: "a.b > median_of(c.d, 5m)"}}' >past.yaml
	run -0 --separate-stderr sh-detect --check </dev/full
	[ -z "$output$stderr" ]
	run -2 --separate-stderr sh-detect --check -c past.yaml
	[[ $stderr == *'past.yaml:1:'*median_of* ]]
	run -2 sh-detect -c nonexistent.yaml </dev/null
}

@test "--explain says what each rule saw" {
	run -0 --separate-stderr sh-detect --explain <<<"$(demo 1)"
	[[ $stderr == *"host:h, rule 'disk_full': "*': true; 1 of 3 in a row'* ]]
}

@test "--test: the stock rules pass their own" {
	run -0 --separate-stderr sh-detect --test
	[[ $output =~ ^[1-9][0-9]*\ passed,\ 0\ failed,\ 0\ rules\ without\ tests$ ]]
	[ -z "$stderr" ]
}

@test "--test: a test that fails is named with its place, exit 2" {
	cat >tests.yaml <<-'END'
	rules:
	  r:
	    expr: a.x > 10
	    tests:
	      - {name: good, given: [{a: {x: 11}}], repeat: 3, expect: open}
	      - {name: wrong, given: [{a: {x: 11}}], repeat: 2, expect: open}
	      - {name: odd, given: [{a: {x: 11}}], expects: open}
	      - {name: no record, given: [5], expect: none}
	      - {name: fails, given: [{time: x, a: {x: 11}}], expect: none}
	  s: {expr: 1 / 0 > 1, tests: [{name: zero, given: [{a: {x: 1}}], expect: none}]}
	  t: {expr: a.x > 1}
	END
	run -2 --separate-stderr sh-detect --no-stock --test -c tests.yaml
	equal "$output" '1 passed, 5 failed, 1 rules without tests'
	[[ $stderr == *"tests.yaml:6:9: rule 'r', test 'wrong': expected open, got none"* ]]
	[[ $stderr == *"tests.yaml:7:"*expects*expect* ]]
	[[ $stderr == *"tests.yaml:8:9: rule 'r', test 'no record': "* ]]
	[[ $stderr == *"tests.yaml:9:9: rule 'r', test 'fails': "*time* ]]
	[[ $stderr == *"rule 's', test 'zero': 1:3: division by zero"* ]]
}

@test "a full disk under the state: it says so, exit 4, and faults come out, counted on from before" {
	need_root
	need unshare mount jq
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	mkdir disk
	demo 2 >first
	demo 2 2 >second
	demo 3 9 >third
	run -0 unshare -m bash -ec '
		mount -t tmpfs -o size=256k tmpfs disk
		sh-detect --state disk/state first
		! dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null
		code=0; sh-detect --state disk/state second >second.out 2>second.err || code=$?
		[ $code = 4 ]
		code=0; sh-detect --state disk/new third >third.out 2>third.err || code=$?
		[ $code = 4 ]
		rm disk/fill
		sh-detect --state disk/state second >again.out'
	equal "$(jq -r '"\(.status) \(.total_hits)"' second.out | xargs)" 'open 3 open 3'
	equal "$(jq -r '"\(.status) \(.total_hits)"' third.out | xargs)" 'open 3 open 3'
	grep -q '^sh-detect: going on without state: .*No space left on device' second.err
	cmp second.out again.out
}

@test "--lock fail: exit 75 while another holds the state, and nothing is written" {
	need flock
	sh-detect --state state <<<"$(demo 2)"
	exec 9<>state/detect.lock
	flock -n 9
	run -75 --separate-stderr sh-detect --lock fail --state state <<<"$(demo 3)"
	exec 9>&-
	[ -z "$output" ]
}

@test 'what a function over time came to is evidence, and why it came to nothing is explained' {
	echo 'rules: {busy: {expr: "avg(a.x, 20s) > 10", count: 1}}' >rule.yaml
	values 20 20 >one
	run --separate-stderr sh-detect --no-stock -c rule.yaml --explain one
	[ -z "$output" ]
	[[ $stderr == *'unknown (avg(a.x, 20s): not yet measured for as long as the window)'* ]]
	values 20 20 23 | sh-detect --no-stock -c rule.yaml >got
	jq -e '.evidence.values == {"a.x": 23, "avg(a.x, 20s)": 21}' got
}

@test 'a model does not learn a fault, until that has lasted for a day' {
	echo 'rules: {shifted: {expr: "level(a.x) > 4.25", clear: "level(a.x) < 2", repeat: 1w}}' >rule.yaml
	awk 'BEGIN {
		for (i = 0; i < 4000; i++)
			printf "{\"time\":%d,\"host\":\"h\",\"a\":{\"x\":%d}}\n", 1795222800 + 60 * i,
				(i < 600 ? 100 : 200) + i * 7 % 5
	}' >all
	sh-detect --no-stock -c rule.yaml all | jq -r .status >got
	printf '%s\n' open resolved | diff - got
	# For the whole day it is the same fault, and it is over soon after.
	sh-detect --no-stock -c rule.yaml all | jq -es '(last.time | .[:19] + "Z" | fromdate) - (first.time | .[:19] + "Z" | fromdate)
		| . > 86400 and . < 2 * 86400'
}

@test 'slow degradation learned as normal: a fixed limit stands beside what is learned' {
	cat >rule.yaml <<-'END'
		rules:
		  learned: {expr: level(a.x) > 4.25, count: 1}
		  fixed: {expr: a.x > 150, clear: a.x < 140, count: 1}
	END
	awk 'BEGIN {
		for (i = 0; i < 6000; i++)
			printf "{\"time\":%d,\"host\":\"h\",\"a\":{\"x\":%.3f}}\n", 1795222800 + 60 * i, 100 + i / 60 + i * 7 % 5
	}' >all
	sh-detect --no-stock -c rule.yaml all | jq -r '.rule_id + " " + .status' | sort | uniq -c | sed 's/^ *//' >got
	# What was learned goes along with it, and says so again and again that all is well.
	[ "$(awk '$2 == "learned" && $3 == "resolved" { print $1 }' got)" -gt 10 ]
	grep '^1 fixed open$' got
	! grep 'fixed resolved' got
}

@test 'one bad peer vote: more than half of those who look must say that it is down' {
	cat >rule.yaml <<-'END'
		rules:
		  down: {expr: 'peers(entity).count(p, p.check.ok == 0) >= 2 && peers(entity).share(p, p.check.ok == 0) > 0.5', about: "{entity}", count: 1}
	END
	for t in 0 10 20 30; do
		for by in a b c; do
			jq -nc --arg by $by --argjson t $t '{time: (1795222800 + $t), entity: "node:n1", dims: {$by},
				check: {ok: (if $by == "a" or ($by == "b" and $t >= 20) then 0 else 1 end)}}'
		done
	done >in
	head -n 6 in | sh-detect --no-stock -c rule.yaml >got
	[ ! -s got ]
	sh-detect --no-stock -c rule.yaml in | jq -r '.time[17:19] + " " + .entity + " " + .status' | uniq >got
	printf '%s\n' '20 node:n1 open' '20 node:n1 ongoing' '30 node:n1 ongoing' | diff - got
}

@test "--score writes what an expression comes to for each sample that has its metric, and nothing else" {
	{
		values 1 - 4
		echo '{"kind":"fault","id":"x"}'
		echo '{"time":1795222900.25,"entity":"disk:a,b","a":{"x":2}}'
	} | sh-detect --no-stock --score 'a.x / 2' --state state >got
	printf '%s\n' host:h,1795222800,0.5 host:h,1795222820,2 '"disk:a,b",1795222900.25,1' | diff - got
	[ ! -e state ]
	values 1 3 | sh-detect --no-stock --score 'a.x - previous(a.x)' >got
	printf '%s\n' host:h,1795222800, host:h,1795222810,2 | diff - got
	values 1 11 | sh-detect --no-stock --score 'a.x > 10' | cut -d, -f3 | xargs >got
	equal "$(cat got)" '0 1'
	run -2 --separate-stderr sh-detect --no-stock --score 'a.x +' </dev/null
	[[ $stderr == 'sh-detect: --score: 1:6: '* ]]
}

@test 'one host in another year does not take the others there' {
	echo 'rules: {gone: {expr: "absent(a.x, 2m)", count: 1, stale_after: 0}, high: {expr: "a.x > 10", count: 1}}' >rule.yaml
	sample() {
		printf '{"time":%d,"host":"%s","a":{"x":%d}}\n' "$1" "$2" "$3"
	}
	for ((i = 0; i < 20; i++)); do
		t=$((1795222800 + 30 * i))
		sample $t good $((i == 15 ? 99 : 1))
		[ $i -lt 5 ] && sample $t gone 1
		for n in 1 2 3; do sample $((t + 315360000 + n)) bad 1; done
		printf '{"kind":"tick","time":%d,"host":"good"}\n' $t
	done | sh-detect --no-stock -c rule.yaml | jq -r 'select(.status != "ongoing") | "\(.time[11:19]) \(.host) \(.rule_id) \(.status)"' >got
	printf '%s\n' '01:04:30 gone gone open' '01:07:30 good high open' '01:08:00 good high resolved' | diff - got
	# A pause of a week is one, whoever comes first after it.
	{
		for t in 0 604800 604801; do sample $((1795222800 + t)) a 1; sample $((1795222800 + t)) b 99; done
	} | sh-detect --no-stock -c rule.yaml | jq -r '"\(.time[11:19]) \(.host) \(.rule_id) \(.status)"' >got
	printf '%s\n' '01:00:00 b high open' '01:00:00 b high ongoing' '01:00:01 b high ongoing' | diff - got
}

@test 'names that never come again take neither time nor memory' {
	echo 'rules: {r: {expr: "x.y > 90", count: 1}}' >rule.yaml
	# A source that says something new in each record.
	awk 'BEGIN { for (i = 0; i < 300000; i++)
		printf "{\"time\":%d,\"entity\":\"a:b\",\"source\":{\"collector\":\"c\",\"target\":\"%d\"},\"x\":{\"y\":1}}\n", 1795222800 + i, i }' >in
	(ulimit -v 60000 && sh-detect --no-stock -c rule.yaml -q in)
	# Groups of a plugin that puts a number into their names: 40000 of them took 10 seconds.
	awk 'BEGIN { for (i = 0; i < 100000; i++)
		printf "{\"time\":%d,\"entity\":\"a:b\",\"g%d\":{\"y\":1}}\n", 1795222800 + i, i }' >in
	(ulimit -t 20 && sh-detect --no-stock -c rule.yaml -q in)
}

@test 'two collectors may have a group of the same name' {
	echo 'rules: {busy: {expr: "host.cpu.count == 2 && host.cpu.usage > 5 && a.x > 0", count: 1}, whole: {on: [disk], expr: "has(host.cpu.count) && has(host.cpu.usage) && a.x > 0", count: 1}}' >rule.yaml
	sample() {
		printf '{"kind":"sample","time":%d,"host":"h","entity":"host:h","source":{"collector":"%s"},"metrics":{"cpu":{"%s":%d}}}\n' "$@"
	}
	for order in 'a count 2 b usage 9' 'b usage 9 a count 2'; do
		set -- $order
		{
			sample 1795222800 "${@:1:3}"
			sample 1795222801 "${@:4:3}"
			echo '{"time":1795222802,"host":"h","entity":"disk:x@h","a":{"x":1}}'
		} | sh-detect --no-stock -c rule.yaml --explain 2>log | jq -r .rule_id | xargs >got
		equal "$(cat got)" 'busy whole'
	done
	# What its collector no longer says is not known any more.
	{
		sample 1795222800 a count 2
		sample 1795222801 b usage 9
		sample 1795222802 b idle 9
		echo '{"time":1795222803,"host":"h","entity":"disk:x@h","a":{"x":1}}'
	} | sh-detect --no-stock -c rule.yaml >got
	[ ! -s got ]
}

@test 'what comes more than a week late is told, and people read four digits' {
	echo 'rules: {r: {expr: "a.x > 1", count: 1, description: "x is {a.x}"}}' >rule.yaml
	{
		echo '{"time":1795222800,"host":"h","a":{"x":79.41176470588235}}'
		echo '{"time":1000000000,"host":"old","a":{"x":5}}'
		echo '{"time":1795222801,"host":"h","a":{"x":1234567.25}}'
	} >in
	run --separate-stderr sh-detect --no-stock -c rule.yaml in
	equal "$(jq -r .description <<<"$output" | xargs)" 'x is 79.41 x is 1234567'
	equal "$stderr" 'sh-detect: records that were more than a week late and not judged: 1'
}

learn() {
	echo 'rules: {shifted: {expr: "level(a.x) > 6", count: 1}, busy: {expr: "avg(a.x, 20s) > 1000"}}' >rule.yaml
	awk 'BEGIN {
		for (i = 0; i < 60; i++)
			for (h = 0; h < 2; h++) {
				printf "{\"time\":%d,\"host\":\"h%d\",\"a\":{\"x\":%d}}\n", 1795222800 + 10 * i, h, i < 59 || h ? i * 7 % 5 : 93
				printf "{\"time\":%d,\"host\":\"h%d\",\"dims\":{\"cpu\":\"%d\"},\"a\":{\"x\":1}}\n", 1795222800 + 10 * i, h, h
			}
	}' | sh-detect --no-stock -c rule.yaml --state state >learned
	equal "$(jq -r '"\(.entity) \(.status)"' learned | xargs)" 'host:h0 open'
}

@test '--models shows what functions over time know of an entity, while another holds the state' {
	need flock
	learn
	exec 9<>state/detect.lock
	flock -n 9
	sh-detect --no-stock -c rule.yaml --state state --models all >all
	sh-detect --no-stock -c rule.yaml --state state --models host:h1 >one
	sh-detect --no-stock -c rule.yaml --state state --models host:h1 -o text >text
	run -2 --separate-stderr sh-detect --no-stock -c rule.yaml --state state --models host:h2
	exec 9>&-
	equal "$stderr" "sh-detect: the state has no series of 'host:h2'"
	equal "$(jq -r '"\(.entity) \(.dims.cpu) \(.function)"' all | sort | xargs -d '\n' | sed 's/host://g')" \
		'h0 0 avg(a.x, 20s) h0 0 level(a.x) h0 null avg(a.x, 20s) h0 null level(a.x) h1 1 avg(a.x, 20s) h1 1 level(a.x) h1 null avg(a.x, 20s) h1 null level(a.x)'
	jq -c 'select(.entity == "host:h1")' all | cmp - one
	jq -es 'map(select(.function == "level(a.x)" and .dims.cpu == "1"))[0] |
		.time == "2026-11-21T01:09:50.000000Z" and .model == {measurements: 60, mean: 1, deviation: 0, min: 1, max: 1}' one
	grep -qx 'host:h1 cpu=1  level(a.x): measurements 60, mean 1, deviation 0, min 1, max 1  (2026-11-21T01:09:50Z)' text
	run -2 --separate-stderr sh-detect --models all
	[[ $stderr == 'sh-detect: --models needs --state'* ]]
}

@test '--forget: an entity is learned anew, and open faults and the other entities stay' {
	need flock
	learn
	cp -r state whole
	sh-detect --no-stock -c rule.yaml --state state --models host:h0 >before
	run -0 sh-detect --state state --forget host:h1
	equal "$output" 'forgot 4 functions over time in 2 series of host:h1'
	sh-detect --no-stock -c rule.yaml --state state --models host:h1 | diff /dev/null -
	sh-detect --no-stock -c rule.yaml --state state --models host:h0 | cmp - before
	# What is usual now was not before.
	awk 'BEGIN { for (i = 0; i < 40; i++) printf "{\"time\":%d,\"host\":\"h1\",\"a\":{\"x\":93}}\n", 1795223400 + 10 * i }' >new
	sh-detect --no-stock -c rule.yaml --state whole new | jq -es 'any(.entity == "host:h1" and .status == "open")'
	sh-detect --no-stock -c rule.yaml --state state new | jq -es 'all(.entity == "host:h0")'
	sh-detect --no-stock -c rule.yaml --state state --models host:h1 |
		jq -es 'any(.function == "level(a.x)" and .model.measurements == 40 and .model.min == 93)'
	run -2 --separate-stderr sh-detect --state state --forget host:h2
	equal "$stderr" "sh-detect: the state has no series of 'host:h2'"
	run -4 sh-detect --state none --forget all
	[ ! -e none ]
	exec 9<>state/detect.lock
	flock -n 9
	run -75 sh-detect --state state --lock fail --forget all
	exec 9>&-
}

@test '--forget: a fault stays open, and stale while its rule can say nothing' {
	learn
	run -0 sh-detect --state state --forget all
	equal "$output" 'forgot 8 functions over time in 4 series of all entities'
	awk 'BEGIN { for (i = 0; i < 40; i++) printf "{\"time\":%d,\"host\":\"h0\",\"a\":{\"x\":93}}\n", 1795223400 + 10 * i }' |
		sh-detect --no-stock -c rule.yaml --state state | jq -r '"\(.entity) \(.rule_id) \(.status)"' >got
	equal "$(cat got)" 'host:h0 shifted stale'
}

@test 'entity_level() judges all metrics of a record, says which are far, and splits exactly' {
	echo 'rules: {odd: {expr: "entity_level() > 2", count: 1}}' >rule.yaml
	awk 'BEGIN {
		for (i = 0; i < 120; i++) {
			printf "{\"time\":%d,\"host\":\"h\",\"a\":{\"x\":%d,\"y\":%d},\"b\":{", 1795222800 + 60 * i, i * 7 % 5, i * 3 % 7
			printf "\"z\":%d}}\n", i < 100 ? i % 3 : 50
		}
	}' >in
	sh-detect --no-stock -c rule.yaml in >whole
	jq -es '.[0] | .status == "open" and (.evidence.values | ."entity_level()" > 2 and ."entity_level(b.z)" > 10 and ."entity_level(a.x)" < 3)' whole
	split -n l/7 in part.
	for part in part.*; do sh-detect --no-stock -c rule.yaml --state state $part; done | cmp - whole
	sh-detect --no-stock -c rule.yaml --state state --models host:h | jq -e '.function == "entity_level()" and .model.metrics == 3'
	equal "$(sh-detect --no-stock --score 'entity_level()' in | cut -d, -f3 | head -50 | sort -u | wc -l)" 2
	run -2 --separate-stderr sh-detect --no-stock --score 'entity_level(a.x)' </dev/null
	[[ $stderr == *'entity_level takes 0 arguments, not 1'* ]]
}

@test "-c reads rules from a pipe and from standard input" {
	rule 'count: 1'
	values 11 >in
	equal "$(sh-detect --no-stock -c /dev/stdin in <rule.yaml | jq -r .rule_id)" r
	# shellcheck disable=SC2002 # a pipe is wanted
	equal "$(cat rule.yaml | sh-detect --no-stock -c /dev/stdin in | jq -r .rule_id)" r
	equal "$(sh-detect --no-stock -c <(sleep 0.1 && cat rule.yaml) in | jq -r .rule_id)" r
	run -2 --separate-stderr sh-detect --no-stock -c /dev/fd/77 --check
	[[ $stderr == *"no such file or directory '/dev/fd/77'"* ]]
	run -2 --separate-stderr sh-detect --no-stock -c /dev/stdin --check <<<'rules: ['
	[[ $stderr == *"/dev/stdin:"* ]]
}

@test "a fault whose rule does not look at its entity any more is resolved, once" {
	rule 'count: 1, on: [host]'
	values 11 | sh-detect --no-stock -c rule.yaml --state s >first
	rule 'count: 1, on: [service]'
	values 11 12 13 | tail -n 2 >in
	sh-detect --no-stock -c rule.yaml --state s in >second
	equal "$(jq -r .status first second)" $'open\nresolved'
	equal "$(jq -r .id first)" "$(jq -r .id second)"
	sh-detect --no-stock -c rule.yaml --state s <<<'{"kind":"tick","time":1795223800,"host":"h"}' >third
	[ ! -s third ]
}

# b.y drifts slowly from the tenth hour on, when a fault of a.x begins: how often is it odd?
odd_beside() {
	printf 'rules:\n  r: {expr: a.x > 10, count: 1%s}\n  odd: {expr: level(b.y) > 5, count: 1}\n' "$1" >rules.yaml
	awk 'BEGIN { for (i = 0; i < 1200; i++) printf "{\"time\":%d,\"host\":\"h\",\"a\":{\"x\":%d},\"b\":{\"y\":%.2f}}\n",
		1795222800 + 60 * i, i < 600 ? 1 : 20, 100 + i * 7 % 11 + (i < 600 ? 0 : (i - 600) / 20) }' |
		sh-detect --no-stock -c rules.yaml | jq -s 'map(select(.rule_id == "odd" and .status == "open")) | length'
}

@test "a fault of one metric does not make another unusual; what it is about stays as it was" {
	equal "$(odd_beside '')" 0
	[ "$(odd_beside ', affected_metrics: [b.y]')" -gt 10 ]
}

@test "--check wants a verify for a rule that acts and that one sample does not prove" {
	unproved() {
		printf 'rules:\n  r: {%s}\n' "$1" >rules.yaml
		run --separate-stderr sh-detect --no-stock -c rules.yaml --check
		echo "$1: $status $stderr"
		[ "$status" = "${2-2}" ]
		[ "$status" = 0 ] || [[ $stderr == *"rules.yaml:2:"*"rule 'r' has mode act"*verify* ]]
	}
	unproved 'mode: act, expr: "avg(a.b, 5m) > 1"'
	unproved 'mode: act, expr: a.b > 1, clear: "avg(a.b, 5m) < 1"'
	unproved 'mode: act, match: refused'
	unproved 'mode: act, promql: a > 1'
	unproved 'mode: act, promql: a > 1, verify: a.b < 1' 0
	unproved 'mode: act, match: refused, verify: a.b < 1' 0
	unproved 'mode: act, expr: "avg(a.b, 5m) > 1", clear: a.b < 1' 0
	unproved 'mode: act, expr: "avg(a.b, 5m) > 1", verify: a.b < 1' 0
	unproved 'mode: act, expr: a.b > 1' 0
	unproved 'mode: ask, expr: "avg(a.b, 5m) > 1"' 0
	unproved 'expr: "avg(a.b, 5m) > 1"' 0
	printf 'rules:\n  r: {mode: act, expr: a.b > 1, verify: "avg(a.b, 5m) < 1"}\n' >rules.yaml
	run -2 sh-detect --no-stock -c rules.yaml --check
	printf 'rules:\n  r: {mode: act, promql: a > 1, verify: "avg(a.b, 5m) < 1"}\n' >rules.yaml
	run -2 sh-detect --no-stock -c rules.yaml --check
}

@test "what a check says in its error stands in the description of the fault" {
	need jq
	printf 'rules:\n  down: {expr: check.ok == 0, count: 1, description: "{entity} fails"}\n  zero: {expr: check.ok < 1, count: 1}\n' >rules.yaml
	failed() {
		printf '{"time":"2026-11-21T01:00:0%dZ","host":"h","entity":"service:w@h","error":%s,"check":{"ok":%d}}\n' "$@"
	}
	failed 0 '"connection \"refused\""' 0 >in
	equal "$(sh-detect --no-stock -c rules.yaml in | jq -r .description)" 'service:w@h fails: connection "refused"
check.ok < 1: connection "refused"'
	failed 0 '"w@h fails"' 0 >in
	equal "$(sh-detect --no-stock -c rules.yaml in | jq -r 'select(.rule_id == "down") | .description')" 'service:w@h fails'
	failed 0 17 0 >in
	equal "$(sh-detect --no-stock -c rules.yaml in | jq -r 'select(.rule_id == "down") | .description')" 'service:w@h fails'
	failed 0 "\"$(printf '\303\244%.0s' $(seq 300))\"" 0 >in
	equal "$(sh-detect --no-stock -c rules.yaml in | jq -r 'select(.rule_id == "zero") | .description')" \
		"check.ok < 1: $(printf '\303\244%.0s' $(seq 120))..."
}
