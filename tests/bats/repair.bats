#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-repair: what it plans, when it acts, and what it leaves behind.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

# --- planning ----------------------------------------------------------------
@test "without --apply nothing is executed, and the plan is the same each time" {
	area
	diagnose >d
	run -0 --separate-stderr mend d
	is '.kind == "plan" and .decision == "act" and .steps[0].state == "planned"'
	first=$(jq -r .id <<<"$output")
	run -0 mend d
	is ".id == \"$first\""
	[ -z "$(calls)" ]
	[ ! -e thing ]
	[ ! -e state/ledger.db ]
}

@test "a plan that comes back is carried out, once" {
	area
	diagnose >d
	mend d >plan
	run -0 mend --apply plan
	is '.kind == "repair" and .verified == "fixed" and .success'
	is ".id == \"$(jq -r .id plan)\""
	run -0 mend --apply plan
	is '.kind == "plan" and .decision == "done"'
	[ "$(calls)" = 'run one' ]
}

@test "a plan is refused as changed when its playbook has changed" {
	area
	diagnose | mend >plan
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", tag: new}}]'
	run -7 mend --apply plan
	is '.decision == "refuse" and (.reason | startswith("plan_changed"))'
	[ -z "$(calls)" ]
}

@test "a plan about a fault that does not say which is no plan: guards would not know it" {
	area
	diagnose | mend | jq -c 'del(.id, .fault_id)' >plan
	run -3 --separate-stderr mend --apply plan
	[[ $stderr == *"'fault_id' is missing"* ]]
	jq -c 'del(.cause, .rule_id, .fault_type, .fingerprint)' plan >bare
	run -3 mend --apply bare
	[ -z "$(calls)" ]
	jq -c 'del(.diagnosis_id)' bare >task
	run -0 mend --apply task
	is '.success and .steps[0].state == "done"'
}

@test "a plan is refused as changed when the site's entry has changed" {
	area
	diagnose | mend >plan
	sed -i "s,{path: $T/thing},{path: $T/thing\, owner: root}," conf/site.yaml
	run -7 mend --apply plan
	is '.reason | startswith("plan_changed")'
	[ -z "$(calls)" ]
}

@test "the argv, the parameters and the steps in a plan are never executed" {
	area
	diagnose | mend | jq -c --arg t "$T" '.steps[0].argv = ["/bin/touch", $t + "/evil"]
		| .steps[0].parameters.path = $t + "/evil" | .steps[0].action = "evil"
		| .steps += [.steps[0]]' >plan
	run -0 mend --apply plan
	is '.verified == "fixed" and (.steps | length) == 1'
	[ ! -e evil ]
	[ -e thing ]
}

@test "a plan with a parameter that its playbook does not declare does nothing" {
	area
	diagnose | mend | jq -c '.parameters.how = "hang"' >plan
	run -5 mend --apply plan
	is '.success == false and (.error | contains("no parameter"))'
	[ -z "$(calls)" ]
}

@test "a plan fills in what it keeps of its fault" {
	area
	playbook <<-'E'
		steps: [{name: make, action: do, with: {path: "{site.path}", tag: "depth {fault.params.depth}"}}]
	E
	diagnose | mend >plan
	run -0 mend --apply plan
	[ "$(calls)" = 'run depth 4' ]
}

@test "an answer that there is no playbook goes on as it is" {
	area
	playbook mend other_cause <<<'steps: [{name: make, action: do, with: {path: "{site.path}"}}]'
	diagnose | mend | jq -c '.kind = "plan"' >plan
	run -0 --separate-stderr mend --apply plan
	[ "$output" = "$(cat plan)" ]
}

# --- modes ---------------------------------------------------------------------
@test "the least mode of rule, playbook, site and --mode holds" {
	area
	for where in rule playbook site option; do
		rm -rf state
		site 'mode: act'
		sed -i '/mode:/d' stock/rules/r.yaml
		playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}"}}]'
		mode=act
		case $where in
		rule) echo '    mode: observe' >>stock/rules/r.yaml ;;
		playbook) echo '    mode: observe' >>stock/playbooks/mend.yaml ;;
		site) site 'mode: observe' ;;
		option) mode=observe ;;
		esac
		diagnose >d
		run -0 mend --apply --mode $mode d
		is '.decision == "observe" and .mode == "observe"'
		notice 'the mode that holds is observe'
	done
	[ -z "$(calls)" ]
}

