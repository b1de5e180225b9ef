#!/bin/bash
# SPDX-License-Identifier: MIT
# rules.sh TREE: prints each place in TREE's lib and bin that breaks a rule of
# the source, as FILE:LINE: what; exits 1 when there is one. layers.sh runs it on
# the tree and on copies with one fault each.
set -u
cd "$1" || exit 2
shopt -s nullglob globstar

# A layer, and what it may include beside itself.
declare -A below=(
	[base]='' [record]='base' [expr]='base record' [series]='base record'
	[config]='base record expr series' [state]='base record expr series'
	[cli]='base record' [action]='base' [logs]='base record expr series'
	[topology]='base record series config state'
)
for domain in collect detect diagnose repair schedule ledger report bus; do
	below[$domain]='base record expr series logs config state topology'
done

# grep output as places, each with the rule it breaks; comments of one line do not count.
report() {
	grep -vE ':[0-9]+:[[:space:]]*(/\*|\*|//)' | sed -E "s|^([^:]+:[0-9]+):.*|\1: $1|"
}

layers() {
	local dir layer
	for dir in lib/*/; do
		layer=${dir#lib/} layer=${layer%/}
		if [ -z "${below[$layer]+known}" ]; then
			echo "$dir:1: no layer of this name: add it to tests/lint/rules.sh and to the design"
			continue
		fi
		allowed=" $layer ${below[$layer]} "
		while IFS=: read -r file line text; do
			text=${text#*\"} text=${text%%/*}
			[[ $allowed == *" $text "* ]] ||
				echo "$file:$line: $layer includes $text"
		done < <(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[a-z]+/' "$dir"**/*.[ch] /dev/null)
	done
	grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"(\.\./|bin/|lib/)' lib/**/*.[ch] bin/*.c bin/*/*.c /dev/null |
		report 'include of a path outside the layers'
}

# Only programs and lib/cli end the process or speak; a forked child may leave by _exit.
calls() {
	local silent
	silent=$(printf '%s\n' lib/**/*.c | grep -v '^lib/cli/')
	# shellcheck disable=SC2086
	{
		grep -nE '(^|[^_[:alnum:]])(exit|err|errx|warn|warnx|quick_exit)[[:space:]]*\(' $silent /dev/null |
			report 'ends the process or speaks: only programs and lib/cli may'
		grep -nE '(^|[^_[:alnum:]])(printf|vprintf|puts|putchar|perror)[[:space:]]*\(' $silent /dev/null |
			report 'prints: only programs and lib/cli may'
		grep -nE '(^|[^_[:alnum:]])f?(printf|puts|putc|write)[[:space:]]*\(.*\<(stdout|stderr)\>' $silent /dev/null |
			report 'prints: only programs and lib/cli may'
		grep -nE '#[[:space:]]*include[[:space:]]+<popt\.h>' lib/**/*.[ch] /dev/null | grep -v '^lib/cli/' |
			report 'popt outside lib/cli and the programs'
	}
	grep -nE '(^|[^_[:alnum:]])(sprintf|vsprintf|strcpy|strcat|strncpy|strncat|strtok|strtok_r|gets|atoi|atol|atoll|atof|gmtime|localtime|ctime|asctime|tmpnam|mktemp|alloca|system|popen)[[:space:]]*\(' \
		lib/**/*.[ch] bin/*.c bin/*/*.c /dev/null | report 'banned call'
	grep -nE '(^|[^_[:alnum:]])json_(dumps|get_alloc_funcs)[[:space:]]*\(' lib/**/*.[ch] bin/*.c /dev/null | grep -v '^lib/action/' |
		report 'what jansson allocates does not go to free(): sh_json_text'
	grep -LE 'SPDX-License-Identifier: MIT' lib/**/*.[ch] bin/*.c bin/*/*.c /dev/null | grep -v /dev/null |
		sed 's/$/:1: no SPDX line/'
	local c
	for c in lib/**/*.c bin/*.c bin/*/*.c; do
		grep -m1 -E '^#include ' "$c" | grep -qE '[<"]config\.h[>"]' ||
			echo "$c:1: config.h is not the first include"
	done
}

found=$(layers; calls)
[ -z "$found" ] && exit 0
printf '%s\n' "$found" | sort -u
exit 1
