#!/bin/sh
# SPDX-License-Identifier: MIT
# Write the completions of one program for one shell from its option table:
#
#	generate.sh bash|zsh|fish PROGRAM
#
# PROGRAM is a path; it is run with --dump-options, whose lines are long name,
# letter, argument and help between tabs, and with --help for its operands. The
# output is kept in the tree, so that a build needs to run nothing; a test makes
# it again and compares.
set -eu

if [ $# -ne 2 ]; then
	echo "usage: $0 bash|zsh|fish PROGRAM" >&2
	exit 2
fi
shell=$1
program=$2
case $shell in
bash | zsh | fish) ;;
*)
	echo "$0: unknown shell '$shell'" >&2
	exit 2
	;;
esac

options=$("$program" --dump-options)
help=$("$program" --help)
usage=$(printf '%s\n' "$help" | sed -n '1p')
# The first words of the lines of the section Commands, where there is one.
commands=$(printf '%s\n' "$help" | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' | uniq | tr '\n' ' ')

printf '%s\n' "$options" | LC_ALL=C awk -F '\t' \
	-v shell="$shell" -v name="$(basename "$program")" -v usage="$usage" -v commands="${commands% }" '
# What completes an argument: "words ..." from a|b, files, directories, or nothing.
function kind_of(arg,    part, n, i, words, w) {
	if (arg ~ /^(FILE|PATH)$/ || arg ~ /=FILE/)
		return "files"
	if (arg == "DIR")
		return "directories"
	if (arg !~ /[|=]/)
		return "nothing"
	n = split(arg, part, "|")
	for (i = 1; i <= n; i++) {
		w = part[i]
		sub(/[A-Z].*$/, "", w)
		if (w != "" && w != "-")
			words = words (words == "" ? "" : " ") w
	}
	return words == "" ? "nothing" : "words " words
}

function quoted(s) {
	gsub(/\047/, "\047\\\047\047", s)
	return "\047" s "\047"
}

function bash_case(    names) {
	names = long[i] == "" ? "" : "--" long[i]
	if (letter[i] != "")
		names = names (names == "" ? "" : " | ") "-" letter[i]
	printf "\t%s)\n", names
	if (kind[i] == "files")
		print "\t\tcompopt -o filenames 2>/dev/null\n" \
		      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
	else if (kind[i] == "directories")
		print "\t\tcompopt -o filenames 2>/dev/null\n" \
		      "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")"
	else if (kind[i] ~ /^words /) {
		if (kind[i] ~ /=/)
			print "\t\tcompopt -o nospace 2>/dev/null"
		printf "\t\tmapfile -t COMPREPLY < <(compgen -W %s -- \"$cur\")\n",
			quoted(substr(kind[i], 7))
	}
	print "\t\treturn\n\t\t;;"
}

function bash_file(    f, all) {
	f = "_" name
	gsub(/-/, "_", f)
	print "# shellcheck shell=bash"
	print "# Made by completions/generate.sh from the option table of " name "."
	print f "() {"
	print "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}"
	print ""
	print "\tCOMPREPLY=()"
	print "\tif [[ $cur == \"=\" ]]; then"
	print "\t\tcur="
	print "\telif [[ $prev == \"=\" ]]; then"
	print "\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}"
	print "\tfi"
	print "\tcase $prev in"
	for (i = 1; i <= n; i++) {
		if (arg[i] != "")
			bash_case()
		if (long[i] != "")
			all = all " --" long[i]
		if (letter[i] != "")
			all = all " -" letter[i]
	}
	print "\tesac"
	print "\tif [[ $cur == -* ]]; then"
	print "\t\tmapfile -t COMPREPLY < <(compgen -W " quoted(substr(all, 2)) " -- \"$cur\")"
	print "\t\treturn"
	print "\tfi"
	if (commands != "") {
		print "\tmapfile -t COMPREPLY < <(compgen -W " quoted(commands) " -- \"$cur\")"
	} else if (usage ~ /FILE/) {
		print "\tcompopt -o filenames 2>/dev/null"
		print "\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
	}
	print "}"
	print "complete -F " f " " name
}

function zsh_text(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/\[/, "\\[", s)
	gsub(/\]/, "\\]", s)
	gsub(/:/, "\\:", s)
	return s
}

function zsh_action() {
	if (kind[i] == "files")
		return "_files"
	if (kind[i] == "directories")
		return "_files -/"
	if (kind[i] ~ /^words /)
		return "(" substr(kind[i], 7) ")"
	return " "
}

function zsh_file(    spec) {
	print "#compdef " name
	print "# Made by completions/generate.sh from the option table of " name "."
	print "_arguments -s -S \\"
	for (i = 1; i <= n; i++) {
		spec = "[" zsh_text(help[i]) "]"
		if (arg[i] != "")
			spec = spec ":" zsh_text(arg[i]) ":" zsh_action()
		if (long[i] != "" )
			printf "\t%s \\\n", quoted("*--" long[i] (arg[i] != "" ? "=" : "") spec)
		if (letter[i] != "")
			printf "\t%s \\\n", quoted("*-" letter[i] (arg[i] != "" ? "+" : "") spec)
	}
	if (commands != "")
		print "\t" quoted("1:command:(" commands ")") " \\\n\t" quoted("*:operand: ")
	else if (usage ~ /FILE/)
		print "\t" quoted("*:file:_files")
	else
		print "\t" quoted("*:operand: ")
}

function fish_text(s) {
	gsub(/\\/, "\\\\", s)
	gsub(/\047/, "\\\047", s)
	return "\047" s "\047"
}

function fish_file() {
	print "# Made by completions/generate.sh from the option table of " name "."
	if (commands != "")
		print "complete -c " name " -f -n __fish_use_subcommand -a " fish_text(commands)
	else if (usage !~ /FILE/)
		print "complete -c " name " -f"
	for (i = 1; i <= n; i++) {
		printf "complete -c %s", name
		if (letter[i] != "")
			printf " -s %s", letter[i]
		if (long[i] != "")
			printf " -l %s", long[i]
		if (kind[i] == "files")
			printf " -r -F"
		else if (kind[i] == "directories")
			printf " -x -a \047(__fish_complete_directories)\047"
		else if (kind[i] ~ /^words /)
			printf " -x -a %s", fish_text(substr(kind[i], 7))
		else if (arg[i] != "")
			printf " -x"
		printf " -d %s\n", fish_text(help[i])
	}
}

{
	n++
	long[n] = $1
	letter[n] = $2
	arg[n] = $3
	help[n] = $4
	kind[n] = $3 == "" ? "" : kind_of($3)
}

END {
	if (shell == "bash")
		bash_file()
	else if (shell == "zsh")
		zsh_file()
	else
		fish_file()
}'
