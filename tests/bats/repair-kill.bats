#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# kill -9 of sh-repair, its workers and its actions at many moments of a repair,
# then the same pipeline again: nothing happens twice, nothing is forgotten.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

killer() { "$BASH" "$abs_top_srcdir/tests/faults/killer.sh" "$@"; }

# An action that counts: one line for each effect, with the plan that asked for it.
counting_area() {
	area
	cat >libexec/actions/do <<-'E'
		#!/bin/bash
		in=$(cat)
		IFS='|' read -r path plan <<<"$(jq -r '.parameters.path + "|" + .plan' <<<"$in")"
		cd "${path%/*}" || exit 1
		case $1 in
		run)
			: >begun
			sleep 0.1
			printf '%s\n' "$plan" >>effects
			: >"$path"
			sleep 0.1
			echo '{"success":true}'
			;;
		check)
			grep -qsxF "$plan" effects && state=done || state=not_done
			[ ! -e honesty ] || state=unknown
			echo '{"success":true,"output":{"state":"'$state'"}}'
			;;
		esac
	E
	sed -i 's/undo: true/undo: false/' stock/actions/do.yaml
	playbook <<-'E'
		guards: {cooldown: 0s, attempts: 100}
		steps: [{name: make, action: do, timeout: 5s, with: {path: "{site.path}"}}]
		verify: {within: 300ms, hold: 100ms}
	E
}

# Let the action of an earlier run, or what it left, go on after a while.
let_go() { (sleep 0.5; : >go) 3>&- & }
held='until [ -e go ]; do sleep 0.01; done'

fail() {
	printf '%s\n' "$*" >&2
	cat effects err >&2
	db 'SELECT row, plan, attempt, outcome FROM repair; SELECT * FROM intent' >&2
	return 1
}

# case WHO MS [MS2]: kill at MS, the run that settles at MS2, then let it be.
kill_case() {
	local what="$1 at $2 ms ${3:+and $3 ms}" round
	rm -rf state thing effects
	: >effects
	diagnose >d
	killer "$1" "$2" "$SH_BINDIR/sh-repair" -c conf --apply d >out 2>err 3>&- && killed=$((killed + 1))
	[ -z "${3-}" ] || killer "$1" "$3" "$SH_BINDIR/sh-repair" -c conf --apply d >>out 2>>err 3>&- || :
	# The very same records, which must not act twice, then whatever is true now.
	mend --apply d >>out 2>>err 3>&- || :
	no_open_ends || fail "$what: open ends"
	for round in 1 2 3; do
		[ ! -e thing ] || break
		diagnose | mend --apply >>out 2>>err 3>&- || :
	done
	[ -e thing ] || fail "$what: never repaired"
	no_open_ends || fail "$what: open ends"
	[ -z "$(sort effects | uniq -d)" ] || fail "$what: acted twice for one plan"
	[ "$(wc -l <effects)" -eq 1 ] || fail "$what: $(wc -l <effects) effects"
	# The effect is in the history: of a repair that says fixed, or that was ended under our hands.
	[ "$(db "SELECT count(*) FROM repair WHERE plan = '$(head -1 effects)' AND outcome IS NOT NULL
		AND outcome <> 'not_begun'")" = 1 ] || fail "$what: not in the history"
	[ -z "$(sh-ledger pauses)" ] || fail "$what: held"
}

# moments N MOST SEED: N moments up to MOST ms, spread evenly, each shaken by the seed.
moments() {
	local i
	RANDOM=$3
	for ((i = 0; i < $1; i++)); do
		echo $((i * $2 / $1 + RANDOM % ($2 / $1)))
	done
}

campaign() { # WHO N SEED
	local ms killed=0 most=450
	counting_area
	# Only between its beginning and its end: a busy machine takes its time to find it.
	[ "$1" != action ] || sed -i 's/sleep 0.1/sleep 0.4/' libexec/actions/do
	for ms in $(moments "$2" $most "$3"); do
		kill_case "$1" "$ms"
	done
	# However slow or fast the machine is, the campaign must have hit something.
	[ "$killed" -ge $(($2 / 3)) ]
}

@test "the main process killed at 8 moments: nothing twice, nothing forgotten" {
	campaign main 8 1
}

