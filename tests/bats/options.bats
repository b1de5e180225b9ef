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

leaks_nothing() {
	local status=0
	valgrind -q --leak-check=full --error-exitcode=99 "$1" --list --quiet --color=never \
		--color=always >/dev/null 2>err </dev/null || status=$?
	[ $status != 99 ] || { cat err; return 1; }
}

@test "an option given twice leaks nothing" {
	[ "${BUILD_KIND-}" != sanitizers ] || skip 'the sanitizer looks for leaks itself'
	need valgrind
	each leaks_nothing
}

# Whether a program reads records, by its own word.
reads_records() {
	"$1" --dump-options | grep -q '^strict'
}

bad_lines() {
	local status=0
	reads_records "$1" || return 0
	rm -f bad
	printf '%s\n' '{"kind":"dream","n":1}' '{"kind":' '{"kind":"dream", "n":1.10}' |
		"$1" --reject bad >out 2>err || status=$?
	# What was good goes on as it came, what was bad is kept as it came.
	[ $status = 3 ] && [ "$(cat bad)" = '{"kind":' ] &&
		[ "$(cat out)" = $'{"kind":"dream","n":1}\n{"kind":"dream", "n":1.10}' ] &&
		grep -q "^$1: [^:]*:2: .*byte" err && [ "$(wc -l <err)" = 1 ]
}

@test "a bad line: named by its number, kept, exit 3, and the others go on" {
	each bad_lines
}

strict_stops() {
	local status=0
	reads_records "$1" || return 0
	printf '%s\n' '{"kind":"dream","n":1}' 'x' '{"kind":"dream","n":2}' |
		"$1" --strict >out 2>err || status=$?
	[ $status = 3 ] && [ "$(cat out)" = '{"kind":"dream","n":1}' ]
}

@test "--strict: the stream ends at the first bad line" {
	each strict_stops
}

missing_file() {
	local status=0
	reads_records "$1" || return 0
	echo '{"kind":"dream"}' >there
	"$1" not-there there >out 2>err || status=$?
	[ $status = 4 ] && [ "$(cat out)" = '{"kind":"dream"}' ] && grep -q "^$1: .*not-there" err
}

@test "a file that is missing: exit 4, and the others are read" {
	each missing_file
}

long_line() {
	local status=0
	reads_records "$1" || return 0
	{ head -c 5000 /dev/zero | tr '\0' ' '; echo '{}'; echo '{"kind":"dream"}'; } |
		"$1" --max-record=4k >out 2>err || status=$?
	[ $status = 3 ] && [ "$(cat out)" = '{"kind":"dream"}' ]
}

@test "--max-record: a longer line is bad, the next one is read" {
	each long_line
}

text_is_harmless() {
	reads_records "$1" || return 0
	printf '%s\n' '{"kind":"notice","severity":"high","text":"\u001b[31mred\u0007"}' |
		"$1" -o text >out && grep -qF 'notice high: \x1b[31mred\x07' out && ! grep -q $'\033' out
}

@test "-o text: control characters of a record are shown, not obeyed" {
	each text_is_harmless
}

colored() {
	reads_records "$1" || return 0
	echo '{"kind":"notice","severity":"high","text":"t"}' >notice
	"$1" -o text --color=always notice | grep -q $'\033\\[31mhigh' &&
		"$1" --color=always notice | cmp - notice
}

@test "--color=always colours text, and never records" {
	each colored
}

# Run on a terminal of its own, with nothing to read.
on_terminal() {
	NO_COLOR=${no_color-} TERM=xterm script -qec "$*" typescript </dev/null
}

terminal_input() {
	local status=0
	reads_records "$1" || return 0
	on_terminal "$1" >out || status=$?
	[ $status = 2 ] && grep -q 'standard input is a terminal' out
}

@test "records wanted from a terminal: a hint, exit 2" {
	need script
	each terminal_input
}

terminal_output() {
	reads_records "$1" || return 0
	echo '{"kind":"notice","severity":"high","text":"t"}' >notice
	no_color='' on_terminal "$1 notice" >out && grep -q $'notice \033\\[31mhigh' out &&
		no_color=1 on_terminal "$1 notice" >out && grep -q 'notice high: t' out
}

@test "on a terminal records are text, in colours unless NO_COLOR is set" {
	need script
	each terminal_output
}
