#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-detect --since, --until, --compare: recorded streams again.
load helper

detect() {
	sh-detect --no-stock -c rules.yaml "$@"
}

# What is measured each minute from 12:00 on: METRIC and its values
minutes() {
	local metric=$1 i=0 v
	shift
	for v; do
		printf '{"time":"2026-11-20T12:%02d:00Z","host":"a","%s":{"%s":%s}}\n' $((i++)) "${metric%.*}" "${metric#*.}" "$v"
	done
}

# Time, rule and status of each fault
short() {
	jq -r '"\(.time[11:16]) \(.rule_id) \(.status)"'
}

# Hosts at random, with rates, windows and groups over them
random() {
	awk 'BEGIN {
		srand(7)
		for (t = 1795222800; i < 600; i++) {
			t += int(rand() * 30)
			printf "{\"time\":%d,\"host\":\"h%d\",\"a\":{\"x\":%d,\"y\":%d}}\n", t, rand() * 5, rand() * 20, i * 3 + rand() * 9
			if (rand() < 0.05) printf "{\"kind\":\"event\",\"time\":%d,\"text\":\"%d\"}\n", t, i
			if (rand() < 0.05) printf "{\"kind\":\"tick\",\"time\":%d}\n", t
		}
	}'
	cat > rules.yaml << 'RULES'
rules:
  plain: {expr: a.x > 10, count: 2, clear: a.x < 5}
  window: {expr: "avg(a.x, 5m) > 9", count: 2}
  rate: {expr: "increase(a.y, 2m) > 30", count: 1}
  gone: {expr: "absent(a.x, 3m)", count: 1}
  group: {expr: "peers('all').share(p, a.x > 10) > 0.5", count: 1}
  sums: {promql: "sum(avg_over_time(a_x[5m])) > 40"}
RULES
}

# The instant of line N of the stream
instant() {
	sed -n "$1p" stream | jq -r '.time | todate'
}

@test "--until: the output is that for an input which ends there" {
	random > stream
	[ "$(wc -l < stream)" -gt 600 ]
	for n in 1 100 250 400; do
		last=$(instant "$n")
		jq -c --arg t "$last" 'select(.time <= ($t | fromdate))' stream > start
		[ "$(wc -l < start)" -lt "$(wc -l < stream)" ]
		detect --pending start > expected
		detect --pending --until "$last" stream > out
		cmp expected out
	done
	grep -q '"rule_id":"gone"' out
}

@test "--since: a span that holds all of the stream changes nothing" {
	random > stream
	detect --pending stream > expected
	detect --pending --since "$(instant 1)" --until 2026-12-31T00:00:00Z stream > out
	grep -q '"kind":"fault"' out
	cmp expected out
}

@test "--since: no fault is of a time before it, and no hit before it counts" {
	echo 'rules: {high: {expr: cpu.usage > 90, count: 3}}' > rules.yaml
	minutes cpu.usage 95 95 95 95 95 95 95 > stream
	run -0 --separate-stderr detect --since 2026-11-20T12:02:00Z stream
	[ "$(short <<< "$output")" = '12:04 high open' ]
	[ "$(jq -r .evidence.since <<< "$output")" = 2026-11-20T12:02:00.000000Z ]
}

@test "--since: functions over time know what came before" {
	cat > rules.yaml << 'RULES'
rules:
  mean: {expr: "avg(cpu.usage, 5m) > 70", count: 1}
  rate: {expr: "delta(cpu.usage, 3m) < -20", count: 1}
RULES
	minutes cpu.usage 90 90 90 90 90 60 60 > stream
	run -0 --separate-stderr detect --since 2026-11-20T12:05:00Z stream
	[ "$(short <<< "$output")" = $'12:05 mean open\n12:05 rate open\n12:06 mean ongoing\n12:06 rate ongoing' ]
	sed 1,5d stream > late
	run -0 --separate-stderr detect late
	[ -z "$output" ]
}

@test "--since: members of a group answer before it" {
	echo "rules: {many: {expr: \"peers('all').count(p, cpu.usage > 90) >= 2\", count: 1}}" > rules.yaml
	minutes cpu.usage 95 95 > stream
	sed -i '2s/"a"/"b"/' stream
	run -0 --separate-stderr detect --since 2026-11-20T12:01:00Z stream
	[ "$(short <<< "$output")" = '12:01 many open' ]
	sed 1d stream > late
	run -0 --separate-stderr detect late
	[ -z "$output" ]
}

@test "--since: what is missing since before it is found" {
	echo 'rules: {gone: {expr: "absent(cpu.usage, 2m)", count: 1}}' > rules.yaml
	minutes cpu.usage 1 > stream
	minutes mem.free 1 1 1 1 1 1 1 1 1 >> stream
	run -0 --separate-stderr detect --since 2026-11-20T12:05:00Z stream
	[ "$(short <<< "$output" | head -n 1)" = '12:05 gone open' ]
}

