#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Plans that get in each other's way: which goes first, and what the other is told.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

# Two faults of one target while a third is repaired; of the two that wait one goes first.
# wait_for CAUSE1 CAUSE2
wait_for() {
	diagnose >d
	{
		jq -c '.fault.n = "held"' d
		sleep 0.3
		sed "s/thing_gone/$1/g" d | jq -c '.fault.id = "f-1" | .fault.fingerprint = "fp-1"'
		sed "s/thing_gone/$2/g" d | jq -c '.fault.id = "f-2" | .fault.fingerprint = "fp-2"'
		echo '{"kind":"notice","time":"2026-01-01T00:00:00Z","host":"h1","text":"pass"}'
	} | mend --apply | while read -r line; do
		echo "$line" >>out
		[ "$(jq -r .kind <<<"$line")" != notice ] || touch go
	done
}

lost() { # FAULT WORDS
	jq -se --arg f "$1" --arg w "$2" 'map(select(.decision == "conflict")) | length == 1 and .[0].fault_id == $f
		and (.[0].reason | contains($w))' out || { cat out >&2; return 1; }
}

waiting_area() {
	area
	playbook <<<$'guards: {cooldown: 0s}\nsteps: [{name: make, action: do, with: {path: "{site.path}", how: held}}]'
	playbook small minor <<<"${1-}"$'\nsteps: [{name: make, action: do, with: {path: "{site.path}", tag: small}}]'
	playbook large major <<<"${2-}"$'\nsteps: [{name: make, action: do, with: {path: "{site.path}", tag: large}}]'
}

@test "of two faults that wait for one target the one of the higher priority goes first" {
	waiting_area 'priority: 5' 'priority: 1'
	wait_for minor major
	lost f-2 'priority 5 over 1'
	rm -rf out go thing state
	wait_for major minor
	lost f-1 'priority 5 over 1'
	sh-ledger history | jq -se 'any(.[]; .note == "conflict" and (.text | contains("goes first on the same target")))'
}

@test "where the priorities are the same, the lower risk goes first, then what was there first" {
	waiting_area 'risk: high' 'risk: low'
	wait_for minor major
	lost f-1 'risk low below high'
	rm -rf out go thing state
	waiting_area
	wait_for minor major
	lost f-2 'it was there first'
}

@test "what waits without a playbook loses, and the history says to whom" {
	waiting_area
	wait_for unheard_of major
	lost f-1 'there is no playbook for this one'
	sh-ledger history | jq -se --arg t "$target" 'any(.[]; .note == "conflict" and .about == "f-1"
		and (.text | contains("there is no playbook for this one")))'
}

@test "what one repair did is not undone by another for a while, unless that has the higher priority or gives back" {
	area
	playbook <<<$'effects: stop\nguards: {cooldown: 0s, healthy_for: 2s}\nsteps: [{name: make, action: do, with: {path: "{site.path}", tag: stop}}]'
	playbook other another <<<$'effects: [look, start]\nguards: {cooldown: 0s}\nsteps: [{name: make, action: do, with: {path: "{site.path}", tag: start}}]'
	diagnose | mend --apply >r
	another() {
		rm -f thing
		sleep 0.05
		diagnose | sed 's/thing_gone/another/g' | jq -c '.fault.fingerprint = "fp-2"' >d
		run -0 mend --apply d
	}
	another
	is '.decision == "conflict" and (.reason | test("mend did the opposite [0-9]+ s ago"))'
	sed -i 's/    effects/    priority: 1\n    effects/' stock/playbooks/other.yaml
	another
	is '.verified == "fixed" and .playbook == "other"'
	# Now it is the other way round.
	rm thing
	sleep 0.05
	diagnose >d
	run -0 mend --apply d
	is '.decision == "conflict" and (.reason | contains("priority 1 is not below 0"))'
	sed -i 's/healthy_for: 2s/healthy_for: 2s, gives_back: true/' stock/playbooks/mend.yaml
	run -0 mend --apply d
	is '.verified == "fixed" and .playbook == "mend"'
	[ "$(calls)" = $'run stop\nrun start\nrun stop' ]
}

@test "words that a playbook opposes count as opposite, others do not" {
	area
	playbook <<<$'effects: warm\nguards: {cooldown: 0s}\nsteps: [{name: make, action: do, with: {path: "{site.path}"}}]'
	playbook other another <<<$'effects: cold\nopposes: [warm]\nguards: {cooldown: 0s}\nsteps: [{name: make, action: do, with: {path: "{site.path}"}}]'
	diagnose | mend --apply >r
	rm thing
	sleep 0.05
	diagnose | sed 's/thing_gone/another/g' | jq -c '.fault.fingerprint = "fp-2"' >d
	run -0 mend --apply d
	is '.decision == "conflict"'
	sed -i '/opposes/d' stock/playbooks/other.yaml
	run -0 mend --apply d
	is '.verified == "fixed"'
}

@test "while what a target needs is repaired, the target waits" {
	area
	printf 'topology:\n  "file:%s/thing": {depends_on: "file:%s/middle"}\n  "file:%s/middle": {depends_on: "file:%s/other"}\n' \
		"$T" "$T" "$T" "$T" >conf/topology.yaml
	playbook <<<$'guards: {cooldown: 0s}\nsteps: [{name: make, action: do, with: {path: "{site.path}", how: "{fault.how}"}}]'
	diagnose "$T/other" | jq -c '.fault.how = "held"' >below
	diagnose | jq -c '.fault.how = "make"' >d
	"$SH_BINDIR/sh-repair" -c conf --apply below >out 3>&- &
	pid=$!
	for _ in $(seq 100); do
		[ -s log ] && break
		sleep 0.05
	done
	# It ends only when the other one does, for it would settle what that left behind.
	"$SH_BINDIR/sh-repair" -c conf --apply d >out2 3>&- &
	second=$!
	for _ in $(seq 60); do
		[ -s out2 ] && break
		sleep 0.05
	done
	: >go
	wait $second
	jq -se '.[0].decision == "conflict" and (.[0].reason
		| contains("/other@h1'"'"', which it needs, is being repaired by mend: what is needed goes first"))' out2
	wait $pid
	jq -se 'any(.[]; .verified == "fixed")' out
	run -0 mend --apply d
	is '.verified == "fixed"'
	no_open_ends
}

@test "what a target needs goes before it when both are broken, but nobody waits for that for ever" {
	area
	printf 'topology:\n  "file:%s/thing": {depends_on: "file:%s/other"}\n' "$T" "$T" >conf/topology.yaml
	# Nobody repairs the other one, for there is no playbook for its cause.
	diagnose "$T/other" | sed 's/thing_gone/unheard_of/g' | mend --apply >r || :
	diagnose >d
	run -0 mend --apply d
	is '.decision == "conflict" and (.reason | contains("which it needs, is broken too and goes first"))'
	[ -z "$(calls)" ]
	run -0 mend --apply --now "$(date -u -d '+3 min' +%FT%TZ)" d
	is '.verified == "fixed"'
}

@test "the impact of a cause counts for its benefit, and stands in the record" {
	area
	playbook other <<<$'risk: high\nsteps: [{name: make, action: do, with: {path: "{site.path}"}}]'
	diagnose | jq -c '.impact = {entity: .fault.entity, severity: "high", affected: [], affected_count: 4, at_risk: [], at_risk_count: 0}' >d
	run -0 mend d
	is '.ranking | length == 2 and all(.[]; .impact == 1.4 and ((.benefit - .chance * 1.4 * 0.75) | fabs) < 0.000002)'
	diagnose >d
	run -0 mend d
	is 'all(.ranking[]; .impact == 1)'
}
