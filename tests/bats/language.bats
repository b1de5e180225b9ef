#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Sentences in the reader's language, from a locale made for the test: the machine need have none.
load helper

setup_file() {
	command -v localedef >/dev/null && localedef --no-archive -f UTF-8 -i zh_CN "$BATS_FILE_TMPDIR/zh_CN.UTF-8" || true
}

chinese() {
	[ -e "$abs_top_builddir/po/zh_CN/LC_MESSAGES/selfheal.mo" ] || skip 'built without languages'
	[ -d "$BATS_FILE_TMPDIR/zh_CN.UTF-8" ] || skip 'localedef has no zh_CN or UTF-8 to make a locale of'
	export LOCPATH=$BATS_FILE_TMPDIR LC_ALL=zh_CN.UTF-8
}

# The seed's demo metrics: one fault of a full disk.
full() {
	local i
	for i in 0 1 2; do
		printf '{"time":%d,"host":"h","storage":{"utilization":95.2}}\n' $((1795222800 + 10 * i))
	done | sh-detect
}

@test "--explain speaks Chinese where the locale is, and the records are the same byte for byte" {
	full >in
	sh-diagnose --explain in >english 2>said
	grep -q 'Most likely cause: ' said
	chinese
	sh-diagnose --explain in >out 2>said
	cmp english out
	grep -qx 'host:h 发生 disk_full：storage utilization is 95.2 %' said
	grep -qx '  始于 2026-11-21T01:00:00Z，已持续 20s，出现 3 次；危急。' said
	grep -q '几乎可以肯定，95 %' said
	! grep -q 'Most likely' said
}

@test "LANGUAGE alone chooses among the languages of a locale; unknown ones are English" {
	full >in
	chinese
	LANGUAGE=en sh-diagnose --explain in 2>&1 >out | grep -q 'Most likely cause'
	LANGUAGE=xx:zh_CN sh-diagnose --explain in 2>&1 >out | grep -q '最可能的原因'
	LC_ALL=xx_XX.UTF-8 sh-diagnose --explain in 2>&1 >out | grep -q 'Most likely cause'
}

@test "a locale with a decimal comma changes no number" {
	full >in
	sh-diagnose --explain in >english 2>said
	localedef --no-archive -f UTF-8 -i de_DE "$BATS_TEST_TMPDIR/de_DE.UTF-8" || skip 'localedef has no de_DE or UTF-8'
	LOCPATH=$BATS_TEST_TMPDIR LC_ALL=de_DE.UTF-8 sh-diagnose --explain in >out 2>german
	cmp english out
	cmp said german
}

@test "--why and its trail speak Chinese as well" {
	chinese
	full >in
	sh-diagnose --why host:h in >out
	grep -qx '  disk_full，始于 2026-11-21T01:00:00Z，新发生；危急。' out
	grep -qx '  没有发现那里有任何变化。' out
	run ! grep -q ' is \| the ' <(grep -v 规则 out)
}
