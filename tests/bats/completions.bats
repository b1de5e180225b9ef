#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
load helper
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"

# One name a line, of every program that is installed for people.
programs() {
	local p
	for p in ${BIN_PROGRAMS:?run through make check}; do
		printf '%s\n' "${p##*/}"
	done
}

# completions/bash/sh-x, completions/zsh/_sh-x, completions/fish/sh-x.fish
kept() {
	case $1 in
	bash) echo "$abs_top_srcdir/completions/bash/$2" ;;
	zsh) echo "$abs_top_srcdir/completions/zsh/_$2" ;;
	fish) echo "$abs_top_srcdir/completions/fish/$2.fish" ;;
	esac
}

each_is_fresh() {
	local p failed=0
	for p in $(programs); do
		"$abs_top_srcdir/completions/generate.sh" "$1" "$(command -v "$p")" >made
		if ! diff -u "$(kept "$1" "$p")" made; then
			echo "$p: not what its option table gives: make update-completions"
			failed=1
		fi
	done
	return $failed
}

@test "bash completions are those of the option tables" {
	each_is_fresh bash
}

@test "zsh completions are those of the option tables" {
	each_is_fresh zsh
}

@test "fish completions are those of the option tables" {
	each_is_fresh fish
}

@test "no completions are kept for programs that are not there" {
	for f in "$abs_top_srcdir"/completions/bash/*; do
		programs | grep -qx "${f##*/}" || { echo "$f"; return 1; }
	done
}

@test "each shell reads its completions" {
	local p
	need zsh fish
	for p in $(programs); do
		bash -n "$(kept bash "$p")"
		zsh -n "$(kept zsh "$p")"
		fish --no-execute "$(kept fish "$p")"
	done
}

# What bash offers for a line whose last word is being typed.
offers() {
	bash -c '
		source "$1"; shift
		compopt() { :; }
		COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
		"_${1//-/_}"
		printf "%s\n" "${COMPREPLY[@]}"' offers "$(kept bash "$1")" "$@"
}

@test "bash completes an option's name, its words and a file" {
	touch records.ndjson
	run -0 offers sh-detect --stri
	[ "$output" = --strict ]
	run -0 offers sh-detect -o t
	[ "$output" = text ]
	run -0 offers sh-detect --color = a
	[ "$output" = $'auto\nalways' ]
	run -0 offers sh-detect rec
	[ "$output" = records.ndjson ]
}

@test "fish completes an option's name" {
	need fish
	run -0 fish -c "source '$(kept fish sh-detect)'; complete -C 'sh-detect --stri'"
	[[ $output == --strict* ]]
}
