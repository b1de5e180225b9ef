#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Ladders: playbooks that are tried one after the other, and where a target stands.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

# ladder RUNGS [GUARDS]: weak does nothing, strong does nothing, sure mends.
ladder() {
	playbook weak none <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: noop, tag: weak}}]'
	playbook strong none <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: noop, tag: strong}}]'
	playbook sure none <<<'steps: [{name: make, action: do, with: {path: "{site.path}", tag: sure}}]'
	sed -i 's/  steps:/  guards: {cooldown: 0s}\n    steps:/' stock/playbooks/{weak,strong,sure}.yaml
	cat >stock/playbooks/mend.yaml <<-E
		playbooks:
		  mend:
		    for: {causes: [thing_gone]}
		    guards: {${2-}}
		    ladder: [$1]
	E
}

again() {
	rm -f thing
	sleep 0.05
	diagnose >d
	run mend --apply "$@" d
}

@test "the rungs are climbed within one repair when none may be tried twice" {
	area
	ladder '{playbook: weak}, {playbook: strong}, {playbook: sure}'
	again
	[ "$status" -eq 6 ] || [ "$status" -eq 9 ]
	is '.playbook == "sure" and .ladder == "mend" and .rung == 3 and .verified == "fixed"'
	jq -se 'map(select(.kind == "repair")) | map([.playbook, .next]) == [["weak", "strong"], ["strong", "sure"], ["sure", null]]' <<<"$output"
	[ "$(calls)" = $'run weak\nundo weak\nrun strong\nundo strong\nrun sure' ]
	run ! notice 'was not repaired'
	no_open_ends
}

@test "a rung has its attempts, one for each fault, before the next; the ledger knows where it stands" {
	area
	ladder '{playbook: weak, attempts: 2}, {playbook: strong}'
	again
	is '.playbook == "weak" and .rung == 1 and .attempt == 1 and (has("next") | not)'
	run ! notice 'was not repaired'
	[ "$(db "SELECT attempts FROM guard WHERE key = 'ladder:mend rung:1 target:$target'")" = 1 ]
	again
	jq -se 'map(select(.kind == "repair")) | map([.playbook, .next]) == [["weak", "strong"], ["strong", null]]' <<<"$output"
	# The last rung did not help either: a person is told, and nothing is tried any more.
	notice "was not repaired by 'strong'"
	again
	[ "$status" -eq 7 ]
	is '.decision == "refuse" and .reason == "all 2 rungs of '"'mend'"' were tried: a person is needed"'
	notice 'a person is needed'
	[ "$(calls | grep -c run)" = 3 ]
	no_open_ends
}

@test "after a healthy time the ladder begins anew, and not before" {
	area
	ladder '{playbook: weak}, {playbook: sure, attempts: 2}' 'healthy_for: 1s'
	again
	is '.playbook == "sure" and .verified == "fixed"'
	# It is down again at once: whatever the mild rung is, it did not help.
	again
	is '.playbook == "sure" and .rung == 2 and .attempt == 2 and .verified == "fixed"'
	sleep 1.2
	again
	is '.playbook == "sure" and .rung == 2'
	[ "$(calls | grep -c 'run weak')" = 2 ]
}

@test "a rung is left when its time is over, though it has attempts left" {
	area
	ladder '{playbook: weak, attempts: 9, within: 2s}, {playbook: sure}'
	again
	is '.playbook == "weak" and (has("next") | not)'
	sleep 2
	again
	is '.playbook == "sure" and .rung == 2 and .verified == "fixed"'
}

@test "an attempt of which nothing took effect does not count for its rung" {
	area
	ladder '{playbook: weak}, {playbook: sure}'
	again
	[ "$(db "SELECT attempts FROM guard WHERE key LIKE 'ladder:mend rung:1%'")" = 1 ]
	# As if it had been killed before its first intent.
	db "INSERT INTO repair (plan, target, playbook, attempt, started, record)
		SELECT 'p-x', target, playbook, 1, started, record FROM repair WHERE playbook = 'weak'"
	mend --apply </dev/null >r
	[ "$(db "SELECT attempts FROM guard WHERE key LIKE 'ladder:mend rung:1%'")" = 0 ]
	no_open_ends
}

@test "a plan of a ladder comes back, and is another when the target stands elsewhere by then" {
	area
	ladder '{playbook: weak, attempts: 2}, {playbook: sure}'
	diagnose >d
	mend d >plan
	[ "$(jq -r '.ladder + " " + .playbook + " " + (.rung | tostring)' plan)" = 'mend weak 1' ]
	run mend --apply plan
	is '.kind == "repair" and .id == "'"$(jq -r .id plan)"'" and .ladder == "mend"'
	again
	is '.playbook == "sure"'
	rm thing
	sleep 0.05
	diagnose | jq -c --slurpfile p plan '$p[0] + {evidence: .fault.evidence, id: "p-00000000000000000000000000000000"}' >old
	run -7 mend --apply old
	is '.reason | startswith("plan_changed")'
}

@test "a pause of the ladder holds its rungs, and the mode of the ladder theirs" {
	area
	ladder '{playbook: weak}, {playbook: sure}'
	sh-ledger pause --for 1h --reason 'look at it' playbook:mend
	again
	[ "$status" -eq 7 ]
	sh-ledger resume playbook:mend
	sed -i 's/  mend:/  mend:\n    mode: observe/' stock/playbooks/mend.yaml
	again
	is '.decision == "observe" and .mode == "observe" and .playbook == "weak"'
	[ -z "$(calls)" ]
}

@test "a rung that is gone is no playbook: nothing is done" {
	area
	ladder '{playbook: nobody}, {playbook: sure}'
	again
	[ "$status" -eq 5 ]
	is '.decision == "none" and (.reason | contains("is no playbook with steps"))'
	[ -z "$(calls)" ]
}

@test "--explain says where a target stands" {
	area
	ladder '{playbook: weak, attempts: 2}, {playbook: strong}, {playbook: sure}'
	stands() { sh-repair -c conf --explain "$target" -o ndjson | jq -r 'select(.counter == "rung") | .text | ltrimstr("rung: ")'; }
	diagnose | mend --apply --mode observe >r
	[ "$(stands)" = 'no ladder was climbed on it' ]
	again
	[ "$(stands)" = "1 of 2 attempts on rung 1 of ladder 'mend', playbook 'weak', where it stands" ]
	sed -i 's/, {playbook: sure}//' stock/playbooks/mend.yaml
	again
	[ "$(stands)" = "2 of 2 attempts on rung 1 of ladder 'mend', playbook 'weak'
1 of 1 attempts on rung 2 of ladder 'mend', playbook 'strong'" ]
}
