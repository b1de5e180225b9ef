#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-diagnose: what mended it the last time, by the ledger.
load helper

equal() {
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }
}

# ENTITY NUMBER [DAY]
fault() {
	printf '{"kind":"fault","time":"2026-11-%02dT01:00:00.000000Z","host":"h","entity":"%s","id":"f-%032d","fingerprint":"f-%032d",' \
		"${3-21}" "$1" "$2" "$2"
	printf '"status":"open","fault_type":"down","rule_id":"r","severity":"high"}\n'
}

# FINGERPRINT TARGET CAUSE PLAYBOOK OUTCOME DAY: a repair that ended then.
repaired() {
	sqlite3 state/ledger.db "insert into repair (plan, target, playbook, fingerprint, fault, attempt, started, ended, outcome, record)
		select 'p', '$2', '$4', 'f-' || printf('%032d', $1), 'f', 1, t - 1000, t, '$5',
			json_object('fault_type', 'down', 'cause', '$3')
		from (select strftime('%s', '2026-11-$6') * 1000000000 as t)"
}

ledger() {
	need jq sqlite3
	sh-ledger --state state pause rule:none --for 1h --reason test >pause
	cat >site.yaml <<-'END'
	diagnoses:
	  a: {faults: [down], root_cause: one, confidence: 0.6}
	  b: {faults: [down], root_cause: two, confidence: 0.5}
	playbooks:
	  kick: {for: {causes: [three]}, steps: [{name: a, action: notify}]}
	END
}

# The ranking of the last diagnosis: "CAUSE CONFIDENCE" and what the ledger says.
ranked() {
	sh-diagnose --no-stock -c site.yaml --state state "$@" | jq -rs '[.[] | select(.kind == "diagnosis")] | last | .ranking[] |
		"\(.root_cause) \(.confidence * 1000 | round)" + ([.evidence[] | select(.source == "ledger") |
		" \(.playbook) \(.fixed)/\(.not_fixed)/\(.unknown) of \(.tried) \(.same)"] | add // "")'
}

@test "what mended the same fault speaks for its cause, more often it is surer, and never more than a quarter" {
	ledger
	repaired 1 service:a@h two kick fixed 20
	equal "$(fault service:a@h 1 | ranked)" 'one 600
two 541 kick 1/0/0 of 1 fault'
	rm -r state; ledger
	for _ in $(seq 40); do repaired 1 service:a@h two kick fixed 20; done
	repaired 1 service:a@h two other unknown 20
	equal "$(fault service:a@h 1 | ranked)" 'two 619 kick 40/0/0 of 40 fault
one 600'
	said=$(fault service:a@h 1 | sh-diagnose --no-stock -c site.yaml --state state |
		jq -r '.ranking[0].evidence[-1] | .text, .last')
	[[ $said == 'kick fixed the same fault 40 of 40 times, the last 1d1h before'*'2026-11-20T00:00:00.000000Z' ]]
}

@test "what failed more often than it helped, is unknown, or came later speaks for nothing, and is told" {
	ledger
	repaired 1 service:a@h two kick fixed 19
	repaired 1 service:a@h two kick not_fixed 20
	repaired 1 service:a@h two kick rolled_back 20
	repaired 1 service:a@h two kick interrupted 20
	repaired 1 service:a@h one kick failed 20
	repaired 1 service:a@h four kick not_fixed 20
	repaired 1 service:a@h two kick fixed 22
	repaired 1 service:a@h two kick not_begun 20
	equal "$(fault service:a@h 1 | ranked)" 'one 600 kick 0/0/1 of 1 fault
two 500 kick 1/2/1 of 4 fault'
}

@test "of another entity of the type it counts half, and half for each month; another type says nothing" {
	ledger
	repaired 2 service:b@h two kick fixed 21
	equal "$(fault service:a@h 1 21 | sed 's/T01/T00/' | ranked)" 'one 600
two 525 kick 1/0/0 of 1 kind'
	equal "$(fault disk:a@h 1 22 | ranked)" 'one 600
two 500'
	repaired 1 service:a@h two kick fixed 21
	equal "$(fault service:a@h 1 21 | sed 's/2026-11-21T01/2026-12-21T00/' | ranked)" 'one 600
two 534 kick 2/0/0 of 2 fault'
}

@test "a cause that only the past knows comes last, with its playbook" {
	ledger
	for _ in 1 2 3; do repaired 1 service:a@h three kick fixed 20; done
	fault service:a@h 1 | sh-diagnose --no-stock -c site.yaml --state state >out
	equal "$(jq -c '[.ranking[] | .root_cause]' out)" '["one","two","three"]'
	equal "$(jq -r '.merged_result.root_cause, (.candidates[] | .playbook + " " + .target + " " + .cause)' out)" 'one
kick service:a@h three'
	need python3
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" diagnosis <out
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
	fault service:a@h 2 | sh-diagnose --no-stock -c site.yaml --state state --explain 2>&1 >out |
		grep -q 'kick fixed such faults of others 3 of 3 times'
}

@test "a run that goes on sees what was repaired meanwhile, without a ledger nothing is missed" {
	ledger
	mkfifo in
	sh-diagnose --no-stock -c site.yaml --state state <in >out 3>&- &
	pid=$!
	exec 4>in
	fault service:a@h 1 >&4
	for _ in $(seq 100); do [ ! -s out ] || break; sleep 0.05; done
	repaired 1 service:a@h two kick fixed 20
	fault service:a@h 1 22 >&4
	exec 4>&-
	wait $pid
	equal "$(jq -r 'select(.kind == "diagnosis") | [.ranking[].evidence[] | select(.source == "ledger")] | length' out)" '0
1'
	rm -r state
	run -0 --separate-stderr sh-diagnose --no-stock -c site.yaml --state state <<<"$(fault service:a@h 1)"
	[ -z "$stderr" ]
}

@test "a ledger that cannot be read is told once and costs no diagnosis" {
	ledger
	echo 'this is no database' >state/ledger.db
	rm -f state/ledger.db-*
	run -4 --separate-stderr sh-diagnose --no-stock -c site.yaml --state state <<<"$(fault service:a@h 1; fault service:a@h 2 22)"
	[ "${#stderr_lines[@]}" = 1 ]
	equal "$(grep -c '"kind":"diagnosis"' <<<"$output")" 2
}
