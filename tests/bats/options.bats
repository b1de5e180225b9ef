#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What holds for every program that is installed for people.
load helper
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"

programs() {
	local p
	for p in ${BIN_PROGRAMS:?run through make check}; do
		printf '%s\n' "${p##*/}"
	done
}

# Run a check for each program, all of them, and name those that fail it.
each() {
	local p failed=0
	for p in $(programs); do
		if ! "$@" "$p"; then
			echo "FAILED for $p"
			failed=1
		fi
	done
	[ "$(programs | wc -l)" -gt 0 ] && return $failed
}

help_on_stdout() {
	local flag
	for flag in -h --help; do
		"$1" $flag >out 2>err || return
		[ ! -s err ] && grep -q "^Usage: $1 " out && grep -q -- '--version' out || return
	done
}

@test "-h and --help: help on standard output, exit 0" {
	each help_on_stdout
}

help_fits() {
	"$1" --help | awk 'length > 79 { print; bad = 1 } END { exit bad }'
}

@test "help fits into 79 columns" {
	each help_fits
}

version_line() {
	local flag
	for flag in -V --version; do
		[ "$("$1" $flag)" = "$1 (selfheal) ${VERSION:?}" ] || return
	done
}

@test "-V and --version: name, package and version" {
	VERSION=$(sed -n 's/^PACKAGE_VERSION = //p' "$abs_top_builddir/Makefile")
	each version_line
}

unknown_option() {
	local status=0
	"$1" --no-such-option >out 2>err </dev/null || status=$?
	[ $status = 2 ] && [ ! -s out ] && grep -q "^$1: --no-such-option: " err &&
		grep -q "^$1: try '$1 --help'" err
}

@test "an unknown option: exit 2, nothing on standard output, a hint" {
	each unknown_option
}

missing_argument() {
	local long status
	for long in $("$1" --dump-options | awk -F '\t' '$1 != "" && $3 != "" { print $1 }'); do
		status=0
		"$1" "--$long" >out 2>err </dev/null || status=$?
		if [ $status != 2 ] || [ -s out ]; then
			echo "--$long"
			return 1
		fi
	done
}

@test "an option without its argument: exit 2, nothing on standard output" {
	each missing_argument
}

full_device() {
	local status=0 flag
	for flag in --help --version; do
		status=0
		"$1" $flag >/dev/full 2>err || status=$?
		[ $status = 4 ] && grep -q "^$1: cannot write standard output: No space" err || return
	done
}

@test "a full device: exit 4 and a message" {
	each full_device
}

closed_output() {
	"$1" --help >&- 2>err && [ ! -s err ]
}

@test "a closed standard output: silence" {
	each closed_output
}

reader_gone() {
	# The reader has left before the first byte comes.
	{ sleep 0.05; "$1" --help; } 2>err | true
	[ ! -s err ]
}

@test "a reader that has gone: silence" {
	each reader_gone
}

options_of_table() {
	"$1" --dump-options | awk -F '\t' '{ if ($1) print "--" $1; if ($2) print "-" $2 }' | sort
}

# Items of the list of options: ".It Fl c , Fl -config Ns = Ns Ar PATH".
options_of_manual() {
	awk '/^\.Sh / { here = ($2 == "OPTIONS") }
		here && /^\.It Fl / { for (i = 2; i < NF; i++) if ($i == "Fl") print "-" $(i + 1) }' \
		"$abs_top_srcdir/share/man/$1.1" | sort
}

table_is_manual() {
	diff <(options_of_table "$1") <(options_of_manual "$1")
}

@test "the manual describes the options of the table, no more and no fewer" {
	each table_is_manual
}

headings() {
	local h
	for h in NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
		grep -q "^\.Sh $h\$" "$abs_top_srcdir/share/man/$1.1" || { echo "no $h"; return 1; }
	done
	grep -q "^\.Nd $("$1" --help | sed -n 2p)\$" "$abs_top_srcdir/share/man/$1.1" || {
		echo "NAME differs from the summary of --help"
		return 1
	}
}

@test "each manual page has its headings, and the summary of --help" {
	each headings
}

strings_twice() {
	valgrind -q --leak-check=full --error-exitcode=99 "$1" --no-such-option 2>err >/dev/null
	[ $? = 2 ]
}

@test "bad options leak nothing" {
	need valgrind
	each strings_twice
}
