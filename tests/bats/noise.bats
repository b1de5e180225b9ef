#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is known, planned or follows from something else is written, and nobody is called.
load helper

equal() {
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }
}

# A fault that nobody is to act on, with STATUS.
suppressed() {
	printf '{"kind":"fault","time":"2026-11-21T01:00:00.000000Z","host":"h","entity":"host:h",'
	printf '"id":"f-0123456789abcdef0123456789abcdef","fingerprint":"f-0123456789abcdef0123456789abcdef",'
	printf '"status":"%s","fault_type":"high_latency","rule_id":"high_latency","severity":"high",' "${1-open}"
	printf '"suppressed":{"by":"silence","id":"s-1","owner":"ann","until":"2026-11-21T02:00:00.000000Z",'
	printf '"reason":"new disk"},"description":"d","detection_count":3,"total_hits":3}\n'
}

validate() {
	need python3
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" fault <"$1"
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
}

@test "a suppressed fault passes through diagnosis and repair as it came" {
	suppressed >in
	validate in
	sh-diagnose -e in | cmp - in
	sh-repair in | cmp - in
	sh-repair --apply --state state in | cmp - in
}

@test "the history says once why a suppressed fault is not repaired" {
	need jq
	{ suppressed; suppressed ongoing; } | sh-repair --apply --state state >/dev/null
	equal "$(sh-ledger --state state history -o ndjson | jq -r .text)" \
		"'host:h' is not repaired: silenced by ann until 2026-11-21T02:00:00Z: new disk"
	equal "$(sh-ledger --state state open -o ndjson | jq -r .suppressed.owner)" ann
	run sh-ledger --state state status
	[[ $output == *'; 0 open faults (1 suppressed),'* ]]
}

# Metric "a.x" of HOST at each of the values, 10 s apart from MINUTE of 01:00 on 2026-11-21; "-": a tick alone.
values() {
	local host=$1 t=$((1795222800 + 60 * $2)) v
	shift 2
	for v; do
		if [ "$v" = - ]; then
			printf '{"kind":"tick","time":%d,"host":"%s"}\n' "$t" "$host"
		else
			printf '{"time":%d,"host":"%s","a":{"x":%s}}\n' "$t" "$host" "$v"
		fi
		t=$((t + 10))
	done
}

# Faults as "MM:SS status host[ by]".
told() {
	jq -r '"\(.time[14:19]) \(.status) \(.host)\(if .suppressed then " " + .suppressed.by else "" end)"' "$@"
}

bad() { printf '11 %.0s' $(seq "$1"); }
good() { printf '1 %.0s' $(seq "$1"); }

silence() {
	cat >rule.yaml <<-END
	rules:
	  r: {expr: a.x > 10, repeat: 1h}
	silences:
	  disk:
	    match: {host: h}
	    start: 2026-11-21T01:00:00Z
	    end: 2026-11-21T01:02:00Z
	    owner: ann
	    comment: new disk
	END
}

detect() {
	sh-detect --no-stock -c rule.yaml "$@"
}

@test "a silence: the fault is written with it, and again without it when it stays bad" {
	need jq
	silence
	# shellcheck disable=SC2046
	values h 0 $(bad 18) $(good 3) >in
	detect in >out
	told out >got
	cat >wanted <<-'END'
	00:20 open h silence
	02:00 ongoing h
	03:20 resolved h
	END
	diff wanted got
	equal "$(jq -c 'select(.suppressed) | .suppressed' out)" \
		'{"by":"silence","id":"disk","owner":"ann","until":"2026-11-21T01:02:00.000000Z","reason":"new disk"}'
	validate out
	equal "$(jq -r .id out | sort -u | wc -l)" 1
}

@test "what recovers within its silence is written as that, and nobody is called" {
	need jq
	silence
	# shellcheck disable=SC2046
	values h 0 $(bad 6) $(good 10) >in
	run -0 detect -e in
	equal "$(told <<<"$output" | xargs)" '00:20 open h silence 01:20 resolved h silence'
	# The end of the silence comes between the clears.
	# shellcheck disable=SC2046
	values h 1 $(bad 5) $(good 10) >in
	equal "$(detect in | told | xargs)" '01:20 open h silence 02:10 resolved h silence'
}

