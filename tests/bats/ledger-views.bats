#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# ledger.db as sqlite3 reads it: the views that sh-ledger(1) documents.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

@test "each view has the columns that the manual says, and there is no other" {
	need sqlite3
	SH_STATE=$BATS_TEST_TMPDIR/state T=$BATS_TEST_TMPDIR
	export SH_STATE
	sh-ledger reserve
	sed -n '/^\.Sh VIEWS/,/^\.El/p' "$abs_top_srcdir/share/man/sh-ledger.1" |
		awk '/^\.It Ic/ { name = $3; getline; gsub(", ", "|"); print name ": " $0 }' | sort >manual
	for view in $(db "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name"); do
		echo "$view: $(db "SELECT group_concat(name, '|') FROM pragma_table_info('$view')")"
	done >ledger
	[ "$(wc -l <ledger)" = 5 ]
	diff manual ledger
}

@test "what was repaired, refused, counted and decided by whom is read with sqlite3" {
	area
	diagnose >d
	sh-ledger pause --for 1h --reason 'look first'
	run -7 mend --apply d
	sh-ledger resume
	run -0 mend --apply d
	[[ "$(db 'SELECT started < ended, target, playbook, attempt, outcome, rule, cause FROM repairs')" == \
		"1|$target|mend|1|fixed|gone|thing_gone" ]]
	[[ "$(db 'SELECT guard, reason, target FROM refusals')" == "pause|"*"look first|$target" ]]
	[ "$(db "SELECT action, who, uid, reason FROM operators WHERE action = 'paused'")" = "paused|$(id -un)|$(id -ru)|look first" ]
	[[ "$(db 'SELECT time FROM operators LIMIT 1')" =~ ^20[0-9-]*T[0-9:.]*Z$ ]]
	[ "$(db "SELECT attempts FROM counters WHERE key LIKE 'target:%'")" = 1 ]
	[ "$(db 'SELECT status, rule FROM faults')" = 'resolved|gone' ]
}

@test "an approval has the person behind sudo and the real user id" {
	area
	need_root
	site 'mode: ask'
	diagnose >d
	run -8 mend --apply d
	SUDO_USER=ann sh-ledger approve --reason 'go on' "$(jq -r 'select(.kind == "plan").id' <<<"$output")"
	[ "$(db "SELECT who, uid, reason FROM operators WHERE action = 'approved'")" = 'ann|0|go on' ]
	run -0 mend --apply d
	is '.verified == "fixed"'
}
