#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Power cuts at random moments; "make power-cuts" is the long form.
load helper

cuts() {
	case ${BUILD_KIND-} in
	sanitizers | fuzzing) skip "nothing is preloaded into a $BUILD_KIND build" ;;
	esac
	need python3 sh-collect sh-detect sh-diagnose sh-ledger sh-repair sh-schedule
	export PYTHONDONTWRITEBYTECODE=1
	run python3 "$abs_top_srcdir/tests/faults/powercuts.py" "$@"
	echo "$output"
	[ "$status" = 0 ]
}

@test "after a power cut what was acknowledged is there, and nothing is done twice" {
	cuts 4 1
	[ "$(grep -c '4 cuts: nothing lost, nothing twice' <<<"$output")" = 5 ]
}

@test "after a power cut with a disk that lied each program starts, or says why not" {
	cuts 3 1 lies detect diagnose collect
	[ "$(grep -c '3 cuts' <<<"$output")" = 3 ]
}
