#!/bin/bash
# SPDX-License-Identifier: MIT
# What it costs to watch a machine: CPU time of a full host sample beside a scrape
# of node_exporter and an interval of collectd on the same machine in the same run; memory,
# wake-ups, timing.
# BENCH_SAMPLES sets how many samples and scrapes a run has (default 300),
# BENCH_INTERVALS how many intervals memory is watched for (default 100000).
set -u
. "$(dirname "$0")/pairs.sh"
: "${abs_top_builddir:?run through make bench-collect}"
samples=${BENCH_SAMPLES-300}
intervals=${BENCH_INTERVALS-100000}
runs=5
port=${BENCH_PORT-19131}
url=http://127.0.0.1:$port/metrics
child=
dir=$(mktemp -d) || exit 4
# $child is the one program that runs beside us: nothing outlives this.
stop() {
	[ -z "$child" ] || { kill -CONT "$child"; kill "$child"; wait "$child"; } 2>/dev/null
	child=
}
trap 'stop; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
die() {
	echo "bench-collect: $*" >&2
	exit 4
}
collect() {
	"$abs_top_builddir/bin/sh-collect" --no-stock "$@"
}

# The quotients of the lines of two files -> the median
share() {
	paste "$dir/$1" "$dir/$2" | awk '{ printf "%.4f\n", $1 / $2 }' | median
}

# CPU seconds that a process has used, all its threads together
cpu_of() {
	awk -v tick="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) / tick }' "/proc/$1/stat"
}

status_of() {
	awk -v key="$2:" '$1 == key { print $2 }' "/proc/$1/status"
}

# ms of CPU time of one sample, its output read through a pipe: what more of them
# cost, so that starting is left out.
sample() {
	local TIMEFORMAT='%3U %3S' n
	for n in 10 $((samples + 10)); do
		{ time collect -i 5ms -n "$n" "$@" 2>/dev/null >&3; } 2>"$dir/time.$n" 3> >(cat >/dev/null)
	done
	cat "$dir/time.10" "$dir/time.$((samples + 10))" |
		awk -v n="$samples" '{ t[NR] = $1 + $2 } END { printf "%.4f\n", (t[2] - t[1]) / n * 1000 }'
}

# Start node_exporter with the options given and wait until it answers.
exporter() {
	prometheus-node-exporter --web.listen-address="127.0.0.1:$port" --log.level=error "$@" \
		>"$dir/exporter.log" 2>&1 &
	child=$!
	local i
	for ((i = 0; i < 400; i++)); do
		curl -s -m 5 -o "$dir/page" "$url" && return
		kill -0 "$child" 2>/dev/null || break
		sleep 0.005
	done
	cat "$dir/exporter.log" >&2
	die 'node_exporter does not answer'
}

# ms of its CPU time for one scrape, over one connection that is kept
scrape() {
	local before after
	curl -s -m 60 -o /dev/null "$url?[1-20]"
	before=$(cpu_of "$child")
	curl -s -m 300 -o /dev/null "$url?[1-$samples]"
	after=$(cpu_of "$child")
	awk -v a="$before" -v b="$after" -v n="$samples" 'BEGIN { printf "%.4f\n", (b - a) / n * 1000 }'
}

# What we measure as we come and it does not, beside what is in common collectors. To name the
# others would make them say more than as they come, so these are taken off the whole, without
# what an interval costs in which nothing is measured: units rests for a minute.
ours_only=(users reboot units multipath drift event)
# The things that both measure as they come, by the names of its collectors, as far as its version
# has them. What it has more of in them is left out where it can be: netclass, of which we
# read whether a link is up. What we have more of in them cannot: who the hogs are, by
# processor time, memory and I/O of each process, which it does not know.
same=(--collector.disable-defaults)
known=$(prometheus-node-exporter --help 2>&1)
for name in cpu meminfo vmstat stat loadavg pressure filefd conntrack processes timex filesystem \
	diskstats mdadm zfs nfs nfsd btrfs bcache drbd nvme hwmon thermal_zone powersupplyclass rapl \
	edac netdev bonding sockstat netstat softnet; do
	[[ $known != *collector.$name\ * ]] || same+=("--collector.$name")
done

# The plugins of collectd that measure what these of our collectors do, and what is written
# goes through a pipe as ours does. Fewer threads than it has as it comes cost it less.
like_collectd=(cpu memory paging load filesystem disk network limits process users)
write_collectd_conf() {
	local plugin
	cat <<-END
		Hostname "h"
		Interval 0.05
		ReadThreads 1
		WriteThreads 1
		BaseDir "$dir"
		PIDFile "$dir/collectd.pid"
	END
	for plugin in cpu memory vmem swap load df disk interface conntrack processes users uptime csv; do
		echo "LoadPlugin $plugin"
	done
	cat <<-END
		<Plugin csv>
			DataDir "stdout"
			StoreRates true
		</Plugin>
	END
}

