#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-diagnose: causes, their confidence, and what goes on as it came.
load helper

# The seed's demo metrics with more groups, COUNT lines, as faults.
faults() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '{"time":%d,"host":"h","latency":{"read_avg":150,"write_avg":80},' $((1795222800 + 10 * i))
		printf '"storage":{"utilization":95.2}%s}\n' "${2-}"
	done | sh-detect
}

fault() {
	printf '{"kind":"fault","time":"2026-11-21T01:00:00.000000Z","host":"h","entity":"%s","id":"f-1",' "${2-host:h}"
	printf '"fingerprint":"f-0","status":"%s","fault_type":"%s","rule_id":"r","severity":"low"}\n' "${3-open}" "$1"
}

causes() {
	jq -r 'select(.kind == "diagnosis") | "\(.fault.fault_type): \(.merged_result.root_cause) \(.merged_result.confidence)"'
}

equal() {
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }
}

@test "the seed's faults have the seed's causes and confidences" {
	need jq
	faults 3 | sh-diagnose >out
	equal "$(causes <out)" "high_latency: storage_bottleneck 0.7
disk_full: storage_space_exhausted 0.95"
	equal "$(jq -c 'select(.kind == "diagnosis") | [.merged_result.affected_resources,.entity,.host]' out | sort -u)" '[["host:h"],"host:h","h"]'
	equal "$(jq -r 'select(.kind == "diagnosis").merged_result.recommendation | length > 0' out | sort -u)" true
}

@test "busy processors are the cause of high latency, then short memory, and 80 and 85 are not enough" {
	need jq
	equal "$(faults 3 ',"cpu":{"usage":85}' | sh-diagnose | causes | head -n 1)" 'high_latency: cpu_bottleneck 0.8'
	equal "$(faults 3 ',"memory":{"usage":90}' | sh-diagnose | causes | head -n 1)" 'high_latency: memory_shortage 0.75'
	equal "$(faults 3 ',"cpu":{"usage":85},"memory":{"usage":90}' | sh-diagnose | causes | head -n 1)" \
		'high_latency: cpu_bottleneck 0.8'
	equal "$(faults 3 ',"cpu":{"usage":80},"memory":{"usage":85}' | sh-diagnose | causes | head -n 1)" \
		'high_latency: storage_bottleneck 0.7'
}

@test "the metrics of the host count for a file system of it" {
	need jq
	for t in 1 2 3; do
		echo "{\"time\":$t,\"host\":\"h\",\"cpu\":{\"usage\":85}}"
		echo "{\"time\":$t,\"host\":\"h\",\"entity\":\"filesystem:/x@h\",\"latency\":{\"read_avg\":150}}"
	done | sh-detect | sh-diagnose >out
	equal "$(causes <out)" 'high_latency: cpu_bottleneck 0.8'
	equal "$(jq -c .merged_result.affected_resources out)" '["host:h"]'
}

@test "a fault type that no rule knows is unknown at 0.0" {
	need jq
	fault novel | sh-diagnose >out
	equal "$(causes <out)" 'novel: unknown 0'
	grep -Eq '"confidence":0(\.0)?[,}]' out
	equal "$(jq -c '[.results,.ranking,.candidates]' out)" '[[],[],[]]'
}

@test "faults that are neither open nor ongoing, and other kinds, go on byte for byte" {
	{ fault disk_full host:h resolved | sed 's/,/ , /g'; fault disk_full host:h pending
	  fault disk_full host:h flapping; fault disk_full host:h stale
	  fault disk_full host:h shelved; echo '{"kind":"notice" ,"text":"\u0041"}'; echo '{"kind":"event"}'
	  echo '{"kind":"novel","n":123456789012345678901234567890}'; } >in
	sh-diagnose <in >out
	cmp in out
}

@test "the status counts however it is written" {
	fault disk_full | sed 's/"open"/"op\\u0065n"/' >in
	grep -q 'op.u0065n' in
	[[ $(sh-diagnose in) == '{"kind":"diagnosis"'* ]]
}

@test "-p forwards the faults as well, -e says that there was one, no fault is no finding" {
	fault disk_full >in
	sh-diagnose -p in >out
	[ "$(wc -l <out)" = 2 ]
	grep -qFxf in out
	run -1 sh-diagnose -e in
	run -0 sh-diagnose -e /dev/null
}

