#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Prometheus and OpenMetrics text: the conformance set of others, and cases of our own.
load helper
: "${abs_top_srcdir:?}"

prom() {
	SH_HOST=h sh-collect -o ndjson --from "${1:-prom}=-"
}

@test "the text formats are read as their own parsers read them, every agreed and single case" {
	need python3 jq
	need_data conformance/prom_text/cases.ndjson
	python3 "$SH_DATA/conformance/check.py" prom --only agreed --only single --fails fails \
		--cmd "$abs_top_srcdir/tests/conformance/prom-adapter" > out
	cat out fails
	[ ! -s fails ]
	grep -q '^prom-text agreed samples  *pass  *[1-9]' out
	grep -q '^openmetrics agreed invalid  *pass  *[1-9]' out
}

@test "one sample per label set and time, labels as dimensions, whatever bytes they hold" {
	printf '%s\n' '# TYPE a counter' 'a{x="1",y="2"} 3' 'b 1' 'a{y="2",x="1"} 4 1000' 'c{y="2",x="1"} 5' \
		'd{x="a\\b\"c\nd"} +Inf' 'e{x="a\\b\"c\nd"} 6' 'b 2' | prom > out.ndjson
	catalogued < out.ndjson
	jq -es 'length == 5 and
		.[0].dims == {x: "1", y: "2"} and .[0].metrics.prom == {a: 3, c: 5} and
		.[1].metrics.prom == {b: 1} and (.[1] | has("dims") | not) and
		.[2].time == "1970-01-01T00:00:01.000000Z" and .[2].metrics.prom == {a: 4} and
		.[3].dims.x == "a\\b\"c\nd" and .[3].not_finite == {"prom.d": "+Inf"} and
		.[3].metrics.prom == {e: 6} and .[4].metrics.prom == {b: 2} and
		all(.[]; .entity == "host:h" and .source.collector == "prom")' out.ndjson
}

@test "a bad line is told by its number, and no other is lost" {
	printf '%s\n' 'a 1' 'b one' '{c} 1' 'd{x="1} 2' '# TYPE e nothing' 'e 5' > in
	run -3 --separate-stderr sh-collect -o ndjson --from prom=in --entity exporter:x
	[ "$(jq -c .metrics.prom <<< "$output")" = '{"a":1,"e":5}' ]
	[ "$(cut -d: -f3 <<< "$stderr" | tr '\n' ' ')" = '2 3 4 5 ' ]
	jq -e '.entity | startswith("exporter:x@")' <<< "$output"
}

@test "openmetrics is held to its rules, and a text cut short is told" {
	printf '%s\n' '# TYPE a counter' 'a_total 1' '# EOF' > whole.txt
	run -0 sh-collect -o ndjson --from openmetrics=whole.txt
	head -2 whole.txt > cut.txt
	run -3 --separate-stderr sh-collect -o ndjson --from openmetrics=cut.txt
	[[ $stderr == *"'# EOF' is missing"* ]]
	[ "$(jq .metrics.prom.a_total <<< "$output")" = 1 ]
	printf '%s\n' '# TYPE a gauge' 'a{x="1"} 1' 'a{x="2"} 1' 'a{x="1"} 2' '# EOF' > torn
	run -3 --separate-stderr sh-collect -o ndjson --from openmetrics=torn
	[[ $stderr == *"torn:4: the samples of a group stand together"* ]]
	printf '%s\n' '# TYPE h histogram' 'h_bucket{le="1"} 1' 'h_bucket{le="+Inf"} 2' 'h_count 3' 'h_sum 1' \
		'# EOF' > sums
	run -3 --separate-stderr sh-collect -o ndjson --from openmetrics=sums
	[[ $stderr == *"the count is not that of the bucket +Inf"* ]]
}

@test "samples of one group stand for linear work, not for quadratic" {
	awk 'BEGIN { print "# TYPE h histogram"; for (i = 0; i < 100000; i++) print "h_bucket{le=\"" i "\"} " i
		print "h_bucket{le=\"+Inf\"} 100000"; print "# EOF" }' > many
	run -0 timeout 20 sh-collect -o ndjson --from openmetrics=many
	[ "$(grep -c . <<< "$output")" = 100001 ]
}

@test "a timestamp that no record can have is told as it was, and the value kept" {
	printf '%s\n' 'a 1 1e51' 'b 2 99999999999999' 'c 3 1767225600000' | prom > out.ndjson
	jq -es '(.[0] | .metrics.prom.a == 1 and .timestamp == "1e51") and .[1].timestamp == "99999999999999" and
		(.[2] | .time == "2026-01-01T00:00:00.000000Z" and (has("timestamp") | not))' out.ndjson
}
