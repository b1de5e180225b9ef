#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-repair --check: what it finds in playbooks before anything has happened.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

# refused WORDS <BODY: --check exits 2, says the words at a place, and nothing else.
refused() {
	playbook mend
	run -2 --separate-stderr mend --check
	[[ $stderr == *"$1"* ]] || { printf 'not "%s": %s\n' "$1" "$stderr" >&2; return 1; }
	[ "${#stderr_lines[@]}" = 1 ] || { printf 'more than that: %s\n' "$stderr" >&2; return 1; }
	[[ $stderr == *mend.yaml:[0-9]*:[0-9]*:* ]] || { printf 'no place: %s\n' "$stderr" >&2; return 1; }
}

@test "a step that reads a step that is not there, comes later, or runs at the same time" {
	area
	refused "there is no step 'nobody'" <<-'E'
		steps: [{name: a, action: do, with: {path: "{site.path}", tag: "{steps.nobody.output.x}"}}]
	E
	refused "step 'b' comes later" <<-'E'
		steps:
		  - {name: a, action: do, with: {path: "{site.path}", tag: "x {steps.b.output.x}"}}
		  - {name: b, action: do, with: {path: "{site.path}"}}
	E
	refused "step 'b' comes later" <<-'E'
		steps:
		  - {name: a, action: do, when: 'steps.b.output.n > 1', with: {path: "{site.path}"}}
		  - {name: b, action: do, with: {path: "{site.path}"}}
	E
	refused "step 'a' runs at the same time" <<-'E'
		steps:
		  - parallel:
		      - {name: a, action: do, with: {path: "{site.path}"}}
		      - {name: b, action: do, with: {path: "{site.path}", tag: "{steps.a.output.x}"}}
	E
	refused "step 'a' reads its own output" <<-'E'
		steps: [{name: a, action: do, for_each: "{steps.a.output.list}", with: {path: "{site.path}"}}]
	E
	refused 'there is no output before the first step' <<-'E'
		steps: [{name: a, action: do, with: {path: "{site.path}", tag: "{output.x}"}}]
	E
	refused "'item' goes with for_each" <<-'E'
		steps: [{name: a, action: do, with: {path: "{site.path}", tag: "{item.x}"}}]
	E
	refused 'verify reads what is measured, and no steps' <<-'E'
		steps: [{name: a, action: do, with: {path: "{site.path}"}}]
		verify: {expr: 'steps.a.output.n == 1'}
	E
}

@test "a step that is never reached" {
	area
	for when in 'false' '1 > 2' 'false && fault.x' '"text"' '1'; do
		refused "step 'a' is never reached" <<<"steps: [{name: a, action: do, when: '$when', with: {path: \"{site.path}\"}}]"
	done
	refused "its list is empty" <<<'steps: [{name: a, action: do, for_each: [], with: {path: "{site.path}"}}]'
	refused "has more items than its max" <<<'steps: [{name: a, action: do, for_each: [1, 2], max: 1, with: {path: "{site.path}"}}]'
}

@test "values of a wrong type, and what an action requires" {
	area
	sed -i 's/^  tag:.*/  tag: {type: string, pattern: "[a-z]+"}\n  n: {type: integer}/' stock/actions/do.yaml
	refused "parameter 'n' is not of type integer" <<<'steps: [{name: a, action: do, with: {path: "{site.path}", n: many}}]'
	refused "does not match" <<<'steps: [{name: a, action: do, with: {path: "{site.path}", tag: A7}}]'
	refused "does not say 'path', which action 'do' requires" <<<'steps: [{name: a, action: do, with: {tag: a}}]'
	refused "parameter 'limit' is not of type number" <<-'E'
		parameters: {limit: {type: number, default: much}}
		steps: [{name: a, action: do, with: {path: "{site.path}"}}]
	E
	playbook <<<'steps: [{name: a, action: do, with: {path: "{site.path}", tag: "{fault.n}", n: 7}}]'
	run -0 mend --check
}

@test "a next that is not there, and one that leads in a circle" {
	area
	refused "there is no playbook 'nobody'" <<-'E'
		next: nobody
		steps: [{name: a, action: do, with: {path: "{site.path}"}}]
	E
	for id in other third; do
		playbook $id none <<-E
			next: $([ $id = other ] && echo third || echo mend)
			steps: [{name: a, action: do, with: {path: "{site.path}"}}]
		E
	done
	refused "next leads in a circle, back to 'mend'" <<-'E'
		next: other
		steps: [{name: a, action: do, with: {path: "{site.path}"}}]
	E
}

@test "rungs that are not there, twice there, or ladders themselves" {
	area
	for id in one two; do
		playbook $id none <<<'steps: [{name: a, action: do, with: {path: "{site.path}"}}]'
	done
	ladder() {
		cat >stock/playbooks/mend.yaml
		run -2 --separate-stderr mend --check
		[[ $stderr == *"$1"* ]] || { printf 'not "%s": %s\n' "$1" "$stderr" >&2; return 1; }
	}
	ladder "there is no playbook 'nobody'" <<<'playbooks: {mend: {ladder: [{playbook: one}, {playbook: nobody}]}}'
	ladder "'one' is a rung twice" <<<'playbooks: {mend: {ladder: [{playbook: one}, {playbook: one}]}}'
	ladder "'mend' is a ladder itself" <<<'playbooks: {mend: {ladder: [{playbook: one}, {playbook: mend}]}}'
	ladder "a ladder has no 'steps'" <<<'playbooks: {mend: {ladder: [{playbook: one}], steps: []}}'
	ladder "a ladder is a list of 1 to 10 rungs" <<<'playbooks: {mend: {ladder: []}}'
	ladder 'rung has no playbook' <<<'playbooks: {mend: {ladder: [{attempts: 2}]}}'
	ladder "did you mean 'attempts'" <<<'playbooks: {mend: {ladder: [{playbook: one, attemps: 2}]}}'
	playbook two none <<<$'next: one\nsteps: [{name: a, action: do, with: {path: "{site.path}"}}]'
	ladder "'two' has a next of its own" <<<'playbooks: {mend: {ladder: [{playbook: two}]}}'
}