@test "the whole fault is in the diagnosis, with members that are not known" {
	need jq
	fault disk_full | sed 's/}$/,"novel":{"a":[1,null]}}/' >in
	equal "$(sh-diagnose in | jq -cS .fault | jq -cS 'with_entries(select(.key | IN("evidence","detection_count","total_hits") | not))')" \
		"$(jq -cS . in)"
}

@test "the highest confidence is chosen, the first of equal ones; ranking merges the same cause" {
	need jq
	cat >rules.yaml <<-'END'
	diagnoses:
	  a: {faults: [x], root_cause: one, confidence: 0.5}
	  b: {faults: [x], root_cause: two, confidence: 0.6}
	  c: {faults: [x, y], root_cause: one, confidence: 0.5}
	  d: {root_cause: three, confidence: 0.6}
	  e: {faults: [x], when: no.such == 1, root_cause: four, confidence: 1}
	END
	fault x | sh-diagnose --no-stock -c rules.yaml >out
	equal "$(jq -r .merged_result.rule_id out)" b
	equal "$(jq -c '[.results[].rule_id]' out)" '["a","b","c","d"]'
	equal "$(jq -c '[.ranking[] | [.root_cause, .confidence]]' out)" '[["one",0.75],["two",0.6],["three",0.6]]'
}

@test "the first case that is true gives the cause" {
	need jq
	cat >rules.yaml <<-'END'
	diagnoses:
	  a:
	    faults: [x]
	    cases:
	      - {when: a.b > 1, root_cause: unknown_is_not_true, confidence: 1}
	      - {when: "entity_type == 'disk' && entity_name == 'vda'", root_cause: disk, confidence: 0.9,
	         because: "it is {entity_name} of {hostname}", affected_resources: ["{fault.entity}", "host:{hostname}"]}
	      - {root_cause: other, confidence: 0.8}
	END
	{ fault x disk:vda@h; fault x disk:vdb@h; } | sh-diagnose --no-stock -c rules.yaml >out
	equal "$(jq -c '[.merged_result.root_cause, .merged_result.affected_resources, .merged_result.evidence]' out)" \
		'["disk",["disk:vda@h","host:h"],["it is vda of h"]]
["other",null,null]'
}

@test "the id tells causes apart and is the same for the same fault" {
	need jq
	fault disk_full >in
	equal "$(cat in in | sh-diagnose | jq -r .id | sort -u | wc -l)" 1
	{ cat in; sed 's/f-1/f-2/' in; sed 's/disk_full/high_latency/' in; } | sh-diagnose >out
	equal "$(jq -r 'select(.kind == "diagnosis").id' out | sort -u | wc -l)" 3
	grep -q '"id":"d-' out
}

@test "a rule that divides by zero is named, exit 2, and the others have their say" {
	cat >broken.yaml <<-'END'
	diagnoses:
	  whole: {faults: [disk_full], when: 1 / 0 > 1, root_cause: x, confidence: 1}
	END
	run -2 --separate-stderr sh-diagnose -c broken.yaml <<<"$(fault disk_full)"
	[[ $output == *'"root_cause":"storage_space_exhausted"'* ]]
	[[ $stderr == "sh-diagnose: "*"broken.yaml:2: diagnosis 'whole': fault 'f-1': 1:3: division by zero" ]]
}

@test "a broken file: the place, exit 2, and the other rules work" {
	cat >bad.yaml <<-'END'
	diagnoses:
	  none: {faults: [disk_full], confidence: 1}
	  sure: {faults: [disk_full], root_cause: x, confidence: 1.5}
	  word: {faults: [disk_full], root_cause: x, confidence: 1, wen: a.b == 1}
	  text: {faults: [disk_full], root_cause: x, confidence: 1, because: "{a"}
	  when: {faults: [disk_full], root_cause: x, confidence: 1, when: "a.b >"}
	  cases: {faults: [disk_full], cases: {}}
	END
	run -2 --separate-stderr sh-diagnose -c bad.yaml <<<"$(fault disk_full)"
	[[ $output == *'"root_cause":"storage_space_exhausted","confidence":0.95'* ]]
	for line in 2 3 4 5 6 7; do
		[[ $stderr == *"bad.yaml:$line:"* ]] || { echo "line $line: $stderr"; return 1; }
	done
	run -2 --separate-stderr sh-diagnose --check -c bad.yaml </dev/null
	[ -z "$output" ]
	run -0 --separate-stderr sh-diagnose --check </dev/null
	[ -z "$output$stderr" ]
}

