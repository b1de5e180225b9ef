#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Disasters that others had and published, one test each: the guard refuses, and
# lets pass what it should. sh-repair itself decides, on faults that the real
# sh-collect and sh-detect make.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

# pair [GROUP LIMITS]: services app and other, one thing each, in one group.
pair() {
	cat >conf/site.yaml <<-E
		services:
		  app: {pidfile: $T/app.pid, files: [{path: $T/thing}], group: pair, mode: act}
		  other: {pidfile: $T/other.pid, files: [{path: $T/other}], group: pair, mode: act}
		groups:
		  pair: {$1}
	E
}

@test "too many nodes at once: the capacity of the group counts all that are down, whoever did it" {
	area
	pair 'max_unavailable: 1'
	diagnose "$T/other" >o
	mend --apply --mode observe o >r # its fault is known, nothing is done
	diagnose >d
	run -7 mend --apply d
	is '.decision == "refuse" and (.guards[] | select(.guard == "capacity") | .answer == "refuse")'
	is '.reason | contains("2 of 2 would be unavailable, 1 may be")'
	notice 'may be'
	[ -z "$(calls)" ]
	sleep 1
	jq -c '.fault | .status = "resolved" | .time = (now | todate)' o | mend --apply >r
	run -0 mend --apply d
	is '.verified == "fixed"'
}

@test "too many nodes at once: while one member is repaired the other waits, in another process too" {
	area
	pair 'min_healthy: 1'
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]'
	diagnose >d
	diagnose "$T/other" >o
	mend --apply d >r &
	pid=$!
	until [ -e log ]; do sleep 0.02; done
	run -7 mend --apply o
	is '.reason | contains("now also file:")'
	wait $pid
	[ "$(calls)" = 'run one' ]
	diagnose "$T/other" >o
	run -0 mend --apply o
	is '.verified == "fixed"'
}

@test "a guard locks out all repair: a group of one is repaired, and undoing asks no guard" {
	area
	site 'mode: act, group: alone'
	printf 'groups:\n  alone: {min_healthy: 51%%}\n' >>conf/site.yaml
	diagnose >d
	run -0 mend --apply d
	is '.verified == "fixed"'
	id=$(jq -rs 'map(select(.kind == "repair"))[0].id' <<<"$output")
	sed -i 's/51%/1/' conf/site.yaml # now nothing of it may be taken down
	rm thing
	sleep 0.05
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	diagnose >d
	run -7 mend --apply d
	is '.reason | contains("0 may be")'
	run -0 mend --undo "$id"
	[ "$(calls)" = $'run one\nundo one' ]
}
