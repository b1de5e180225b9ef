# What came of one fault with somebody else.
($done | map(select(. as $a | $right + $tries | index($a) | not))) as $wrong
| ($was_ill or ($done | length) > 0) as $mattered # the witness may have come too late to see it ill
| {
	$loop,
	outcome: (if ($wrong | length) > 0 or ($sound | not) then "wrong act"
		elif ($right | length) == 0 then (if $detected == "" then "missed" else "noticed" end)
		elif $well and $mattered then "healed"
		elif $detected == "" then "missed"
		else "not healed" end),
	acts: $done, $wrong,
	seconds: ({detected: $detected, acted: $acted, healthy: $healthy} | map_values(select(. != "") | tonumber)),
	$well, $sound, $cost
}
