#!/bin/bash
# SPDX-License-Identifier: MIT
# How fast samples are judged, beside peers that do less with the same file in the same
# run; what a series takes in memory; how long a save stops the stream.
# BENCH_RECORDS sets how many samples (default 1000000), BENCH_SERIES how many series
# (default 1000000), BENCH_SECONDS how long the stream is watched for stalls (default 35).
# The bars are those of 200 stock rules, the first of them in the order of their files;
# all of them are measured beside those.
set -u
. "$(dirname "$0")/pairs.sh"
: "${abs_top_builddir:?run through make bench-detect}" "${abs_top_srcdir:?}"
program=$abs_top_builddir/tests/bench/bench_detect
detect=${INSTALLED:-$abs_top_builddir/bin}/sh-detect
records=${BENCH_RECORDS-1000000}
series=${BENCH_SERIES-1000000}
watched=${BENCH_SECONDS-35}
peer_records=$((records < 100000 ? records : 100000))
runs=5 rules=200
export SH_STOCK=$abs_top_srcdir/share LC_ALL=C TZ=UTC
unset SH_STATE SH_NOW SH_HOST XDG_CONFIG_HOME XDG_STATE_HOME
dir=$(mktemp -d) || exit 4
trap 'rm -rf "$dir"' EXIT
die() {
	echo "bench-detect: $*" >&2
	exit 4
}

# first_rules N DIR: in DIR the stock configuration with the first N rules only. What they
# cost has no say in that: whole files by their names, and of the last one the beginning.
first_rules() {
	local path
	mkdir -p "$2/rules"
	for path in "$SH_STOCK"/*; do
		[ "${path##*/}" = rules ] || ln -s "$path" "$2/"
	done
	awk -v n="$1" -v dir="$2/rules" '
		FNR == 1 { name = FILENAME; sub(/.*\//, "", name) }
		/^  [^ #-][^ ]*:/ && ++seen > n { exit }
		{ print >(dir "/" name) }' "$SH_STOCK"/rules/*.yaml
}

# listed DIR: how many rules the program has of that stock configuration
listed() {
	SH_STOCK=$1 "$detect" --list >"$dir/list" || die 'no rules'
	wc -l <"$dir/list"
}

# timed NAME CMD...: a line "CPU-SECONDS SECONDS KIB" to the file NAME
timed() {
	local name=$1
	shift
	"$program" run "$@" 3>>"$dir/$name" >/dev/null 2>"$dir/said" || {
		cat "$dir/said" >&2
		die "$name failed"
	}
}

way() {
	case $1 in
	detect) SH_STOCK=$dir/chosen timed detect "$detect" "$dir/records" ;;
	all) timed all "$detect" "$dir/records" ;;
	none) timed none "$detect" --no-stock "$dir/records" ;;
	parse) timed parse "$program" parse <"$dir/records" ;;
	wc) timed wc wc -l "$dir/records" ;;
	jq) timed jq jq -c 'select(.metrics.cpu.usage > 90)' "$dir/some" ;;
	mlr) timed mlr mlr --ijsonl --ojsonl filter \
		"is_present(\$metrics[\"cpu\"][\"usage\"]) && \$metrics[\"cpu\"][\"usage\"] > 90" "$dir/some" ;;
	esac
}

# Two processes share the hosts: until the later one is done, and the CPU time of each.
both_parts() {
	local begun=${EPOCHREALTIME/./} other failed=0 SH_STOCK=$dir/chosen
	"$program" run "$detect" --part 0/2 "$dir/records" 3>"$dir/part.0" >/dev/null 2>&1 &
	other=$!
	"$program" run "$detect" --part 1/2 "$dir/records" 3>"$dir/part.1" >/dev/null 2>&1 || failed=1
	wait $other || failed=1
	[ $failed = 0 ] || die 'a part failed'
	cat "$dir/part.0" "$dir/part.1" | awk -v us=$((${EPOCHREALTIME/./} - begun)) '
		$1 > most { most = $1 } END { print most, us / 1e6 }' >>"$dir/parts"
}

"$program" hosts "$records" >"$dir/records" || die 'no records'
head -n $peer_records "$dir/records" >"$dir/some"
first_rules $rules "$dir/chosen"
have=$(listed "$dir/chosen") && all=$(listed "$SH_STOCK") || exit 4
[ "$have" = $rules ] || die "$have rules where $rules were chosen"
faults=$(SH_STOCK=$dir/chosen "$detect" "$dir/records" 2>/dev/null | grep -c '"kind":"fault"')
echo "$records samples of $(($(stat -c %s "$dir/records") / records)) bytes from" \
	"$(cut -d, -f4 "$dir/some" | sort -u | wc -l) entities, $have of $all stock rules, $faults faults;" \
	"$(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg); medians of $runs runs in turns"
ways=(detect all none parse wc)
for name in jq mlr; do
	if command -v $name >/dev/null; then ways+=("$name"); else echo "$name is not installed: left out"; fi
done
for ((i = 0; i < runs; i++)); do
	for name in "${ways[@]}"; do
		way "$name"
	done
	both_parts
done

printf '%-42s %12s %12s %12s\n' '' 'CPU ns each' 'each CPU s' 'each s'
# row NAME TEXT SAMPLES
row() {
	[ ! -s "$dir/$1" ] || paste <(awk '{ print $1 }' "$dir/$1" | median) \
		<(awk '{ print $2 }' "$dir/$1" | median) | awk -v n="$3" -v text="$2" '{
			printf "%-42s %12.0f %12.0f %12.0f\n", text, $1 / n * 1e9, n / ($1 + 1e-9), n / $2 }'
}
row detect "sh-detect, $have stock rules" "$records"
row all "sh-detect, all $all stock rules" "$records"
row none 'sh-detect, no rules' "$records"
row parts "sh-detect, $have rules, two parts, slower one" "$records"
row parse 'jansson, parse alone' "$records"
row wc 'wc -l' "$records"
row jq 'jq, one threshold' $peer_records
row mlr 'Miller, one threshold' $peer_records