@test "--since: rules in PromQL know what came before, and what other rules recorded then" {
	cat > rules.yaml << 'RULES'
rules:
  kept: {promql: up, record: kept}
  grown: {promql: "increase(errors[5m]) > 3 and max_over_time(kept[10m]) == 1"}
RULES
	prom() {
		printf '{"time":"2026-11-20T12:%02d:00Z","host":"a","dims":{"job":"j"},"prom":{"errors":%d,"up":%d}}\n' "$@"
	}
	for i in 0 1 2 3 4 5; do prom "$i" "$((10 * i))" 1; done > stream
	for i in 6 7 8; do prom "$i" "$((10 * i))" 0; done >> stream
	run -0 --separate-stderr detect stream
	[ "$(short <<< "$output" | head -n 1)" = '12:01 grown open' ]
	run -0 --separate-stderr detect --since 2026-11-20T12:07:00Z stream
	[ "$(short <<< "$output")" = '12:07 grown open' ]
	sed 1,7d stream > late
	run -0 --separate-stderr detect late
	[ -z "$output" ]
}

@test "--until: other kinds are forwarded up to it, those before --since as well" {
	echo 'rules: {high: {expr: cpu.usage > 90}}' > rules.yaml
	for m in 1 2 3; do
		echo "{\"kind\":\"event\",\"time\":\"2026-11-20T12:0$m:00Z\",\"text\":\"$m\"}"
	done > stream
	detect --since 2026-11-20T12:02:00Z --until 2026-11-20T12:02:00Z stream > out
	head -n 2 stream | cmp - out
}

@test "--since: a rule that only records before it could have decided is not called blind" {
	echo 'rules: {high: {expr: "cpu.usage + mem.free > 90"}}' > rules.yaml
	minutes cpu.usage 1 2 > stream
	run -0 --separate-stderr detect stream
	[[ $stderr == *'could never decide'* ]]
	run -0 --separate-stderr detect --since 2026-11-20T13:00:00Z stream
	[ -z "$stderr" ]
}

@test "--since: a run that is cut in two, with a state directory, is as one" {
	random > stream
	since=$(instant 200)
	detect --since "$since" stream > expected
	[ "$(jq -r 'select(.kind == "fault").time' expected | sort | head -n 1)" \> "${since%Z}" ]
	for n in 100 199 200 201 450; do
		rm -rf state
		head -n "$n" stream | detect --since "$since" --state state > out
		sed "1,${n}d" stream | detect --since "$since" --state state | grep -v '"kind":"resume"' >> out
		cmp expected out
	done
}

@test "--since and --until are times, in this order" {
	echo 'rules: {high: {expr: cpu.usage > 90}}' > rules.yaml
	run -2 --separate-stderr detect --since yesterday
	[[ $stderr == *"--since: 'yesterday' is not a time such as"* ]]
	run -2 --separate-stderr detect --until 12:00
	[[ $stderr == *"--until: '12:00' is not a time such as"* ]]
	run -2 --separate-stderr detect --since 2026-11-20T12:02:00Z --until 2026-11-20T12:01:00Z
	[[ $stderr == *'--until is before --since'* ]]
	[ -z "$output" ]
}

# Two rule sets, and a stream on which they differ
differing() {
	cat > rules.yaml << 'RULES'
rules:
  both: {expr: cpu.usage > 90, count: 1}
  high: {expr: cpu.usage > 90, count: 1}
  low: {expr: cpu.usage < 10, count: 1}
RULES
	cat > other.yaml << 'RULES'
rules:
  both: {expr: cpu.usage > 90, count: 1}
  high: {expr: cpu.usage > 80, count: 2}
  new: {expr: cpu.usage > 50, count: 1}
RULES
	minutes cpu.usage 5 20 95 96 85 20 60 20 95 > stream
}

