#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Input that nobody should send: each program goes on, or says why not, within its memory.
# shellcheck disable=SC2154 # stderr and output come from run
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export HOME=$BATS_TEST_TMPDIR SH_HOST=h1
	need jq python3
	sample='{"kind":"sample","time":"2026-11-01T00:00:00Z","host":"h1","entity":"filesystem:/@h1","metrics":{"storage":{"utilization":12}}}'
	: >site.yaml
}

# within KIB COMMAND...: with so much memory at most; "peak" is what it took.
within() {
	local most=$1 status=0
	shift
	python3 -c '
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
open("peak", "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code if code >= 0 else 128 - code)' "$@" || status=$?
	peak=$(cat peak)
	[ "$peak" -le "$most" ] || {
		echo "$* took $peak KiB"
		return 99
	}
	return $status
}

# The programs that read records, each as it would run in a pipeline.
programs=('sh-detect -c site.yaml' 'sh-diagnose -c site.yaml' 'sh-repair -c site.yaml' 'sh-repair -c site.yaml --apply --state state'
	'sh-schedule --no-stock -c site.yaml --state state --once -' 'sh-collect --from log=-')

# Whatever is in "in": no program is killed or hangs, what it understood goes on, and
# what it did not is named, where that is not EXPECTED to be fine.
survived() {
	local program code most=$1
	shift
	for program in "${programs[@]}"; do
		code=0
		# shellcheck disable=SC2086
		within "$most" timeout 60 $program "$@" <in >out 2>err || code=$?
		[[ $code =~ ^(0|3)$ ]] || {
			echo "$program: exit $code"
			head -c 500 err
			return 1
		}
		# Nothing that is no record comes out.
		python3 -c '
import json, sys
for line in open("out", "rb"):
    json.loads(line, parse_int=float)' || {
			echo "$program: its output"
			return 1
		}
		# A line that is bad is named, and not repeated.
		[ -z "$(awk 'length > 1000' err)" ] || {
			echo "$program: says too much"
			return 1
		}
	done
}

