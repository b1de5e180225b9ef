#!/bin/bash
# SPDX-License-Identifier: MIT
# Each data file, manual page, completion and test is named by a makefile fragment:
# what is not would be missing from an install, a distribution, or the suite.
: "${abs_top_srcdir:?}"
cd "$abs_top_srcdir" || exit 99
n=0 failed=0

# named TITLE FILE...: each FILE stands in some fragment
named() {
	local title=$1 file forgotten=()
	shift
	for file; do
		grep -qwF -- "$file" Makefile.am ./*/*.am ./*/*/*.am || forgotten+=("$file")
	done
	if [ ${#forgotten[@]} = 0 ]; then
		echo "ok $((++n)) - $title"
		return
	fi
	echo "not ok $((++n)) - $title"
	printf '# no fragment names %s\n' "${forgotten[@]}"
	failed=1
}

shopt -s nullglob globstar
named 'each data file is installed' share/*.yaml share/{rules,diagnoses,playbooks,tasks,actions,examples,schema}/*
named 'each manual page is installed' share/man/*.[1-9]
named 'each completion is installed' completions/{bash,zsh,fish}/*
units=(tests/unit/test_*.c)
named 'each unit test is run' "${units[@]%.c}"
named 'each bats file is run' tests/bats/*.bats
mapfile -t lints < <(printf '%s\n' tests/lint/*.sh | grep -v rules.sh)
named 'each lint test is run' "${lints[@]}"
fuzzers=(tests/fuzz/fuzz_*.c)
named 'each fuzz target is replayed' "${fuzzers[@]%.c}"
named 'each source file is compiled' lib/**/*.c bin/*.c bin/*/*.c
named 'each header is distributed' lib/**/*.h bin/*.h
touch_me=tests/unit/no_such_test
if grep -qwF -- "$touch_me" Makefile.am ./*/*.am ./*/*/*.am; then
	echo "not ok $((++n)) - a file that no fragment names is caught"
	failed=1
else
	echo "ok $((++n)) - a file that no fragment names is caught"
fi
echo "1..$n"
exit $failed
