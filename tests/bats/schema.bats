#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What the programs write is what share/schema says.

load helper
: "${abs_top_srcdir:?}"

validate() {
	need python3
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" "$@" <out
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
}

# The seed's demo metrics, as one bare object a line.
demo() {
	for ((i = 0; i < $1; i++)); do
		echo "{\"time\":$((1795222923 + 10 * i)),\"latency\":{\"read_avg\":150,\"write_avg\":80},\"storage\":{\"utilization\":95.2},\"cluster\":{\"online_nodes\":7,\"total_nodes\":10}}"
	done
}

@test "the schemas refuse what is wrong" {
	local line
	for line in '{"kind":"novel"}' '{"kind":"tick","time":"2026-11-21T01:02:03Z","host":"h"}' \
		'{"kind":"sample","time":"2026-11-21T01:02:03.000000Z","host":"h","entity":"h"}' \
		'{"kind":"sample","time":"2026-11-21T01:02:03.000000Z","host":"h","entity":"host:h","metrics":{"a":{"b":"1"}}}' \
		'{"kind":"barrier","time":"2026-11-21T01:02:03.000000Z","seq":-1,"acked":0}'; do
		echo "$line" >out
		run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" <out
		[ "$status" != 77 ] || skip "$output"
		[ "$status" = 1 ] || { echo "accepted $line"; return 1; }
	done
}

@test "samples and ticks of sh-collect are valid" {
	need sh-collect
	sh-collect -n 2 -i 200ms >out
	sh-collect --root "$abs_top_srcdir/tests/data/devices-before" --detail >>out
	sh-collect --aggregate 1m=avg,p50 --label a=b load >>out
	validate sample tick
}

@test "events of sh-collect are valid" {
	need sh-collect
	sh-collect --state s event >out
	sh-collect --state s --mark 'web 1.2.3'
	sh-collect --state s event >out
	grep -q '"type":"deploy"' out
	validate event
}

@test "faults of sh-detect are valid, open, ongoing and resolved" {
	need sh-detect
	{ demo 6; for ((i = 6; i < 12; i++)); do
		echo "{\"time\":$((1795222923 + 10 * i)),\"latency\":{\"read_avg\":1,\"write_avg\":1},\"storage\":{\"utilization\":5}}"
	done; } | sh-detect >out
	grep -q '"status":"open"' out
	grep -q '"status":"ongoing"' out
	grep -q '"status":"resolved"' out
	validate fault
}

@test "faults of sh-detect are valid, flapping and stale" {
	need sh-detect
	printf 'rules:\n  r: {expr: a.x > 10, count: 1, flap: true, stale_after: 1m}\n' >rule.yaml
	for ((i = 0; i < 12; i++)); do
		echo "{\"time\":$((1795222923 + 10 * i)),\"host\":\"h\",\"a\":{\"x\":$((i % 2 * 20))}}"
	done >in
	echo '{"kind":"tick","time":1795223100,"host":"h"}' >>in
	sh-detect --no-stock -c rule.yaml in >out
	grep -q '"status":"flapping".*"score":.*"flapping_since"' out
	grep -q '"status":"stale".*"silent_since"' out
	validate fault
}

@test "diagnoses of sh-diagnose are valid" {
	need sh-detect sh-diagnose
	demo 3 | sh-detect | sh-diagnose >out
	validate diagnosis
}

@test "what sh-repair writes without --apply is valid" {
	need sh-detect sh-diagnose sh-repair
	demo 3 | sh-detect | sh-diagnose | sh-repair >out
	validate
}

@test "logs of sh-collect are valid" {
	need sh-collect
	printf '%s\n' '<34>1 2003-10-11T22:14:15.003Z m a 7 - [a@1 b="c"] x' 'plain' >in
	sh-collect --from syslog=in >out
	sh-collect --from log=in >>out
	printf '{"MESSAGE":null}\n' | sh-collect --from journal=- >>out
	validate log
}

@test "samples made of the documents of other tools are valid" {
	local file name
	need sh-collect
	for file in "$abs_top_srcdir"/tests/data/documents/*; do
		name=${file##*/}
		sh-collect --detail --from "${name%%-*}=$file" >>out
	done
	validate sample
}

@test "events, samples and logs of other tools' JSON are valid" {
	need sh-collect
	echo '{"specversion":"1.0","id":"7","source":"/ci","type":"t"}' >in
	sh-collect --from cloudevents=in >out
	echo '{"sysstat":{"hosts":[{"nodename":"n","statistics":[{"timestamp":{"date":"2026-11-20","time":"23:00:01","utc":1},"io":{"tps":1}}],"restarts":[{"boot":{"date":"2026-11-20","time":"23:00:00","utc":1}}]}]}}' >in
	sh-collect --from sadf=in >>out
	echo '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","unit":"s","gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]}' >in
	sh-collect --from otlp=in >>out
	echo '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"},"traceId":"ab"}]}]}]}' >in
	sh-collect --from otlp=in >>out
	[ "$(wc -l <out)" = 5 ]
	validate
}

@test "a diagnosis with suspects is valid" {
	need sh-diagnose
	{
		for ((i = 0; i < 70; i++)); do
			echo "{\"time\":$((1795222923 + 10 * i)),\"cpu\":{\"usage\":$((i < 60 ? 10 + i % 3 : 90))}}"
			echo "{\"kind\":\"log\",\"time\":$((1795222923 + 10 * i)),\"text\":\"$([ $i -lt 60 ] && echo all is well || echo cannot write, error $i)\"}"
		done
		echo '{"kind":"edge","from":"service:a","to":"host:'"$(hostname)"'","type":"runs_on"}'
		echo '{"kind":"event","time":1795223500,"type":"deploy","text":"x"}'
		for ((i = 70; i < 74; i++)); do
			echo "{\"time\":$((1795222923 + 10 * i)),\"storage\":{\"utilization\":99},\"cpu\":{\"usage\":90}}"
			echo "{\"kind\":\"log\",\"time\":$((1795222923 + 10 * i)),\"text\":\"cannot write, error 5\"}"
		done
	} | sh-detect --pass | sh-diagnose >all
	grep '"kind":"diagnosis"' all >out
	grep -q '"source":"metric"' out
	grep -q '"source":"log"' out
	grep -q '"moved"' out
	validate diagnosis
}
