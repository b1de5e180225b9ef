#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-diagnose: playbooks by cause and target, and what they take down.
load helper

equal() {
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }
}

# ENTITY NUMBER [STATUS]
fault() {
	printf '{"kind":"fault","time":"2026-11-21T01:00:%02d.000000Z","host":"h","entity":"%s","id":"f-%032d","fingerprint":"f-%032d",' \
		"$2" "$1" "$2" "$2"
	printf '"status":"%s","fault_type":"down","rule_id":"r","severity":"high"}\n' "${3-open}"
}

site() {
	cat >site.yaml <<-'END'
	diagnoses:
	  down: {faults: [down], root_cause: gone, confidence: 0.8, affected_resources: ["service:db2@h", "disk:sda@h"]}
	playbooks:
	  restart: {for: {causes: [gone], targets: [service]}, interrupts: true, steps: [{name: a, action: notify}]}
	  look: {for: {causes: [gone]}, steps: [{name: a, action: notify}]}
	  spin: {for: {causes: [gone], targets: [disk]}, steps: [{name: a, action: notify}]}
	  mount: {for: {causes: [gone], targets: [filesystem]}, steps: [{name: a, action: notify}]}
	topology:
	  group:db: {members: ["service:db1@h", "service:db2@h", "service:db3@h"], need: 2}
	  service:web@h: {depends_on: "group:db"}
	  service:cache@h: {depends_on: "service:db2@h"}
	  service:page@h: {depends_on: "service:cache@h"}
	END
}

# Of the last diagnosis the candidates: "PLAYBOOK TARGET CAUSE CONFIDENCE: marks".
proposed() {
	sh-diagnose --no-stock -c site.yaml | jq -rs '[.[] | select(.kind == "diagnosis")] | last | .candidates[] |
		"\(.playbook) \(.target // "?") \(.cause) \(.confidence):" + ([.marks // [] | .[] |
		" " + .mark + " " + (.entity // (.entities | join("+"))) + (if .left then " \(.left)/\(.members)/\(.needed)" else " \(.count)" end) +
		(if .faulty then " without " + (.faulty | join("+")) else "" end)] | join(","))'
}

@test "a restart is marked with the group it weakens and what else it takes with it" {
	need jq
	site
	equal "$(fault service:db2@h 1 | proposed)" 'restart service:db2@h gone 0.8: weakens group:db 2/3/2, touches service:cache@h+service:page@h 2
look service:db2@h gone 0.8:
spin disk:sda@h gone 0.8:
mount ? gone 0.8:'
}

@test "with a replica that is faulty already it takes the group down, until that one is well" {
	need jq
	site
	{ fault service:db1@h 1; fault service:db2@h 2; } >in
	equal "$(proposed <in | head -n 1)" \
		'restart service:db2@h gone 0.8: takes_down group:db 1/3/2 without service:db1@h, touches service:web@h+service:cache@h+service:page@h 3'
	{ fault service:db1@h 1; fault service:db1@h 1 resolved | sed 's/:01\./:03./'; fault service:db2@h 4; } >in
	equal "$(proposed <in | head -n 1)" 'restart service:db2@h gone 0.8: weakens group:db 2/3/2, touches service:cache@h+service:page@h 2'
	{ fault service:db1@h 1; fault service:db3@h 2; fault service:db2@h 3; } >in
	equal "$(proposed <in | head -n 1)" 'restart service:db2@h gone 0.8: touches service:cache@h+service:page@h 2'
}

@test "a playbook for the type of the fault is proposed after those for the cause, whatever the cause" {
	need jq python3
	site
	sed -i 's/^  look: .*/  look: {for: {causes: [gone], faults: [down]}, steps: [{name: a, action: notify}]}\
  page: {for: {faults: [up, down], targets: [service]}, interrupts: true, steps: [{name: a, action: notify}]}\
  other: {for: {faults: [up]}, steps: [{name: a, action: notify}]}/' site.yaml
	fault service:db2@h 1 | sh-diagnose --no-stock -c site.yaml >out
	equal "$(jq -c 'select(.kind == "diagnosis") | .candidates | map(del(.marks))' out)" '[{"playbook":"restart","target":"service:db2@h","cause":"gone","confidence":0.8},{"playbook":"look","target":"service:db2@h","cause":"gone","confidence":0.8},{"playbook":"spin","target":"disk:sda@h","cause":"gone","confidence":0.8},{"playbook":"mount","cause":"gone","confidence":0.8},{"playbook":"page","target":"service:db2@h","fault":"down"}]'
	jq -es '.[0].candidates[-1].marks[0].mark == "weakens"' out
	# Of a fault without a known cause nothing else is known.
	sed -i '/^diagnoses:/,/^playbooks:/{/^playbooks:/!d}' site.yaml
	fault service:db2@h 1 | sh-diagnose --no-stock -c site.yaml >none
	equal "$(jq -r '.candidates[] | .playbook' none | xargs)" 'look page'
	grep -h '"kind":"diagnosis"' out none >both
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" diagnosis <both
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
}

@test "a member that only the site's words can mean is not said to be lost" {
	need jq
	cat >site.yaml <<-'END'
	diagnoses:
	  down: {faults: [down], root_cause: gone, confidence: 0.8, affected_resources: ["{fault.entity}"]}
	playbooks:
	  restart: {for: {causes: [gone], targets: [service]}, interrupts: true, steps: [{name: a, action: notify}]}
	groups: {dbs: {min_healthy: 2}}
	services: {db: {unit: db.service, group: dbs}}
	topology:
	  vm:a@h: {depends_on: "service:db"}
	END
	# Somebody speaks of service:db, so of service:db@h nobody does: it is not on the host that is
	# down, and there are three.
	echo '{"kind":"edge","time":1795222800,"host":"h","from":"vm:b@k","to":"service:db"}' >in
	for host in k m n; do
		echo "{\"kind\":\"sample\",\"time\":1795222801,\"host\":\"$host\",\"entity\":\"service:db@$host\",\"metrics\":{\"a\":{\"b\":1}}}"
	done >>in
	{ fault host:h 3; fault service:db@k 4; } >>in
	equal "$(proposed <in)" 'restart service:db@k gone 0.8: weakens group:dbs 2/3/2'
}

@test "the target has a type that the playbook is for: the entity of the cause, of the fault, or what is affected" {
	need jq
	site
	equal "$(fault host:h 1 | proposed)" 'restart service:db2@h gone 0.8: weakens group:db 2/3/2, touches service:cache@h+service:page@h 2
look host:h gone 0.8:
spin disk:sda@h gone 0.8:
mount ? gone 0.8:'
}

@test "candidates with marks are valid, are said in sentences and as text, and reach sh-repair" {
	need python3 jq
	site
	{ fault service:db1@h 1; fault service:db2@h 2; } >in
	sh-diagnose --no-stock -c site.yaml --explain in >out 2>said
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" diagnosis <out
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
	grep -q 'Mind that restart on service:db2@h takes down group:db\.' said
	run -0 sh-diagnose --no-stock -c site.yaml -o text in
	[[ $output == *'playbooks: restart on service:db2@h (leaves 1 of 3 members of group:db, which needs 2, '* ]]
	run sh-repair --no-stock -c site.yaml out
	[[ $output == *'"kind":"plan"'* ]] || [[ $output == *'"playbook":"restart"'* ]] || { echo "$output"; return 1; }
}
