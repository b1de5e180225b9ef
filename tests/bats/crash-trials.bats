#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The five programs killed at random moments; "make crash-trials" is the long form.
load helper

@test "killed twenty times in all, the five programs lose nothing and do nothing twice" {
	need jq sqlite3 sh-collect sh-detect sh-diagnose sh-repair sh-schedule
	run "$BASH" "$abs_top_srcdir/tests/faults/trials.sh" 20 1
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -c ' kills ' <<<"$output")" = 8 ]
}