@test "what is heard no more is told when its silence ends" {
	need jq
	silence
	# shellcheck disable=SC2046
	{ values h 0 $(bad 6); values other 1 $(printf -- '- %.0s' $(seq 40)); } >in
	equal "$(detect in | told | xargs)" '00:20 open h silence 02:50 stale h'
	sed -i 's/01:02:00Z/01:05:00Z/' rule.yaml
	equal "$(detect in | told | xargs)" '00:20 open h silence 02:50 stale h silence 05:00 stale h'
}

@test "other faults are told all the same, and --exit-status counts only them" {
	need jq
	silence
	# shellcheck disable=SC2046
	values h 0 $(bad 6) >in
	run -0 detect -e in
	# shellcheck disable=SC2046
	values g 0 $(bad 3) >in
	run -1 detect -e in
	equal "$(told <<<"$output")" '00:20 open g'
}

@test "a maintenance window in another time zone" {
	need jq
	cat >rule.yaml <<-END
	rules:
	  r: {expr: a.x > 10, repeat: 1h}
	silences:
	- {match: {entity: "host:*"}, every: "Sat 02:00-02:02 Europe/Berlin", owner: ann, comment: patches}
	END
	# shellcheck disable=SC2046
	values h 0 $(bad 18) >in
	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip 'no time zones on this system'
	equal "$(detect in | told | xargs)" '00:20 open h maintenance 02:00 ongoing h'
	equal "$(detect in | jq -r '.suppressed.until // empty')" 2026-11-21T01:02:00.000000Z
}

@test "split anywhere, with a state directory, a silence makes the same bytes" {
	silence
	# shellcheck disable=SC2046
	{ values h 0 $(bad 18); values other 1 $(printf -- '- %.0s' $(seq 40)); } | sort -t: -k2 -s >in
	detect in >one
	for n in $(seq "$(wc -l <in)"); do
		sed -n "${n}p" in | detect --state state >>many
	done
	cmp one many
}

@test "a silence without end, owner, comment or match is refused; one that has ended is told by --check" {
	silence
	for key in end owner comment match; do
		grep -v "$key:" rule.yaml >bad.yaml
		run -2 --separate-stderr sh-detect --no-stock -c bad.yaml --check
		[[ $stderr == *"bad.yaml:"*"$key"* ]]
	done
	run -0 --separate-stderr sh-detect --no-stock -c rule.yaml --check --now 2026-11-21T01:01:00Z
	[ -z "$stderr" ]
	run -0 --separate-stderr sh-detect --no-stock -c rule.yaml --check --now 2026-11-21T02:00:00Z
	[[ $stderr == *"silence 'disk' of ann ended at 2026-11-21T01:02:00Z: it can be removed" ]]
}

# One sample of ENTITY on HOST, "u.p" being VALUE, at MINUTE of 01:00.
at() {
	printf '{"kind":"sample","time":%d,"host":"%s","entity":"%s","labels":{"rack":"%s"},"metrics":{"%s":{"p":%s}}}\n' \
		$((1795222800 + 60 * $1)) "$2" "$3" "${6-r1}" "$4" "$5"
}

# Faults as "M status entity[ by of]".
said() {
	jq -r '"\(.time[15:16]) \(.status) \(.entity)" + (if .suppressed then " \(.suppressed.by) \(.suppressed.entity)" else "" end)' "$@"
}

inhibit() {
	cat >rule.yaml <<-END
	rules:
	  down: {expr: u.p == 0, count: 1, stale_after: 0, means_down: ${2-false}, severity: critical}
	  slow: {expr: s.p > 10, count: 1, stale_after: 0, ${1-}}
	END
}

