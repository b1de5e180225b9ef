#!/bin/bash
# SPDX-License-Identifier: MIT
# One table of all that the measurements say (see pairs.sh), from standard input.
exec awk '
function words(name) {
	gsub(/_/, " ", name)
	return name
}
# Three digits that count, and no exponents.
function short(v) {
	return v >= 100 || v == 0 ? sprintf("%.0f", v) : v >= 10 ? sprintf("%.1f", v) : sprintf("%.3g", v)
}
$1 == "pair" {
	pairs[++n] = sprintf("%-34s %-7s %10s   %-14s %10s %8s", words($2), $3, short($4), words($5), short($6),
		$4 + 0 ? short($6 / $4) : "-")
}
$1 == "growth" { grown[++g] = sprintf("%-34s %-7s %10s %10s %10s", words($2), $3, short($4), short($5), short($6)) }
$1 == "figure" && NF == 6 {
	bars++
	if ($6 != "met")
		missed[++m] = $2 " " $3 ", bar " $4 " " $5
}
$1 == "lacking" { sub(/^lacking /, ""); lacking[++l] = $0 }
END {
	printf "%-34s %-7s %10s   %-14s %10s %8s\n", "the same work by both", "unit", "selfheal", "peer", "theirs", "ratio"
	for (i = 1; i <= n; i++)
		print pairs[i]
	printf "\n%-34s %-7s %10s %10s %10s\n", "what each takes, of so many", "unit", 10, 100, 1000
	for (i = 1; i <= g; i++)
		print grown[i]
	printf "\n%d of %d bars met\n", bars - m, bars
	for (i = 1; i <= m; i++)
		print "missed: " missed[i]
	for (i = 1; i <= l; i++)
		print "not measured: " lacking[i]
}'
