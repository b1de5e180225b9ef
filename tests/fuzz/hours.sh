#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# hours.sh HOURS - each fuzz program on its corpus, mutated, for its share of so many hours
#
# Run by make fuzz-hours in a build with --enable-fuzzing. What is found lies in
# fuzz-findings/ with the program's name; new inputs that reach new code lie in
# fuzz-corpus/NAME and are where the next run goes on. Exits 1 when something was found.
set -u
: "${abs_top_srcdir:?run by make fuzz-hours}" "${FUZZ_PROGRAMS:?}"
[ "${BUILD_KIND-}" = fuzzing ] || {
	echo 'fuzz-hours needs a build that was configured with --enable-fuzzing CC=clang' >&2
	exit 2
}
# shellcheck disable=SC2206
programs=($FUZZ_PROGRAMS) found=0
seconds=$(awk -v h="${1:?usage: hours.sh HOURS}" -v n=${#programs[@]} 'BEGIN { printf "%d", h * 3600 / n + 0.5 }')
mkdir -p fuzz-findings
for program in "${programs[@]}"; do
	name=${program##*/}
	mkdir -p "fuzz-corpus/$name"
	log=fuzz-findings/$name.log
	if "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="fuzz-findings/$name-" "fuzz-corpus/$name" \
		"$abs_top_srcdir/tests/fuzz/corpus/$name" >"$log" 2>&1; then
		echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, nothing found"
		rm -f "$log"
	else
		echo "FOUND: $name: see $log"
		grep -E '^(SUMMARY|==.*ERROR|.*runtime error)' "$log" | head -n 3
		found=1
	fi
done
exit $found
