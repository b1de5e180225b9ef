#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Joins of several programs, and bad input through all of them.
load helper
: "${abs_top_srcdir:?}"

# Three samples on which high_latency and disk_full fire.
good() {
	local i
	for i in 1 2 3; do
		echo "{\"time\":$((1795222800 + i)),\"host\":\"h\",\"latency\":{\"read_avg\":150},\"storage\":{\"utilization\":95}}"
	done
}

# Every exit status of the pipeline, and its records in out.
pipeline() {
	# Stays one shell, so that each status is seen.
	bash -c 'sh-detect "$@" 2>detect.err | sh-diagnose "$@" 2>diagnose.err | sh-repair "$@" 2>repair.err >out
		echo "${PIPESTATUS[@]}"' pipeline "$@"
}

causes() {
	jq -r 'select(.cause) | .cause' out | sort | xargs
}

equal() {
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }
}

@test "sh-collect -n 3 -i 1s into sh-detect and sh-diagnose: exit 0, and every line is valid" {
	need python3
	bash -c 'sh-collect -n 3 -i 1s 2>err | sh-detect 2>>err | sh-diagnose -p >out 2>>err
		echo "${PIPESTATUS[@]}"' >status
	equal "$(cat status)" '0 0 0'
	[ -s out ] || return 0
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" <out
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
}

@test "the same with every record passed on: samples and ticks are there, and valid" {
	need python3
	bash -c 'sh-collect -n 3 -i 1s 2>err | sh-detect -p 2>>err | sh-diagnose -p >out 2>>err
		echo "${PIPESTATUS[@]}"' >status
	equal "$(cat status)" '0 0 0'
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" sample tick <out
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
}

@test "the seed's metrics through detection and diagnosis, valid on the way" {
	need python3 jq
	good | sh-detect -p | sh-diagnose -p >out
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" fault diagnosis \
		< <(jq -c 'select(.kind)' out)
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
}

@test "empty input: exit 0, no output, no message" {
	equal "$(pipeline </dev/null)" '0 0 0'
	cat out detect.err diagnose.err repair.err >all
	[ ! -s all ]
}

@test "binary input: each line is named, exit 3, and the other records come out" {
	need jq
	{ good | head -n 2; printf '\001\002\377\376{\000}\n\000\000\n'; good | tail -n 1; } >in
	equal "$(pipeline <in)" '3 0 0'
	equal "$(causes)" 'storage_bottleneck storage_space_exhausted'
	grep -q '^sh-detect: stdin:3: ' detect.err
	grep -q '^sh-detect: stdin:4: ' detect.err
	equal "$(wc -l <detect.err)" 2
}

@test "binary in the middle of the pipeline: every program names its own" {
	local p
	for p in sh-detect sh-diagnose sh-repair; do
		run -3 --separate-stderr "$p" < <(printf '{"kind":"notice","text":"a","severity":"low"}\n\377\n')
		[ "${lines[0]}" = '{"kind":"notice","text":"a","severity":"low"}' ]
		[[ $stderr == "$p: stdin:2: "* ]]
	done
}

@test "a truncated last line: named, exit 3; whole but without newline it counts" {
	need jq
	good >in
	truncate -s -1 in
	equal "$(pipeline <in)" '0 0 0'
	equal "$(causes)" 'storage_bottleneck storage_space_exhausted'
	truncate -s -5 in
	equal "$(pipeline <in)" '3 0 0'
	grep -q '^sh-detect: stdin:3: truncated record' detect.err
}

@test "a line of 100 MB: named, exit 3, kept by --reject, constant memory, the others come out" {
	need jq
	[ -x /usr/bin/time ] || skip 'time not found'
	line() {
		good | head -n 2
		printf '{"x":"'
		head -c 100000000 /dev/zero | tr '\0' x
		printf '"}\n'
		good | tail -n 1
	}
	line | /usr/bin/time -f '%M' -o kib sh-detect --reject rejected >out 2>err || code=$?
	equal "${code-0}" 3
	equal "$(jq -r .fault_type out | xargs)" 'high_latency disk_full'
	grep -q '^sh-detect: stdin:3: record longer than 1048576 bytes' err
	equal "$(wc -c <rejected)" 100000009
	# The sanitizers keep shadows and quarantines.
	[ "${BUILD_KIND-}" != plain ] || [ "$(tail -n 1 kib)" -lt 32768 ]
	line | sh-diagnose >/dev/null 2>err || code=$?
	equal "$code" 3
}