# long_lines MEGABYTES
long_lines() {
	{
		echo "$sample"
		python3 -c '
import sys
n = int(sys.argv[1]) << 20
w = sys.stdout.write
for begin, unit, end in (("{\"kind\":\"sample\",\"entity\":\"", "a", "\"}"), ("", "x", ""), ("{\"kind\":\"sample\",\"metrics\":{\"a\":", "[", ""),
                         ("{", "\"a\":1,", "\"b\":2}"), ("\"", "\\u0000", "\""), ("", " ", "")):
    w(begin)
    for _ in range(n // 65536):
        w(unit * (65536 // len(unit)))
    w(end + "\n")' "$1"
		echo "${sample/00:00:00Z/00:00:01Z}"
		# One without an end.
		head -c "$1M" /dev/zero | tr '\0' 7
	} >in
}

@test "lines of 3 MB, and one that does not end" {
	long_lines 3
	survived 150000
}

# bats test_tags=slow
@test "lines of 100 MB, and one that does not end" {
	long_lines 100
	survived 150000
}

@test "10,000 deep, NUL, invalid UTF-8, numbers beyond all bounds" {
	python3 - "$sample" >in <<-'E'
		import sys
		out = sys.stdout.buffer
		sample = sys.argv[1].encode()
		good = 0
		def put(line):
		    out.write(line + b"\n")
		put(sample)
		for deep in (b"[" * 10000 + b"]" * 10000, b'{"a":' * 10000 + b"1" + b"}" * 10000, b"[" * 10000, b'{"a":[' * 5000):
		    put(deep)
		    put(b'{"kind":"sample","entity":"a:b","metrics":{"a":{"b":' + deep + b"}}}")
		    put(b'{"kind":"fault","id":"f-1","entity":"a:b","context":' + deep + b"}")
		    put(b'{"kind":"diagnosis","id":"d-1","fault":' + deep + b"}")
		for text in (b"\0", b"a\0b", b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\\ud800", b"\\u0000", b"\xe2\x80",
		             b"\x1b[2J", b"\r", b"\x7f", b"\\", b'"'):
		    put(text)
		    for member in (b"entity", b"host", b"id", b"time", b"kind"):
		        put(sample.replace(b'"kind"', b'"x"').replace(b"{", b'{"' + member + b'":"' + text + b'",', 1))
		for number in (b"1e308", b"-1e308", b"1e309", b"1e999999999", b"1e-400", b"-0", b"-0.0", b"9223372036854775808", b"0." + b"0" * 5000 + b"1",
		               b"1" * 5000, b"NaN", b"Infinity", b"0x10", b"+1", b"01", b"1.", b".5", b"true", b"null", b'"1"'):
		    put(sample.replace(b"12}", number + b"}"))
		    put(sample.replace(b'"2026-11-01T00:00:00Z"', number))
		    put(b'{"kind":"fault","id":"f-1","entity":"a:b","detection_count":' + number + b"}")
		    put(b'{"kind":"barrier","seq":' + number + b',"acked":' + number + b"}")
		for kind in (b"sample", b"log", b"event", b"edge", b"tick", b"fault", b"incident", b"diagnosis", b"plan", b"repair", b"task", b"notice", b"resume"):
		    for value in (b"null", b"[]", b"{}", b'""', b"-1", b"1e308", b'"' + b"a" * 100000 + b'"'):
		        for member in (b"entity", b"time", b"metrics", b"fault", b"dims", b"labels", b"from", b"steps", b"parameters", b"status"):
		            put(b'{"kind":"' + kind + b'","' + member + b'":' + value + b"}")
	E
	survived 150000
}

# So many entities, each seen once, in the order of time.
crowd() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "{\"kind\":\"sample\",\"time\":%d,\"host\":\"h%d\",\"entity\":\"disk:d%d@h%d\",\"metrics\":{\"disk\":{\"utilization\":%d}}}\n", 1795222800 + int(i / 1000), i % 1000, i, i % 1000, i % 50
	}'
}

@test "--max-series: those not heard of the longest are forgotten, none with an open fault, and it is told" {
	echo 'rules: {busy: {expr: disk.busy > 90, count: 1}}' >rules.yaml
	line() { echo '{"kind":"sample","time":'"$((1795222800 + $2))"',"host":"h","entity":"disk:'"$1"'@h","metrics":{"disk":{"busy":'"$3"'}}}'; }
	{
		line open 0 99
		line calm 1 1
		for i in {1..40}; do
			line "d$i" $((10 + i)) 1
			line late $((10 + i)) 1
		done
		line open 100 1
		line calm 100 99
		line late 100 99
	} >in
	run -0 --separate-stderr sh-detect --no-stock -c rules.yaml --max-series 16 in
	[ "$(jq -r '.entity + " " + .status' <<<"$output" | xargs)" = 'disk:open@h open disk:open@h resolved disk:calm@h open disk:late@h open' ]
	[ "$(wc -l <<<"$stderr")" = 2 ]
	[[ $stderr == *'more than 16 series'*'forgotten to make room for others: '[1-9]*', records of new ones for which there was none: 0' ]]
	# In pieces as at once.
	split -l 7 in piece.
	for piece in piece.*; do
		sh-detect -q --no-stock -c rules.yaml --max-series 16 --state state "$piece"
	done >pieces
	cmp pieces <(echo "$output")
	# Where all have an open fault new ones are not judged.
	for i in {1..40}; do line "d$i" "$i" 99; done >in
	run -0 --separate-stderr sh-detect --no-stock -c rules.yaml --max-series 16 in
	[ "$(wc -l <<<"$output")" = 16 ]
	[[ $stderr == *'was none: 24' ]]
	run -0 --separate-stderr sh-detect --no-stock -c rules.yaml --max-series 0 in
	[ "$(wc -l <<<"$output")" = 40 ]
	[ -z "$stderr" ]
}

# bats test_tags=slow
@test "10 million entities: sh-detect keeps its bound" {
	crowd 10000000 | within 150000 sh-detect --max-series 200000 >out 2>err
	grep -q 'forgotten to make room' err
}

# bats test_tags=slow
@test "10 million entities: sh-diagnose keeps its bound" {
	crowd 10000000 | within 400000 sh-diagnose >out 2>err
	grep -q 'forgotten to make room' err
}

# bats test_tags=slow
@test "10 million entities: sh-repair, sh-schedule and sh-collect remember none" {
	crowd 10000000 >in
	within 60000 sh-repair in >out
	within 60000 sh-schedule --no-stock -c site.yaml --state state --once - <in >out
	within 60000 sh-collect --from log=in >out
}

@test "100,000 entities: memory is bounded" {
	crowd 100000 >in
	within 60000 sh-detect --max-series 10000 in >out 2>err
	grep -q 'forgotten to make room' err
	within 60000 sh-repair in >out
	within 60000 sh-schedule --no-stock -c site.yaml --state state --once - <in >out
	cmp in out
	within 60000 sh-collect --from log=in >out
}

# Collector after collector for one series, and record by record.
@test "100,000 names of collectors for one series cost no memory" {
	awk 'BEGIN { for (i = 0; i < 100000; i++)
		printf "{\"kind\":\"sample\",\"time\":%d,\"host\":\"h\",\"entity\":\"disk:d@h\",\"source\":{\"collector\":\"c%d\"},\"metrics\":{\"disk\":{\"busy\":1}}}\n", 1795222800 + i, i }' >in
	within 60000 timeout 30 sh-detect in >out
}

