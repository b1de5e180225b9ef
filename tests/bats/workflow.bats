#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The steps of a playbook: at the same time, for each item of a list, in batches with
# gates between them; what is decided of each, and what is undone.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

# An action that ends only when as many as it says have begun: one after the other they
# would wait for each other until their deadline.
meet() {
	sed 's/^program: do/program: meet/; s/^  tag:/  many: {type: integer, default: 2}\n  tag:/' \
		stock/actions/do.yaml >stock/actions/meet.yaml
	cat >libexec/actions/meet <<-'E'
		#!/bin/bash
		in=$(cat)
		eval "$(jq -r '@sh "path=\(.parameters.path) tag=\(.parameters.tag) many=\(.parameters.many) how=\(.parameters.how)"' <<<"$in")"
		cd "${path%/*}" || exit 1
		printf '%s %s\n' "$1" "$tag" >>log
		case $1 in
		run)
			: >"met.$tag"
			while [ "$(ls met.* | wc -l)" -lt "$many" ]; do sleep 0.02; done
			[ "$how" != fail ] || { echo '{"success":false,"error":"told to fail"}'; exit; }
			[ "$how" != late ] || sleep 0.4
			echo '{"success":true,"output":{"tag":"'"$tag"'"}}'
			;;
		undo) rm -f "met.$tag"; echo '{"success":true}' ;;
		check) [ -e "met.$tag" ] && s=done || s=not_done; echo '{"success":true,"output":{"state":"'$s'"}}' ;;
		esac
	E
	chmod 755 libexec/actions/meet
}

# The step records of $output: "NAME STATE DECISION", one a line.
steps() {
	jq -rs 'map(select(.steps)) | last | .steps[] | "\(.name) \(.state) \(.decision)"' <<<"$output"
}

@test "steps in parallel run at the same time, and later ones see all their outputs" {
	area
	meet
	playbook <<-'E'
		steps:
		  - parallel:
		      - {name: a, action: meet, with: {path: "{site.path}", tag: a}}
		      - {name: b, action: meet, with: {path: "{site.path}", tag: b}}
		  - {name: c, action: do, with: {path: "{site.path}", tag: "{steps.a.output.tag} {steps.b.output.tag} {output.tag}"}}
	E
	diagnose >d
	run -0 mend --apply d
	is '.verified == "fixed" and [.steps[].state] == ["done", "done", "done"]'
	[ "$(calls | sort)" = $'run a\nrun a b b\nrun b' ]
	no_open_ends
}

@test "of steps in parallel one fails: the others end, and what was done is undone, the last first" {
	area
	meet
	playbook <<-'E'
		steps:
		  - {name: first, action: do, with: {path: "{site.path}", tag: first}}
		  - parallel:
		      - {name: late, action: meet, with: {path: "{site.path}", tag: late, how: late, many: 3}}
		      - {name: early, action: meet, with: {path: "{site.path}", tag: early, many: 3}}
		      - {name: bad, action: meet, with: {path: "{site.path}", tag: bad, how: fail, many: 3}}
		  - {name: never, action: do, with: {path: "{site.path}", tag: never}}
	E
	diagnose >d
	run -9 mend --apply d
	is '.undone and .error == "step '"'bad'"': told to fail"'
	[ "$(steps)" = $'first undone ran\nlate undone ran\nearly undone ran\nbad failed ran\nnever planned not_reached' ]
	is ".steps[4].reason == \"step 'bad' did not succeed\""
	[ "$(calls | grep undo)" = $'undo late\nundo early\nundo first' ]
	no_open_ends
}

