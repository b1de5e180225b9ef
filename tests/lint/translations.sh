#!/bin/bash
# SPDX-License-Identifier: MIT
# Each sentence of the sources and each text of stock diagnoses and rules stands in each catalogue,
# translated, with the same conversions and {values}; what is wrong in a catalogue is
# seen to be caught.
: "${abs_top_srcdir:?}"
cd "$abs_top_srcdir" || exit 99
for tool in xgettext msgfmt msgcmp msgattrib; do
	command -v $tool >/dev/null || { echo "1..0 # SKIP $tool (gettext) not found"; exit 0; }
done
n=0 failed=0
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

ok() {
	local good=$1
	shift
	if [ "$good" = 0 ]; then
		echo "ok $((++n)) - $*"
	else
		echo "not ok $((++n)) - $*"
		[ ! -s "$scratch/why" ] || sed 's/^/# /' "$scratch/why"
		failed=1
	fi
}

# listed VARIABLE: what po/Makemodule.am gives it
listed() {
	awk -v name="$1" 'index($0, name " = ") == 1 { on = 1; sub(/.*= /, "") }
		on { more = sub(/\\$/, ""); printf "%s ", $0 } on && !more { exit }' po/Makemodule.am
}
read -ra sources <<<"$(listed po_sources)"
read -ra rules <<<"$(listed po_rules)"
sh po/extract.sh "${sources[@]}" "${rules[@]}" >"$scratch/all.pot" 2>"$scratch/why"
ok $? "sentences can be taken from ${#sources[@]} sources and ${#rules[@]} files of rules"
[ "${rules[*]}" = "$(echo share/diagnoses/*.yaml share/rules/*.yaml)" ]
ok $? 'po_rules names each file of stock diagnoses and rules'
said=$(cat share/diagnoses/*.yaml | grep -cE '^ *(- )?(title|recommendation|because):')
seen=$(awk -f po/rules.awk -v all=1 share/diagnoses/*.yaml | grep -c '^msgid "')
[ "$said" = "$seen" ]
ok $? "of $said texts that stock diagnoses have, $seen are found"
said=$(cat share/rules/*.yaml | grep -cE '^ *(- )?description:')
seen=$(awk -f po/rules.awk -v all=1 share/rules/*.yaml | grep -c '^msgid "')
[ "$said" = "$seen" ]
ok $? "of $said descriptions that stock rules have, $seen are found"
mapfile -t speaking < <(grep -lE '\<(sh_tr|sh_tr_n|SH_TR_LATER)\(' lib/*/*.c bin/*.c | grep -v '^lib/base/nls.c$')
[ "$(printf '%s\n' "${speaking[@]}" | sort)" = "$(printf '%s\n' "${sources[@]}" | grep '[.]c$' | sort)" ]
ok $? 'po_sources names each source that has sentences, and no other'

# values FILE: each {value} of a text is in its translation, and no other
values() {
	msgattrib --no-wrap "$1" | awk '
	function names(text, list, n) {
		list = ""
		while (match(text, /\{[^{}]*\}/)) {
			n = substr(text, RSTART, RLENGTH)
			text = substr(text, RSTART + RLENGTH)
			if (!index(list, n))
				list = list n
		}
		return list
	}
	function within(a, b, part) {
		while (match(a, /\{[^{}]*\}/)) {
			part = substr(a, RSTART, RLENGTH)
			a = substr(a, RSTART + RLENGTH)
			if (!index(b, part))
				return 0
		}
		return 1
	}
	/^msgid "/ { from = names($0) }
	/^msgstr/ && !(within(from, to = names($0)) && within(to, from)) { print; bad = 1 }
	END { exit bad }'
}

# whole FILE: each sentence is there and translated, none is fuzzy, old or of no source
whole() {
	msgcmp --no-fuzzy-matching "$1" "$scratch/all.pot" &&
		msgfmt --check-format --check-domain -o /dev/null "$1" &&
		[ -z "$(msgattrib --only-fuzzy "$1")$(msgattrib --only-obsolete "$1")" ] &&
		values "$1" &&
		[ "$(grep -c '^msgid "' "$1")" = $(($(grep -c '^msgid "' "$scratch/all.pot") + 1)) ]
} >"$scratch/why" 2>&1

for catalogue in po/*.po; do
	whole "$catalogue"
	ok $? "$catalogue has each sentence and no other"
done

# caught WHAT SCRIPT: the catalogue changed so by sed is not whole
caught() {
	sed "$2" po/zh_CN.po >"$scratch/x.po"
	! cmp -s po/zh_CN.po "$scratch/x.po" && ! whole "$scratch/x.po"
	ok $? "is caught: $1"
}
caught 'a sentence without translation' '/^msgstr "测得/s/".*"/""/'
caught 'another conversion' '/^msgstr "测得/s/%s/%d/'
caught 'a fuzzy sentence' '/^msgid "Measured/i #, fuzzy'
caught 'a sentence that no source has' '$a\\nmsgid "no such sentence"\nmsgstr "x"'
caught 'a text of a rule without translation' '/^msgstr "存储空间耗尽/s/".*"/""/'
caught 'a value that is lost' '/^msgstr "使用率为 {storage.utilization}/s/{.*}//'
caught 'a value of another name' '/^msgstr "使用率为 {storage.utilization}/s/{.*}/{storage.used}/'
caught 'a description without translation' '/^msgstr "快照 {entity_name} 已失效/s/".*"/""/'
caught 'a text that no rule has any more' '/^msgid "storage space is exhausted/s/exhausted/gone/'
caught 'a sentence that is missing' '/^msgid "Measured/,/^$/d'
echo "1..$n"
exit $failed