@test "what the site does not declare is observed, with a notice, never repaired" {
	area
	diagnose "$T/thing" | sed "s,$T/thing,$T/stranger,g" >d
	run -0 mend --apply --mode act d
	is '.decision == "observe"'
	notice 'does not declare'
	[ -z "$(calls)" ]
	[ ! -e stranger ]
}

@test "a rule that is not configured here may only be observed" {
	area
	diagnose | sed 's/"rule_id":"gone"/"rule_id":"elsewhere"/g' >d
	run -0 mend --apply d
	is '.decision == "observe"'
	[ -z "$(calls)" ]
}

@test "a site entry that says nothing asks; approved it acts, and only once" {
	area
	site 'user: root'
	diagnose >d
	run -8 mend --apply d
	is '.decision == "ask"'
	notice 'sh-ledger approve'
	run -8 mend --apply d
	sh-ledger approve --reason 'looks right' "$(jq -rs '.[0].id' <<<"$output")"
	run -0 mend --apply d
	is '.verified == "fixed"'
	run -0 mend --apply d
	[ "$(calls)" = 'run one' ]
}

@test "a rejected plan is refused" {
	area
	site 'mode: ask'
	diagnose >d
	run -8 mend --apply d
	sh-ledger reject --reason no "$(jq -rs '.[0].id' <<<"$output")"
	run -7 mend --apply d
	is '.reason == "the plan was rejected"'
	[ -z "$(calls)" ]
}

# --- guards --------------------------------------------------------------------
@test "evidence that is too old is refused" {
	area
	diagnose >d
	run -7 mend --apply --now "$(date -u -d '+6 min' +%FT%TZ)" d
	is '.reason | test("the evidence is [0-9]+ s old")'
	[ -z "$(calls)" ]
}

@test "evidence from the future is refused" {
	area
	diagnose >d
	run -7 mend --apply --now "$(date -u -d '-6 min' +%FT%TZ)" d
	is '.reason | contains("future")'
	[ -z "$(calls)" ]
}

@test "evidence older than the last action is superseded, and no refusal" {
	area
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps: [{name: make, action: dare, with: {path: "{site.path}", how: noop}}]
	E
	diagnose >d
	run -6 mend --apply d
	is '.verified == "not_fixed"'
	run -0 mend --apply d
	is '.decision == "superseded"'
	[ "$(calls)" = 'run one' ]
}

@test "evidence within the settling time of the last action is superseded" {
	area
	playbook <<-'E'
		guards: {cooldown: 0s}
		settle: 1h
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	diagnose | mend --apply >r
	rm thing
	sleep 0.05
	diagnose >d
	run -0 mend --apply d
	is '.decision == "superseded"'
	[ "$(calls)" = 'run one' ]
}

@test "after an attempt there is a cooldown, also for another playbook for the same fault" {
	area
	for id in mend other; do
		playbook $id "$([ $id = mend ] && echo thing_gone || echo another)" \
			<<<'steps: [{name: make, action: do, with: {path: "{site.path}"}}]'
	done
	diagnose | mend --apply >r
	rm thing
	diagnose >d
	run -0 mend --apply d
	is '.decision == "cooldown" and (.reason | contains("after attempt 1"))'
	sed 's/thing_gone/another/g' d >other
	run -0 mend --apply other
	is '.playbook == "other" and .decision == "cooldown"'
	[ "$(calls)" = 'run one' ]
}