@test "a step in parallel past its deadline is ended with its whole group, the other is not" {
	area
	playbook <<-'E'
		steps:
		  - parallel:
		      - {name: hang, action: do, timeout: 300ms, fail_on_error: false, with: {path: "{site.path}", how: hang, tag: hang}}
		      - {name: slow, action: do, with: {path: "{site.path}", how: slow, tag: slow}}
	E
	diagnose >d
	run -0 mend --apply d
	is '.steps[0].state == "failed" or .steps[0].state == "done"'
	is '.steps[1].state == "done" and .steps[1].tries == 1'
	while read -r pid; do
		[ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"
	done <hang.pids
	no_open_ends
}

@test "for_each runs a step once for each item, and its output counts them" {
	area
	playbook <<-'E'
		steps:
		  - {name: each, action: do, for_each: [x, y, z], with: {path: "{site.path}", tag: "{item}{index}"}}
		  - {name: sum, action: do, with: {path: "{site.path}", tag: "{steps.each.output.done} of {size(steps.each.output.items)}"}}
	E
	diagnose >d
	run -0 mend --apply d
	[ "$(calls)" = $'run x0\nrun y1\nrun z2\nrun 3 of 3' ]
	[ "$(steps)" = $'each[0] done ran\neach[1] done ran\neach[2] done ran\nsum done ran' ]
	is '.steps[1].parameters.tag == "y1"'
}

@test "the items of a batch run at the same time, the batches one after the other" {
	area
	meet
	playbook <<-'E'
		steps:
		  - {name: each, action: meet, for_each: [a, b, c, d, e], batch: 2, with: {path: "{site.path}", tag: "{item}", many: "{index == 4 ? 5 : index < 2 ? 2 : 4}"}}
		  - {name: end, action: do, with: {path: "{site.path}"}}
	E
	diagnose >d
	run -0 mend --apply d
	[ "$(calls | head -2 | sort | xargs) / $(calls | sed -n 3,4p | sort | xargs) / $(calls | sed -n 5p)" = \
		'run a run b / run c run d / run e' ]
	no_open_ends
}

@test "for_each over what an earlier step said; more items than max are refused before any" {
	area
	playbook <<-'E'
		steps:
		  - {name: say, action: do, with: {path: "{site.path}", tag: say}}
		  - {name: each, action: do, max: 2, for_each: "{['a', 'b', steps.say.output.made]}", with: {path: "{site.path}", tag: "{item}"}}
	E
	diagnose >d
	run -9 mend --apply d
	is '.steps[1].error == "for_each gives 3 items, more than max, 2" and .steps[1].decision == "stopped"'
	[ "$(calls)" = $'run say\nundo say' ]
	sed -i 's/max: 2/max: 3/; s/mend:/mend:\n    guards: {cooldown: 0s}/' stock/playbooks/mend.yaml
	rm -f log thing
	diagnose >d
	run -0 mend --apply d
	[ "$(calls)" = $'run say\nrun a\nrun b\nrun yes' ]
}

@test "for_each over nothing is skipped, over what is absent or no list fails" {
	area
	playbook <<-'E'
		steps:
		  - {name: none, action: do, for_each: [], with: {path: "{site.path}"}}
		  - {name: absent, action: do, fail_on_error: false, for_each: "{steps.nobody.output.list}", with: {path: "{site.path}"}}
		  - {name: text, action: do, fail_on_error: false, for_each: "{target}", with: {path: "{site.path}"}}
		  - {name: end, action: do, with: {path: "{site.path}", tag: end}}
	E
	diagnose >d
	run -0 mend --apply d
	[ "$(steps)" = $'none skipped skipped\nabsent failed stopped\ntext failed stopped\nend done ran' ]
	is '.steps[0].reason == "for_each gives no item" and (.steps[1].error | contains("absent"))
		and .steps[2].error == "for_each gives no list"'
	[ "$(calls)" = 'run end' ]
}

@test "when decides of each item, and says why it does not run" {
	area
	playbook <<-'E'
		steps:
		  - {name: each, action: do, for_each: [1, 2, 3, four], when: item > 1, with: {path: "{site.path}", tag: "n{item}"}}
		  - {name: no, action: do, when: 'steps.nobody.output.n > 1', with: {path: "{site.path}"}}
	E
	diagnose >d
	run -0 mend --apply d
	[ "$(steps)" = $'each[0] skipped skipped\neach[1] done ran\neach[2] done ran\neach[3] skipped skipped\nno skipped skipped' ]
	is '.steps[0].reason == "when is false" and (.steps[3].reason | startswith("when is unknown: "))
		and (.steps[4].reason | startswith("when is unknown: ") and contains("is absent"))'
	[ "$(calls)" = $'run n2\nrun n3' ]
}

@test "a gate is measured before the next batch: it opens, or the rest is left and undone" {
	area
	playbook <<-'E'
		steps:
		  - name: each
		    action: do
		    for_each: [a, b, c, d]
		    batch: 2
		    gate: {expr: 'file.exists == 1', source: {collector: file, target: "{site.path}"}, hold: 0s, within: 300ms}
		    with: {path: "{site.path}", tag: "{item}"}
	E
	diagnose >d
	run -0 mend --apply d
	[ "$(calls | wc -l)" = 4 ]
	# The first batch takes away what the gate wants to see.
	sed -i 's/tag: "{item}"/tag: "{item}", how: noop/; s/mend:/mend:\n    guards: {cooldown: 0s}/' stock/playbooks/mend.yaml
	rm -f log thing
	sleep 0.05
	diagnose >d
	run -9 mend --apply d
	[ "$(steps | tail -2)" = $'each[2] failed stopped\neach[3] planned not_reached' ]
	is '.steps[2].error == "the gate is not open: it was measured not to be so"'
	[ "$(calls | grep -c run)" = 2 ]
	[ "$(calls | grep -c undo)" = 2 ]
	no_open_ends
}

@test "a gate that nobody can measure stays shut" {
	area
	playbook <<-'E'
		steps:
		  - {name: each, action: do, for_each: [a, b], gate: {expr: 'nobody.measures == 1', hold: 0s, within: 0s}, with: {path: "{site.path}", tag: "{item}"}}
	E
	diagnose >d
	run -9 mend --apply d
	is '.steps[1].error | startswith("the gate is not open: ")'
	[ "$(calls)" = $'run a\nundo a' ]
}

@test "an item that fails ends the batches after it, unless it may fail" {
	area
	playbook <<-'E'
		steps:
		  - {name: each, action: do, for_each: [make, fail, make], with: {path: "{site.path}", how: "{item}", tag: "{item}{index}"}}
	E
	diagnose >d
	run -9 mend --apply d
	[ "$(steps)" = $'each[0] undone ran\neach[1] failed ran\neach[2] planned not_reached' ]
	[ "$(calls)" = $'run make0\nrun fail1\nundo make0' ]
	sed -i 's/for_each:/fail_on_error: false, for_each:/; s/mend:/mend:\n    guards: {cooldown: 0s}/' stock/playbooks/mend.yaml
	rm -f log thing
	sleep 0.05
	diagnose >d
	run -0 mend --apply d
	[ "$(calls)" = $'run make0\nrun fail1\nrun make2' ]
}

@test "that a step was tried again stands in its record" {
	area
	playbook <<<'steps: [{name: make, action: do, retries: 3, backoff: 10ms, with: {path: "{site.path}", how: flaky}}]'
	diagnose >d
	run -0 mend --apply d
	is '.steps[0].decision == "retried" and .steps[0].reason == "tried 3 times"'
	run -0 sh-ledger explain "$(jq -rs '.[-1].id' <<<"$output")"
	[[ $output == *'Step make (do) was done: tried 3 times.'* ]]
}

@test "a stop file that appears between two batches stops the rest, and what was done is undone" {
	area
	playbook <<-'E'
		steps:
		  - {name: each, action: do, for_each: [slow, slow], with: {path: "{site.path}", how: "{item}", tag: "n{index}"}}
	E
	diagnose >d
	(for _ in $(seq 200); do [ -s log ] && break; sleep 0.02; done; : >state/stop) 3>&- &
	run -9 mend --apply d
	[ "$(steps)" = $'each[0] undone ran\neach[1] failed stopped' ]
	is '.steps[1].reason | contains("every repair is stopped")'
	no_open_ends
}

@test "a repair with items is taken back item by item, the last first" {
	area
	playbook <<<'steps: [{name: each, action: do, for_each: [a, b, c], with: {path: "{site.path}", tag: "{item}"}}]'
	diagnose | mend --apply >r
	run -0 mend --undo "$(jq -r .id r)"
	is '[.steps[].state] == ["undone", "undone", "undone"]'
	[ "$(calls | grep undo)" = $'undo c\nundo b\nundo a' ]
}

@test "what must come from the site may be an item of a list that does, and of no other" {
	area
	for each in '"{fault.list}"' '"{steps.a.output.list}"' '["{fault.x}"]'; do
		playbook <<<"steps: [{name: a, action: do, for_each: $each, with: {path: \"{item}\"}}]"
		run mend --check
		[ "$status" -eq 2 ]
		[[ $output == *'may only come from the site'* ]]
	done
	for each in '"{site.files}"' '[/a, "{site.path}"]'; do
		playbook <<<"steps: [{name: a, action: do, for_each: $each, with: {path: \"{item}\"}}]"
		run -0 mend --check
	done
}

@test "the worker killed between steps in parallel: they end, are settled, and nothing runs twice" {
	area
	meet
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps:
		  - parallel:
		      - {name: a, action: meet, with: {path: "{site.path}", tag: a, how: late, many: 3}}
		      - {name: b, action: meet, with: {path: "{site.path}", tag: b, how: late, many: 3}}
		  - {name: c, action: do, with: {path: "{site.path}", tag: c}}
	E
	diagnose >d
	"$SH_BINDIR/sh-repair" -c conf --apply d >out 3>&- &
	pid=$!
	for _ in $(seq 200); do
		[ "$(ls met.* 2>/dev/null | wc -l)" = 2 ] && break
		sleep 0.02
	done
	worker=$(pgrep -P $pid | head -1)
	kill -KILL "$worker"
	: >met.three
	wait $pid || true
	run mend --apply d
	jq -se 'map(select(.kind == "repair")) | .[0] | [.steps[].state] == ["done", "done", "planned"]' <<<"$output"
	[ "$(calls | grep -c '^run [ab]')" = 2 ]
	[ "$(sh-ledger pauses)" = '' ]
	no_open_ends
}

@test "all killed between the items of a batch: each is asked, and has its record" {
	area
	meet
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps:
		  - {name: each, action: meet, for_each: [a, b], batch: 2, with: {path: "{site.path}", tag: "{item}", many: 3}}
	E
	diagnose >d
	"$BASH" "$abs_top_srcdir/tests/faults/killer.sh" all 400 "$SH_BINDIR/sh-repair" -c conf --apply d >out 3>&- || :
	run mend --apply d
	jq -se 'map(select(.kind == "repair")) | .[0].steps | map(select(.name | startswith("each["))) | length == 2
		and all(.[]; .state == "done" and .parameters.many == 3)' <<<"$output"
	[ "$(calls | grep -c run)" = 2 ]
	no_open_ends
}

@test "the records of all of this are what the schema says" {
	need python3
	area
	meet
	playbook <<-'E'
		steps:
		  - parallel:
		      - {name: a, action: meet, with: {path: "{site.path}", tag: a}}
		      - {name: b, action: meet, with: {path: "{site.path}", tag: b}}
		  - {name: each, action: do, for_each: [noop, fail, noop], when: index < 2, with: {path: "{site.path}", how: "{item}"}}
		  - {name: end, action: do, with: {path: "{site.path}"}}
	E
	playbook ladder none <<<'ladder: [{playbook: mend}]'
	sed -i '/verify:/d; s/causes: \[none\]/causes: [thing_gone]/' stock/playbooks/ladder.yaml
	sed -i 's/causes: \[thing_gone\]/causes: [none]/' stock/playbooks/mend.yaml
	diagnose >d
	mend d >plans
	mend --apply d >repairs || :
	: >thing
	sleep 0.05
	diagnose | jq -c '.fault.status = "open"' | mend --apply >>plans || :
	for kind in plan repair; do
		jq -c "select(.kind == \"$kind\")" "${kind}s" >$kind
		[ -s $kind ]
		run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" $kind <$kind
		[ "$status" != 77 ] || skip "$output"
		[ "$status" = 0 ]
	done
	jq -se '.[0] | .ladder == "ladder" and .rung == 1 and .recheck.answer == "broken" and (.steps | length) == 6' repair
}