# How many times the CPU time of ours a peer takes for each sample, run by run -> the median
# times PEER SAMPLES [OURS]
times() {
	paste "$dir/$1" "$dir/${3-detect}" |
		awk -v n="$2" -v all="$records" '{ printf "%.2f\n", ($1 / n) / ($4 / all) }' | median
}
[ ! -s "$dir/jq" ] || figure detect_times_jq "$(times jq $peer_records)" '>=' 15
[ ! -s "$dir/mlr" ] || figure detect_times_miller "$(times mlr $peer_records)" '>=' 15
figure detect_times_jansson "$(times parse "$records")" '>=' 5
[ ! -s "$dir/jq" ] || figure detect_all_rules_times_jq "$(times jq $peer_records all)"
figure detect_all_rules_times_jansson "$(times parse "$records" all)"
# each NAME SAMPLES: ns of CPU time of one
each() {
	awk '{ print $1 }' "$dir/$1" | median | awk -v n="$2" '{ printf "%.0f", $1 / n * 1e9 }'
}
[ ! -s "$dir/jq" ] || pair detect_sample ns "$(each detect "$records")" jq "$(each jq $peer_records)"
[ ! -s "$dir/mlr" ] || pair detect_sample ns "$(each detect "$records")" Miller "$(each mlr $peer_records)"
pair detect_sample ns "$(each detect "$records")" jansson "$(each parse "$records")"
rate=$(awk '{ print $1 }' "$dir/detect" | median | awk -v n="$records" '{ printf "%.0f", n / $1 }')
figure detect_samples_per_cpu_second "$rate" '>=' 1000000
# quotient COLUMN: one process by two, of CPU time (of the slower part) or wall time
quotient() {
	paste -d' ' "$dir/detect" "$dir/parts" | awk -v c="$1" '{ printf "%.2f\n", $c / $(3 + c) }' | median
}
figure detect_two_parts_times_wall "$(quotient 2)" '>=' 1.7
figure detect_two_parts_times_cpu "$(quotient 1)" '>=' 1.7

# What a series takes: how much more is resident at most than in a run with one series.
cat >"$dir/plain.yaml" <<-'RULES'
	rules:
	  busy: {expr: disk.busy > 90, count: 3}
	  slow: {expr: latency.read_avg > 50, count: 3}
RULES
cat >"$dir/onset.yaml" <<-'RULES'
	rules:
	  busy: {expr: disk.busy > 90, count: 3}
	  onset: {expr: latency.read_avg > 20 && anomaly(latency.read_avg) > 7.2, count: 1}
RULES
# bytes_each NAME SERIES ROUNDS OPTION...
bytes_each() {
	local name=$1 n=$2 rounds=$3
	shift 3
	rm -f "$dir/$name"
	"$program" series 1 "$rounds" >"$dir/one"
	timed "$name" "$detect" "$@" "$dir/one"
	timed "$name" "$detect" "$@" <("$program" series "$n" "$rounds")
	awk -v n="$n" '{ kib[NR] = $3 } END { printf "%.0f", (kib[2] - kib[1]) * 1024 / n }' "$dir/$name"
}
rm -f "$dir/records" "$dir/some"
[ "$series" -gt 0 ] || exit 0
figure detect_series_bytes_plain "$(bytes_each plain "$series" 1 --no-stock -c "$dir/plain.yaml")" '<=' 512
figure detect_series_bytes_onset "$(bytes_each onset "$series" 1 --no-stock -c "$dir/onset.yaml")" '<=' 3072
figure detect_series_bytes_onset_learned \
	"$(bytes_each learned $((series / 20)) 150 --no-stock -c "$dir/onset.yaml")" '<=' 3072
figure detect_series_bytes_stock "$(bytes_each stock "$series" 1)"

# A steady stream into all those series: how long does a line wait to be read? Saves are
# made every ten seconds; without a state directory there are none: what is seen then
# is the machine's. Of the wait, what the program ran tells what a save costs it: the
# fork, and the copies of pages that it writes to while the child is at work.
stalls() {
	"$program" stall "$series" 20000 "$watched" "$detect" --no-stock -c "$dir/$1.yaml" "${@:2}" \
		3>&1 >/dev/null 2>"$dir/said" || { cat "$dir/said" >&2; die 'the watched run failed'; }
}
told="the longest wait was %s ms (%s ms without the time it had no processor), in 9 of 10 seconds at most %s ms"
read -r most own nine _ _ _ alone < <(stalls plain)
# shellcheck disable=SC2059 # the text is above
printf "without a state directory: $told; it ran for at most %s ms\n" "$most" "$own" "$nine" "$alone"
read -r most own nine children forked copied alone < <(stalls plain --state "$dir/state")
# shellcheck disable=SC2059
printf "with one: $told; %s children saved %s MiB\n" "$most" "$own" "$nine" "$children" \
	$(($(stat -c %s "$dir/state/detect.db") >> 20))
figure detect_saves_seen "$children" '>=' 1
figure detect_checkpoint_stall_ms "$most" '<=' 50
figure detect_checkpoint_stall_own_ms "$own" '<=' 50
figure detect_checkpoint_ran_forking_ms "$forked" '<=' 50
figure detect_checkpoint_ran_beside_child_ms "$copied" '<=' 50
figure detect_no_checkpoint_ran_ms "$alone"