# ms of CPU time of one of its intervals
collectd_interval() {
	local before after seen
	collectd -f -C "$dir/collectd.conf" 2>"$dir/said" >"$dir/page" &
	child=$!
	sleep 2
	before=$(cpu_of "$child") seen=$(grep -c '/load/' "$dir/page")
	sleep 4
	after=$(cpu_of "$child") seen=$(($(grep -c '/load/' "$dir/page") - seen))
	stop
	[ "$seen" -gt 0 ] || die 'collectd says nothing'
	awk -v a="$before" -v b="$after" -v n="$seen" 'BEGIN { printf "%.4f\n", (b - a) / n * 1000 }'
}

peer=no
if command -v prometheus-node-exporter >/dev/null && command -v curl >/dev/null; then
	peer=yes
else
	echo 'prometheus-node-exporter or curl is not installed: not compared'
fi
command -v collectd >/dev/null || echo 'collectd is not installed: not compared'
write_collectd_conf >"$dir/collectd.conf"
echo "$(nproc) cores, $(find /proc -maxdepth 1 -name '[0-9]*' | wc -l) processes;" \
	"medians of $runs runs of $samples samples or scrapes in turns"
for ((i = 0; i < runs; i++)); do
	sample >>"$dir/ours"
	sample "${ours_only[@]}" >>"$dir/ours_only"
	sample units >>"$dir/idle"
	sample --detail >>"$dir/detail"
	if command -v collectd >/dev/null; then
		sample "${like_collectd[@]}" >>"$dir/ours_like"
		collectd_interval >>"$dir/collectd"
	fi
	[ $peer = yes ] || continue
	exporter "${same[@]}"
	scrape >>"$dir/same"
	stop
	exporter
	scrape >>"$dir/defaults"
	stop
done
paste "$dir/ours" "$dir/ours_only" "$dir/idle" | awk '{ printf "%.4f\n", $1 - $2 + $3 }' >"$dir/ours_same"
row() {
	[ ! -s "$dir/$1" ] || printf '%-52s %10.3f\n' "$2" "$(median <"$dir/$1")"
}
printf '%-52s %10s\n' 'CPU time' 'ms'
row ours 'sh-collect, one full host sample'
row ours_only 'sh-collect, only what node_exporter does not measure'
row idle 'sh-collect, an interval with nothing to measure'
row ours_same 'sh-collect, only what both measure'
row detail 'sh-collect --detail, one full host sample'
row same 'node_exporter, one scrape, only what both measure'
row defaults 'node_exporter, one scrape, as it comes'
row ours_like 'sh-collect, what the plugins of collectd measure'
row collectd 'collectd, an interval with twelve plugins'
figure collect_sample_cpu_ms "$(median <"$dir/ours")"
figure collect_detail_cpu_ms "$(median <"$dir/detail")"
if [ $peer = yes ]; then
	figure collect_same_things_share_of_scrape "$(share ours_same same)" '<=' 0.1
	figure collect_sample_share_of_scrape "$(share ours same)" '<=' 0.1
	figure collect_sample_share_of_default_scrape "$(share ours defaults)"
	figure collect_detail_share_of_default_scrape "$(share detail defaults)"
	pair collect_host_sample ms "$(median <"$dir/ours")" node_exporter "$(median <"$dir/defaults")"
	pair collect_same_things ms "$(median <"$dir/ours_same")" node_exporter "$(median <"$dir/same")"
fi
if [ -s "$dir/collectd" ]; then
	figure collect_like_share_of_collectd "$(share ours_like collectd)"
	pair collect_same_things ms "$(median <"$dir/ours_like")" collectd "$(median <"$dir/collectd")"
fi

# Once from nothing, as cron does it, without the gap between its two readings.
for ((i = 0; i < runs * 4; i++)); do
	TIMEFORMAT='%3R %3U %3S'
	{ time collect --gap 0s >/dev/null 2>&1; } 2>>"$dir/once"
	[ $peer = yes ] || continue
	begun=${EPOCHREALTIME/./}
	exporter "${same[@]}"
	echo "$((${EPOCHREALTIME/./} - begun)) $(cpu_of "$child")" >>"$dir/start"
	stop
