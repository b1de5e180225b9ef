# What fired on a machine that is busy and well.
($operator | split("\n") | map(select(. != "") | split(" ") | map(select(. != "") | tonumber))) as $away
# A look takes a second, and what was seen is told within another.
| def while_away: .at as $at | any($away[]; $at >= .[0] and $at <= (.[1] // .[0]) + 3);
($faults | map(. + {right: (while_away and (.record.entity | test("^service:web@")))})) as $fired
| {
	$fault, $seconds, restarts: ($away | length),
	fired: ($fired | group_by([.record.rule_id, .record.entity, .right]) | map({rule: .[0].record.rule_id, entity: .[0].record.entity,
		severity: .[0].record.severity, times: length, while_away: .[0].right, says: .[0].record.description})),
	acts: ($repairs | map(.record.playbook)),
	plans: ($plans | group_by([.record.playbook, .record.decision]) | map({playbook: .[0].record.playbook, decision: .[0].record.decision, times: length})),
	notices: ($notices | map(.record.text) | unique),
	wrong: ($fired | map(select((.right | not) and (.record.severity == "high" or .record.severity == "critical")) | .record.rule_id) | unique),
	$well, $cost
}
| .outcome = (if .acts != [] then "wrong act" elif .wrong != [] then "false alarm" elif .well then "quiet" else "not well" end)