@test "attempts are counted over runs and faults, refused with one notice, and counted anew after health" {
	area
	playbook <<-'E'
		guards: {cooldown: 0s, attempts: 2, healthy_for: 1500ms}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	for attempt in 1 2; do
		rm -f thing
		diagnose >d
		run -0 mend --apply d
		is ".attempt == $attempt and .success"
	done
	rm thing
	diagnose | sed 's/"status":"open"/"status":"ongoing"/g' >d
	run -7 mend --apply d
	is '.reason | contains("2 attempts")'
	notice 'a person is needed'
	run -7 mend --apply d
	run ! notice 'a person is needed'
	[ "$(sh-ledger history | grep -c 'a person is needed')" -ge 1 ]
	# Seen: not healthy. Resolved for long enough: healthy.
	jq -c '.fault | .status = "resolved" | .time = (now | todate)' d >resolved
	sleep 1
	jq -c '.fault | .status = "resolved" | .time = (now | todate)' d | mend --apply >r
	sleep 2.6
	diagnose >d
	run -0 mend --apply d
	is '.attempt == 1 and .success'
}

@test "a file 'stop' in the state directory stops every repair, a dangling link too" {
	area
	mkdir -m 700 state
	diagnose >d
	ln -s /nowhere state/stop
	run -7 mend --apply d
	is '.reason | contains("every repair is stopped")'
	notice 'every repair is stopped'
	[ -z "$(calls)" ]
	rm state/stop
	run -0 mend --apply d
	is .success
}

@test "a stop file that appears during a repair stops it before the next step, and it is undone" {
	area
	playbook <<-'E'
		steps:
		  - {name: first, action: do, with: {path: "{site.path}", how: slow}}
		  - {name: second, action: do, with: {path: "{site.path}", tag: two}}
	E
	diagnose >d
	(sleep 0.3; : >state/stop) 3>&- &
	run -9 mend --apply d
	is '.steps[1].state == "failed" and (.steps[1].error | contains("every repair is stopped"))'
	is .undone
	[ "$(calls)" = $'run one\nundo one' ]
	no_open_ends
}

@test "a fault that a repair proved gone is not open in the ledger, until it is seen again" {
	area
	diagnose >d
	run -0 mend --apply d
	is '.verified == "fixed"'
	run -0 sh-ledger open
	[ -z "$output" ]
	rm thing
	site 'mode: observe'
	diagnose >d
	run -0 mend --apply d
	run -0 sh-ledger open
	[ "$(jq -r .entity <<<"$output")" = "$target" ]
}

@test "a pause of everything, a target, a rule or a playbook refuses, until it is resumed" {
	area
	diagnose >d
	for scope in all "$target" rule:gone playbook:mend; do
		sh-ledger pause --for 1h --reason "look at $scope" "$scope"
		run -7 mend --apply d
		is '.reason | contains("look at")'
		sh-ledger resume "$scope"
	done
	[ -z "$(calls)" ]
	run -0 mend --apply d
	is .success
}

@test "a fault of another host is refused" {
	area
	diagnose >d
	sed 's/@h1/@h2/g' d >entity
	sed 's/"host":"h1"/"host":"h2"/g' d >host
	run -7 mend --apply entity
	is '.reason | contains("not on this host")'
	run -7 mend --apply host
	[ -z "$(calls)" ]
}

# --- steps -----------------------------------------------------------------------
@test "a step sees the outputs of those before it, alone and within a text" {
	area
	playbook <<-'E'
		steps:
		  - {name: first, action: do, with: {path: "{site.path}"}}
		  - {name: second, action: do, with: {path: "{site.path}", tag: "{steps.first.output.made}"}}
		  - {name: third, action: do, with: {path: "{site.path}", tag: "n{output.n} of {steps.first.output.made}"}}
	E
	diagnose >d
	run -0 mend --apply d
	is '[.steps[].state] == ["done", "done", "done"]'
	[ "$(calls)" = $'run one\nrun yes\nrun n7 of yes' ]
}

@test "when decides whether a step runs" {
	area
	playbook <<-'E'
		steps:
		  - {name: first, action: do, with: {path: "{site.path}"}}
		  - {name: never, action: do, when: 'steps.first.output.n > 7', with: {path: "{site.path}", tag: never}}
		  - {name: absent, action: do, when: 'steps.nobody.output.n > 7', with: {path: "{site.path}", tag: absent}}
		  - {name: last, action: do, when: 'output.n == 7', with: {path: "{site.path}", tag: last}}
	E
	diagnose >d
	run -0 mend --apply d
	is '[.steps[].state] == ["done", "skipped", "skipped", "done"]'
	[ "$(calls)" = $'run one\nrun last' ]
}