# RULE, and the times of each side that found the fault
sides() {
	jq -r 'def span: "\(.opened[11:16])-\((.resolved // "")[11:16])";
		[.rule_id, (.here // empty | "here " + span), (.there // empty | "there " + span)] | join(" ")'
}

@test "--compare: what only one side finds, and what they find at different times, by rule and time" {
	differing
	run -0 --separate-stderr detect --compare other.yaml stream
	[ "$(sides <<< "$output")" = "high here 12:02-12:04 there 12:03-12:06
high here 12:08-
low here 12:00-12:01
new there 12:02-12:05
new there 12:06-12:07
new there 12:08-" ]
	[ -z "$stderr" ]
	[ "$(jq -r '"\(.kind) \(.host) \(.entity) \(.severity) \(.time)"' <<< "${lines[0]}")" = \
		'notice a host:a info 2026-11-20T12:02:00.000000Z' ]
}

@test "--compare: here and there change places with the rule sets, and rules that are alike do not differ" {
	differing
	detect --compare other.yaml stream | jq -c '[.time, .rule_id, .here, .there]' > out
	sh-detect --no-stock -c other.yaml --compare rules.yaml stream | jq -c '[.time, .rule_id, .there, .here]' > swapped
	[ -s out ]
	cmp out swapped
	run -0 --separate-stderr detect -e --compare rules.yaml stream
	[ -z "$output" ]
}

@test "--compare: each side finds what it finds alone, in a stream at random" {
	random > stream
	sed 's/> 9"/> 10"/; s/> 30"/> 34"/; s/> 0.5/> 0.6/; s/> 40"/> 45"/; s/a.x > 10/a.x > 11/' rules.yaml > other.yaml
	alone() {
		sh-detect --no-stock -c "$1" stream | jq -r 'select(.status == "open") | "\(.rule_id) \(.entity) \(.time)"' | sort
	}
	detect --compare other.yaml stream > out
	for side in here there; do
		jq -r "select(.$side) | \"\(.rule_id) \(.entity) \(.$side.opened)\"" out | sort > "$side"
	done
	comm -23 <(alone rules.yaml) <(alone other.yaml) > only_here
	comm -13 <(alone rules.yaml) <(alone other.yaml) > only_there
	[ -s only_here ]
	[ -s only_there ]
	[ -z "$(comm -23 only_here here)" ]
	[ -z "$(comm -23 only_there there)" ]
	[ -z "$(comm -23 here <(alone rules.yaml))" ]
	[ -z "$(comm -23 there <(alone other.yaml))" ]
	detect --compare other.yaml stream | cmp - out
}

@test "--compare: sentences with -o text" {
	differing
	run -0 --separate-stderr detect --compare other.yaml -o text stream
	[[ ${lines[1]} == *"rule 'high' finds a fault of host:a: here from 2026-11-20T12:02:00Z to 2026-11-20T12:04:00Z, there from 2026-11-20T12:03:00Z to 2026-11-20T12:06:00Z" ]]
	[[ $output == *"rule 'high' finds a fault of host:a: only here, from 2026-11-20T12:08:00Z on"* ]]
	[[ $output == *"rule 'new' finds a fault of host:a: only there, from 2026-11-20T12:02:00Z to 2026-11-20T12:05:00Z"* ]]
}

@test "--compare: -e exits 1 when something differs, not when there are faults" {
	differing
	run -1 --separate-stderr detect -e --compare other.yaml stream
	sed '/low/d; /high/d' rules.yaml > same.yaml
	run -0 --separate-stderr sh-detect --no-stock -c same.yaml -e --compare same.yaml stream
	run -1 --separate-stderr sh-detect --no-stock -c same.yaml -e stream
}

@test "--compare: a directory stands for its files, and a span is that of both" {
	differing
	mkdir other
	mv other.yaml other/
	run -0 --separate-stderr detect --since 2026-11-20T12:05:00Z --until 2026-11-20T12:07:00Z --compare other stream
	[ "$(sides <<< "$output")" = 'new there 12:06-12:07' ]
}

@test "--compare: nothing is kept, taken from a state directory, or forwarded" {
	differing
	echo '{"kind":"event","time":"2026-11-20T12:09:00Z","text":"1"}' >> stream
	detect --state state stream > /dev/null
	cp state/detect.db before
	detect --compare other.yaml stream > expected
	run ! grep -q '"kind":"event"' expected
	SH_STATE=state detect --compare other.yaml stream | cmp - expected
	cmp before state/detect.db
}

@test "--compare: --explain explains both, those of the other under its name" {
	differing
	run -0 --separate-stderr detect --explain --compare other.yaml stream
	[[ $stderr == *"sh-detect: record 3, host:a, rule 'high': cpu.usage > 90: true"* ]]
	[[ $stderr == *"sh-detect: other.yaml: record 3, host:a, rule 'high': cpu.usage > 80: true"* ]]
}

@test "--compare: rules that are broken are reported, and options that do not go with it" {
	differing
	echo 'rules: {bad: {expr: "cpu.usage >"}}' > broken.yaml
	run -2 --separate-stderr detect --compare broken.yaml --check
	[[ $stderr == *broken.yaml:1:* ]]
	run -2 --separate-stderr detect --compare missing.yaml stream
	[[ $stderr == *missing.yaml* ]]
	for option in --score=cpu.usage --part=0/2 --templates; do
		run -2 --separate-stderr detect --compare other.yaml "$option" stream
		[[ $stderr == *'--compare does not go with --score, --part or --templates'* ]]
	done
	for option in --score=cpu.usage --compare=other.yaml; do
		run -2 --separate-stderr detect --state state --models all "$option"
		[[ $stderr == *'--models goes with neither --compare nor --score'* ]]
	done
}
