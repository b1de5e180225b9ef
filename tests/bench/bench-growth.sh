#!/bin/bash
# SPDX-License-Identifier: MIT
# What a sample, a check and a wake-up cost where there are 10, 100 and 1,000 entities, rules,
# checks and tasks; medians of BENCH_RUNS runs (default 3).
set -u
. "$(dirname "$0")/pairs.sh"
: "${abs_top_builddir:?run through make bench-growth}"
runs=${BENCH_RUNS-3}
bench=$abs_top_builddir/tests/bench
detect=$abs_top_builddir/bin/sh-detect
server=
export LC_ALL=C TZ=UTC
dir=$(mktemp -d) || exit 4
trap '[ -z "$server" ] || kill "$server"; rm -rf "$dir"' EXIT
die() {
	echo "bench-growth: $*" >&2
	exit 4
}

# rules N: so many of one metric
rules() {
	echo 'rules:'
	seq "$1" | awk '{ printf "  r%d: {expr: disk.busy > %.3f, count: 3}\n", $1, 90 + $1 / 1000 }'
}

# judged ENTITIES RULES SAMPLES: ns of CPU time a sample
judged() {
	rules "$2" >"$dir/rules.yaml"
	"$bench/bench_detect" series "$1" $(($3 / $1)) >"$dir/samples"
	"$bench/bench_detect" run "$detect" --no-stock -c "$dir/rules.yaml" "$dir/samples" 3>"$dir/took" >/dev/null ||
		die 'sh-detect failed'
	awk -v n="$3" '{ printf "%.1f\n", $1 / n * 1e9 }' "$dir/took"
}
entities() { judged "$1" 10 200000; }
rules_of() { judged 100 "$1" 20000; }

# us of CPU time of one of N checks of a port, without what it takes to start
checks() {
	local TIMEFORMAT='%3U %3S' rounds=$((20000 / $1 < 200 ? 20000 / $1 : 200)) n
	{
		echo 'checks:'
		seq "$1" | sed "s/.*/  c&: {tcp: \"127.0.0.1:$port\"}/"
	} >"$dir/site.yaml"
	for n in 1 $((rounds + 1)); do
		{ time "$abs_top_builddir/bin/sh-collect" -c "$dir/site.yaml" -i 1ms -n "$n" check >"$dir/checked" 2>"$dir/said"; } 2>&1
		grep -c '"kind":"sample"' "$dir/checked"
	done | xargs | awk '{ printf "%.2f\n", ($4 + $5 - $1 - $2) / ($6 - $3) * 1e6 }'
}

tasks() { # NAME N
	printf '%s\n' '* * * *' '3 * * *' '4 * * 1' '2 1 * *' '5 * * 1-5' |
		"$bench/bench_schedule" "$2" | awk -v name="$1" '$1 == name { print $2 }'
}

# grow NAME UNIT CMD...: for each size
grow() {
	local name=$1 unit=$2 n values=()
	shift 2
	for n in 10 100 1000; do
		values+=("$(for ((i = 0; i < runs; i++)); do "$@" "$n"; done | median)")
	done
	[ -n "${values[2]}" ] || die "$name: nothing was measured"
	growth "$name" "$unit" "${values[@]}"
	figure "growth_$name" "$(awk -v a="${values[0]}" -v b="${values[2]}" 'BEGIN { printf "%.2f", b / a }')"
}

python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", 0), backlog=4096)
print(s.getsockname()[1], flush=True)
while True:
	s.accept()[0].close()' >"$dir/port" &
server=$!
for ((i = 0; i < 100; i++)); do
	[ ! -s "$dir/port" ] || break
	sleep 0.05
done
read -r port <"$dir/port" || die 'no server'

grow detect_sample_by_entities ns entities
grow detect_sample_by_rules ns rules_of
grow collect_check_by_checks us checks
grow schedule_task_run_by_tasks us tasks run_us
grow schedule_idle_wake_by_tasks ns tasks idle_wake_ns