@test "a fault is inhibited by one of its host, and written when that is over" {
	need jq
	inhibit 'inhibited_by: [down], repeat: 1h'
	{ at 0 h service:a@h u 0; at 1 h disk:x@h s 11; at 1 g disk:x@g s 11; at 2 h disk:x@h s 11
	  at 3 h service:a@h u 1; at 4 h disk:x@h s 12; at 5 h disk:x@h s 1; } >in
	detect in >out
	said out >got
	cat >wanted <<-'END'
	0 open service:a@h
	1 open disk:x@h inhibition service:a@h
	1 open disk:x@g
	3 resolved service:a@h
	4 ongoing disk:x@h
	5 resolved disk:x@h
	END
	diff wanted got
	validate out
	equal "$(jq -r 'select(.suppressed) | .suppressed.of' out)" "$(jq -r .fingerprint out | head -1)"
}

@test "inhibition by entity and by label" {
	need jq
	inhibit 'inhibited_by: [down], inhibit_on: entity'
	{ at 0 h a:x u 0; at 1 h a:x s 11; at 1 h a:y s 11; } >in
	equal "$(detect in | said | tail -2 | xargs)" '1 open a:x inhibition a:x 1 open a:y'
	inhibit 'inhibited_by: [down], inhibit_on: labels.rack'
	{ at 0 h a:x u 0 r7; at 1 g a:y s 11 r7; at 1 g a:z s 11 r8; } >in
	equal "$(detect in | said | tail -2 | xargs)" '1 open a:y inhibition a:x 1 open a:z'
	inhibit 'inhibited_by: [down], inhibit_on: labels'
	run -2 --separate-stderr detect --check
	[[ $stderr == *"'inhibit_on' must be host, entity or labels.NAME"* ]]
}

@test "two that inhibit each other: the first one is told" {
	need jq
	cat >rule.yaml <<-END
	rules:
	  a: {expr: u.p > 1, count: 1, inhibited_by: [b, c]}
	  b: {expr: u.p > 2, count: 1, inhibited_by: [a]}
	  c: {expr: u.p > 3, count: 1, inhibited_by: [b]}
	END
	{ at 0 h a:x u 2; at 1 h a:x u 3; at 2 h a:x u 4; } >in
	equal "$(detect in | jq -r '"\(.rule_id) \(.suppressed.fault_type)"' | xargs)" \
		'a null a null b a a null b a c a'
}

@test "a silenced fault goes on inhibiting" {
	need jq
	inhibit 'inhibited_by: [down]'
	cat >>rule.yaml <<-END
	silences:
	  s: {match: {rule: down}, end: 2027-01-01T00:00:00Z, owner: ann, comment: c}
	END
	{ at 0 h service:a@h u 0; at 1 h disk:x@h s 11; } >in
	equal "$(detect in | jq -r .suppressed.by | xargs)" 'silence inhibition'
}

@test "inhibition survives restarts, wherever they come" {
	inhibit 'inhibited_by: [down], repeat: 1h' true
	{ for i in 0 1 2 3; do at $i h host:h u 0; at $i h disk:x@h s 11; at $i g disk:x@g s 11; done
	  printf '{"kind":"edge","time":%d,"host":"g","entity":"disk:x@g","from":"disk:y@g","to":"host:h","type":"t"}\n' 1795223000
	  for i in 5 6 7 8; do at $i h host:h u 1; at $i h disk:x@h s 11; at $i g disk:y@g s 11; done
	  at 9 h host:h u 0; at 9 g disk:y@g s 11; } >in
	detect in >one
	for n in $(seq "$(wc -l <in)"); do
		sed -n "${n}p" in | detect --state state >>many
	done
	cmp one many
	grep -q '"by":"dependency"' one
}