# day SECONDS: a second of 20 hosts each 10 s, with faults that come and go.
day() {
	awk -v n="$1" 'BEGIN {
		for (t = 0; t < n; t += 10)
			for (h = 0; h < 20; h++) {
				printf "{\"kind\":\"sample\",\"time\":%d,\"host\":\"h%d\",\"entity\":\"filesystem:/@h%d\",\"metrics\":{\"storage\":{\"utilization\":%.1f}}}\n", 1795222800 + t, h, h, 50 + 49 * sin(t / 4000 + h)
				printf "{\"kind\":\"sample\",\"time\":%d,\"host\":\"h%d\",\"entity\":\"host:h%d\",\"metrics\":{\"cpu\":{\"usage\":%.1f},\"memory\":{\"usage\":%.1f}}}\n", 1795222800 + t, h, h, 50 + 49 * sin(t / 1000 + h), 40 + h
			}
	}'
}

# flat MORE COMMAND...: what it takes for a day is what it takes for a quarter of it, but for so many KiB.
flat() {
	local more=$1 quarter
	shift
	rm -rf state
	within 1000000 "$@" <quarter >out 2>err || [[ $? =~ ^(3|7)$ ]] || return
	quarter=$peak
	rm -rf state
	within $((quarter + more)) "$@" <day >out 2>err || [[ $? =~ ^(3|7)$ ]] || return
	echo "# ${*:1:1}: $quarter KiB after 6 hours, $peak after 24" >&3
}

# bats test_tags=slow
@test "24 hours of records: memory is flat" {
	day 21600 >quarter
	day 86400 >day
	flat 2000 sh-detect
	# In its first minute up to 64 MiB of output are held, should there be barriers.
	flat 66000 sh-detect --state state
	flat 4000 sh-diagnose
	sh-detect day >faults
	sh-diagnose faults >day
	head -n "$(($(wc -l <day) / 4))" day >quarter
	flat 4000 sh-repair
	[ "$(wc -l <day)" -gt 1000 ]
	day 86400 >day
	day 21600 >quarter
	flat 2000 sh-schedule --no-stock -c site.yaml --state state --once -
	flat 4000 sh-collect --from log=-
}