@test "--explain says which rule was chosen" {
	run -0 --separate-stderr sh-diagnose --explain <<<"$(fault disk_full; fault novel)"
	[[ $stderr == *"rule 'disk_full_diagnosis' says storage_space_exhausted at 0.95 (chosen)"* ]]
	[[ $stderr == *"no rule has an opinion on 'novel'"* ]]
}

@test "--explain says what is wrong, which cause is likeliest and why, what else, and what to do" {
	faults 3 | grep disk_full >in
	run -0 --separate-stderr sh-diagnose --explain in
	equal "$stderr" "disk_full on host:h: storage utilization is 95.2 %
  Since 2026-11-21T01:00:00Z, that is for 20s, seen 3 times; critical.
  Measured: storage.utilization = 95.2.
  Most likely cause: storage space is exhausted (storage_space_exhausted); almost certain, 95 %, because
  - rule 'disk_full_diagnosis' says storage_space_exhausted at 0.95 (chosen): storage utilization is 95.2 %
  Nothing else came into question.
  Affected, as the rule says: host:h.
  Recommended: remove data that is no longer needed, or extend the storage.
  Playbooks that could mend it: disk-clean, deleted-release, log-rotate.
  Not known: how the metrics of host:h moved; too few of its measurements from before and after were seen.
  Not known: what was changed or logged shortly before; nothing that was seen speaks of it.
  Not known: what host:h needs and what needs it; no relation that was seen speaks of it."
	run -0 --separate-stderr sh-diagnose --explain -q in
	[ -z "$stderr" ]
}

@test "--explain tells each piece of evidence, and what speaks against the others" {
	story | sh-diagnose --explain 2>&1 >out | head -n 15 >said
	equal "$(sed -E 's/[0-9]+ %/N %/' said)" "slow on service:web@h
  Since 2026-11-21T01:10:00Z, that is for 0s; low severity.
  Most likely cause: abnormal_latency of service:db@h; almost certain, N %, because
  - latency.p90 of service:db@h rose from 11 to 400
  - deploy of service:db@h 1m before it began: db 2.0
  - new in the log of service:db@h, 10 times: cannot write page <*>
  - service:app@h, service:web@h need it and changed as well
  About this, no rule has an opinion on 'slow'.
  Less likely: abnormal_latency of service:web@h; N %.
  - latency.p90 of service:web@h rose from 11 to 400
  - but it needs service:app@h, which explains part of that
  Less likely: abnormal_latency of service:app@h; N %.
  - latency.p90 of service:app@h rose from 11 to 400
  - but it needs service:db@h, which explains part of that
  Affected, as it changed as well: service:app@h, service:web@h."
}

@test "--explain of stored diagnoses says what it said when they were made, and forwards them" {
	{ faults 3; story; } >in
	sh-diagnose --explain in 2>fresh | grep -E '"kind":"(diagnosis|incident)"' >stored
	sh-diagnose --explain stored >out 2>later
	cmp stored out
	cmp fresh later
	[ "$(wc -l <later)" -gt 40 ]
	run -0 --separate-stderr sh-diagnose --explain <<<'{"kind":"diagnosis","fault":{}}'
	[ "$output" = '{"kind":"diagnosis","fault":{}}' ]
	[[ $stderr == "sh-diagnose: a diagnosis cannot be explained: "* ]]
}

@test "an explanation is bounded and shows no control character, whatever the record says" {
	need jq
	faults 3 | grep disk_full | sh-diagnose |
		jq -c '.fault.description = "\u001b[31m\nred" + "x" * 100000 | .fault.entity = "host:" + "y" * 200000
			| .ranking = [range(900) | {root_cause: "c\(.)", confidence: 0.5, evidence: [range(20) | {source: "new", text: ("z" * 3000)}]}]' >in
	[ "$(wc -c <in)" -gt 1000000 ]
	sh-diagnose --max-record 1G --explain in 2>said >out
	[ "$(wc -l <said)" -lt 40 ]
	[ "$(wc -c <said)" -lt 30000 ]
	grep -q 'x1b' said
	run ! grep -q "$(printf '\033')" said
	grep -qx '  896 more causes were considered and are less likely still.' said
	grep -qx '  - and 12 more pieces of evidence' said
}

