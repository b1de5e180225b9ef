#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-repair: diagnoses that were recorded are decided the same again.
load helper
load repair

@test "the same diagnoses at the same time give the same plans, byte for byte" {
	area
	diagnose >one
	for i in $(seq 1 40); do
		jq -c --arg i "$i" '.id = "d-" + $i | .fault.id = "f-" + $i | .confidence = ($i | tonumber) / 50' one
	done >day
	now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	SH_NOW=$now mend day >first
	SH_NOW=$now mend day >second
	[ -s first ]
	[ "$(jq -r .kind first | sort -u)" = plan ]
	cmp first second
	[ ! -e state/ledger.db ]
}

# a_day: 500 diagnoses of three things of a service within 24 hours, each again and
# again, all over fifteen times in between.
a_day() {
	{
		printf 'services:\n  app: {pidfile: %s/app.pid, mode: act, files: [' "$T"
		for i in {1..3}; do printf '{path: %s/t%d},' "$T" "$i"; done
		echo ']}'
	} >conf/site.yaml
	playbook <<-'E'
		guards: {cooldown: 8m}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	for i in {1..3}; do diagnose "$T/t$i" >"d$i"; done
	cat d1 d2 d3 | jq -sc '. as $d | range(600) | . as $i | (1900000000 + $i * 144) as $s |
		($s | todate) as $t | $d[$i % 3] | .time = $t | .id = "d-\($i)" |
		.fault.time = $t | .fault.id = (.fault.id[:20] + "\($i / 40 | floor)") |
		.fault.evidence.since = (($s - 2) | todate) | .fault.evidence.until = $t |
		if $i % 40 > 32 then empty elif $i % 40 > 29 then .fault.status = "resolved"
			elif $i % 40 > 2 then .fault.status = "ongoing" else . end' >day
}

rehearse() { sh-repair -c conf "$@"; }

@test "a recorded day is rehearsed twice with the same decisions, byte for byte, and leaves no trace" {
	area
	a_day
	diagnose "$T/t1" | mend --apply >r # a state to begin with
	before=$(sha256sum state/ledger.db calls log 2>/dev/null || :)
	rehearse --rehearse --state state day >first
	sleep 1.1 # another time of the clock
	rehearse --rehearse --state state day >second
	cmp first second
	[ "$(jq -r 'select(.kind == "plan").decision' first | wc -l)" = 450 ] # 45 are resolved
	[ "$(sha256sum state/ledger.db calls log 2>/dev/null || :)" = "$before" ]
	# Decided as it would have been then: attempts, cooldown, brakes and budgets of the day.
	[ "$(jq -r 'select(.kind == "plan").decision' first | sort -u | tr '\n' ' ')" = 'act cooldown refuse ' ]
	jq -se 'map(select(.kind == "plan" and .decision == "act")) | length > 12 and length < 60' first
	jq -se 'map(.time) | . == sort and .[0] >= "2030-03-17T17:46" and .[-1] < "2030-03-18T17:47"' first
}

@test "--compare says which decisions of a day two configurations make differently" {
	area
	a_day
	cp -r conf other
	run -0 rehearse --compare other day
	[ "$(jq -c '[.text, .differences]' <<<"$output")" = '["0 of 450 decisions differ",0]' ]
	printf 'limits:\n  repairs: {per_week: 2}\n' >other/limits.yaml
	rehearse --compare other day >first
	rehearse --compare other day >second
	cmp first second
	n=$(jq -s 'map(select(.here)) | length' first)
	[ "$n" -gt 5 ] && [ "$n" -lt 450 ]
	[ "$(tail -n 1 first | jq -r .text)" = "$n of 450 decisions differ" ]
	jq -se 'map(select(.here)) | all(.[]; .there.decision != .here.decision or .there.guard != .here.guard) and
		any(.[]; .here.decision == "act" and .there.decision == "refuse" and .there.guard == "budget" and
			(.text | contains("here: act by mend; there: refuse by mend, 2 repairs in a week")))' first
	# Whoever has no such playbook there does nothing there.
	sed -i 's/app: {/app: {group: g, /' other/site.yaml
	printf 'groups:\n  g: {min_healthy: 1}\n' >>other/site.yaml
	rehearse --compare other day | jq -se 'any(.[]; .there.guard == "capacity" and .here.decision == "act")'
	run -2 rehearse --compare other --apply day
	[ ! -e state/ledger.db ]
	[ -z "$(calls)" ]
}
