#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How much may be done: promotion by one command, and the report of what would have been.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

rule_mode() {
	sed -i '/    mode:/d' stock/rules/r.yaml
	echo "    mode: $1" >>stock/rules/r.yaml
}

# One more fault, and what is done about it.
again() {
	rm -f thing
	sleep 0.05
	diagnose >d
	run mend --apply "$@" d
}

# The detector says that the fault of d is over, by whole seconds; what comes after comes later.
over() {
	jq -c '.fault | .status = "resolved" | .time = (now + 1 | todate)' d | mend --apply >/dev/null
	sleep 1.1
}

report() {
	jq -es "map(select(.kind == \"notice\")) | $1" <<<"$output" >/dev/null || {
		printf 'not %s: %s\n' "$1" "$output" >&2
		return 1
	}
}

@test "a rule that watches is promoted to ask and to act, and back to what is configured" {
	area
	rule_mode observe
	again
	is '.decision == "observe"'
	sh-ledger promote rule:gone --to ask --reason 'it was right for a week'
	again
	is '.decision == "ask" and .mode == "ask"'
	sh-ledger promote rule:gone --to act --reason 'it was right again'
	again
	[ "$status" -eq 0 ]
	is '.verified == "fixed" and .mode == "act"'
	sh-ledger promote playbook:other --to observe --reason 'not yet'
	run -0 sh-ledger modes
	report 'map([.scope, .mode]) == [["playbook:other", "observe"], ["rule:gone", "act"]] and (.[1].text | contains("it was right again"))'
	sh-ledger promote rule:gone playbook:other --to configured --reason 'too early'
	[ -z "$(sh-ledger modes)" ]
	again
	is '.decision == "observe"'
	[ "$(calls)" = 'run one' ]
	run -0 sh-ledger history
	report 'map(select(.note == "promoted")) | length == 5 and .[1].mode == "act" and (.[1].text | contains("it was right again"))
		and (.[1] | has("by"))'
}

@test "a playbook is demoted and promoted the same way" {
	area
	sh-ledger promote playbook:mend --to observe --reason 'not on a Friday'
	again
	is '.decision == "observe"'
	sh-ledger promote playbook:mend --to act --reason 'monday'
	again
	is '.verified == "fixed"'
}

@test "a promotion raises neither the site's mode, nor --mode, nor a rule that is not configured here" {
	area
	rule_mode observe
	sh-ledger promote rule:gone rule:elsewhere playbook:mend --to act --reason tested
	site 'mode: observe'
	again
	is '.decision == "observe"'
	site 'mode: act'
	again --mode observe
	is '.decision == "observe"'
	rm -f thing
	diagnose | sed 's/"rule_id":"gone"/"rule_id":"elsewhere"/g' >d
	run -0 mend --apply d
	is '.decision == "observe"'
	[ -z "$(calls)" ]
}

@test "promote wants to know to what, why, and of what" {
	area
	run -2 sh-ledger promote rule:gone --reason why
	run -2 sh-ledger promote rule:gone --to more --reason why
	run -2 sh-ledger promote rule:gone --to act
	run -2 sh-ledger promote --to act --reason why
	run -2 --separate-stderr sh-ledger promote service:web --to act --reason why
	[[ $stderr == *'neither rule:ID nor playbook:ID'* ]]
	run -2 sh-ledger promote rule: --to act --reason why
	run -2 sh-ledger history --to act
}

@test "the report says what would have been done, and what happened without it" {
	area
	rule_mode observe
	playbook <<<$'guards: {cooldown: 0s}\nsteps: [{name: make, action: do, with: {path: "{site.path}"}}]'
	# One is over by itself.
	again
	: >thing
	over
	# Of one another guard would have thought otherwise.
	sh-ledger pause --for 1h --reason 'look at it' all
	again
	sh-ledger resume
	over
	# One is mended after its rule was promoted.
	again
	sh-ledger promote rule:gone --to act --reason tested
	sleep 0.05
	diagnose | jq -c --slurpfile d d '.fault.id = $d[0].fault.id' | mend --apply >r
	[ "$(jq -r .verified r)" = fixed ]
	# And one is open.
	rule_mode observe
	sh-ledger promote rule:gone --to configured --reason 'no more'
	again
	run -0 sh-ledger report
	report 'length == 1 and (.[0] | .rule == "gone" and .playbook == "mend" and .faults == 4 and .held == 1
		and .by_itself == 1 and .repaired == 1 and .open == 1 and .unknown == 0
		and .half_within_s <= .all_within_s and .rule_mode == "configured")'
	[ "$(calls)" = 'run one' ]
}

@test "what was told more than once is one fault, and --since leaves out what was before" {
	area
	rule_mode observe
	again
	jq -c '.fault.status = "ongoing"' d | mend --apply >/dev/null
	jq -c '.fault.status = "ongoing"' d | mend --apply >/dev/null
	run -0 sh-ledger report
	report '.[0].faults == 1'
	sleep 1.1
	run -0 sh-ledger report --since 1s
	[ -z "$output" ]
	run -1 sh-ledger -e report --since 1h
	report '.[0].open == 1'
}

@test "a question is no question any more when its fault is over by itself" {
	area
	site 'mode: ask'
	again
	is '.decision == "ask"'
	[ "$(sh-ledger pending | wc -l)" = 1 ]
	over
	[ -z "$(sh-ledger pending)" ]
	run -0 sh-ledger report
	report '.[0].by_itself == 1'
}

@test "leave to act ends when the rule or the playbook is another, and is given again" {
	area
	rule_mode observe
	sleep 0.02
	sh-ledger promote rule:gone --to act --reason 'it was right for a week'
	again
	is '.decision == "act" and (has("lapsed") | not)'
	again
	is '.decision == "act" or .decision == "cooldown"'
	sed -i 's/expr: file.exists == 0/expr: file.exists < 1/' stock/rules/r.yaml
	again
	is '.decision == "observe" and .lapsed == "rule '"'gone'"' was changed since it was promoted to act"
		and (.reason | contains("was changed since"))'
	sleep 0.02
	sh-ledger promote rule:gone --to act --reason 'it is as right as before'
	again
	is '.mode == "act" and (has("lapsed") | not)'
	# Before anything was done by it, too.
	playbook <<<'mode: observe
steps: [{name: make, action: do, with: {path: "{site.path}"}}]'
	sleep 0.02
	sh-ledger promote playbook:mend --to act --reason tested
	again
	is '.mode == "act"'
	sh-ledger promote playbook:mend --to act --reason 'tested again'
	sleep 0.02
	playbook <<<'mode: observe
steps: [{name: make, action: do, with: {path: "{site.path}", tag: more}}]'
	again
	is '.mode == "observe" and (.lapsed | startswith("playbook"))'
	sh-ledger promote playbook:mend --to ask --reason 'less needs no look'
	again
	is '.mode == "ask" and (has("lapsed") | not)'
}

@test "from a risk on that the site names a person is asked, whatever the mode" {
	area
	cat >conf/limits.yaml <<-'E'
		limits:
		  repairs: {ask_from: high}
	E
	again
	is '.decision == "act" and .verified == "fixed"'
	playbook <<<'risk: high
steps: [{name: make, action: do, with: {path: "{site.path}"}}]'
	rm -rf state
	again
	[ "$status" -eq 8 ]
	is '.decision == "ask" and (.reason | startswith("approval is needed, for its risk: sh-ledger approve"))'
	sh-ledger approve --reason 'I looked' "$(jq -r '.id | select(startswith("p-"))' <<<"$output" | head -n 1)"
	run -0 mend --apply d
	is '.verified == "fixed"'
}