@test "the worker killed at 8 moments: nothing twice, nothing forgotten" {
	campaign worker 8 2
}

@test "both killed at 8 moments: nothing twice, nothing forgotten" {
	campaign both 8 3
}

@test "the action killed at 6 moments: nothing twice, nothing forgotten" {
	campaign action 6 4
}

@test "all killed at 6 moments: nothing twice, nothing forgotten" {
	campaign all 6 5
}

@test "killed again while it settles: nothing twice, nothing forgotten" {
	local killed=0
	counting_area
	for ms in 20 80 140 200; do
		kill_case both "$ms" $((220 - ms))
	done
}

# bats test_tags=slow
@test "each of 40 moments for each of five kinds of death" {
	local who seed=10
	for who in main worker both action all; do
		campaign $who 40 $((seed++))
	done
}

@test "an action that still runs when its repair was killed is awaited" {
	counting_area
	sed -i "s/sleep 0.1/$held/; s/timeout: 5s/timeout: 30s/" libexec/actions/do stock/playbooks/mend.yaml
	diagnose >d
	WHEN=$T/begun killer both 0 "$SH_BINDIR/sh-repair" -c conf --apply d >out 3>&-
	[ ! -s effects ]
	let_go
	run mend --apply d
	[ "$(wc -l <effects)" -eq 1 ]
	jq -se 'map(select(.kind == "repair")) | .[0] | .success and .verified == "fixed"
		and .steps[0].state == "done"' <<<"$output"
	no_open_ends
}

@test "what an action left in its group is awaited when its leader was killed" {
	counting_area
	sed -i "s/^run)/run) (exec >\\&- 2>\\&-; : >begun; $held; echo \"\$plan\" >>effects; : >\"\$path\") \\& wait;;\nnever)/
		s/timeout: 5s/timeout: 30s/" libexec/actions/do stock/playbooks/mend.yaml
	diagnose >d
	WHEN=$T/begun killer all 0 "$SH_BINDIR/sh-repair" -c conf --apply d >out 3>&-
	[ ! -s effects ]
	let_go
	run mend --apply d
	[ "$(wc -l <effects)" -eq 1 ]
	no_open_ends
}

@test "an action that still runs at its deadline is ended, then asked" {
	counting_area
	sed -i 's/timeout: 5s/timeout: 2s/' stock/playbooks/mend.yaml
	sed -i 's/^run)/run) : >begun; sleep 100;;\nnever)/' libexec/actions/do
	: >effects
	diagnose >d
	WHEN=$T/begun killer both 0 "$SH_BINDIR/sh-repair" -c conf --apply d >out 3>&-
	run mend --apply d </dev/null
	[ ! -s effects ]
	[ "$(db "SELECT state FROM intent LIMIT 1")" = not_done ]
	no_open_ends
}

@test "where nobody can say what happened the target is held, with a notice" {
	counting_area
	: >honesty
	sed -i 's/^run)/run) : >begun; sleep 3/' libexec/actions/do
	diagnose >d
	WHEN=$T/begun killer all 0 "$SH_BINDIR/sh-repair" -c conf --apply d >out 3>&-
	run mend --apply d
	notice "'$target' is held: nobody can say whether an action took effect; look, then: sh-ledger resume"
	rm -f thing
	diagnose >d
	run -7 mend --apply d
	is '.reason | startswith("hold ")'
	[ ! -e effects ] || [ "$(wc -l <effects)" -le 1 ]
	[ "$(db "SELECT state FROM intent")" = unknown ]
	no_open_ends
}

@test "a target that could not be held is not told as held" {
	counting_area
	: >honesty
	sed -i 's/^run)/run) : >begun; sleep 3/' libexec/actions/do
	diagnose >d
	WHEN=$T/begun killer all 0 "$SH_BINDIR/sh-repair" -c conf --apply d >out 3>&-
	db "CREATE TRIGGER no BEFORE INSERT ON pause BEGIN SELECT raise(ABORT, 'no more of these'); END"
	run mend --apply d
	notice "'$target' cannot be held, though nobody can say whether an action took effect"
	notice 'no more of these'
	run ! notice 'is held'
	[ -z "$(sh-ledger pauses)" ]
}
