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
