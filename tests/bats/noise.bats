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
