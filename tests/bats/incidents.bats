#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-diagnose: faults of one cause are one incident.
load helper

equal() {
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }
}

# MINUTE ENTITY NUMBER STATUS [TYPE [SEVERITY]]: a fault record, minutes after one o'clock.
fault() {
	printf '{"kind":"fault","time":"%(%FT%T)T.000000Z","host":"h","entity":"%s","id":"f-%032d","fingerprint":"f-%032d",' \
		$((1795222800 + 60 * $1)) "$2" "$3" "$3"
	printf '"status":"%s","fault_type":"%s","rule_id":"r","severity":"%s"}\n' "$4" "${5-slow}" "${6-low}"
}

edge() {
	echo "{\"kind\":\"edge\",\"time\":1795222700,\"host\":\"h\",\"from\":\"$1\",\"to\":\"$2\",\"type\":\"depends_on\"}"
}

tick() {
	echo "{\"kind\":\"tick\",\"time\":$((1795222800 + 60 * $1)),\"host\":\"h\"}"
}

# What is told of incidents: "MINUTE STATUS CAUSE ENTITY OPEN/TOTAL changes".
told() {
	jq -r 'select(.kind == "incident") | "\(.time[14:16]) \(.status) \(.root_cause) \(.entity) \(.open)/\(.total) " +
		([.changes[] | .type + (if .fault then .fault[-1:] elif .to then ":" + .to else "" end)] | join(","))'
}

chain() {
	edge service:web@h service:app@h
	edge service:app@h service:db@h
	edge service:db@h filesystem:/d@h
}

story() {
	chain
	fault 0 service:web@h 1 open
	fault 1 service:other@h 2 open
	fault 2 filesystem:/d@h 3 open disk_full high
	fault 3 service:db@h 4 open
	fault 4 service:web@h 1 ongoing
	fault 5 filesystem:/d@h 3 resolved disk_full high
	fault 6 service:db@h 4 resolved
	fault 7 service:web@h 1 resolved
	fault 8 service:web@h 5 open
	edge service:other@h service:app@h
	fault 9 service:other@h 2 ongoing
	tick 1441
	fault 1442 service:other@h 2 ongoing
	tick 2881
	tick 4321
	tick 4330
}

@test "faults that one thing explains are one incident, which grows, shrinks, ends and returns" {
	need jq
	story | sh-diagnose >out
	equal "$(told <out)" '02 open storage_space_exhausted filesystem:/d@h 2/2 joined1,joined3
03 ongoing storage_space_exhausted filesystem:/d@h 3/3 joined4
05 ongoing storage_space_exhausted filesystem:/d@h 2/3 resolved3,severity:low
06 ongoing storage_space_exhausted filesystem:/d@h 1/3 resolved4
07 resolved storage_space_exhausted filesystem:/d@h 0/3 resolved1
08 open storage_space_exhausted filesystem:/d@h 1/4 joined5
09 merged unknown service:other@h 1/1 merged
09 ongoing storage_space_exhausted filesystem:/d@h 2/5 merged
02 ongoing unknown service:other@h 2/5 cause:unknown,entity:service:other@h
01 ongoing unknown service:other@h 1/5 stale5
10 stale unknown service:other@h 0/5 stale2'
	equal "$(jq -r 'select(.incident) | .entity + " " + .incident' out | sort -u | wc -l)" 5
	equal "$(jq -r 'select(.kind == "incident" and .status != "merged").id' out | sort -u)" \
		"$(jq -r 'select(.kind == "diagnosis").incident' out | head -n 1)"
	jq -es '[.[] | select(.kind == "incident")] | .[5].reopened == 1 and
		.[6].merged_into == .[7].id and .[7].changes[0].incident == .[6].id and
		.[7].faults[0] == .[6].faults[0] and .[0].severity == "high" and
		.[0].entities == ["service:web@h","filesystem:/d@h"]' out
}

@test "the id is the same whenever the same records are read, and another for another fault" {
	need jq
	story | sh-diagnose >one
	story | sh-diagnose >two
	cmp one two
	equal "$(story | sed 's/f-0000/f-1111/g' | sh-diagnose | told)" "$(told <one)"
	! story | sed 's/f-0000/f-1111/g' | sh-diagnose | grep -qF "$(jq -r 'select(.incident).incident' one | sort -u)"
}