@test "a failed step is tried again as often as it says" {
	area
	playbook <<-'E'
		steps: [{name: make, action: do, retries: 2, backoff: 10ms, with: {path: "{site.path}", how: flaky}}]
	E
	diagnose >d
	run -0 mend --apply d
	is '.steps[0].tries == 3 and .success'
	no_open_ends
	[ "$(db 'SELECT group_concat(state) FROM intent')" = failed,failed,done ]
}

@test "an action past its deadline is ended with its whole group, by TERM and then KILL" {
	area
	playbook <<-'E'
		steps: [{name: make, action: do, timeout: 300ms, with: {path: "{site.path}", how: hang}}]
	E
	diagnose >d
	run -5 mend --apply d
	is '.steps[0].state == "failed" and (.steps[0].error | contains("deadline"))'
	while read -r pid; do
		[ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"
	done <hang.pids
	[ "$(calls)" = $'run one\ncheck one' ]
	no_open_ends
}

@test "a failed step ends the workflow; those before are undone in reverse order" {
	area
	playbook <<-'E'
		steps:
		  - {name: a, action: do, with: {path: "{site.path}", tag: a}}
		  - {name: dare, action: dare, with: {path: "{site.path}", tag: dare}}
		  - {name: b, action: do, with: {path: "{site.path}", tag: b}}
		  - {name: c, action: do, with: {path: "{site.path}", how: fail, tag: c}}
		  - {name: d, action: do, with: {path: "{site.path}", tag: d}}
	E
	sed 's/^program: do/program: do/' stock/actions/dare.yaml >x && mv x stock/actions/dare.yaml
	diagnose >d
	run -9 mend --apply d
	is '.undone and .success == false and .error == "step '"'c'"': told to fail"'
	is '[.steps[].state] == ["undone", "done", "undone", "failed", "planned"]'
	[ "$(calls)" = $'run a\nrun dare\nrun b\nrun c\nundo b\nundo a' ]
	no_open_ends
}

@test "a failed step that may fail does not end the workflow" {
	area
	playbook <<-'E'
		steps:
		  - {name: a, action: do, fail_on_error: false, with: {path: "{site.path}", how: fail, tag: a}}
		  - {name: b, action: do, with: {path: "{site.path}", tag: b}}
	E
	diagnose >d
	run -0 mend --apply d
	is '.success and [.steps[].state] == ["failed", "done"]'
}

@test "what did not help is undone, and a person is told" {
	area
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: noop}}]'
	diagnose >d
	run -9 mend --apply d
	is '.verified == "not_fixed" and .undone'
	notice "was not repaired by 'mend'"
	[ "$(calls)" = $'run one\nundo one' ]
}

@test "an undo that fails is no rolling back" {
	area
	playbook <<-'E'
		steps:
		  - {name: a, action: do, with: {path: "{site.path}", how: noop, tag: a}}
		  - {name: b, action: do, fail_on_error: false, with: {path: "{site.path}", how: sour, tag: b}}
	E
	sed -i 's/run:noop)/run:noop|run:sour)/' libexec/actions/do
	diagnose >d
	run -6 mend --apply d
	is '(.undone | not) and .verified == "not_fixed"'
	is '[.steps[].state] == ["undone", "done"]'
}

# The action makes the thing; taking it back hangs.
stuck() {
	sed -i -e 's/run:make)/run:make|run:stuck)/' -e 's/undo:sour\*/undo:stuck) sleep 100 ;;\n\t\t&/' libexec/actions/do
}

@test "an undo that is cut short is no rolling back, whatever the check says of the run: the target is held" {
	area
	stuck
	playbook <<-'E'
		steps:
		  - {name: a, action: do, timeout: 500ms, with: {path: "{site.path}", how: stuck, tag: a}}
		  - {name: b, action: do, with: {path: "{site.path}", how: fail, tag: b}}
	E
	diagnose >d
	run -5 mend --apply d
	is '(.undone | not) and .steps[0].state == "done"'
	is '.steps[0].error | contains("deadline")'
	[ -e thing ]
	[ "$(db "SELECT state FROM intent WHERE action = 'do undo'")" = unknown ]
	notice 'is held'
}

