#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Rules of Prometheus as rules of ours, and rules that stay in PromQL.
load helper
: "${abs_top_srcdir:?}"

alerts() {
	cat > alerts.yml <<-'END'
	groups:
	  - name: store
	    interval: 30s
	    rules:
	      - record: rack:disk_free:min
	        expr: min by (rack) (disk_free)
	      - alert: DiskLow
	        expr: disk_free{disk=~"sd.+"} / disk_size < 0.1
	        for: 1m
	        labels: {severity: critical, team: "{{ $labels.disk }}"}
	        annotations: {summary: 'only {{ $value | printf "%.2f" }} of {{ $labels.disk }} is free'}
	      - alert: RackLow
	        expr: |
	          # one disk is enough
	          rack:disk_free:min < 5 and on (rack) count by (rack) (disk_free) > 1
	        for: 1m
	        labels: {severity: page}
	        annotations: {summary: 'rack {{ $labels.rack }} has {{ $value }}'}
	      - alert: Broken
	        expr: histogram_count(disk_free) > 1
	END
	sh-detect --import-prometheus alerts.yml "$@" > rules.yaml 2> told || return 1
}

# Minutes 0 to N of two disks in one rack, the second of which fills.
disks() {
	local i
	for ((i = 0; i <= $1; i++)); do
		printf '{"kind":"sample","time":"2026-01-01T00:%02d:00Z","host":"h","entity":"check:x@h","dims":{"disk":"%s","rack":"r1"},"metrics":{"prom":{"disk_free":%s,"disk_size":100}}}\n' \
			$i sda 50 $i sdb $((i > 1 && i < 8 ? 4 : 40))
		printf '{"kind":"tick","time":"2026-01-01T00:%02d:00Z","host":"h","interval":60}\n' $i
	done
}

detect() {
	SH_HOST=h sh-detect --no-stock -o ndjson -c rules.yaml "$@"
}

@test "what one record decides is an expression, the rest stays PromQL, and what is neither is told" {
	alerts -v
	grep -q '^sh-detect: 4 rules: 1 in the rule language, 1 in PromQL, 1 recording, 1 not taken over$' told
	grep -q "^sh-detect: alerts.yml:20:[0-9]*: rule 'Broken': 1:1: unknown function 'histogram_count': histogram_count(disk_free) > 1$" told
	[ "$(wc -l < told)" = 2 ]
	grep -q '^  # Broken was not taken over:$' rules.yaml
	run -0 --separate-stderr sh-detect --no-stock -c rules.yaml --check
	run -0 --separate-stderr sh-detect --no-stock -c rules.yaml --list
	[[ $output == *'dims.disk.matches("^(?:sd.+)$")'*'promql  min by (rack) (disk_free)'* ]]
}

@test "imported rules open and resolve faults, both kinds, and their records are valid" {
	need jq python3
	alerts
	disks 10 | detect > out
	jq -c 'select(.status != "ongoing") | [.rule_id, .status, .time[14:16], .dims.disk, .entity, .description]' out > got
	cat > want <<-'END'
	["DiskLow","open","03","sdb","check:x@h","only 0.04 of sdb is free"]
	["RackLow","open","03",null,"check:x@h","rack r1 has 4"]
	["DiskLow","resolved","08","sdb","check:x@h","only 0.04 of sdb is free"]
	["RackLow","resolved","08",null,"check:x@h","rack r1 has 4"]
	END
	diff -u want got
	jq -es 'map(select(.rule_id == "RackLow"))[0] | .severity == "critical" and .labels.severity == "page" and
		.dims == {rack: "r1"} and .annotations.summary == "rack r1 has 4" and .evidence.values.value == 4 and
		(.promql | contains("count by (rack)")) and (has("expr") | not)' out
	run -0 python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" fault < out
}

@test "all in PromQL says the same" {
	need jq
	alerts
	disks 10 | detect | jq -c 'select(.status != "ongoing") | [.rule_id, .status, .time]' > both
	alerts --exact
	grep -q "promql: 'disk_free{disk=~" rules.yaml
	disks 10 | detect | jq -c 'select(.status != "ongoing") | [.rule_id, .status, .time]' > exact
	diff -u both exact
}

@test "a run cut at any record with saved state says what one run says" {
	alerts --exact
	disks 10 > in
	detect in > whole
	[ -s whole ]
	for cut in 1 5 9 14 20 27; do
		rm -rf state
		{ head -n $cut in | detect --state state && tail -n +$((cut + 1)) in | detect --state state; } > parts
		cmp whole parts
	done
}

@test "a rule that matches several series is told once, and the others go on" {
	need jq
	cat > rules.yaml <<-'END'
	rules:
	  twice: {promql: disk_free + on (rack) disk_free}
	  fine: {promql: disk_free < 5}
	END
	disks 4 > in
	run -2 --separate-stderr detect in
	[ "$(grep -c "rules.yaml:2:.*rule 'twice': several series match" <<< "$stderr")" = 1 ]
	jq -es 'map(.rule_id) | unique == ["fine"]' <<< "$output"
}

@test "what is no rule, no key and no file of rules is refused with its place" {
	printf 'rules:\n  a: {promql: "sum(", count: 3}\n  b: {promql: "sum("}\n' > rules.yaml
	run -2 --separate-stderr sh-detect --no-stock -c rules.yaml --check
	[[ $stderr == *"rules.yaml:2:"*"unknown key 'count' of a rule"* ]]
	[[ $stderr == *"rules.yaml:3:"*"promql: 1:5: a value expected at the end"* ]]
	echo 'a: 1' > other.yaml
	run -2 --separate-stderr sh-detect --import-prometheus other.yaml
	[[ $stderr == *"other.yaml:1:1: no list of groups: this is no rule file of Prometheus"* ]]
	run -4 --separate-stderr sh-detect --import-prometheus nowhere.yaml
	[[ $stderr == *"nowhere.yaml"* ]]
}

@test "published rule tests fire what promtool says" {
	need jq python3
	need_data conformance/alerts/rule_tests.ndjson
	python3 "$SH_DATA/conformance/check.py" rules --fails fails \
		--cmd "$abs_top_srcdir/tests/conformance/rules-adapter" > out
	cat out fails
	[ ! -s fails ]
	grep -q "'pass': [1-9]" out
}

@test "published rules are taken over, each of them" {
	need jq
	need_data conformance/alerts/pick60.ndjson
	jq -s '{groups: [{name: "g", rules: map({alert: .name, expr: .promql, for, labels: {severity}})}]}' \
		"$SH_DATA/conformance/alerts/pick60.ndjson" > alerts.json
	sh-detect -v --import-prometheus alerts.json > rules.yaml 2> told
	cat told
	grep -q ' 0 not taken over$' told
	run -0 --separate-stderr sh-detect --no-stock -c rules.yaml --check
}
