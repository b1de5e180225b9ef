#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs each fuzz target over its corpus and over an empty input: one test a target.
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"
set -- ${FUZZ_PROGRAMS-}
if [ $# = 0 ]; then
	echo '1..0 # SKIP no fuzz targets in this build'
	exit 0
fi
n=0 failed=0
empty=$(mktemp) || exit 99 # libFuzzer takes /dev/null for a directory
trap 'rm -f "$empty"' EXIT
for program; do
	name=${program##*/}
	mapfile -d '' files < <(find "$abs_top_srcdir/tests/fuzz/corpus/$name" -type f -print0 2>/dev/null | sort -z)
	if [ ${#files[@]} = 0 ]; then
		result='not ok' why=': empty corpus'
	elif "$abs_top_builddir/$program" "$empty" "${files[@]}" >"$name.out" 2>&1; then
		result=ok why=
	else
		result='not ok' why=': see above'
		sed 's/^/# /' "$name.out"
	fi
	rm -f "$name.out"
	[ "$result" = ok ] || failed=1
	echo "$result $((++n)) - $name replays ${#files[@]} inputs$why"
done
echo "1..$n"
exit $failed
