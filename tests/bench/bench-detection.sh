#!/bin/bash
# SPDX-License-Identifier: MIT
# What the learned functions find in public series with labels, and how fast: the
# data and its scorers are in $SH_DATA/detection, and need python3 with numpy.
set -u
: "${abs_top_builddir:?run through make bench-detection}"
program=$abs_top_builddir/tests/bench/bench_detection
detect=${INSTALLED:-$abs_top_builddir/bin}/sh-detect
data=${SH_DATA-}/detection
python=${PYTHON3-python3}
dir=$(mktemp -d) || exit 4
trap 'rm -rf "$dir"' EXIT

for kind in anomaly level 'deviation:86400s' 'deviation:604800s' 'time_to:100' 'forecast:3600s' 'trend:3600s'; do
	args=()
	[[ $kind != *:* ]] || args=("${kind#*:}")
	for series in 1 1000 100000; do
		"$program" speed "${kind%:*}" $series "${args[@]}" || exit 4
	done
done

# skip REASON: no figure of what is found. Whoever reads figures sees that as well as a person.
skip() {
	echo "not measured: $1"
	echo "figure skipped 9 <= 0 missed"
	exit "$2"
}

# Without the data there is nothing to measure; with them, a tool that is missing hides the figures.
[ -d "$data/dev" ] || skip "SH_DATA is not set, or has no detection/dev" 0
"$python" -c 'import numpy' 2>/dev/null || skip "$python has no numpy: name one that has by PYTHON3" 4
scorers=$data/scorers dev=$data/dev

# figure NAME VALUE BAR
figure() {
	awk -v name="$1" -v v="$2" -v bar="$3" 'BEGIN {
		printf "figure %s %s >= %s %s\n", name, v, bar, (v >= bar ? "met" : "missed") }'
}

# flat FILE: lines of NDJSON as series,seconds,value
flat() {
	zcat "$1" | sed -E 's/^\{"series":"([^"]*)","ts":([0-9]+),"value":([^}]*)\}$/\1,\2,\3/'
}

# score EXPR: lines "series,seconds,value" as samples through sh-detect, back as "series,seconds,answer".
# One series after the other, whose times overlap: each is moved on by whole weeks, and
# back again; before time as such ends, 2262, another run begins.
score() {
	local run
	printf -v run '%q --no-stock --score %q' "$detect" "$1"
	awk -F, -v run="$run" '
		{ name = $1; t = $2; value = substr($0, length($1 $2) + 3) }
		value !~ /:/ { value = "\"x\":" value }
		name != last {
			if (newest > 8e9) { close(run); newest = offset = 0 }
			offset = newest < t ? 0 : int((newest - t) / 604800 + 1) * 604800
			last = name
		}
		{
			if (t + offset > newest) newest = t + offset
			printf "{\"time\":%.0f,\"entity\":\"series:%.0f/%s\",\"v\":{%s}}\n", t + offset, offset, name, value | run
		}' | awk -F, -v OFS=, '{
			sub(/^series:/, "", $1)
			i = index($1, "/")
			print substr($1, i + 1), $2 - substr($1, 1, i - 1), $3
		}'
	[ "${PIPESTATUS[*]}" = '0 0' ]
}

# jitter SEED: noise of 1e-4 of the mean of each series; seed 0 none
jitter() {
	awk -F, -v OFS=, -v seed="$1" '
		function flush(i) { for (i = 1; i <= n; i++) {
			if (seed) v[i] += 1e-4 * sum / n * sqrt(-2 * log(1 - rand())) * cos(6.283185307 * rand())
			printf "%s,%s,%.12g\n", name, t[i], v[i] }; n = sum = 0 }
		BEGIN { srand(seed) }
		$1 != name { flush(); name = $1 }
		{ t[++n] = $2; v[n] = $3; sum += $3 < 0 ? -$3 : $3 }
		END { flush() }'
}