@test "a host that is down silences what is on it, and what depends on that" {
	need jq
	inhibit '' true
	cat >>rule.yaml <<-'END'
	services:
	  web: {pidfile: /run/web.pid, depends_on: ["filesystem:/var", "service:db@h2"]}
	topology:
	  vm:7: {depends_on: ["host:h2"]}
	  vm:8: {depends_on: [{any_of: ["host:h1", "host:h2"]}]}
	END
	{ at 0 h2 host:h2 u 0
	  for e in service:db@h2 service:web@h1 vm:7 vm:8 host:h1; do at 1 h1 "$e" s 11; done
	  at 2 h1 host:h1 u 0; at 2 h1 vm:8 s 11
	  at 3 h1 filesystem:/var@h1 u 0; at 4 h3 filesystem:/var@h3 u 0; at 5 h3 service:web@h3 s 11; } >in
	detect in >out
	said out >got
	cat >wanted <<-'END'
	0 open host:h2
	1 open service:db@h2 dependency host:h2
	1 open service:web@h1 dependency host:h2
	1 open vm:7 dependency host:h2
	1 open vm:8
	1 open host:h1
	2 open host:h1
	2 ongoing vm:8 dependency host:h1
	3 open filesystem:/var@h1 dependency host:h1
	4 open filesystem:/var@h3
	5 open service:web@h3 dependency filesystem:/var@h3
	END
	diff wanted got
	validate out
}

@test "what depends on each other does not hide each other" {
	need jq
	inhibit '' true
	edge() {
		printf '{"kind":"edge","time":1795222800,"host":"h","entity":"host:h","from":"%s","to":"%s","type":"depends_on"}\n' "$1" "$2"
	}
	{ edge a:1 a:2; edge a:2 a:3; edge a:3 a:1; for e in a:2 a:3 a:1; do at 1 h $e u 0; done
	  for e in a:1 a:2 a:3; do at 2 h $e u 0; done; } >in
	detect in | grep -v '"kind":"edge"' | said >got
	cat >wanted <<-'END'
	1 open a:2
	1 open a:3 dependency a:2
	1 open a:1 dependency a:2
	2 ongoing a:1 dependency a:2
	2 ongoing a:2
	2 ongoing a:3 dependency a:2
	END
	diff wanted got
	run -3 --separate-stderr detect <<<'{"kind":"edge","time":1,"host":"h","from":"x","to":"a:1","type":"t"}'
	[[ $stderr == *"'from' and 'to' must be entities"* ]]
}

@test "in a group whose members need each other, all are missing when what one needs is" {
	need jq
	inhibit '' true
	printf 'topology:\n' >>rule.yaml
	for i in 1 2 3 4; do
		printf '  vm:%d: {depends_on: [{any_of: ["a:%d", "b:%d"]}]}\n' $i $i $i >>rule.yaml
	done
	edge() {
		printf '{"kind":"edge","time":1795222800,"host":"h","entity":"host:h","from":"%s","to":"%s","type":"depends_on"}\n' "$1" "$2"
	}
	{ edge a:1 c:0; edge a:2 b:2; edge b:3 c:0; edge b:4 a:4
		edge a:1 b:1; edge b:1 a:1; edge b:2 a:2; edge a:2 c:0
		edge a:3 b:3; edge b:3 a:3; edge a:4 b:4; edge b:4 c:0
		at 1 h c:0 u 0; for i in 1 2 3 4; do at 2 h vm:$i s 11; done; } >in
	detect in | grep -v '"kind":"edge"' | said >got
	printf '1 open c:0\n' >wanted
	printf '2 open vm:%d dependency c:0\n' 1 2 3 4 >>wanted
	diff wanted got
}

@test "a chain of 1000 is walked to a depth, and ends" {
	need jq
	inhibit '' true
	{ for ((i = 0; i < 1000; i++)); do
		printf '{"kind":"edge","time":1795222800,"host":"h","entity":"host:h","from":"a:%d","to":"a:%d","type":"t"}\n' $i $((i + 1))
	done; at 1 h a:100 u 0; at 1 h a:999 u 0; at 2 h a:0 s 11; at 2 h a:500 s 11; } >in
	equal "$(detect in | grep -v '"kind":"edge"' | said | tail -2 | xargs)" '2 open a:0 dependency a:100 2 open a:500'
}

