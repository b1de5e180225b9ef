#!/bin/bash
# SPDX-License-Identifier: MIT
# All of what is measured beside peers, in one table; within a quarter of an hour. What each
# part says for people stays in bench.log of the build directory.
set -u
: "${abs_top_builddir:?run through make bench}"
here=$(dirname "$0")
log=$abs_top_builddir/bench.log
lines=$(mktemp) || exit 4
trap 'rm -f "$lines"' EXIT
: >"$log"

# Smaller than each part is by itself: of series and tasks there are fewer, of long runs none.
export BENCH_SAMPLES=100 BENCH_INTERVALS=0 BENCH_RECORDS=200000 BENCH_SERIES=0 BENCH_TASKS=100000
export BENCH_WAKE_S=20 BENCH_QUIET=40

part() {
	local begun=$SECONDS code
	echo "bench: $1" >&2
	printf '\n== %s\n' "$1" >>"$log"
	bash "$here/bench-$1.sh" >"$lines.part" 2>&1
	code=$?
	cat "$lines.part" >>"$log"
	grep -E '^(figure|pair|growth) ' "$lines.part" >>"$lines"
	grep -E 'not installed|not here' "$lines.part" | sed "s/^/lacking $1: /" >>"$lines"
	[ $code = 0 ] || echo "lacking $1: ended with $code: $(tail -n 1 "$lines.part")" >>"$lines"
	rm -f "$lines.part"
	echo "== $((SECONDS - begun)) s" >>"$log"
}

machine() {
	local model
	model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
	awk -v date="$(date -u +%F)" -v cores="$(nproc)" -v model="${model:-unknown}" -v kernel="$(uname -r | sed 's/-.*//')" \
		-v load="$(cut -d ' ' -f 1 /proc/loadavg)" '$1 == "MemTotal:" {
		printf "%s, %d cores (%s), %.1f GiB, Linux %s, load %s\n", date, cores, model, $2 / 1048576, kernel, load }' \
		/proc/meminfo
}

machine
for name in collect record detect repair schedule growth; do
	part $name
done
bash "$here/table.sh" <"$lines"