@test "faults with members of a wrong type are bad records, and the others come out" {
	need jq
	{
		fault disk_full | sed 's/"status":"open"/"status":5/'
		fault disk_full | sed 's/"status":"open",//'
		fault disk_full | sed 's/"low"/"lowish"/'
		fault disk_full | sed 's/"low"/"low","evidence":[]/'
		fault disk_full | sed 's/"low"/"low","evidence":{"since":5}/'
		fault disk_full | sed 's/"low"/"low","dims":"d"/'
		fault disk_full | sed 's/"low"/"low","detection_count":"3"/'
		fault disk_full | sed 's/"low"/"low","context":[]/'
		fault disk_full | sed 's/"low"/"low","affected_metrics":"m"/'
		fault disk_full | sed 's/"id":"f-1",//'
		fault disk_full | sed 's/"time":"[^"]*"/"time":"yesterday"/'
	} >in
	cp in bad
	fault disk_full >>in
	run -3 --separate-stderr sh-diagnose --reject rejected in
	[ "${#lines[@]}" = 1 ]
	for n in 1 2 3 4 5 6 7 8 9 10 11; do
		[[ $stderr == *"in:$n: "* ]] || { echo "line $n: $stderr"; return 1; }
	done
	[[ $stderr == *"in:4: member 'evidence' is not an object"* ]]
	cmp bad rejected
	run -3 --separate-stderr sh-diagnose --strict in
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" = 1 ]
}

# Samples of a chain web -> app -> db, the latency of all up at the end, and a fault of web.
chain() {
	local i v
	echo '{"kind":"edge","host":"h","from":"service:web@h","to":"service:app@h","type":"depends_on"}'
	echo '{"kind":"edge","host":"h","from":"service:app@h","to":"service:db@h","type":"depends_on"}'
	for ((i = 0; i < 70; i++)); do
		v=$((i < 60 ? 10 + i % 3 : 400))
		printf '{"kind":"sample","time":%d,"host":"h","entity":"service:%s@h","metrics":{"latency":{"p90":%d}}}\n' \
			$((1795222800 + 10 * i)) web $v $((1795222800 + 10 * i)) app $v $((1795222800 + 10 * i)) db $v
		printf '{"kind":"sample","time":%d,"host":"h","entity":"host:h","metrics":{"cpu":{"usage":20}}}\n' \
			$((1795222800 + 10 * i))
	done
	printf '{"kind":"event","time":%d,"host":"h","entity":"service:db@h","type":"deploy","text":"db 2.0"}\n' 1795223340
	fault slow service:web@h | sed 's/01:00:00/01:10:00/; s/"low"/"low","affected_metrics":["latency.p90"],"evidence":{"since":"2026-11-21T01:10:00.000000Z"}/'
}

@test "what an entity needs explains it: the deepest that changed is the first of the ranking" {
	need jq
	chain | sh-diagnose | jq -c 'select(.kind == "diagnosis")' >out
	equal "$(jq -r '.ranking[0] | "\(.root_cause) \(.entity) \(.affected | join(" "))"' out)" \
		'abnormal_latency service:db@h service:app@h service:web@h'
	jq -e '[.ranking[1:][].confidence < 0.06] | all' out
	equal "$(jq -r '.ranking[0].evidence[] | "\(.source): \(.text)"' out)" \
		'metric: latency.p90 rose from 11 to 400
event: deploy 1m before: db 2.0
graph: service:app@h, service:web@h need it and changed as well'
	equal "$(jq -r '.merged_result.root_cause' out)" unknown
	equal "$(jq -r '.moved[0].metric' out)" latency.p90
}

@test "a rule and what changed speak together for the entity that both name" {
	need jq
	cat >rules.yaml <<-'END'
	diagnoses:
	  db: {faults: [slow], root_cause: db_slow, confidence: 0.5, affected_resources: ["service:db@h"]}
	  web: {faults: [slow], root_cause: web_slow, confidence: 0.6}
	END
	chain | sh-diagnose --no-stock -c rules.yaml | jq -c 'select(.kind == "diagnosis")' >out
	equal "$(jq -c '[.ranking[:2][] | [.root_cause, .entity]]' out)" '[["db_slow","service:db@h"],["web_slow","service:web@h"]]'
	equal "$(jq -c '.merged_result.root_cause' out)" '"web_slow"'
	jq -e '.ranking[0] | .confidence > 0.9 and .confidence <= 0.99' out
}