@test "an undo that an operator asks for and that is cut short holds the target" {
	area
	stuck
	sed -i 's/timeout: 5s/timeout: 500ms/' stock/actions/do.yaml
	playbook <<<'steps: [{name: a, action: do, with: {path: "{site.path}", how: stuck}}]'
	diagnose | mend --apply >r
	run ! mend --undo "$(jq -r 'select(.kind == "repair").id' r)"
	[ -e thing ]
	[ "$(db "SELECT scope FROM pause WHERE kind = 'hold'")" = "$target" ]
}

@test "what cannot be undone and did not help is not verified" {
	area
	playbook <<<'steps: [{name: make, action: dare, with: {path: "{site.path}", how: noop}}]'
	diagnose >d
	run -6 mend --apply d
	is '.verified == "not_fixed" and (.undone | not)'
}

@test "the next rung is climbed when one did not help, though it settles for long" {
	area
	playbook <<-'E'
		next: stronger
		steps: [{name: make, action: do, with: {path: "{site.path}", how: noop, tag: weak}}]
	E
	playbook stronger none <<-'E'
		settle: 1h
		steps: [{name: make, action: do, with: {path: "{site.path}", tag: strong}}]
	E
	diagnose >d
	run mend --apply d
	is '.playbook == "stronger" and .verified == "fixed"'
	jq -se 'map(select(.kind == "repair")) | .[0].next == "stronger"' <<<"$output"
	[ "$(calls)" = $'run weak\nundo weak\nrun strong' ]
}

@test "the next rung is climbed when a step failed and it is still so" {
	area
	playbook <<-'E'
		next: stronger
		steps: [{name: make, action: do, with: {path: "{site.path}", how: fail, tag: weak}}]
	E
	playbook stronger none <<<'steps: [{name: make, action: do, with: {path: "{site.path}", tag: strong}}]'
	diagnose >d
	run mend --apply d
	is '.playbook == "stronger" and .verified == "fixed"'
	[ "$(calls)" = $'run weak\nrun strong' ]
}

@test "a next rung that the site has no means for is passed over" {
	area
	playbook <<-'E'
		next: stronger
		steps: [{name: make, action: do, with: {path: "{site.path}", how: noop, tag: weak}}]
	E
	playbook stronger none <<-'E'
		next: strongest
		steps: [{name: make, action: do, with: {path: "{site.nothing}", tag: strong}}]
	E
	playbook strongest none <<<'steps: [{name: make, action: do, with: {path: "{site.path}", tag: strongest}}]'
	diagnose >d
	run mend --apply d
	is '.playbook == "strongest" and .verified == "fixed"'
	[ "$(calls)" = $'run weak\nundo weak\nrun strongest' ]
}

@test "no further rung is climbed while nobody knows whether it helped" {
	area
	playbook <<-'E'
		next: stronger
		steps: [{name: make, action: do, with: {path: "{site.path}", how: noop, tag: weak}}]
		verify: {expr: "nobody.measures == 1", within: 100ms, hold: 0s}
	E
	playbook stronger none <<<'steps: [{name: make, action: do, with: {path: "{site.path}", tag: strong}}]'
	diagnose >d
	run -6 mend --apply d
	is '.verified == "unknown"'
	notice "was not repaired by 'mend'"
	[ "$(calls)" = 'run weak' ]
}

@test "two pipelines with the same fault at the same time act once" {
	area
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]'
	diagnose >d
	"$SH_BINDIR/sh-repair" -c conf --apply d >out1 3>&- &
	"$SH_BINDIR/sh-repair" -c conf --apply d >out2 3>&-
	wait $!
	[ "$(calls)" = 'run one' ]
	[ "$(cat out1 out2 | jq -r .kind | sort | tr '\n' ' ')" = 'plan repair ' ]
	no_open_ends
}

@test "a repair is undone once, however often it is asked for" {
	area
	diagnose | mend --apply >r
	run -0 mend --undo "$(jq -r .id r)"
	is '.undone and .steps[0].state == "undone"'
	[ ! -e thing ]
	: >thing
	run mend --undo "$(jq -r .id r)"
	[ "$status" -ne 0 ]
	[ -e thing ]
	[ "$(calls)" = $'run one\nundo one' ]
}