@test "an operator silences, and ends it: sh-ledger silence, silences, unsilence" {
	need jq
	printf 'rules:\n  r: {expr: a.x > 10, repeat: 1h}\n' >rule.yaml
	SH_NOW=2026-11-21T01:00:00Z sh-ledger --state fresh silence host:h --until 2026-11-21T02:00:00Z --reason why >id
	equal "$(cat id)" s-1
	# shellcheck disable=SC2046
	values h 0 $(bad 3) | detect --state fresh >out
	equal "$(jq -r '.suppressed | "\(.by) \(.id) \(.reason)"' out)" 'silence s-1 why'
	equal "$(SH_NOW=2026-11-21T01:00:40Z sh-ledger --state fresh silences -o ndjson | jq -r .match.entity[0])" host:h
	SH_NOW=2026-11-21T01:00:50Z sh-ledger --state fresh unsilence s-1
	equal "$(values h 1 11 11 | detect --state fresh | told)" '01:00 ongoing h'
	run -2 --separate-stderr env SH_NOW=2026-11-21T01:01:00Z sh-ledger --state fresh unsilence s-1
	[[ $stderr == *"no silence 's-1' in force"* ]]
	equal "$(sh-ledger --state fresh history -o ndjson | grep -c silence)" 2
}

@test "sh-ledger silence wants an end, a reason and what it is about" {
	run -2 --separate-stderr sh-ledger --state s silence host=h --reason r
	[[ $stderr == *'a silence that nobody ends is forgotten'* ]]
	run -2 --separate-stderr sh-ledger --state s silence host=h --for 1h
	[[ $stderr == *'--reason is required'* ]]
	run -2 --separate-stderr sh-ledger --state s silence --for 1h --reason r
	[[ $stderr == *'which faults?'* ]]
	run -2 --separate-stderr sh-ledger --state s silence hots=h --for 1h --reason r
	[[ $stderr == *"did you mean 'host'?"* ]]
}

# As many faults at once as hosts.
storm() {
	for ((i = 1; i <= $1; i++)); do
		printf '{"time":"2026-11-21T01:00:00Z","host":"h%d","a":{"x":1}}\n' $i
	done
}

@test "a thousand faults at once are ten lines and one, and in JSON a thousand" {
	storm 1000 >in
	printf 'rules:\n  up:\n    expr: a.x > 0\n    count: 1\n    description: high\n' >rules.yaml
	sh-detect -c rules.yaml --no-stock --now 2026-11-21T01:00:00Z -o text in >out
	equal "$(wc -l <out)" 11
	equal "$(sed -n '10,$p' out)" "01:00:00 MEDIUM up host:h10: high (open, 1 of 1)
01:00:00 MEDIUM up: 990 more on 990 hosts (open; h11 1, h12 1, h13 1, …)"
	equal "$(sh-detect -c rules.yaml --no-stock -o text --burst 0 in | grep -c ' up ')" 1000
	equal "$(sh-detect -c rules.yaml --no-stock -o text --burst 3 in | tail -1)" \
		"01:00:00 MEDIUM up: 997 more on 997 hosts (open; h4 1, h5 1, h6 1, …)"
	equal "$(sh-detect -c rules.yaml --no-stock --burst 3 in | wc -l)" 1000
	equal "$(sh-detect -c rules.yaml --no-stock in | sh-diagnose -o text --burst 2 | grep -c '^01:')" 3
}

@test "where nothing more comes, what was summed up is said without an end of input" {
	printf 'rules:\n  up:\n    expr: a.x > 0\n    count: 1\n' >rules.yaml
	mkfifo pipe
	sh-detect -c rules.yaml --no-stock -o text pipe >out 3>&- &
	exec 4>pipe
	storm 20 >&4
	for ((i = 0; i < 100; i++)); do
		! grep -q '10 more on 10 hosts' out || break
		sleep 0.1
	done
	exec 4>&-
	wait $!
	equal "$(grep -c more out)" 1
}

