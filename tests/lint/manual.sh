#!/bin/bash
# SPDX-License-Identifier: MIT
# Every manual page is clean for mandoc, and points at pages that exist.
: "${abs_top_srcdir:?run through make check}"

command -v mandoc >/dev/null || {
	echo '1..0 # SKIP mandoc not found'
	exit 0
}
count=0
report() {
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		echo "# ${2//$'\n'/$'\n'# }"
	fi
}

for page in "$abs_top_srcdir"/share/man/*.[1-9]; do
	name=${page##*/}
	report "$name is clean" "$(mandoc -T lint -W warning "$page" 2>&1 | sed "s,.*/,,")"
	report "$name renders" "$(mandoc -T utf8 "$page" >/dev/null 2>&1 || echo 'mandoc fails')"
	missing=
	while read -r xr section; do
		case $xr in sh-* | selfheal) ;; *) continue ;; esac
		[ -e "$abs_top_srcdir/share/man/$xr.$section" ] || missing+="$xr($section) "
	done < <(sed -n 's/^\.\(It \)\{0,1\}Xr \([^ ]*\) \([0-9]\).*/\2 \3/p' "$page")
	report "$name points at pages that exist" "$missing"
done
# A check that cannot fail is none: a page with an unknown macro must be found.
report 'a broken page is found' "$(printf '.Dd November 21, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd y\n.Nonsense z\n' |
	mandoc -T lint -W warning >/dev/null 2>&1 && echo 'mandoc says nothing')"
echo "1..$count"
