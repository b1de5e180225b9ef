# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the measurements say to programs, beside their tables for people. One line each:
#	figure NAME VALUE [OP BAR met|missed]
#	pair NAME UNIT OURS PEER THEIRS		the same work by both in the same run
#	growth NAME UNIT TEN HUNDRED THOUSAND	what each takes where there are so many

median() {
	sort -g | awk '{ v[NR] = $1 } END { if (NR) print v[int((NR + 1) / 2)] }'
}

# figure NAME VALUE [OP BAR]
figure() {
	awk -v name="$1" -v v="$2" -v op="${3-}" -v bar="${4-}" 'BEGIN {
		met = v == "" ? 0 : op == "<=" ? v + 0 <= bar + 0 : v + 0 >= bar + 0
		printf "figure %s %s%s\n", name, v == "" ? "none" : v, op == "" ? "" : " " op " " bar (met ? " met" : " missed") }'
}

# A peer that was not measured is none.
pair() {
	[ -z "$3" ] || [ -z "$5" ] || printf 'pair %s %s %s %s %s\n' "$@"
}

growth() {
	printf 'growth %s %s %s %s %s\n' "$@"
}