@test "--burst wants a number" {
	run -2 sh-detect --burst -1 /dev/null
	run -2 sh-detect --burst many /dev/null
}

# Samples of hosts h1 to h4 in the racks r1 and r2, MINUTE after 01:00.
racks() {
	for i in 1 2 3 4; do
		printf '{"time":"2026-11-21T01:0%d:00Z","host":"h%d","labels":{"rack":"r%d"},"a":{"x":%d}}\n' "$1" $i $((1 + i / 3)) "$2"
	done
}

@test "faults of rules that group by the same carry the same group, and text sums up each" {
	need jq
	cat >rules.yaml <<-'EOF'
	rules:
	  hot: {expr: a.x > 0, count: 1, group_by: [labels.rack]}
	  warm: {expr: a.x > 0, count: 1, group_by: [labels.rack]}
	  alone: {expr: a.x > 0, count: 1, group_by: [labels.room]}
	EOF
	{ racks 0 1; racks 1 0; } >in
	sh-detect -c rules.yaml --no-stock in >out
	validate out
	equal "$(jq -r 'select(.group) | "\(.group.key["labels.rack"]) \(.group.id)"' out | sort -u | awk '{ print $1 }' | xargs)" "r1 r2"
	equal "$(jq -r 'select(.group) | .status' out | sort | uniq -c | xargs)" "8 open 8 resolved"
	equal "$(jq -r 'select(.rule_id == "alone" and .group) | .id' out)" ""
	equal "$(sh-detect -c rules.yaml --no-stock -o text --burst 1 in | grep 'hot.*more.*open')" \
		"01:00:00 MEDIUM hot {labels.rack=r1}: 1 more on h2 (open)
01:00:00 MEDIUM hot {labels.rack=r2}: 1 more on h4 (open)"
	for ((i = 1; i < 8; i++)); do
		{ head -n $i in | sh-detect -c rules.yaml --no-stock --state s$i
		  tail -n +$((i + 1)) in | sh-detect -c rules.yaml --no-stock --state s$i; } | cmp - out
	done
}

@test "rules in PromQL group their faults too" {
	need jq
	printf 'rules:\n  hot: {promql: a_x > 0, group_by: [dims.rack, fault_type]}\n' >rules.yaml
	{ racks 0 1; racks 2 1; } | sed 's/"labels"/"dims"/; s/"a":{"x"/"prom":{"a_x"/' |
		sh-detect -c rules.yaml --no-stock >out
	validate out
	equal "$(jq -c .group.key out | sort | uniq -c | xargs)" \
		'2 {dims.rack:r1,fault_type:hot} 2 {dims.rack:r2,fault_type:hot}'
}

@test "a pending fault whose hits must last says how long" {
	need jq
	printf 'rules:\n  hot: {expr: a.x > 0, count: 2, for: 5m}\n' >rules.yaml
	{ racks 0 1; racks 1 1; racks 2 1; } >in
	sh-detect -c rules.yaml --no-stock --pending in >out
	validate out
	equal "$(jq -c '[.for_seconds, .count, .total_hits]' out | sort -u)" "[300,2,3]"
	equal "$(sh-detect -c rules.yaml --no-stock -o text in | head -1)" \
		"01:02:00 MEDIUM hot host:h1: a.x > 0 (pending, 3 hits, 2m of 5m)"
}

# A rule in PromQL with the same silence.
silence_promql() {
	silence
	sed -i 's/r: {expr: a.x > 10, repeat: 1h}/r: {promql: x > 10, every: 10s, repeat: 1h}/' rule.yaml
	values "$@" | sed 's/"a"/"prom"/'
}

@test "a silence holds for rules in PromQL as well" {
	need jq
	# shellcheck disable=SC2046
	silence_promql h 0 $(bad 18) $(good 3) >in
	detect in >out
	told out >got
	cat >wanted <<-'END'
	00:00 open h silence
	02:00 ongoing h
	03:00 resolved h
	END
	diff wanted got
	validate out
	for n in $(seq "$(wc -l <in)"); do
		sed -n "${n}p" in | detect --state state >>many
	done
	cmp out many
}