@test "the topology of the site counts as edges do, a broken entry is told" {
	need jq
	cat >site.yaml <<-'END'
	topology:
	  service:web@h: {depends_on: service:app@h}
	  service:app@h: {depends_on: service:db@h}
	END
	chain | grep -v '"edge"' | sh-diagnose -c site.yaml | jq -r 'select(.kind == "diagnosis").ranking[0].entity' >out
	equal "$(cat out)" service:db@h
	chain | grep -v '"edge"' | sh-diagnose | jq -r 'select(.kind == "diagnosis").ranking[].entity' | sort >out
	equal "$(tr '\n' ' ' <out)" 'service:app@h service:db@h service:web@h '
	echo 'topology: {service:web@h: {depend_on: service:app@h}}' >bad.yaml
	run -2 --separate-stderr sh-diagnose --check -c bad.yaml </dev/null
	[[ $stderr == *"bad.yaml:1:"*"depends_on"* ]]
	echo 'topology: [{id: service:web@h, runs_on: host:h}, {id: "group:g", need: 1}]' >good.yaml
	for program in sh-diagnose sh-detect; do
		run -0 --separate-stderr $program --check -c good.yaml </dev/null
		[ -z "$stderr" ]
	done
}

@test "what the site says of a service counts as edges do, on each host" {
	need jq
	cat >site.yaml <<-'END'
	services:
	  web: {unit: web.service, depends_on: ["service:app"]}
	  app: {unit: app.service, depends_on: ["service:db@h", {any_of: ["service:x@h", "service:y@h"]}]}
	END
	chain | grep -v '"edge"' | sh-diagnose -c site.yaml | jq -c 'select(.kind == "diagnosis").ranking' >out
	equal "$(jq -r '.[0] | "\(.entity) \(.affected | join(" "))"' out)" 'service:db@h service:app@h service:web@h'
	jq -e 'map(.entity) | index("service:app") == null' out
}

@test "an edge without ends is a bad record, one of an unknown type is none" {
	run -3 --separate-stderr sh-diagnose <<<'{"kind":"edge","host":"h","from":"service:a","to":"b","type":"mounts"}'
	[[ $stderr == *"member 'to' is no entity"* ]]
	run -0 --separate-stderr sh-diagnose <<<'{"kind":"edge","host":"h","from":"service:a","to":"service:b","type":"uses"}'
	[ "$output" = '{"kind":"edge","host":"h","from":"service:a","to":"service:b","type":"uses"}' ]
}

# A chain with logs that change, and a second fault after more samples.
story() {
	local i
	chain | head -n -1
	for ((i = 0; i < 70; i++)); do
		printf '{"kind":"log","time":%d,"host":"h","entity":"service:db@h","text":"query %d done"}\n' $((1795222800 + 10 * i)) $i
		[ $i -lt 60 ] || printf '{"kind":"log","time":%d,"host":"h","entity":"service:db@h","text":"cannot write page %d"}\n' $((1795222800 + 10 * i)) $i
	done
	chain | tail -n 1
	printf '{"kind":"sample","time":1795223500,"host":"h","entity":"service:db@h","metrics":{"latency":{"p90":500}}}\n'
	chain | tail -n 1 | sed 's/f-1/f-2/'
}

@test "a run split anywhere, with state, says what one run says" {
	need jq
	story >in
	sh-diagnose in | grep '"diagnosis"' >whole
	grep -q 'new in the log, 10 times: cannot write page' whole
	equal "$(wc -l <whole)" 2
	for at in 1 2 40 200 281 300 360 "$(($(wc -l <in) - 2))"; do
		rm -rf state
		{ head -n "$at" in | sh-diagnose --state state; tail -n +"$((at + 1))" in | sh-diagnose --state state; } |
			grep '"diagnosis"' >parts
		cmp whole parts || { echo "split after $at"; return 1; }
	done
	rm -rf state
	split -l 7 in part.
	for part in part.*; do sh-diagnose --state state "$part"; done | grep '"diagnosis"' >parts
	cmp whole parts
}

# A fault that lasts: its later records tell of their latest hits.
lasting() {
	local i
	chain
	for ((i = 70; i < 130; i++)); do
		printf '{"kind":"sample","time":%d,"host":"h","entity":"service:%s@h","metrics":{"latency":{"p90":400}}}\n' \
			$((1795222800 + 10 * i)) web $((1795222800 + 10 * i)) app $((1795222800 + 10 * i)) db
		((i % 20)) || chain | tail -n 1 | sed "s/\"open\"/\"ongoing\"/; s/01:10:00/01:$((i / 6)):00/g"
	done
}