done
once_wall=$(awk '{ print $1 * 1000 }' "$dir/once" | median)
once_cpu=$(awk '{ print ($2 + $3) * 1000 }' "$dir/once" | median)
echo "one shot: $once_wall ms, $once_cpu ms of it CPU time"
[ $peer = no ] || echo "node_exporter, from its start to its first answer:" \
	"$(awk '{ print $1 / 1000 }' "$dir/start" | median) ms," \
	"$(awk '{ s += $2 } END { print s / NR * 1000 }' "$dir/start") ms of CPU time on average"
figure collect_once_wall_ms "$once_wall"
figure collect_once_cpu_ms "$once_cpu"
[ $peer = no ] || pair collect_start_to_answer ms "$once_wall" node_exporter "$(awk '{ print $1 / 1000 }' "$dir/start" | median)"

ticks() {
	grep -c '"kind":"tick"' "$1"
}

# Wake-ups and memory over a hundred intervals.
"$abs_top_builddir/bin/sh-collect" --no-stock -i 50ms >"$dir/out" 2>"$dir/said" &
child=$!
sleep 0.5
woken=$(status_of $child voluntary_ctxt_switches) seen=$(ticks "$dir/out")
sleep 5
woken=$(($(status_of $child voluntary_ctxt_switches) - woken)) seen=$(($(ticks "$dir/out") - seen))
memory=$(status_of $child VmHWM)
stop
figure collect_wakeups_per_interval "$(awk -v w=$woken -v t=$seen 'BEGIN { printf "%.3f", w / t }')" '<=' 1.05
figure collect_memory_kib "$memory" '<=' 8192

# How far each tick is from the grid of EVERY ms that the first one begins: ms, lines
off_grid() {
	jq -r 'select(.kind == "tick") | .time' "$1" | awk -F'[:TZ]' -v every="$2" '
		{ t = $2 * 3600 + $3 * 60 + $4 }
		t < last - 43200 { day += 86400 }
		{ last = t; t += day }
		NR == 1 { first = t }
		{ d = (t - first) * 1000; print d - every * int(d / every + 0.5) }'
}
most() {
	awk '{ d = $1 < 0 ? -$1 : $1; if (d > m) m = d } END { printf "%.2f", m }'
}
collect -i 50ms -n 200 >"$dir/out" 2>"$dir/said" || die 'measuring failed'
off_grid "$dir/out" 50 >"$dir/late"
figure collect_tick_deviation_ms "$(most <"$dir/late")"
# How much later the second half is than the first: the median knows no single late tick.
figure collect_drift_ms "$(awk -v a="$(head -n 100 "$dir/late" | median)" \
	-v b="$(tail -n 100 "$dir/late" | median)" \
	'BEGIN { printf "%.3f", b < a ? a - b : b - a }')" '<=' 1

# Stopped for three seconds: what was missed is told, not made up for.
"$abs_top_builddir/bin/sh-collect" --no-stock -i 200ms load >"$dir/out" 2>"$dir/said" &
child=$!
sleep 1.1
seen=$(ticks "$dir/out")
kill -STOP $child
sleep 3
kill -CONT $child
sleep 1
seen=$(($(ticks "$dir/out") - seen))
stop
figure collect_ticks_in_second_after_pause $seen '<=' 6
figure collect_pause_off_grid_ms "$(off_grid "$dir/out" 200 | most)" '<=' 20
figure collect_pause_told "$(grep -c '"kind":"notice".*skipped 1[3456] intervals' "$dir/out")" '>=' 1

# Memory over very many intervals: early, half way, and at the end; growth is from early on.
[ "$intervals" -gt 0 ] || exit 0
mkfifo "$dir/pipe"
"$abs_top_builddir/bin/sh-collect" --no-stock -i 1ms -n "$intervals" >"$dir/pipe" 2>"$dir/said" &
child=$!
grep --line-buffered '"kind":"tick"' "$dir/pipe" | awk -v n="$intervals" -v file="/proc/$child/status" '
	function rss(  line, f) {
		while ((getline line < file) > 0)
			if (line ~ /^VmRSS:/) split(line, f, " ")
		close(file)
		return f[2]
	}
	NR == int(n / 100) { early = rss() }
	NR == int(n / 2) { middle = rss() }
	NR == int(n * 98 / 100) { print early, middle, rss() }' >"$dir/rss"
wait $child || die 'the long run failed'
child=
read -r early middle end <"$dir/rss" || die 'the long run was not seen'
echo "resident over $intervals intervals: $early KiB, $middle KiB, $end KiB"
figure collect_memory_growth_kib $((end - early)) '<=' 0
figure collect_long_run_memory_kib "$end" '<=' 8192