@test "what recovers within its silence is written as that, in PromQL too" {
	need jq
	# shellcheck disable=SC2046
	silence_promql h 0 $(bad 6) $(good 10) >in
	run -0 detect -e in
	equal "$(told <<<"$output" | xargs)" '00:00 open h silence 01:00 resolved h silence'
	# It is over in the same moment as the silence.
	# shellcheck disable=SC2046
	silence_promql h 1 $(bad 6) $(good 10) >in
	equal "$(detect in | told | xargs)" '01:00 open h silence 02:00 resolved h silence'
	# shellcheck disable=SC2046
	silence_promql g 0 $(bad 6) >in
	run -1 detect -e in
}

@test "a rule in PromQL inhibits others, wherever the run is split" {
	need jq
	cat >rule.yaml <<-'END'
	rules:
	  down: {promql: up == 0, every: 1m, repeat: 1h, fault_type: outage}
	  slow: {expr: s.p > 10, count: 1, stale_after: 0, repeat: 1h, inhibited_by: [outage]}
	  late: {promql: p > 10, every: 1m, repeat: 1h, inhibited_by: [down]}
	END
	up() { at "$1" "$2" "service:a@$2" prom "$3" | sed 's/"p":/"up":/'; }
	{ up 0 h 0; up 0 g 1; at 1 h disk:x@h s 11; at 1 g disk:x@g s 11; at 1 h disk:y@h prom 12
	  up 1 h 0; up 2 h 0; at 2 h disk:x@h s 11; at 2 h disk:y@h prom 12
	  up 3 h 1; at 3 h disk:x@h s 11; up 4 h 1; at 4 h disk:x@h s 12; at 4 h disk:y@h prom 12
	  at 5 h disk:x@h s 1; at 5 h disk:y@h prom 1; at 6 h disk:y@h prom 1; } >in
	detect in >out
	said out >got
	cat >wanted <<-'END'
	0 open service:a@h
	1 open disk:x@h inhibition service:a@h
	1 open disk:x@g
	1 open disk:y@h inhibition service:a@h
	3 resolved service:a@h
	3 ongoing disk:y@h
	4 ongoing disk:x@h
	5 resolved disk:x@h
	5 resolved disk:y@h
	END
	diff wanted got
	validate out
	for n in $(seq "$(wc -l <in)"); do
		sed -n "${n}p" in | detect --state state >>many
	done
	cmp out many
}

@test "a rule in PromQL is inhibited, and so is what depends on what is down" {
	need jq
	cat >rule.yaml <<-'END'
	rules:
	  down: {expr: u.p == 0, count: 1, stale_after: 0, means_down: true, severity: critical}
	  slow: {promql: p > 10, every: 1m, repeat: 1h, inhibited_by: [down]}
	END
	{ at 0 h service:a@h u 0; at 1 h disk:x@h prom 11; at 1 g disk:x@g prom 11; at 2 h disk:x@h prom 11
	  at 3 h service:a@h u 1; at 4 h disk:x@h prom 12; at 5 h disk:x@h prom 1; at 6 h disk:x@h prom 1; } >in
	detect in >out
	equal "$(said out | grep @h | xargs)" \
		"0 open service:a@h 1 open disk:x@h inhibition service:a@h 3 resolved service:a@h 3 ongoing disk:x@h 5 resolved disk:x@h"
	validate out
	for n in $(seq "$(wc -l <in)"); do
		sed -n "${n}p" in | detect --state state >>many
	done
	cmp out many
	sed -i 's/, inhibited_by: .down.//; s/u.p == 0/entity == "host:h" \&\& u.p == 0/' rule.yaml
	sed -i 's/service:a@h/host:h/' in
	equal "$(detect in | said | grep ':x@h' | head -2 | xargs)" "1 open disk:x@h dependency host:h 3 ongoing disk:x@h"
}