@test "a sh-collect that others may write proves nothing" {
	area
	mkdir bin
	cp "$SH_BINDIR/sh-collect" bin/
	chmod 777 bin/sh-collect
	diagnose >d
	SH_BINDIR=$T/bin run -6 mend --apply d
	is '.verified == "unknown"'
}

@test "rungs that lead in a circle end" {
	area
	playbook <<-'E'
		next: mend
		steps: [{name: make, action: do, with: {path: "{site.path}", how: noop}}]
	E
	diagnose >d
	run mend --apply d
	[ "$(calls | grep -c run)" -le 5 ]
	no_open_ends
}

@test "an effect that nobody can be sure of holds the target" {
	area
	playbook <<<'steps: [{name: make, action: dare, with: {path: "{site.path}", how: babble}}]'
	sed -i '/^program/s/.*/program: do/' stock/actions/dare.yaml
	diagnose >d
	run mend --apply d
	[ "$status" -eq 5 ] || [ "$status" -eq 6 ]
	is '.steps[0].state == "unknown" and .success == false'
	notice 'is held'
	sleep 0.05
	diagnose >d
	run -7 mend --apply d
	is '.reason | startswith("hold ")'
	[ "$(calls)" = $'run one\ncheck one' ]
	sh-ledger resume "$target"
}

@test "an output that is no object is left out of the record" {
	area
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: text}}]'
	diagnose >d
	run -0 mend --apply d
	is '.success and (.steps[0] | has("output") | not)'
}

# --- what is installed -------------------------------------------------------------
@test "a missing action is an error for --check and for planning" {
	area
	playbook <<<'steps: [{name: make, action: none, with: {path: "{site.path}"}}]'
	run -2 --separate-stderr mend --check
	[[ $stderr == *none* ]]
	diagnose >d
	run --separate-stderr mend --apply d
	[ "$status" -eq 2 ] || [ "$status" -eq 5 ]
	[ -z "$(calls)" ]
}

@test "an action that vanishes later is a failed step, and nothing is held" {
	area
	playbook <<-'E'
		steps:
		  - {name: a, action: do, with: {path: "{site.path}", tag: a}}
		  - {name: b, action: late, with: {path: "{site.path}", tag: b}}
	E
	sed 's/^program: do/program: late/' stock/actions/do.yaml >stock/actions/late.yaml
	cp libexec/actions/do libexec/actions/late
	sed -i '2i rm -f "$(dirname "$0")/late"' libexec/actions/do
	diagnose >d
	run -9 mend --apply d
	is '[.steps[].state] == ["undone", "failed"]'
	[ "$(sh-ledger pauses)" = '' ]
	[ "$(calls)" = $'run a\nundo a' ]
	no_open_ends
}

@test "an action that others may write is not run" {
	area
	chmod 777 libexec/actions/do
	diagnose >d
	run -2 mend --check
	run mend --apply d
	[ "$status" -ne 0 ]
	[ -z "$(calls)" ]
}

@test "what must come from the site cannot come from a record, at any depth" {
	area
	for with in 'path: "{fault.description}"' 'path: "{params.x}"' 'path: "x{site.path}"' \
		'path: "{site[fault.x]}"' 'path: "{steps.a.output.b}"' \
		'path: "{site.path}", words: ["{fault.description}"]' \
		'path: "{site.path}", words: [[{a: "{diagnosis.x}"}]]'; do
		playbook <<<"steps: [{name: make, action: do, with: {$with}}]"
		run mend --check
		[ "$status" -eq 2 ] || {
			printf 'accepted: %s\n' "$with" >&2
			return 1
		}
	done
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", words: ["{site.id}", "x"]}}]'
	run -0 mend --check
}

# --- faults that need nothing --------------------------------------------------------
@test "a resolved fault goes on and is no refusal" {
	area
	diagnose | jq -c '.fault | .status = "resolved"' >d
	run -0 mend --apply d
	[ "$output" = "$(cat d)" ]
	[ -z "$(calls)" ]
}