@test "what several incidents need makes one of them, what needs several does not" {
	need jq
	{
		edge service:a@h service:db@h
		edge service:b@h service:db@h
		edge service:page@h service:a@h
		edge service:page@h service:b@h
		fault 0 service:a@h 1 open
		fault 1 service:b@h 2 open
		fault 2 service:page@h 3 open
	} >in
	sh-diagnose in | told >out
	equal "$(cat out)" '02 open unknown service:a@h 2/2 joined1,joined3'
	fault 3 service:db@h 4 open disk_full >>in
	sh-diagnose in | told | tail -n +2 >out
	equal "$(cat out)" '03 merged unknown service:b@h 1/1 merged
03 ongoing storage_space_exhausted service:db@h 4/4 merged,joined4,cause:storage_space_exhausted,entity:service:db@h'
}

@test "faults far apart in time, or of things that have nothing to do with each other, are apart" {
	need jq
	{ chain; fault 0 service:db@h 1 open; fault 31 service:web@h 2 open; } | sh-diagnose >out
	equal "$(told <out)" ''
	equal "$(jq -r 'select(.incident).incident' out | sort -u | wc -l)" 2
	{ chain; fault 0 service:db@h 1 open; fault 30 service:web@h 2 open; } | sh-diagnose | told >out
	equal "$(cat out)" '30 open unknown service:db@h 2/2 joined1,joined2'
	{ fault 0 service:a@h 1 open; fault 0 service:b@h 2 open; fault 1 host:h 3 open; } | sh-diagnose | told >out
	equal "$(cat out)" ''
}

@test "what the ranking is sure of is the root, without an edge" {
	need jq
	for ((i = 0; i < 70; i++)); do
		v=$((i < 60 ? 10 + i % 3 : 4000))
		for e in a:10 b:10 "db:$v"; do
			printf '{"kind":"sample","time":%d,"host":"h","entity":"service:%s@h","metrics":{"latency":{"p90":%d}}}\n' \
				$((1795222800 + 10 * i)) "${e%:*}" "${e#*:}"
		done
	done >in
	{ cat in; fault 11 service:a@h 1 open; fault 11 service:b@h 2 open; } |
		sed 's/"low"/"low","evidence":{"since":"2026-11-21T01:10:00Z"}/' | sh-diagnose | told >out
	equal "$(cat out)" '11 open abnormal_latency service:db@h 2/2 joined1,joined2'
}

@test "one that comes and goes keeps one incident, told by its status or not" {
	need jq
	{ fault 0 host:h 1 open; fault 1 host:h 1 resolved; fault 20 host:h 2 open
	  fault 21 host:h 2 flapping; fault 40 host:h 2 flapping; fault 41 host:h 2 resolved
	  fault 42 host:h 2 flapping; fault 43 host:h 2 resolved
	  fault 74 host:h 3 open; } | sh-diagnose >out
	equal "$(told <out)" '20 open unknown host:h 1/2 joined2
41 resolved unknown host:h 0/2 resolved2
42 open unknown host:h 1/2 joined2
43 resolved unknown host:h 0/2 resolved2'
	equal "$(jq -r 'select(.incident).incident' out | uniq | wc -l)" 2
}

# NUMBER [REASON]: faults on standard input, suppressed as they follow from that one.
following() {
	sed "s/}\$/,\"suppressed\":{\"by\":\"${2-inhibition}\",\"of\":\"$(printf 'f-%032d' "$1")\",\"entity\":\"host:h\",\"fault_type\":\"slow\"}}/"
}

@test "a suppressed fault joins the incident of the one that it follows from, as a symptom" {
	need jq
	{ fault 0 host:h 1 open slow medium
	  fault 1 service:web@h 2 open down critical | following 1
	  fault 2 service:db@h 3 open down critical | following 1 dependency
	  fault 3 service:web@h 2 ongoing down critical | following 1
	  fault 4 service:x@h 4 open down critical | following 9
	  fault 5 service:db@h 3 resolved down critical
	  fault 6 host:h 1 resolved slow medium
	  fault 6 service:web@h 2 ongoing down critical; } >in
	sh-diagnose in >out
	equal "$(told <out)" '01 open unknown host:h 2/2 joined1,joined2
02 ongoing unknown host:h 3/3 joined3
05 ongoing unknown host:h 2/3 resolved3
06 ongoing unknown host:h 1/3 resolved1,severity:critical'
	[ "$(jq -r 'select(.kind == "incident") | .severity' out | head -3 | uniq)" = medium ]
	# Diagnosed is what nothing holds back: the first, and the second once the first is over.
	[ "$(jq -r 'select(.kind == "diagnosis").entity' out | xargs)" = 'host:h service:web@h' ]
}

