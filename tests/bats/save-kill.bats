#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-detect killed while its child saves: nothing that was written is lost, and no child stays.
load helper

# COUNT lines of SERIES series, whose values rise and fall each at its own pace
stream() {
	awk -v n="$1" -v series="$2" -v from="${3-0}" 'BEGIN {
		for (i = from; i < from + n; i++)
			printf "{\"kind\":\"sample\",\"time\":%d,\"entity\":\"disk:d%d@h%d\",\"metrics\":{\"disk\":{\"busy\":%.1f}}}\n",
				1795222800 + int(i / series) * 10, i % series, i % series % 7, 50 + 49 * sin(i % series % 50 * int(i / series) / 90)
	}'
}

detect() {
	SH_HOST=here exec sh-detect --no-stock -c rules.yaml "$@"
}

child_of() {
	cat "/proc/$1/task/$1/children" 2>/dev/null
}

gone() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

# The child is held while its parent reads on and is killed: what is saved is what was
# read before, and the rest comes again.
@test "kill -9 while a child saves: the next run goes on from there, nothing is lost, and the child ends" {
	local parent child='' written i
	echo 'rules: {busy: {expr: disk.busy > 90, count: 3}, mean: {expr: "avg(disk.busy, 1m) > 80", count: 2}}' > rules.yaml
	stream 75000 5000 > in
	(detect in) > whole
	[ "$(wc -l < whole)" -gt 1000 ]

	head -n 60000 in > part
	written=$(detect part 2> /dev/null | tail -n 1)

	mkfifo pipe
	detect --state state < pipe > first 2> first.said 3>&- &
	parent=$!
	exec 9> pipe
	head -n 40000 in >&9
	for ((i = 0; i < 3000 && ${#child} == 0; i++)); do
		sleep 0.005
		child=$(child_of $parent)
	done
	kill -STOP "${child% }"
	cp first saved
	sed -n '40001,60000p' in >&9
	for ((i = 0; i < 1000; i++)); do
		[ "$(tail -n 1 first)" != "$written" ] || break
		sleep 0.01
	done
	kill -KILL $parent
	kill -CONT "${child% }"
	exec 9>&-
	wait $parent || :
	[ -s saved ]
	[ "$(wc -l < first)" -gt "$(wc -l < saved)" ]

	tail -n +40001 in > rest
	(detect --state state rest) > second 2> second.said
	[ ! -s second.said ]
	gone "${child% }"
	cmp whole <(cat saved second)
	# At least once: what was written after the save is written again, the same.
	cmp <(sort -u whole) <(sort -u first second)
}
