#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Before anything is done it is measured whether it is still so; what is over by
# itself ends its plan, wherever it waits.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

@test "what is over by itself is not repaired, and counts for nothing" {
	area
	diagnose >d
	: >thing
	run -0 mend --apply d
	is '.kind == "plan" and .decision == "resolved" and .recheck.answer == "gone" and .recheck.values["file.exists"] == 1'
	[ -z "$(calls)" ]
	[ -z "$(sh-ledger open)" ]
	[ "$(db 'SELECT count(*) FROM repair')" = 0 ]
	[ "$(db 'SELECT count(*) FROM guard')" = 0 ]
	run -0 sh-ledger history
	[[ $output == *'it was over by itself before anything was done'* ]]
	# The same fault again, and it is so after all.
	rm thing
	run -0 mend --apply d
	is '.verified == "fixed" and .attempt == 1 and .recheck.answer == "broken"'
}

@test "a plan that comes back is measured as well" {
	area
	diagnose | mend >plan
	: >thing
	run -0 mend --apply plan
	is '.decision == "resolved"'
	[ -z "$(calls)" ]
}

@test "a plan older than its evidence may be is refused" {
	area
	diagnose | mend >plan
	run -7 mend --apply --now "$(date -u -d '+6 min' +%FT%TZ)" plan
	is '.reason | test("the evidence is [0-9]+ s old")'
	[ -z "$(calls)" ]
}

@test "what nobody can measure is no reason not to act: the evidence stands" {
	area
	mkdir bin
	cp "$SH_BINDIR/sh-collect" bin/
	chmod 777 bin/sh-collect
	diagnose >d
	SH_BINDIR=$T/bin run -6 mend --apply d
	is '.recheck.answer == "unknown" and (.recheck.reason | length) > 0'
	[ "$(calls)" = 'run one' ]
}

@test "it is the rule that says whether it is still so, not what proves the repair" {
	area
	playbook <<-'E'
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
		verify: {expr: 'has(file.exists)', within: 300ms, hold: 0s}
	E
	diagnose >d
	run -0 mend --apply d
	is '.kind == "repair" and .recheck.answer == "broken" and .verified == "fixed"'
}

@test "a playbook may go without" {
	area
	playbook <<-'E'
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
		verify: {before: false, within: 300ms, hold: 0s}
	E
	diagnose >d
	: >thing
	run -0 mend --apply d
	is '.kind == "repair" and (has("recheck") | not)'
	[ "$(calls)" = 'run one' ]
}

@test "what is good for less than the hold is not over" {
	area
	playbook <<-'E'
		steps: [{name: make, action: do, with: {path: "{site.path}", tag: again}}]
		verify: {within: 2s, hold: 1s}
	E
	diagnose >d
	: >thing
	(sleep 0.5; rm -f thing) 3>&- &
	run -0 mend --apply d
	is '.kind == "repair" and .recheck.answer == "broken" and .verified == "fixed"'
	[ "$(calls)" = 'run again' ]
}

@test "nothing is measured of what no guard lets pass" {
	area
	mkdir bin
	printf '#!/bin/sh\n: >%s/measured\n' "$T" >bin/sh-collect
	chmod 755 bin/sh-collect
	diagnose >d
	site 'mode: observe'
	SH_BINDIR=$T/bin run -0 mend --apply d
	is '.decision == "observe"'
	[ ! -e measured ]
	site 'mode: act'
	SH_BINDIR=$T/bin run mend --apply d
	[ -e measured ]
}

@test "what waits for its target is ended when its fault is over meanwhile" {
	area
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}", how: held, tag: "{fault.n}"}}]
	E
	diagnose >d
	{
		jq -c '.fault.n = "first"' d
		sleep 0.3
		jq -c '.fault.n = "second" | .fault.id = "f-2" | .fault.fingerprint = "fp-2"' d
		jq -c '.fault | .id = "f-2" | .fingerprint = "fp-2" | .status = "resolved"' d
	} | mend --apply | while read -r line; do
		echo "$line" >>out
		[ "$(jq -r .decision <<<"$line")" != resolved ] || touch go
	done
	jq -se 'map(select(.kind == "plan")) | length == 1 and .[0].fault_id == "f-2" and .[0].decision == "resolved"' out
	[ "$(calls)" = 'run first' ]
	no_open_ends
}

@test "what is over by itself between two tries is not tried again, and is to nobody's credit" {
	area
	playbook <<-'E'
		steps:
		  - {name: first, action: do, with: {path: "{site.path}", how: noop, tag: first}}
		  - {name: make, action: do, retries: 5, backoff: 1s, with: {path: "{site.path}", how: fail, tag: make}}
		  - {name: last, action: do, with: {path: "{site.path}", tag: last}}
	E
	diagnose >d
	(for _ in $(seq 200); do grep -qs 'run make' log && break; sleep 0.02; done; : >thing) 3>&- &
	run -0 mend --apply d
	is '.success and .verified == "fixed" and .decision == "resolved" and (.undone | not) and (has("error") | not)'
	is '.steps[1].decision == "resolved" and .steps[1].reason == "the fault was over before try 2"'
	is '.steps[2].decision == "not_reached" and .steps[2].reason == "the fault was over"'
	[ "$(calls)" = $'run first\nrun make' ]
	[ "$(db 'SELECT outcome FROM repair')" = 'done' ]
	no_open_ends
}

@test "what a task asks for does not end with a fault that has no id" {
	area
	site 'mode: ask'
	printf '{"kind":"plan","time":"%s","host":"h1","entity":"%s","playbook":"mend"}\n' "$(date -u +%FT%TZ)" "$target" |
		mend --apply || [ $? -lt 64 ]
	[ "$(db "SELECT count(*) FROM approval WHERE answer = 'waiting'")" = 1 ]
	diagnose >d
	jq -c 'select(.kind == "diagnosis") | .fault | .status = "resolved" | .id = ""' d >over
	jq -c 'select(.kind == "diagnosis") | .fault | .status = "resolved" | del(.id)' d >>over
	mend --apply over || :
	[ "$(db "SELECT count(*) FROM approval WHERE answer = 'waiting'")" = 1 ]
}
