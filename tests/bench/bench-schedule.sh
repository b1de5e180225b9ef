#!/bin/bash
# SPDX-License-Identifier: MIT
# What many tasks cost: to read, to hold, and to find those that are due; beside cron with
# the same lines, as root and where it is installed.
# Then how late a run begins and what sleeping costs, by the program itself for BENCH_WAKE_S seconds.
# BENCH_TASKS sets how many tasks (default 1000000), BENCH_CRON how many of them cron gets (default 100000),
# BENCH_WAKE_S (default 180) may be 86400: a day.
set -u
. "$(dirname "$0")/pairs.sh"
: "${abs_top_builddir:?run through make bench-schedule}"
program=$abs_top_builddir/tests/bench/bench_schedule
tasks=${BENCH_TASKS-1000000}
cron_lines=${BENCH_CRON-100000}
seconds=20
wake_s=${BENCH_WAKE_S-180}
export LC_ALL=C TZ=UTC
dir=$(mktemp -d) || exit 4
trap 'rm -rf "$dir"' EXIT

# What stands behind the minute: mostly daily and rarer, some each hour.
printf '%s\n' '* * * *' '3 * * *' '4 * * 1' '2 1 * *' '5 * * 1-5' '1,13 * * *' '0 15 * *' '6 * 1,7 *' '23 * * 0' '2 */2 * *' >"$dir/lines"

value() {
	awk -v name="$1" '$1 == name { print $2 }' "$dir/ours"
}

for _ in 1 2 3; do
	"$program" "$tasks" <"$dir/lines" >"$dir/run" || exit 4
	cat "$dir/run" >>"$dir/all"
done
# Medians of three.
sort -k1,1 -k2,2g "$dir/all" | awk '{ v[$1, ++n[$1]] = $2 } END { for (k in n) print k, v[k, int((n[k] + 1) / 2)] }' >"$dir/ours"

printf '%-44s %12s\n' "$tasks tasks, three hours" value
printf '%-44s %12s\n' 'lines read, s' "$(value parse_s)" 'first times found, s' "$(value open_s)" \
	'memory of a task, bytes' "$(value bytes_a_task)" 'wake-ups' "$(value wakes)" 'runs begun' "$(value runs)" \
	'a wake-up with all that it begins, us' "$(value wake_us)" 'a run begun, us' "$(value run_us)" \
	'a wake-up with nothing due, ns' "$(value idle_wake_ns)"

