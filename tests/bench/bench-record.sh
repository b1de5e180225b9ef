#!/bin/bash
# SPDX-License-Identifier: MIT
# How fast records are read: CPU time, medians of 7 runs in turns on one core.
# BENCH_RECORDS sets how many records (default 200000).
set -u
. "$(dirname "$0")/pairs.sh"
: "${abs_top_builddir:?run through make bench-record}"
program=$abs_top_builddir/tests/bench/bench_record
records=${BENCH_RECORDS-200000}
runs=7
dir=$(mktemp -d) || exit 4
trap 'rm -rf "$dir"' EXIT
pin=()
command -v taskset >/dev/null && pin=(taskset -c "$(($(nproc) - 1))")

"$program" generate "$records" >"$dir/records" || exit 4
bytes=$(awk '{ if (length > most) most = length } END { print most }' "$dir/records")
echo "$records records of $bytes bytes, medians of $runs runs in turns"

# One way through the records: seconds and peak KiB to FILE.
run() {
	local mode=$1
	if [ "$mode" = forward ]; then
		"${pin[@]}" "$program" forward "$dir/records" 2>>"$dir/$mode" >/dev/null
	else
		"${pin[@]}" "$program" "$mode" "$dir/records" >>"$dir/$mode"
	fi || { echo "bench-record: $mode failed" >&2; exit 4; }
}

# CPU seconds of a peer for as many records.
peer() {
	local name=$1 TIMEFORMAT='%U %S'
	shift
	{ time "${pin[@]}" "$@" "$dir/some" >/dev/null; } 2>&1 | tail -n 1 |
		awk -v n="$records" '{ print ($1 + $2) * n / 20000 }' >>"$dir/$name"
}

modes='loadb loadb-lists scan build metrics forward'
for ((i = 0; i < runs; i++)); do
	for mode in $modes; do
		run "$mode"
	done
done
head -n 20000 "$dir/records" >"$dir/some"
peers=()
for name in jq mlr; do
	command -v "$name" >/dev/null || { echo "$name is not installed: left out"; continue; }
	peers+=("$name")
	for ((i = 0; i < 3; i++)); do
		case $name in
		jq) peer jq jq -c . ;;
		mlr) peer mlr mlr --jsonl cat ;;
		esac
	done
done

printf '%-28s %12s %12s\n' way 'ns a record' 'records a s'
for mode in $modes "${peers[@]}"; do
	awk '{ print $1 }' "$dir/$mode" | median | awk -v n="$records" -v m="$mode" '
		{ printf "%-28s %12.0f %12.0f\n", m, $1 / n * 1e9, n / $1 }'
done

# each NAME: ns of CPU time of a record
each() {
	awk '{ print $1 }' "$dir/$1" | median | awk -v n="$records" '{ printf "%.0f", $1 / n * 1e9 }'
}
pair pass_record_on ns "$(each forward)" jansson "$(each loadb)"
for name in "${peers[@]}"; do
	pair pass_record_on ns "$(each forward)" "${name/mlr/Miller}" "$(each "$name")"
done

# times NAME MODE BAR: how many times as fast as json_loadb, run by run.
times() {
	paste "$dir/loadb" "$dir/$2" | awk '{ print $1 / $3 }' | median | awk -v name="$1" -v bar="$3" '
		{ printf "figure %s %.1f >= %s %s\n", name, $1, bar, ($1 >= bar ? "met" : "missed") }'
}
times record_scan_times_loadb scan 15
times record_build_times_loadb build 5
times record_forward_times_loadb forward 12

"$program" generate 100000 >"$dir/few"
"$program" generate 1000000 >"$dir/many"
for size in few many; do
	"$program" forward "$dir/$size" 2>&1 >/dev/null | awk '{ print $2 }' >"$dir/rss"
	read -r "${size?}" <"$dir/rss"
done
# shellcheck disable=SC2154  # few and many are read above
echo "peak memory: $few KiB for 100,000 records, $many KiB for 1,000,000"
awk -v a="$few" -v b="$many" 'BEGIN {
	printf "figure record_memory_growth %.2f <= 1.1 %s\n", b / a, (b <= 1.1 * a ? "met" : "missed") }'
