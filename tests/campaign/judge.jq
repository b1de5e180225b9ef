# What came of one fault.
($diagnoses | map(.ranking[0].root_cause // .merged_result.root_cause) | unique) as $named
| ($repairs | map(.playbook) | unique) as $done
| ($done - $right) as $wrong
| ($named | map(select(. as $c | $causes | index($c))) | first) as $cause
| {
	$fault,
	outcome: (if $detected == "" then "missed"
		elif ($wrong | length) > 0 or ($sound | not) then "wrong act"
		elif $cause == null then "misjudged"
		elif ($right | length) == 0 then (if ($done | length) == 0 then "noticed" else "wrong act" end)
		elif $verified != "" and $well then "healed"
		else "not healed" end),
	cause: ($cause // ($named | join(","))),
	$named, acts: $done,
	seconds: ({detected: $detected, acted: $acted, verified: $verified, healthy: $healthy} | map_values(select(. != "") | tonumber)),
	$well, $sound
}
