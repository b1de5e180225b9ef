#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-repair --explain: what the guards count, as the manual says it, and what it stands at.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

# of COUNTER: its value, limit and text in $output
of() { jq -r --arg c "$1" 'select(.counter == $c) | "\(.value) \(.limit) \(.text)"' <<<"$output"; }

@test "the manual has every counter, in the same order and the same words" {
	need jq
	sh-repair --no-stock --explain -o ndjson |
		jq -r '"\(.counter): \(.counts) \(.resets) \(.kept)"' >program
	[ "$(wc -l <program)" -gt 10 ]
	sed -n '/^\.Sh COUNTERS/,/^\.El/p' "$abs_top_srcdir/share/man/sh-repair.1" |
		awk '/^\.It Sy/ { if (n++) print text; text = $3 ":"; next } /^\.El/ { print text } n { text = text " " $0 }' >manual
	diff program manual
	while IFS=: read -r counter _; do # each is of a guard that the manual has
		guard=$(sh-repair --no-stock --explain -o ndjson | jq -r --arg c "$counter" 'select(.counter == $c).guard')
		grep -q "^\.It Sy $guard$" "$abs_top_srcdir/share/man/sh-repair.1"
	done <program
}

@test "--explain shows every counter of a target, what it allows, and that it survives" {
	area
	playbook <<-'E'
		guards: {cooldown: 30m, attempts: 5}
		steps: [{name: make, action: dare, with: {path: "{site.path}", how: noop}}]
	E
	diagnose >d
	run -6 mend --apply d
	jq -c '.fault' d | mend --apply >r || : # still there
	run -0 mend --explain "$target"
	[ "$(jq -r .counter <<<"$output" | sort -u | wc -l)" = "$(sh-repair --no-stock --explain -o ndjson | wc -l)" ]
	[ "$(of attempts)" = "1 5 attempts: 1 of 5 attempts by playbook 'mend'" ]
	[[ "$(of cooldown)" =~ ^1[78][0-9][0-9]\ 0 ]]
	[ "$(of week)" = "1 10 week: 1 of 10 repairs in a week by playbook 'mend'" ]
	[ "$(of hour)" = "1 30 hour: 1 of 30 repairs in an hour in all" ]
	[ "$(of rule_hour)" = "1 10 rule_hour: 1 of 10 repairs in an hour for rule 'gone'" ]
	[ "$(of rule_failed)" = "1 2 rule_failed: 1 of 2 fresh targets on which rule 'gone' did not help" ]
	[[ "$(of fault_attempts)" == "1 null fault_attempts: 1 attempts at fault 'f-"* ]]
	[ "$(of brake)" = '0 1 brake: the storm brake is off' ]
	[ "$(of under_way)" = '0 5 under_way: 0 of 5 repairs are under way' ]
	[[ "$(of inventory)" == '1 null '* ]]
	[[ "$(of last_action)" == *'the last repair ended at 20'* ]]
	# An hour and more later the cooldown has ended, the hour is empty, the week is not.
	run -0 mend --explain --now "$(date -u -d '+2 hours' +%FT%TZ)" "$target"
	[[ "$(of cooldown)" == '0 0 '* ]]
	[[ "$(of hour)" == '0 30 '* ]]
	[[ "$(of week)" == '1 10 '* ]]
	run -0 mend --explain --now "$(date -u -d '+8 days' +%FT%TZ)" "$target"
	[[ "$(of week)" == '0 10 '* ]]
	[[ "$(of attempts)" == '1 5 '* ]] # only health ends them
	[ "$(of unavailable)" = '0 null unavailable: it is in no group that has limits' ]
}

@test "--explain takes a service without its host, and says where there is no ledger" {
	area
	run -4 mend --explain service:app
	diagnose | mend --apply >r
	run -0 mend --explain service:app
	[ "$(jq -r .about <<<"$output" | sort -u)" = service:app@h1 ]
	run -0 mend --explain -o text service:app
	[[ $output == *'attempts: no playbook was tried on it'* ]]
}
