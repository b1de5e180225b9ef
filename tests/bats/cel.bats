#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The expression language against the public CEL conformance suite.
load helper
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"

# Run one part of the suite: NAME, then options of the checker. Failing cases go to got.
run_suite() {
	local name=$1 total
	shift
	python3 "$SH_DATA/conformance/check.py" cel "$@" --fails fails \
		--cmd "$abs_top_builddir/tests/unit/cel_adapter" >out
	total=$(tail -n 1 out)
	echo "$name: $total" >&2
	[[ $total == *"'pass': "[1-9]* ]]
	cut -f 1 fails | sed "s|^|$name\t|" >>got
}

@test "the CEL suite passes but for the differences that are listed, each of which exists" {
	need python3
	need_data conformance/cel/cases.ndjson
	: >got
	run_suite constants
	run_suite lifted --lifted
	run_suite time --file cases_time.ndjson
	grep -v '^#' "$abs_top_srcdir/tests/data/cel-differences.tsv" | cut -f 1,2 | sort >want
	sort -o got got
	diff -u want got
}

@test "an expression that yields no value ends the adapter with an error, and its place" {
	EXPR='1 / 0' run -1 "$abs_top_builddir/tests/unit/cel_adapter" <<<'{}'
	[ "$output" = '1:3: division by zero' ]
	EXPR='a.b > 1' run -1 "$abs_top_builddir/tests/unit/cel_adapter" <<<'{"a":{}}'
	[ "$output" = 'a.b is absent' ]
	EXPR='1 +' run -2 "$abs_top_builddir/tests/unit/cel_adapter" <<<'{}'
	[ "$output" = '1:4: a value expected at the end' ]
}

@test "every function that an expression has is in the manual" {
	local name missing=
	for name in $(grep -oh 'SH_BUILTIN("[^"]*"' "$abs_top_srcdir"/lib/expr/*.c | cut -d '"' -f 2); do
		grep -qE "(^|[^A-Za-z])${name//./\\.}([^A-Za-z]|\$)" "$abs_top_srcdir/share/man/sh-rules.7" ||
			missing+="$name "
	done
	[ -n "$name" ]
	[ -z "$missing" ] || { echo "missing: $missing"; return 1; }
}