@test "a diagnosis of a fault that is resolved meanwhile is not acted on" {
	area
	diagnose | jq -c '.fault.status = "resolved"' >d
	run -0 mend --apply d
	[ -z "$(calls)" ]
}

@test "what flaps or is stale, or has a status of a later version, goes on and is not acted on" {
	area
	local status
	for status in flapping stale shelved; do
		diagnose | jq -c ".fault | .status = \"$status\"" >d
		run -0 mend --apply d
		[ "$output" = "$(cat d)" ]
		run -0 mend d
		[ "$output" = "$(cat d)" ]
		diagnose | jq -c ".fault.status = \"$status\"" >d
		run -0 mend --apply d
		[ "$output" = "$(cat d)" ]
	done
	[ -z "$(calls)" ]
}

@test "what flaps or is stale is an open fault in the ledger, with its status" {
	area
	local status
	for status in flapping stale; do
		diagnose | jq -c ".fault | .status = \"$status\" | .time = (now | todate)" >d
		mend --apply d >/dev/null
		[ "$(sh-ledger open | jq -r .status)" = $status ]
		[[ $(sh-ledger open -o text) == *"($status)"* ]]
	done
}

@test "no playbook: a record with success false, 5 with --apply, 0 without" {
	area
	playbook mend other <<<'steps: [{name: make, action: do, with: {path: "{site.path}"}}]'
	diagnose >d
	run -5 mend --apply d
	is '.kind == "repair" and .success == false and .decision == "none"'
	run -0 mend d
	is '.success == false'
}

@test "a bad line is 3, and the others are repaired" {
	area
	{ echo '{nonsense'; diagnose; } >d
	run -3 mend --apply d
	[ -e thing ]
}

@test "a state directory that cannot be had is 4 and no act" {
	area
	diagnose >d
	: >state
	run -4 mend --apply d
	[ -z "$(calls)" ]
}

# --- the stream ------------------------------------------------------------------------
@test "a slow repair does not block reading; the newest of what waits is kept" {
	area
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}", how: held, tag: "{fault.n}"}}]
	E
	diagnose >d
	{
		for n in 1 2 3 4; do
			jq -c --arg n "n$n" '.fault.n = $n | .fault.id = "f-" + $n' d
			[ $n = 1 ] && sleep 0.3
		done
		echo '{"kind":"notice","time":"2026-01-01T00:00:00Z","host":"h1","text":"pass"}'
	} | mend --apply | while read -r line; do # what ends the first repair is that the notice came
		echo "$line" >>out
		[ "$(jq -r .kind <<<"$line")" != notice ] || touch go
	done
	# The notice came out before the repair that began before it.
	[ "$(jq -r '.kind' out | head -1)" = notice ]
	[ "$(calls)" = 'run n1' ]
	[ "$(jq -sr 'map(select(.kind == "plan")) | map(.fault_id) | join(",")' out)" = f-n4 ]
}

@test "with its output closed it finishes, and the ledger has it" {
	area
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]'
	diagnose >d
	{
		echo '{"kind":"notice","time":"2026-01-01T00:00:00Z","host":"h1","text":"pass"}'
		cat d
		echo '{"kind":"notice","time":"2026-01-01T00:00:00Z","host":"h1","text":"pass"}'
	} >in
	{ cat in; sleep 1; } | mend --apply | head -n 1 >/dev/null
	for _ in $(seq 40); do
		[ "$(db 'SELECT outcome FROM repair')" = fixed ] && break
		sleep 0.1
	done
	[ "$(db 'SELECT outcome FROM repair')" = fixed ]
	no_open_ends
}

@test "with its output on a full device it finishes, says so once, and the ledger has it" {
	area
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]'
	diagnose >d
	status=0
	mend --apply d >/dev/full 2>err || status=$?
	[ "$status" -eq 4 ]
	[ "$(wc -l <err)" -eq 1 ]
	[ "$(db 'SELECT outcome FROM repair')" = fixed ]
	no_open_ends
}