# nab PROFILE THRESHOLD: mean and deviation over five jitters
nab() {
	for seed in 1 2 3 4 5; do
		"$python" "$scorers/score_all.py" "$dev" "$dir/nab.$seed" --nab-threshold "$2" |
			sed -nE "s/^nab $1 .*'score': ([0-9.]+).*/\1/p"
	done | awk '{ s += $1; q += $1 * $1 } END { printf "%.2f %.2f\n", s / NR, sqrt(q / NR - (s / NR) ^ 2) }'
}

for seed in 1 2 3 4 5; do
	flat "$dev/nab.ndjson.gz" | jitter $seed | score 'anomaly(v.x)' >"$dir/nab.$seed" || exit 4
done
for profile in standard:5.3:78.4 reward_low_FP_rate:7.2:66.7 reward_low_FN_rate:5.3:80.5; do
	IFS=: read -r name threshold bar <<<"$profile"
	read -r mean deviation <<<"$(nab "$name" "$threshold")"
	echo "nab $name at $threshold: $mean +/- $deviation"
	figure "nab_$name" "$mean" "$bar"
done

for file in "$dev"/smd/*.csv.gz; do
	name=${file##*/}
	zcat "$file" | awk -F, -v name="smd/${name%.csv.gz}" '
		NR == 1 { split($0, head); next }
		{ line = ""; for (i = 2; i <= NF; i++) line = line (i > 2 ? "," : "") "\"" head[i] "\":" $i
		  print name "," $1 "," line }'
done | score 'entity_level()' | sed 's/,$/,0/' >"$dir/smd" || exit 4
figure smd_vus_pr "$("$python" "$scorers/score_all.py" "$dev" "$dir/smd" | sed -nE 's/.*VUS-PR ([0-9.]+).*/\1/p')" .535

flat "$dev/msft.ndjson.gz" | score 'level(v.x)' >"$dir/msft" || exit 4
figure msft_event_f1 "$("$python" "$scorers/score_all.py" "$dev" "$dir/msft" --msft-threshold 4.5 |
	sed -nE 's/.*fixed threshold: F1 ([0-9.]+).*/\1/p')" .50

zcat "$dev/capacity.csv.gz" | tail -n +2 | score 'time_to(v.x, 100)' >"$dir/capacity" || exit 4
"$python" "$scorers/capacity_score.py" "$dev/capacity_labels.json" "$dir/capacity" >"$dir/capacity.score"
cat "$dir/capacity.score"
figure capacity_f1 "$(sed -nE 's/.*"f1": ([0-9.]+).*/\1/p' "$dir/capacity.score")" .87

# A disk: bad sectors, uncorrectable errors or pending sectors jump.
zcat "$dev/smart.ndjson.gz" |
	sed -nE 's/"smart_/"m/g; s/^\{"series":"([^"]*)","ts":([0-9]+),(.*)\}$/\1,\2,\3/p' |
	sort -s -t, -k1,1 -k2,2n |
	score 'v.m5 - previous(v.m5) > 10 || v.m187 - previous(v.m187) > 1 || v.m197 - previous(v.m197) > 4' \
		>"$dir/smart" || exit 4
"$python" "$scorers/score_all.py" "$dev" "$dir/smart" | tee "$dir/smart.score"
figure smart_f1 "$(sed -nE 's/.* F1 ([0-9.]+) .*/\1/p' "$dir/smart.score")" .633

# What comes later changes no score: a part of a file gives that part of the scores.
causal=1
for expr in 'anomaly(v.x)' 'level(v.x)' 'deviation(v.x, 1d)' 'forecast(v.x, 1h)' 'time_to(v.x, 1000)'; do
	for lines in 1 4032 4100 20000; do
		flat "$dev/nab.ndjson.gz" | head -n 24000 | score "$expr" >"$dir/all"
		flat "$dev/nab.ndjson.gz" | head -n $lines | score "$expr" >"$dir/part"
		[ -s "$dir/part" ] && cmp -s "$dir/part" <(head -n "$(wc -l <"$dir/part")" "$dir/all") ||
			{ causal=0; echo "$expr: $lines lines give other scores"; }
	done
done
figure causal $causal 1
