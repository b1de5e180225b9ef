#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
load helper
load action

ALL="process-restart process-signal disk-clean file-restore io-throttle notify"

@test "without a verb each action says its usage and exits 1" {
	for a in $ALL; do
		run -1 --separate-stderr "$abs_top_builddir/bin/actions/$a" </dev/null
		[ -z "$output" ]
		[[ $stderr == "$a: usage:"* ]]
	done
}

@test "a request that is not a JSON object is refused by each action" {
	for a in $ALL; do
		for bad in '' '[]' '{' '{"parameters":{}} x' '{"a":1,"a":2,"parameters":{}}' '{"parameters":[]}' '{}'; do
			refused "$a" run "$bad" ''
		done
	done
}

@test "an unknown parameter is refused by each action and named" {
	for a in $ALL; do
		refused "$a" run '{"parameters":{"max_bytez":1}}' "unknown parameter 'max_bytez'"
	done
}

@test "a NUL, a relative path and .. in a path are refused" {
	refused file-restore run '{"parameters":{"path":"/etc/x\u0000y"}}' ''
	refused file-restore run '{"parameters":{"path":"etc/x"}}' 'absolute path'
	refused file-restore run '{"parameters":{"path":"/etc/../x"}}' 'absolute path'
	refused file-restore run '{"parameters":{"path":"/etc//x"}}' 'absolute path'
}

@test "more than 4 MiB of request is refused" {
	run -0 --separate-stderr bash -c 'head -c 5000000 /dev/zero | tr "\0" " " | "$1" run' _ \
		"$abs_top_builddir/bin/actions/notify"
	answer '.success == false and (.error | contains("larger"))'
}

@test "a full standard output is exit 1" {
	[ -e /dev/full ] || skip 'no /dev/full'
	run -1 bash -c '"$1" run </dev/null >/dev/full 2>/dev/null' _ "$abs_top_builddir/bin/actions/notify"
}

@test "each action has a descriptor that names it" {
	for a in $ALL; do
		grep -qx "program: $a" "$abs_top_srcdir/share/actions/$a.yaml"
	done
}
