#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-ledger verify and export: what is done to the history is noticed.
# shellcheck disable=SC2154 # stderr comes from run
load helper

at() { SH_NOW=2026-11-21T10:00:$1Z SH_HOST=h1 sh-ledger --state state "${@:2}"; }

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	need jq sqlite3
	at 00 pause --for 1h --reason upgrade
	at 01 resume --reason finished
	at 02 silence service:web1 --for 1h --reason 'known "fault"'
	at 03 approve p-0123456789abcdef0123456789abcdef --reason checked
}

# Five entries more for the pause, its end, the silence and the approval, and one for each note.
@test "verify: a whole history exits 0 and gives its head" {
	run -0 at 04 verify
	[ "$(jq -r '[.kind, .entries, .first, .last] | join(" ")' <<<"$output")" = 'notice 8 1 8' ]
	[[ $(jq -r .head <<<"$output") =~ ^8:[0-9a-f]{64}$ ]]
}

@test "verify: a row or entry that a hand changed is named, exit 1" {
	sqlite3 state/ledger.db "UPDATE approval SET reason = 'never asked'"
	run -1 at 04 verify
	[ "$(jq -r .severity <<<"$output")" = critical ]
	[[ $(jq -r .text <<<"$output") == "approval p-0123456789abcdef0123456789abcdef: it is not as entry 7 says" ]]
	sqlite3 state/ledger.db "DELETE FROM chain WHERE seq = 4"
	run -1 at 04 verify
	[ "$(jq -r '.broken' <<<"$output")" = 4 ]
	[ "$(jq -r .text <<<"$output")" = 'entry 4: it is not there' ]
}

@test "verify --head: the end of the history cannot be taken away" {
	head=$(at 04 verify | jq -r .head)
	run -0 at 05 verify --head "$head"
	sqlite3 state/ledger.db "DELETE FROM note WHERE row = 4; DELETE FROM chain WHERE seq = 8"
	run -0 at 05 verify
	run -1 at 05 verify --head "$head"
	[ "$(jq -r .broken <<<"$output")" = 8 ]
	run -2 --separate-stderr at 05 verify --head nonsense
	[[ $stderr == *"--head"* ]]
}

@test "an export is verified by itself, without a ledger, and by sha256sum" {
	at 04 export >all
	[ "$(wc -l <all)" = 8 ]
	run -0 sh-ledger --state none verify all
	[ "$(jq -r .head <<<"$output")" = "$(at 05 verify | jq -r .head)" ]
	run -0 sh-ledger --state none verify - <all
	for i in 1 5 8; do
		line=$(sed -n ${i}p all)
		[ "$(jq -r '.prior, .seq, .at, .what, .row, .body' <<<"$line" | sha256sum | cut -c-64)" = \
			"$(jq -r .digest <<<"$line")" ]
	done
	jq -se 'map(select(.what == "note")) | all(.record | fromjson | .by and .reason)' all
}

@test "a changed, removed or inserted line of an export is noticed" {
	at 04 export >all
	sed 's/known/novel/' all >changed
	run -1 sh-ledger --state none verify changed
	[ "$(jq -r .broken <<<"$output")" = 5 ]
	sed 4d all >removed
	run -1 sh-ledger --state none verify removed
	[ "$(jq -r .broken <<<"$output")" = 4 ]
	sed 4p all >inserted
	run -1 sh-ledger --state none verify inserted
	[ "$(jq -r .broken <<<"$output")" = 5 ]
	echo nonsense >>all
	run ! --separate-stderr sh-ledger --state none verify all
	[[ $stderr == *"all:9: it is no entry"* ]]
}

@test "export: --since and --until choose a stretch, which verifies" {
	at 04 export --since 2026-11-21T10:00:01Z --until 2026-11-21T10:00:03Z >part
	[ "$(jq -r .seq part | paste -sd' ')" = '3 4 5 6' ]
	run -0 sh-ledger --state none verify part
	[ "$(jq -r .first <<<"$output")" = 3 ]
	run -2 --separate-stderr at 04 export --until soon
	[[ $stderr == *"--until: 'soon' is not a time"* ]]
}
