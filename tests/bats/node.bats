#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The kernel's figures against node_exporter's own tree and values.
load helper
: "${abs_top_srcdir:?}"

# The groups of the tree that are collected, each with every row it has but for what
# tests/data/node-differences.tsv lists.
groups='
loadavg
'

@test "node_exporter's values of its tree, but for the differences that are listed" {
	local group only=()
	need python3 jq
	need_data conformance/node_root/proc/stat
	ROOT=$SH_DATA/conformance/node_root "$abs_top_srcdir/tests/conformance/node-adapter" >values
	for group in $groups; do only+=(--only "$group"); done
	python3 "$SH_DATA/conformance/check.py" node "${only[@]}" --cmd "cat $PWD/values" --fails fails >out
	cat out
	for group in $groups; do grep -q "^$group  *pass  *[1-9]" out; done
	sed "s/^('\\([^']*\\)', '\\(.*\\)')\\t.*/\\1\\t\\2/" fails | sort >got
	grep -v '^#' "$abs_top_srcdir/tests/data/node-differences.tsv" | cut -f 1,2 | sort >want
	diff -u want got
}
