# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For the tests of sh-repair: `load repair` after `load helper`. A thing (a file)
# that should exist, a rule that misses it, and an action that does what its
# playbook says; the faults are made by the real sh-collect and sh-detect.

area() {
	need jq sqlite3
	T=$BATS_TEST_TMPDIR
	mkdir -p "$T"/stock/{rules,diagnoses,playbooks,actions} "$T"/libexec/actions "$T"/conf
	chmod -R go-w "$T"
	export SH_STOCK=$T/stock SH_LIBEXEC=$T/libexec SH_HOST=h1 SH_STATE=$T/state
	export SH_BINDIR=${INSTALLED:-$abs_top_builddir/bin} XDG_CONFIG_HOME=$T/none
	target=file:$T/thing@h1
	cat >stock/rules/r.yaml <<-'E'
		rules:
		  gone:
		    on: [file]
		    expr: file.exists == 0
		    params: {depth: 4}
		    count: 1
		    severity: high
		    description: "{entity_name} is gone"
	E
	cat >stock/diagnoses/d.yaml <<-'E'
		diagnoses:
		  d:
		    faults: [gone]
		    root_cause: thing_gone
		    confidence: 0.9
		    title: it is gone
		    recommendation: make it again
		    because: "{fault.description}"
	E
	cat >stock/actions/do.yaml <<-'E'
		title: what the test says
		program: do
		undo: true
		timeout: 5s
		parameters:
		  path: {type: string, required: true, from: site}
		  how: {type: string, default: make}
		  tag: {type: string, default: one}
		  words: {type: list, from: site}
	E
	sed 's/undo: true/undo: false/' stock/actions/do.yaml >stock/actions/dare.yaml
	cat >libexec/actions/do <<-'E'
		#!/bin/bash
		in=$(cat)
		eval "$(jq -r '@sh "path=\(.parameters.path) how=\(.parameters.how) tag=\(.parameters.tag)"' <<<"$in")"
		cd "${path%/*}" || exit 1
		printf '%s %s\n' "$1" "$tag" >>log
		yes='{"success":true,"output":{"made":"yes","n":7}}'
		case $1:$how in
		run:make) : >"$path"; echo "$yes" ;;
		run:noop) echo "$yes" ;;
		run:slow) sleep 0.6; : >"$path"; echo "$yes" ;;
		run:held) for ((i = 0; i < 400; i++)); do [ -e go ] && break; sleep 0.05; done
			: >"$path"; echo "$yes" ;;
		run:fail) echo '{"success":false,"error":"told to fail"}' ;;
		run:flaky) if [ "$(grep -c "run $tag" log)" -ge 3 ]; then : >"$path"; echo "$yes"
			else echo '{"success":false,"error":"not yet"}'; fi ;;
		run:hang) trap '' TERM; sleep 100 & echo $! >hang.pids; echo $$ >>hang.pids; wait; wait ;;
		run:babble) echo 'what?' ;;
		run:text) : >"$path"; echo '{"success":true,"output":"no object"}' ;;
		undo:sour*|undo:fail) echo '{"success":false,"error":"cannot be undone"}' ;;
		undo:*) rm -f "$path"; echo '{"success":true}' ;;
		check:babble) echo '{"success":true,"output":{"state":"unknown"}}' ;;
		check:*) [ -e "$path" ] && s=done || s=not_done; echo '{"success":true,"output":{"state":"'$s'"}}' ;;
		esac
	E
	chmod 755 libexec/actions/do
	site 'mode: act'
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}"}}]'
}

# site WORDS: the service that declares the thing.
site() {
	cat >conf/site.yaml <<-E
		services:
		  app: {pidfile: $T/app.pid, files: [{path: $T/thing}, {path: $T/other}], $1}
	E
}

# playbook [ID [CAUSE]] <BODY, as members of one YAML map; verified at once unless it says how.
playbook() {
	local body
	body=$(cat)
	[[ $body == *verify:* ]] || body+=$'\nverify: {within: 300ms, hold: 0s}'
	{
		printf 'playbooks:\n  %s:\n    for: {causes: [%s]}\n' "${1:-mend}" "${2-thing_gone}"
		sed 's/^/    /' <<<"$body"
	} >"stock/playbooks/${1:-mend}.yaml"
}

# diagnose [PATH]: one real round up to the diagnosis; every fault is new.
diagnose() {
	sh-collect -c conf --state "$T/none.state" \
		--source '{"collector":"file","target":"'"${1:-$T/thing}"'"}' |
		env -u SH_STATE sh-detect -c conf | env -u SH_STATE sh-diagnose -c conf
}

mend() { sh-repair -c conf "$@"; }
db() { sqlite3 "$T/state/ledger.db" "$1"; }
calls() { cat "$T/log" 2>/dev/null || :; }
# is FILTER: true of the repair or plan in $output.
is() {
	jq -se 'map(select(.kind == "plan" or .kind == "repair")) | last | '"$1" <<<"$output" >/dev/null || {
		printf 'not %s: %s\n' "$1" "$output" >&2
		return 1
	}
}
notice() {
	jq -se 'any(.[]; .kind == "notice" and (.text | contains("'"$1"'")))' <<<"$output" >/dev/null || {
		printf 'no notice "%s": %s\n' "$1" "$output" >&2
		return 1
	}
}
no_open_ends() {
	[ "$(db 'SELECT count(*) FROM repair WHERE ended = 0')" = 0 ]
	[ "$(db "SELECT count(*) FROM intent WHERE state = 'open'")" = 0 ]
}

teardown() {
	local pid file
	for file in "$BATS_TEST_TMPDIR"/*.pids; do
		[ -f "$file" ] || continue
		while read -r pid; do
			grep -qs "^PPid:" "/proc/$pid/status" && kill -KILL "$pid" 2>/dev/null
		done <"$file"
	done
	:
}