# cron reads its table when it starts, and looks at each line of it each minute.
peer() {
	local hz lib ticks=() pid
	hz=$(getconf CLK_TCK)
	lib=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -1)
	[ "$(id -u)" = 0 ] && command -v cron unshare >/dev/null && [ -n "$lib" ] || return 1
	mkdir -p "$dir/c/cron.d" "$dir/c/spool/crontabs" "$dir/c/run"
	: >"$dir/c/crontab"
	# Files of a thousand lines, none of which is due now.
	seq "$cron_lines" | awk -v dir="$dir/c/cron.d" '{ f = dir "/t" int($1 / 900); print $1 * 7 % 60, $1 % 24, "1 1 * root /bin/true" >f }'
	chmod 644 "$dir"/c/cron.d/*
	cat >"$dir/go" <<-EOF
		mount --bind $dir/c/cron.d /etc/cron.d && mount --bind $dir/c/spool /var/spool/cron &&
			mount --bind $dir/c/run /run && mount --bind $dir/c/crontab /etc/crontab || exit 77
		exec env LD_PRELOAD=$lib FAKETIME='@2026-11-30 22:58:30 x60' cron -f
	EOF
	unshare -m sh "$dir/go" 2>/dev/null &
	pid=$!
	for _ in 1 2; do
		sleep $seconds
		ticks+=("$(awk '{ print $14 + $15 }' "/proc/$pid/stat" 2>/dev/null)")
	done
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	[ -n "${ticks[1]-}" ] || return 1
	awk -v a="${ticks[0]}" -v b="${ticks[1]}" -v hz="$hz" -v s=$seconds -v n="$cron_lines" 'BEGIN {
		minute = (b - a) / hz / s
		printf "%d %.3f %.1f\n", n, (a / hz) - minute * s, minute * 1e6 }'
}
if read -r n read_s minute_us < <(peer); then
	printf '%-44s %12s\n' "cron with $n lines: read, s" "$read_s" 'cron: each minute with nothing due, us' "$minute_us"
	figure schedule_peer_cron_minute_us "$minute_us"
	# We sleep until something is due; should we be woken all the same, that is what it costs.
	pair schedule_wake_with_nothing_due us "$(value idle_wake_ns | awk '{ print $1 / 1000 }')" cron "$minute_us"
	pair schedule_read_a_task us "$(awk -v a="$(value parse_s)" -v b="$(value open_s)" -v n="$tasks" 'BEGIN {
		print (a + b) / n * 1e6 }')" cron "$(awk -v s="$read_s" -v n="$n" 'BEGIN { print s / n * 1e6 }')"
else
	echo 'cron: not here, or not as this user'
fi
figure schedule_parse_s "$(value parse_s)"
figure schedule_bytes_a_task "$(value bytes_a_task)"
figure schedule_run_us "$(value run_us)"
figure schedule_idle_wake_ns "$(value idle_wake_ns)" '<=' 1000

# The program, with two tasks of five runs a second between them; what it starts ends at once.
awake() {
	local pid hz used switched
	mkdir -p "$dir/bin" "$dir/state"
	cat >"$dir/bin/sh-repair" <<-'EOF'
		#!/bin/sh
		exec sed 's/"kind":"plan"/"kind":"repair","success":true,"steps":[]/'
	EOF
	chmod 755 "$dir/bin/sh-repair"
	cat >"$dir/wake.yaml" <<-'EOF'
		playbooks: {none: {}}
		tasks:
		  second: {cron: "* * * * * *", seconds: true, playbook: none, overlap: allow}
		  quarter: {calendar: "*:*:0/0.25", playbook: none, overlap: allow}
	EOF
	printf 'playbooks: {none: {}}\ntasks: {far: {cron: "0 0 1 1 *", playbook: none}}\n' >"$dir/sleep.yaml"
	hz=$(getconf CLK_TCK)
	export HOME=$dir SH_BINDIR=$dir/bin
	"$abs_top_builddir/bin/sh-schedule" --no-stock --state "$dir/state" -c "$dir/wake.yaml" --jobs 20 -o ndjson >"$dir/woken" &
	pid=$!
	sleep "$wake_s"
	awk -v hz="$hz" '{ print "wake_cpu_s", ($14 + $15) / hz }' "/proc/$pid/stat"
	kill -TERM "$pid" && wait "$pid"
	"$abs_top_builddir/bin/sh-schedule" --no-stock --state "$dir/state" -c "$dir/sleep.yaml" -o ndjson &
	pid=$!
	sleep 2
	used=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	switched=$(awk '/ctxt/ { n += $2 } END { print n }' "/proc/$pid/status")
	sleep $seconds
	awk -v hz="$hz" -v was="$used" '{ print "sleep_cpu_ms", ($14 + $15 - was) * 1000 / hz }' "/proc/$pid/stat"
	awk -v was="$switched" '/ctxt/ { n += $2 } END { print "sleep_switches", n - was }' "/proc/$pid/status"
	kill -TERM "$pid" && wait "$pid"
}

# NAME VALUE of the runs: how late each began, and whether a due time is missing or moved.
judge_woken() {
	jq -r 'def at: (.[0:19] + "Z" | fromdate) * 1000000 + (.[20:26] | tonumber);
		select(.success) | [.task, (.due | at), (.started | at)] | @tsv' "$dir/woken" | sort -k1,1 -k2,2n | awk '
		function abs(x) { return x < 0 ? -x : x }
		{ print "late", ($3 - $2) / 1000 >late
		  if ($1 != task) { task = $1; first = $2; n = 0 }
		  drift = abs($2 - first - n++ * (task == "second" ? 1000000 : 250000)); if (drift > most) most = drift }
		END { print "wakeups", NR; print "drift_us", most + 0 }' late="$dir/late"
	sort -k2,2g "$dir/late" | awk '{ v[NR] = $2 } $2 > 50 { over++ }
		END { split("50 90 99 99.9", p, " ")
		for (i = 1; i in p; i++) printf "late_p%s_ms %.3f\n", p[i], v[int((NR - 1) * p[i] / 100) + 1]
		printf "late_max_ms %.3f\nlate_over_50ms %d\n", v[NR], over }'
}
if command -v jq >/dev/null; then
	awake >"$dir/ours"
	judge_woken >>"$dir/ours"
	printf '%-44s %12s\n' 'load average' "$(cut -d ' ' -f 1 /proc/loadavg)" "runs begun in $wake_s s" "$(value wakeups)" 'late by, median, ms' "$(value late_p50_ms)" \
		'9 of 10, ms' "$(value late_p90_ms)" '99 of 100, ms' "$(value late_p99_ms)" \
		'999 of 1000, ms' "$(value late_p99.9_ms)" 'the latest, ms' "$(value late_max_ms)" \
		'later than 50 ms' "$(value late_over_50ms)" 'due times moved by, us' "$(value drift_us)" \
		'CPU, s' "$(value wake_cpu_s)" "asleep for $seconds s: CPU, ms" "$(value sleep_cpu_ms)" \
		'asleep: context switches' "$(value sleep_switches)"
	figure schedule_late_p99_ms "$(value late_p99_ms)" '<=' 50
	figure schedule_late_max_ms "$(value late_max_ms)"
	figure schedule_drift_us "$(value drift_us)" '<=' 0
	figure schedule_sleep_cpu_ms "$(value sleep_cpu_ms)" '<=' 0
fi
