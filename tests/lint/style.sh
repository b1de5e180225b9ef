#!/bin/bash
# SPDX-License-Identifier: MIT
# Tools that read the source: each is one test, and a tool that is missing is a SKIP.
: "${abs_top_srcdir:?}"
cd "$abs_top_srcdir" || exit 99
n=0 failed=0

# check TOOL TITLE COMMAND...: no output and success
check() {
	local tool=$1 title=$2 out
	shift 2
	if ! command -v "$tool" >/dev/null; then
		echo "ok $((++n)) - $title # SKIP $tool not found"
		return
	fi
	if out=$("$@" 2>&1); then
		echo "ok $((++n)) - $title"
	else
		echo "not ok $((++n)) - $title"
		printf '%s\n' "$out" | head -60 | sed 's/^/# /'
		failed=1
	fi
}

shopt -s nullglob globstar
scripts=(tests/*/*.sh completions/*.sh)
for script in bootstrap .ci/run; do
	[ ! -f $script ] || scripts+=("$script") # .ci is not in a distribution
done
check shellcheck 'shell scripts pass shellcheck' shellcheck -x -S warning -e SC2154 "${scripts[@]}"
bats=(tests/bats/*.bats tests/bats/*.bash)
[ ${#bats[@]} = 0 ] || check shellcheck 'bats files pass shellcheck' \
	shellcheck -x -S warning -e SC2154,SC2034,SC2030,SC2031,SC2010,SC2119,SC2120 "${bats[@]}"
pages=(share/man/*.[1-9])
[ ${#pages[@]} = 0 ] || check mandoc 'manual pages pass mandoc' mandoc -T lint -W warning,stop "${pages[@]}"

# Looked at, not limited: a reason is asked for above 60 lines.
if command -v ctags >/dev/null && ctags --version | grep -q Universal; then
	echo '# longest functions:'
	ctags --languages=C --kinds-C=f --fields=+ne -f - lib/**/*.c bin/*.c bin/*/*.c 2>/dev/null |
		awk -F'\t' '{ l = e = 0; for (i = 4; i <= NF; i++) { if ($i ~ /^line:/) l = substr($i, 6); if ($i ~ /^end:/) e = substr($i, 5) }
			if (e) print e - l + 1, $2 ":" l, $1 }' | sort -rn | head -10 | sed 's/^/#   /'
else
	# Functions begin and end in the first column here.
	echo '# longest functions:'
	awk 'FNR == 1 { start = 0 } /^[a-z].*\)$/ || /^[a-z].*,$/ { if (!start) start = FNR; name = $0 }
		/^}/ { if (start) print FNR - start + 1, FILENAME ":" start; start = 0 } /;$/ && /^[a-z]/ { start = 0 }' \
		lib/**/*.c bin/*.c bin/*/*.c | sort -rn | head -10 | sed 's/^/#   /'
fi
echo "1..$n"
exit $failed
