#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A file that is missing, empty, cut, garbage or unreadable costs what was in it and nothing else.

load helper
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"
# A thousand runs of the collectors take half a minute, and longer beside other tests.
export BATS_TEST_TIMEOUT=600

# damaged TREE [OPTION...]: every file that is read of a copy of the tree, in every way
damaged() {
	local tree=$1
	shift
	need python3
	[ "$(id -u)" != 0 ] || need setpriv
	cp -r "$tree" copy
	chmod -R u+w,a+rX copy
	# Readable for the user that root becomes, so that there is something unreadable.
	chmod a+x . .. ../.. ../../..
	run python3 "$abs_top_srcdir/tests/bats/answers.py" "$abs_top_builddir/bin/sh-collect" "$PWD/copy" \
		"$abs_top_srcdir/tests/data/answers-differences.tsv" "$@"
	echo "$output"
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ]
	[[ ${lines[-1]} =~ ^([0-9]+)\ files\ are\ read ]] && [ "${BASH_REMATCH[1]}" -ge 10 ]
}

@test "a machine whose files are damaged one after the other" {
	damaged "$abs_top_srcdir/tests/data/root-before" --detail
}

@test "devices whose files are damaged one after the other" {
	damaged "$abs_top_srcdir/tests/data/devices-before" --detail
}

@test "the tree of node_exporter, its files damaged one after the other" {
	need_data conformance/node_root/proc/stat
	damaged "$SH_DATA/conformance/node_root" --detail
}

@test "a collector that says something of a damaged file would be seen" {
	mkdir -p bin
	cat >bin/sh-collect <<-'END'
		#!/bin/sh
		"${0%/*}/real" "$@" | sed "s/\"one\":/\"one\":$(wc -c <copy/proc/meminfo || echo 9)/"
	END
	# Beside it, where the user that root becomes can reach it.
	cp "$abs_top_builddir/bin/sh-collect" bin/real
	chmod -R a+rX bin
	chmod a+x bin/sh-collect
	cp -r "$abs_top_srcdir/tests/data/root-before" copy
	chmod -R u+w,a+rX copy
	chmod a+x . .. ../.. ../../..
	run -1 python3 "$abs_top_srcdir/tests/bats/answers.py" \
		"$PWD/bin/sh-collect" "$PWD/copy" "$abs_top_srcdir/tests/data/answers-differences.tsv"
	[[ $output = *'load: lost'* ]] || [[ $output = *'load: says anew'* ]]
}