@test "a fault that lasts began when its first record says, however often it is told" {
	need jq
	lasting >in
	sh-diagnose in | grep '"diagnosis"' >whole
	equal "$(jq -r '"\(.fault.evidence.since[11:16]) \(.onset) \(.ranking[0].entity)"' whole)" \
		'01:10 2026-11-21T01:10:00.000000Z service:db@h
01:13 2026-11-21T01:10:00.000000Z service:db@h
01:16 2026-11-21T01:10:00.000000Z service:db@h
01:20 2026-11-21T01:10:00.000000Z service:db@h'
	tail -n 1 whole | sh-diagnose --explain 2>&1 >out | grep 'Since 2026-11-21T01:10:00Z, that is for 10m'
	for at in 283 284 300 400 "$(($(wc -l <in) - 1))"; do
		rm -rf state
		{ head -n "$at" in | sh-diagnose --state state; tail -n +"$((at + 1))" in | sh-diagnose --state state; } |
			grep '"diagnosis"' >parts
		cmp whole parts || { echo "split after $at"; return 1; }
	done
	sh-diagnose --why service:web@h in >out
	grep -q 'slow since 2026-11-21T01:10:00Z' out
	grep -q 'latency.p90 of service:db@h rose from 11 to 400' out
	cp -r state copy
	chain | tail -n 1 | sed 's/01:10/01:30/g' | sh-diagnose --state state --why service:web@h - >out
	grep -q 'slow since 2026-11-21T01:10:00Z' out
	chain | tail -n 1 | sed 's/"open"/"resolved"/; s/01:10:00/01:30:00/g' | sh-diagnose --state copy >/dev/null
	chain | tail -n 1 | sed 's/01:10:00/01:40:00/g' | sh-diagnose --state copy >out
	grep -q '"onset":"2026-11-21T01:40:00' out
}

# The disk of db fills up: a fault of that, then one of web.
full() {
	local i
	chain | head -n -1
	echo '{"kind":"edge","host":"h","from":"service:db@h","to":"filesystem:/d@h","type":"stored_on"}'
	for ((i = 0; i < 70; i++)); do
		printf '{"kind":"sample","time":%d,"host":"h","entity":"filesystem:/d@h","metrics":{"storage":{"utilization":%d,"latency_ms":%d}}}\n' \
			$((1795222800 + 10 * i)) $((i < 60 ? 50 : 99)) $((i < 60 ? 1 + i % 2 : 900))
	done
	chain | tail -n 1 | sed 's/service:web@h/filesystem:\/d@h/; s/"slow"/"disk_full"/; s/f-1/f-9/'
	chain | tail -n 1
}

@test "a suspect with a fault of its own has the cause of that" {
	need jq
	full >in
	sh-diagnose in | grep '"diagnosis"' >whole
	equal "$(tail -n 1 whole | jq -r '.ranking[0] | "\(.root_cause) \(.entity) \(.evidence[0] | .source, .fault, .fault_type, .cause)"')" \
		'storage_space_exhausted filesystem:/d@h fault
storage_space_exhausted filesystem:/d@h f-9
storage_space_exhausted filesystem:/d@h disk_full
storage_space_exhausted filesystem:/d@h storage_space_exhausted'
	tail -n 1 whole | jq -e '.ranking[0].evidence[0].text | startswith("filesystem:/d@h has a fault of its own, disk_full: storage_space_exhausted, 9")'
	tail -n 1 whole | sh-diagnose --explain 2>&1 >out | grep 'filesystem:/d@h has a fault of its own, disk_full, of which the cause is storage_space_exhausted, 9'
	{ head -n -1 in | sh-diagnose --state state; tail -n 1 in | sh-diagnose --state state; } | grep '"diagnosis"' >parts
	cmp whole parts
	{ head -n -1 in; tail -n 2 in | head -n 1 | sed 's/"open"/"resolved"/'; tail -n 1 in; } |
		sh-diagnose | grep '"diagnosis"' | tail -n 1 | jq -e '[.ranking[].evidence[].source] | index("fault") == null'
}