@test "wrong types in members that are known: each line named, none believed, exit 3" {
	need jq
	cat >bad <<-'END'
	{"kind":5}
	{"kind":"sample","time":true,"metrics":{}}
	{"kind":"sample","time":"yesterday","metrics":{}}
	{"kind":"sample","host":7,"metrics":{}}
	{"kind":"sample","entity":"nameless","metrics":{}}
	{"kind":"sample","dims":"cpu0","metrics":{}}
	{"kind":"sample","labels":["a"],"metrics":{}}
	{"kind":"sample","metrics":[1]}
	{"kind":"sample","source":"disk","metrics":{}}
	{"latency":{"read_avg":150},"dims":5}
	["an","array"]
	"a text"
	{"a":1}{"b":2}
	END
	{ good | head -n 2; cat bad; good | tail -n 1; } >in
	equal "$(pipeline --reject rejected <in)" '3 0 0'
	equal "$(causes)" 'storage_bottleneck storage_space_exhausted'
	equal "$(wc -l <detect.err)" 13
	for ((n = 3; n < 16; n++)); do
		grep -q "^sh-detect: stdin:$n: " detect.err || { echo "line $n"; cat detect.err; return 1; }
	done
	cmp bad rejected
}

@test "members that no rule reads are no reason to reject a bare object" {
	need jq
	good | sed 's/}$/,"note":"x","list":[1],"deep":{"a":{"b":"c"}},"source":"s","metrics":4,"nothing":null}/' >in
	equal "$(pipeline <in)" '0 0 0'
	equal "$(causes)" 'storage_bottleneck storage_space_exhausted'
}

@test "metrics that are no numbers are unknown to rules, and numbers beyond 64 bits are numbers" {
	need jq
	for i in 1 2 3; do
		echo "{\"time\":$i,\"host\":\"h\",\"latency\":{\"read_avg\":\"150\"},\"storage\":{\"utilization\":123456789012345678901234567890}}"
	done | sh-detect >out
	equal "$(jq -r .fault_type out)" disk_full
}

@test "--strict: the first bad line ends the run, exit 3, what came before is kept" {
	need jq
	{ good; echo '{"kind":5}'; good | sed 's/17952228/17952229/'; } >in
	equal "$(pipeline --strict <in)" '3 0 0'
	equal "$(causes)" 'storage_bottleneck storage_space_exhausted'
	equal "$(wc -l <detect.err)" 1
	grep -q '^sh-detect: stdin:4: ' detect.err
}

@test "a full device: exit 4 and one message" {
	[ -c /dev/full ] || skip '/dev/full not found'
	run -4 bash -c 'sh-detect >/dev/full' <<<"$(good)"
	equal "$output" 'sh-detect: cannot write: No space left on device'
	good | sh-detect >faults
	run -4 bash -c 'sh-diagnose >/dev/full' <faults
	equal "$output" 'sh-diagnose: cannot write: No space left on device'
	# What could not be written is decided again.
	run -4 bash -c 'sh-detect --state state >/dev/full' <<<"$(good)"
	sh-detect --state state <<<"$(good)" | cmp - faults
}

@test "a reader that went away: silence, and the program ends" {
	local p
	good | sh-detect -p >in
	for p in sh-detect sh-diagnose; do
		timeout 20 bash -c '{ for i in {1..20000}; do echo "{\"kind\":\"notice\",\"n\":$i}" || exit; done 2>/dev/null; } |
			"$1" 2>err | head -n 1 >one' _ "$p" 2>/dev/null
		[ -s one ]
		[ ! -s err ]
	done
}

@test "a file that is missing: exit 4 with its name, and the next is still read" {
	need jq
	good >in
	run -4 --separate-stderr sh-detect nonexistent in
	[ "${#lines[@]}" = 2 ]
	[[ $stderr == "sh-detect: cannot open 'nonexistent': "* ]]
}

@test "deterministic: the same records give the same bytes, at any pace" {
	good >in
	{ sh-detect in | sh-diagnose; } >one
	{ while read -r line; do echo "$line"; sleep 0.05; done <in | sh-detect | sh-diagnose; } >two
	[ -s one ]
	cmp one two
}