@test "what is silenced joins nothing but is heard of, what comes late changes nothing" {
	need jq
	{ fault 0 host:h 1 open; fault 1 host:h 2 open | sed 's/}$/,"suppressed":{"by":"silence","id":"s"}}/'
	  fault 5 host:h 3 open; fault 6 host:h 3 resolved; fault 4 host:h 3 ongoing; fault 5 host:h 1 stale
	  fault 4 host:h 1 resolved; fault 7 host:h 9 resolved; } | sh-diagnose | told >out
	equal "$(cat out)" '05 open unknown host:h 2/2 joined1,joined3
06 ongoing unknown host:h 1/2 resolved3
06 stale unknown host:h 0/2 stale1'
	{ fault 0 host:h 1 open; fault 0 host:h 2 open; tick 1000
	  fault 2000 host:h 1 ongoing | sed 's/}$/,"suppressed":{"by":"silence","id":"s"}}/'; tick 2880; } |
		sh-diagnose | told >out
	equal "$(tail -n 1 out)" '00 ongoing unknown host:h 1/2 stale2'
}

@test "a run split at any record, with state, tells what one run tells" {
	need jq
	{ story; edge service:x@h service:db@h; fault 4331 service:x@h 6 open; fault 4332 service:y@h 7 open
	  fault 4332 service:z@h 9 open | following 7
	  edge service:y@h service:x@h; fault 4333 service:y@h 7 ongoing high; fault 4334 service:db@h 8 open
	  fault 4335 service:db@h 8 resolved; tick 4400; } >in
	sh-diagnose in >whole
	[ "$(told <whole | wc -l)" -ge 14 ]
	for ((at = 1; at < $(wc -l <in); at++)); do
		rm -rf state
		{ head -n "$at" in | sh-diagnose --state state; tail -n +"$((at + 1))" in | sh-diagnose --state state; } >parts
		cmp whole parts || { echo "split after $at"; return 1; }
	done
	rm -rf state
	while read -r line; do sh-diagnose --state state <<<"$line"; done <in >parts
	cmp whole parts
}

@test "a stored incident that is damaged is told and costs no run" {
	need jq sqlite3
	story | head -n 7 | sh-diagnose --state state >out
	sqlite3 state/diagnose.db "update value set value = substr(value, 1, 40) where space = 'incident'"
	run -4 --separate-stderr sh-diagnose --state state <<<"$(fault 9 host:h 9 open)"
	[[ $stderr == *damaged* ]]
	[[ $output == *'"kind":"diagnosis"'* ]]
	run -0 --separate-stderr sh-diagnose --state state <<<"$(fault 10 host:h 9 ongoing)"
	[ -z "$stderr" ]
}

@test "a damaged past costs no incident, and one clock that is wrong ends none" {
	need jq sqlite3
	story | head -n 7 | sh-diagnose --state state >out
	sqlite3 state/diagnose.db "insert into value(space, key, value) values('past', cast('service:x' as blob), x'00')"
	run -4 --separate-stderr sh-diagnose --state state <<<"$(fault 4 service:db@h 4 resolved)"
	equal "$(told <<<"$output" | sed 's/.* //')" resolved4
	story | sh-diagnose >whole
	{ story | head -n 7; echo '{"kind":"sample","time":4795222800,"host":"b","entity":"host:b","metrics":{"a":{"b":1}}}'
	  story | tail -n +8; } | sh-diagnose >out
	cmp whole out
}

@test "a tick or a fault of one host in another year ends nothing, and no edge" {
	need jq
	story | sh-diagnose >whole
	{ story | head -n 7; echo '{"kind":"tick","time":4795222800,"host":"b"}'
	  story | tail -n +8; } | sh-diagnose >out
	cmp whole out
	fault 1 host:b 9 open | sed 's/"time":"[^"]*","host":"h"/"time":"2121-12-15T00:00:00.000000Z","host":"b"/' >far
	{ story | head -n 7; cat far; story | tail -n +8; } | sh-diagnose >out
	equal "$(jq -r 'select(.entity == "host:b") | .kind' out)" diagnosis
	equal "$(told <out)" "$(told <whole)"
	# What two hosts say is the time.
	{ story | head -n 7; sed 'p; s/"host":"b"/"host":"c"/' far; } | sh-diagnose | told >out
	equal "$(tail -n 1 out)" '00 stale storage_space_exhausted filesystem:/d@h 0/3 stale1,stale3,stale4'
}

@test "incidents are valid records, one line as text, and pass sh-repair as they came" {
	need python3 jq
	story | sh-diagnose | grep '"kind":"incident"' >out
	[ "$(wc -l <out)" = 11 ]
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" incident <out
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
	sh-repair out | cmp - out
	story | sh-diagnose -o text | grep -c '^..:..:.. incident i-' >count
	equal "$(cat count)" 11
}