@test "TERM and INT: what runs is finished, what waits is left, and it ends" {
	area
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]'
	diagnose >d
	for sig in TERM INT; do
		rm -rf state thing log
		diagnose >d
		mkfifo "in$sig"
		# A shell gives its background children an ignored INT; env takes that back.
		env --default-signal=INT "$SH_BINDIR/sh-repair" -c conf --apply <"in$sig" >out 3>&- &
		pid=$!
		exec 9>"in$sig"
		cat d >&9
		for _ in $(seq 50); do
			[ -s log ] && break
			sleep 0.05
		done
		kill -$sig $pid
		wait $pid
		exec 9>&-
		jq -se 'any(.[]; .kind == "repair" and .verified == "fixed")' out
		no_open_ends
	done
}

@test "TERM to every process of it, as from a service manager, leaves no doubt behind" {
	area
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]'
	diagnose >d
	"$SH_BINDIR/sh-repair" -c conf --apply d >out 3>&- &
	pid=$!
	for _ in $(seq 50); do
		[ -s log ] && break
		sleep 0.05
	done
	worker=$(pgrep -P $pid | head -1)
	kill -TERM "$worker" $pid
	wait $pid
	jq -se 'any(.[]; .kind == "repair" and .verified == "fixed")' out
	no_open_ends
}

@test "a barrier goes on only after the repairs before it are finished" {
	area
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]'
	{
		diagnose
		echo '{"kind":"barrier","seq":1,"acked":0,"time":"2026-01-01T00:00:00Z"}'
		sleep 0.2
		echo '{"kind":"barrier","seq":2,"acked":0,"time":"2026-01-01T00:00:00Z"}'
	} | mend --apply >out
	[ "$(jq -r '.kind + (.seq // "" | tostring)' out | tr '\n' ' ')" = 'repair barrier1 barrier2 ' ]
}

@test "the record of a run is what the schema says" {
	area
	command -v python3 >/dev/null && python3 -c 'import jsonschema' 2>/dev/null || skip 'no jsonschema'
	diagnose >d
	run -0 mend --apply d
	jq -c . <<<"$output" >r
	jq -e '.kind == "repair"' r
	python3 - "$abs_top_srcdir/share/schema/repair.json" r <<-'E'
		import json, sys, jsonschema
		jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))
	E
}

# --- a task ------------------------------------------------------------------------------
@test "a task's plan without an id is carried out each time it is given" {
	area
	playbook mend none <<<'steps: [{name: make, action: do, with: {path: "{site.path}"}}]'
	sed -i '/verify:/d' stock/playbooks/mend.yaml
	plan='{"kind":"plan","time":"2026-01-01T00:00:00Z","host":"h1","entity":"'$target'","playbook":"mend"}'
	run -0 mend --apply <<<"$plan"
	is '.success and .attempt == 1'
	run -0 mend --apply --now "$(date -u -d '+1 day' +%FT%TZ)" <<<"$plan"
	is '.kind == "repair" and .success and .attempt == 2'
	[ "$(calls)" = $'run one\nrun one' ]
}

# --- what an earlier run left ---------------------------------------------------------------
@test "an undo that was killed is settled: the target is held" {
	area
	diagnose | mend --apply >r
	db "INSERT INTO intent (repair, target, step, action, try, parameters, pid, pid_start, boot_id,
		started, deadline, state) SELECT row, target, 'make', 'do undo', 1, '{}', 1, 1, 'x', 1, 1, 'open'
		FROM repair"
	run mend --apply </dev/null
	notice 'is held'
	no_open_ends
}

@test "what was left open on a target is settled before anything new is done, however many there are" {
	area
	diagnose | mend --apply >r
	# More open repairs than there are children, of which ours is one; nothing was begun of any.
	for n in 1 2 3 4 5 6 7 8; do
		db "INSERT INTO repair (plan, target, playbook, attempt, started, record)
			SELECT 'p-$n', 'file:/$n@h1', playbook, 1, started + $n, record FROM repair WHERE row = 1"
	done
	db "INSERT INTO repair (plan, target, playbook, attempt, started, record)
		SELECT 'p-x', target, playbook, 1, started + 9, record FROM repair WHERE row = 1"
	rm thing
	diagnose >d
	run mend --apply d
	no_open_ends
	[ "$(db "SELECT count(*) FROM repair WHERE outcome = 'not_begun'")" = 9 ]
}