@test "a past that was changed on the disk is set aside and named, and the run goes on" {
	need sqlite3
	story >in
	head -n 300 in | sh-diagnose --state state >/dev/null
	sqlite3 state/diagnose.db "update value set value = cast(value || x'00' as blob)
		where space = 'past' and key = (select min(key) from value where space = 'past')"
	run --separate-stderr sh-diagnose --state state < <(tail -n +301 in)
	[ "$status" = 4 ]
	[[ $stderr == *"'diagnose.db' was damaged: it is now '"* ]]
	[[ $output == *'"diagnosis"'* ]]
	sh-diagnose --state state </dev/null
}

@test "lines or events that were changed on the disk cost no measurements, and one entity none of another" {
	need jq sqlite3
	story >in
	sh-diagnose in | jq -c 'select(.kind == "diagnosis") | .ranking[].evidence[] | select(.source == "metric") | del(.text)' >whole
	[ -s whole ]
	grep -v '"kind":"fault"' in >past
	printf '%s\n' '{"kind":"sample","time":1795223000,"host":"h","entity":"service:a0@h","metrics":{"a":{"b":1}}}' \
		'{"kind":"log","time":1795223000,"host":"h","entity":"service:a0@h","text":"a line of it"}' \
		'{"kind":"event","time":1795223000,"host":"h","entity":"service:a0@h","type":"deploy","text":"x"}' >>past
	sh-diagnose --state good <past >/dev/null
	for where in "space = 'shared' and key = cast('logs' as blob)" "space = 'shared' and key = cast('events' as blob)" \
		"space = 'past' and key = (select min(key) from value where space = 'past')"; do
		rm -rf state && cp -r good state
		equal "$(sqlite3 state/diagnose.db "update value set value = x'ff01' where $where; select changes()")" 1
		run --separate-stderr sh-diagnose --state state < <(grep '"kind":"fault"' in)
		[ "$status" = 4 ]
		[[ $stderr == *"'diagnose.db' was damaged: it is now '"* ]]
		jq -c 'select(.kind == "diagnosis") | .ranking[].evidence[] | select(.source == "metric") | del(.text)' <<<"$output" >got
		cmp whole got || { echo "$where"; return 1; }
	done
}

@test "--history gives the past from files, and is not for state" {
	need jq
	story >in
	sh-diagnose in | grep '"diagnosis"' | head -n 1 >whole
	grep -v '"fault"' in | grep -v 1795223500 >past
	grep '"kind":"fault"' in | head -n 1 | sh-diagnose --history past >out
	cmp whole out
	run -2 --separate-stderr sh-diagnose --history past --state state </dev/null
	run -4 --separate-stderr sh-diagnose --history missing </dev/null
	[[ $stderr == *missing* ]]
}

@test "edges of records are kept in the state, end when a record says so, and --why knows them" {
	chain | sed 's/"type":"depends_on"/&,"time":1795222800/' >in
	head -n 100 in | sh-diagnose --state state >/dev/null
	run -0 sh-diagnose --why service:web@h --state state
	[[ $output == *service:app@h* ]]
	sh-diagnose --state state >/dev/null <<-'END'
	{"kind":"edge","time":1795222900,"host":"h","from":"service:web@h","to":"service:app@h","type":"depends_on","removed":true}
	END
	run -0 sh-diagnose --why service:web@h --state state
	[[ $output != *service:app@h* ]]
	run -3 --separate-stderr sh-diagnose <<<'{"kind":"edge","host":"h","from":"service:a","to":"service:b","type":"mounts","valid":5}'
	[[ $stderr == *"'valid' is no duration"* ]]
}

@test "a reason of which the numbers are not known is what is wrong, not a question mark" {
	need jq
	cat >rules.yaml <<-END
		diagnoses:
		  a: {faults: [x], root_cause: one, confidence: 0.5, because: "it takes {cpu.usage} %"}
	END
	fault x >in
	sed 's/}$/,"description":"as told"}/' in >described
	sed 's/}$/,"context":{"metrics":{"cpu":{"usage":7}}}}/' in >measured
	evidence() { sh-diagnose --no-stock -c rules.yaml "$1" | jq -c '.results[0].evidence'; }
	equal "$(evidence in)" null
	equal "$(evidence described)" '["as told"]'
	equal "$(evidence measured)" '["it takes 7 %"]'
}

