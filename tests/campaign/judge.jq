# What came of one fault.
($diagnoses | map(.ranking[0].root_cause // .merged_result.root_cause) | unique) as $named
| ($repairs | map(.playbook) | unique) as $done
| ($done - $right - $tries) as $wrong
| ($named | map(select(. as $c | $causes | index($c))) | first) as $cause
| (($notices | map(.text)) + ($messages | split("\n") | map(select(. != "")))) as $said
| ($repairs | map(select(.verified == "fixed")) | first | .fault_id) as $mended
| {
	$fault,
	outcome: (if $detected == "" then "missed"
		elif ($wrong | length) > 0 or ($sound | not) then "wrong act"
		elif $most != null and ($repairs | length) > $most then "acted too often"
		elif $cause == null or ($every - $named) != [] then "misjudged"
		elif $tells != "" and all($said[]; test($tells) | not) then "not told"
		elif $wanted == "told" then "noticed"
		elif ($right | length) == 0 then (if ($done - $tries | length) == 0 then "noticed" else "wrong act" end)
		elif $verified != "" and $well then "healed"
		else "not healed" end),
	cause: ($cause // ($named | join(","))),
	$named, acts: $done, repairs: ($repairs | length), $said, repairable: ($right != [] and $wanted == ""),
	# How many looks in a row the rule wanted: one for a fact, more for a measure.
	looks: ($diagnoses | map(.fault | select(.id == $mended and .status == "open") | .detection_count) | first),
	seconds: ({detected: $detected, acted: $acted, verified: $verified, healthy: $healthy} | map_values(select(. != "") | tonumber)),
	$well, $sound, $cost
}
