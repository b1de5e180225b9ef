#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Barriers and outbox: programs killed at any moment lose nothing and repeat nothing.

load helper
: "${abs_top_builddir:?}"

feeder=$abs_top_builddir/tests/faults/feeder

# 2000 samples of four file systems that fill up, empty, and fill again.
samples() {
	awk 'BEGIN {
		for (i = 0; i < 2000; i++)
			printf "{\"kind\":\"sample\",\"time\":%d,\"host\":\"h%d\",\"entity\":\"filesystem:/v%d@h%d\",\"metrics\":{\"storage\":{\"utilization\":%.1f}}}\n",
				1795222923 + i, i % 4, i % 4, i % 4, 50 + 49 * sin(i / 40)
	}'
}

# Outputs of a run with kills and of one without are the same, and not empty.
same_with_kills() {
	local kills=$1 seed=$2
	shift 2
	need "$feeder"
	samples >in
	STATE=calm "$feeder" --every 10 --kills 0 -- "$@" <in >calm.out 2>calm.err
	STATE=killed "$feeder" --every 10 --kills "$kills" --seed "$seed" -- "$@" <in >killed.out 2>killed.err
	cat killed.err
	grep -q "$kills kills" killed.err
	[ "$(wc -l <calm.out)" -gt 20 ]
	cmp calm.out killed.out
}

# The state directory of a run, as an argument.
stateful() {
	cat >stateful <<-'EOS'
		#!/bin/sh
		name=$1
		shift
		exec "$name" --state "$STATE.$name" "$@"
	EOS
	chmod +x stateful
}

@test "sh-detect killed twenty times gives each record exactly once" {
	need sh-detect
	stateful
	same_with_kills 20 1 ./stateful sh-detect
	grep -q '"status":"open"' killed.out
	grep -q '"status":"resolved"' killed.out
}

@test "sh-detect killed at other moments, with larger batches in flight" {
	need sh-detect
	stateful
	same_with_kills 20 7 ./stateful sh-detect --pass
}

@test "sh-diagnose killed twenty times gives each record exactly once" {
	need sh-detect sh-diagnose
	stateful
	samples | sh-detect >faults
	samples() { cat faults faults faults faults; }
	same_with_kills 20 3 ./stateful sh-diagnose
}

@test "a pipeline whose programs are killed in turn gives each record exactly once" {
	need sh-detect sh-diagnose
	stateful
	same_with_kills 20 5 ./stateful sh-detect '|' ./stateful sh-diagnose
}

@test "without a state directory barriers are only passed on" {
	need sh-detect
	samples >in
	"$feeder" --every 50 --kills 0 -- sh-detect <in >with
	sh-detect <in >without
	cmp with without
}

@test "a program that forgets its state is found out" {
	need sh-detect
	samples >in
	# shellcheck disable=SC2016
	forgetful=(sh -c 'rm -rf state; exec sh-detect --state state')
	"$feeder" --every 10 --kills 0 -- "${forgetful[@]}" <in >calm.out
	"$feeder" --every 10 --kills 20 --seed 1 -- "${forgetful[@]}" <in >killed.out
	[ -s killed.out ]
	run ! cmp -s calm.out killed.out
}

@test "stored output that changed on the disk is named and kept aside, and the rest comes again" {
	need sh-detect sqlite3
	samples >in
	feed() {
		head -n 200 in
		echo '{"kind":"barrier","seq":1,"acked":0}'
		sed -n '201,1000p' in
		echo '{"kind":"barrier","seq":2,"acked":0}'
	}
	feed | sh-detect --state state >first
	grep -q '"kind":"fault"' first
	sh-detect --state state </dev/null >again
	cmp <(grep fault first) <(grep fault again)
	[ "$(sqlite3 state/detect.db "update outbox set lines = x'7b7d0a' where seq = 1; select changes()")" = 1 ]
	run -4 --separate-stderr sh-detect --state state </dev/null
	[[ $stderr == *'the stored output of barrier 1 was damaged'* ]]
	jq -es '[.[] | .kind] | .[:2] == ["resume", "barrier"] and .[-1] == "barrier" and length > 3' <<<"$output"
	run ! grep -q '^{}' <<<"$output"
	[ "$(sqlite3 state/detect.db "select hex(value) from value where space = 'outbox damaged' and cast(key as text) = '1'")" = 7B7D0A ]
}