@test "what the log said last is known to rules: the last 20 lines, from two minutes before on, of that entity" {
	need jq
	cat >rules.yaml <<-END
		diagnoses:
		  a: {faults: [x], when: "said.matches('(?m)^no room')", root_cause: full, confidence: 0.5, because: "{said}"}
	END
	line() { printf '{"kind":"log","time":"2026-11-21T00:%s.0Z","host":"h","entity":"%s","text":"%s"}\n' "$1" "${3-service:a}" "$2"; }
	why() { { cat; fault x service:a; } | sh-diagnose --no-stock -c rules.yaml | jq -c '.results[0].evidence'; }
	equal "$({ line 58:30 'no room'; line 58:40 'no room'; line 59:59 bye; } | why)" '["no room\nbye\n"]'
	equal "$({ line 57:59 'no room'; line 59:59 bye; } | why)" null
	equal "$(line 59:59 'no room' service:b | why)" null
	equal "$({ line 59:01 'no room'; for _ in $(seq 19); do line 59:02 bye; done; } | why)" '["no room\nbye\n"]'
	equal "$({ line 59:01 'no room'; for _ in $(seq 20); do line 59:02 bye; done; } | why)" null
}

@test "the impact tells what is affected and what is at risk, users' services first" {
	need jq
	cat >site.yaml <<-'END'
	topology:
	  service:web@h: {depends_on: [service:app@h, group:db]}
	  service:app@h: {depends_on: service:db@h}
	  group:db: {members: [service:db@h, service:db2@i, service:db3@i], need: 2}
	  service:mail@i: {depends_on: service:app@h}
	END
	chain | grep -v '"edge"' | sh-diagnose -c site.yaml | jq -c 'select(.kind == "diagnosis").impact' >out
	equal "$(jq -r '[.entity, .severity, .affected_count, .at_risk_count] | join(" ")' out)" 'service:db@h critical 3 2'
	equal "$(jq -r '.affected[] | "\(.entity) \(.fate) \(.users)"' out)" 'service:web@h down true
service:app@h down null
service:db@h down null'
	equal "$(jq -c '.at_risk[]' out)" '{"entity":"service:mail@i","fate":"down","users":true}
{"entity":"group:db","fate":"weaker","members":3,"left":2,"needed":2}'
	chain | grep -v '"edge"' | sh-diagnose | jq -e 'select(.kind == "diagnosis") | .impact == null'
}

@test "--explain and the terminal say who is affected now and who is next, users' services first" {
	need jq
	cat >site.yaml <<-'END'
	topology:
	  service:web@h: {depends_on: [service:app@h, group:db]}
	  service:app@h: {depends_on: service:db@h}
	  group:db: {members: [service:db@h, service:db2@i, service:db3@i], need: 2}
	  service:mail@i: {depends_on: service:app@h}
	END
	for i in 1 2 3 4 5 6 7; do echo "  service:m$i@i: {depends_on: service:app@h}" >>site.yaml; done
	chain | grep -v '"edge"' | sh-diagnose -c site.yaml --explain 2>said >out
	grep -qx '  Without service:db@h, affected now: service:web@h (down, a service of users), service:app@h (down), service:db@h (down)[.]' said
	grep -qx '  Without service:db@h, at risk next: service:m1@i (down, a service of users), service:m2@i (down, a service of users), .* and 4 more[.]' said
	sh-diagnose -o text out >text
	grep -qx ' *affected now: service:web@h, service:app@h, service:db@h' text
	grep -qx ' *at risk next: service:m1@i, service:m2@i, service:m3@i, service:m4@i, service:m5@i and 4 more' text
	sed -i '/service:m[0-9]/d' site.yaml
	chain | grep -v '"edge"' | sh-diagnose -c site.yaml --explain 2>&1 >out | grep -q 'group:db (2 of 3 left, it needs 2)[.]$'
	# Nothing is known to need it: nothing is said.
	chain | grep -v '"edge"' | sh-diagnose --explain 2>said >out
	run ! grep -q 'affected now\|at risk next' said
}

@test "the severity of the impact is that of what carries on: 2 of 3 left is a warning" {
	need jq
	local need severity
	for need in 2 3; do
		printf 'topology:\n  group:db: {members: [service:db@h, service:db2@i, service:db3@i], need: %d}\n' $need >site.yaml
		printf '  service:mail@i: {depends_on: group:db}\n' >>site.yaml
		severity=$(chain | grep -v '"edge"' | sed '/"fault"/s/service:web@h/service:db@h/' |
			sh-diagnose -c site.yaml | jq -r 'select(.kind == "diagnosis").impact.severity')
		echo "need $need: $severity"
	done >out
	equal "$(cat out)" 'need 2: medium
need 3: critical'
}
