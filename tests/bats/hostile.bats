#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What strangers write (tests/data/hostile.jq) in every member of a diagnosis that
# may reach an action: planned, and carried out by a real action that keeps what it got.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

VALUES=${abs_top_srcdir:?}/tests/data/hostile.jq

hostile_area() {
	area
	mkdir got
	cat >libexec/actions/do <<-'E'
		#!/bin/bash
		printf '%s\0' "$#" "$@" >>"${BASH_SOURCE%/*}/../../got/argv"
		tr '\0' '\n' </proc/$$/environ >>"${BASH_SOURCE%/*}/../../got/environment"
		tee -a "${BASH_SOURCE%/*}/../../got/input" >/dev/null
		echo >>"${BASH_SOURCE%/*}/../../got/input"
		[ "$1" != run ] || : >"${BASH_SOURCE%/*}/../../thing"
		echo '{"success":true,"output":{"state":"done"}}'
	E
	cat >stock/actions/do.yaml <<-'E'
		title: what the test says
		program: do
		timeout: 5s
		parameters:
		  path: {type: string, required: true, from: site}
		  word: {type: string, pattern: "[a-z][a-z0-9_]*"}
		  free: {type: string}
	E
	playbook <<-'E'
		guards: {cooldown: 0s, attempts: 1000}
		steps: [{name: make, action: do, with: {path: "{site.path}", word: "{fault.labels.word}", free: "{fault.labels.free}"}}]
	E
	printf 'limits: {repairs: {per_hour: 100000, per_hour_of_rule: 100000, per_week: 100000, failed_targets: 1000}}\n' >>conf/site.yaml
	diagnose | jq -c '.fault.labels = {word: "plain", free: "plain"}' >d
	find . -mindepth 1 -maxdepth 1 -printf '%P\n' | sort >before
}

# with PATH [MOST]: the diagnosis once for each value of MOST characters at most, there.
with() {
	jq -nc -f "$VALUES" | jq -c "select(.[1] | length <= ${2:-1000})" >values
	jq -c --slurpfile d d ". as [\$what, \$v] | \$d[0] | $1 = \$v" values
}

# Nothing but the checked parameters arrived, and what was said is safe to look at.
is_safe() {
	local where=$1
	[ ! -e pwned ] || bad "$where: a command was run"
	[ -z "$(find . -mindepth 1 -maxdepth 1 -printf '%P\n' | sort | comm -13 before - |
		grep -vxE 'before|values|state|out|err|in|thing|one|plan')" ] || bad "$where: something was made"
	[ ! -e got/argv ] || [ -z "$(tr '\0' '\n' <got/argv | paste - - | grep -vxE '1	(run|check)')" ] ||
		bad "$where: arguments"
	[ ! -e got/environment ] || [ -z "$(grep -vE '^(PATH|LC_ALL|SH_STOCK|SH_LIBEXEC|SH_BINDIR|SH_HOST|TZ|PWD|SHLVL|_)=' got/environment)" ] ||
		bad "$where: the environment"
	[ ! -e got/input ] || jq -se --arg thing "$T/thing" --arg state "$T/state" 'all(.[];
		(keys - ["parameters", "plan", "started", "state", "target"] == []) and
		(.parameters | (keys - ["free", "path", "word"] == []) and .path == $thing and
			(.word == null or (.word | test("^[a-z][a-z0-9_]*\\z")))) and
		.state == $state and (.plan | test("^p-[0-9a-f]{32}\\z")))' got/input >one || bad "$where: its input"
	# Each line a record, and nothing in it that a terminal obeys.
	jq -c . out >one || bad "$where: its output"
	! LC_ALL=C grep -qaP '[\x00-\x09\x0b-\x1f]' out || bad "$where: a control character in the output"
	! LC_ALL=C.UTF-8 grep -qaP '[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]' err ||
		bad "$where: a control character in the messages"
}

bad() {
	printf '%s\n' "$1" >&2
	head -c 2000 err >&2
	return 1
}

# The members, and what else they name.
members='.id
.host
.entity
.cause
.fault.id
.fault.host
.fault.entity
.fault.fingerprint
.fault.fault_type
.fault.rule_id
.fault.severity
.fault.status
.fault.description
.fault.expr
.fault.verify
.fault.clear
.fault.dims.name
.fault.labels.word
.fault.labels.free
.fault.labels["\($v | tostring | .[:200])"]
.fault.params.depth
.fault.source.collector
.fault.source.target
.fault.evidence.values["file.exists"]
.fault.evidence.since
.merged_result.root_cause
.merged_result.title
.merged_result.recommendation
.merged_result.affected_resources
.results[0].root_cause
.ranking[0].root_cause
.candidates[0].playbook
.candidates[0].target'

known_code() { [[ $1 =~ ^(0|3|5|6|7|8)$ ]] || bad "$2: exit $1"; }

@test "planned: whatever a member says, no command, no other file, no control character" {
	local member status
	hostile_area
	while read -r member; do
		with "$member" >in
		status=0
		mend in >out 2>err || status=$?
		known_code $status "$member"
		is_safe "$member"
		[ ! -e got/argv ] || bad "$member: acted without --apply"
	done <<<"$members"
}

@test "as text for a terminal: nothing in it that the terminal obeys" {
	local member
	hostile_area
	while read -r member; do
		with "$member" >in
		mend -o text --color never in >out 2>err || :
		! LC_ALL=C.UTF-8 grep -qaP '[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]' out ||
			bad "$member: a control character"
	done <<<"$members"
}

@test "carried out: whatever a member says, only the checked parameters arrive" {
	local member status
	hostile_area
	while read -r member; do
		with "$member" >in
		rm -rf state thing got/*
		status=0
		mend --apply in >out 2>err || status=$?
		known_code $status "$member"
		is_safe "$member"
		no_open_ends
	done <<<"$members"
}

@test "where any text may stand each value arrives as it is" {
	local what line value
	hostile_area
	with .fault.labels.free 1000000 >in
	while read -r line <&3 && read -r value <&4; do
		what=$(jq -r '.[0]' <<<"$value")
		rm -rf state thing got/*
		mend --apply <<<"$line" >out 2>err || known_code $? "$what"
		is_safe "$what"
		# The end of a text to some: no action gets one.
		[ "$what" != 'a NUL' ] || [ -e got/input ] || continue
		[ -e got/input ] || bad "$what: did not arrive"
		cmp <(jq -c .fault.labels.free <<<"$line") <(jq -c .parameters.free got/input) ||
			bad "$what: arrived as something else"
	done 3<in 4<values
}

@test "where a pattern forbids it no value arrives, and nothing is done" {
	hostile_area
	with .fault.labels.word 1000000 >in
	mend in >out 2>err || known_code $? planned
	is_safe planned
	[ "$(wc -l <out)" -eq "$(wc -l <in)" ]
	jq -se 'all(.[]; .decision == "none" and (.reason | contains("word")))' out
	mend --apply in >out 2>err || known_code $? applied
	is_safe applied
	[ ! -e got/input ]
	[ ! -e thing ]
}

@test "values of other types, deep nesting and duplicate members are refused or harmless" {
	local value status
	hostile_area
	for value in 1e308 -1 true null '[]' '{}' '[["--force"]]' '{"path":"/etc/passwd"}' 18446744073709551616; do
		while read -r member; do
			jq -c --argjson v "$value" "$member = \$v" d
		done <<<"${members//$'\n'.fault.labels\[*length\])\"\]/}" 2>err
	done >in
	status=0
	mend --apply in >out 2>err || status=$?
	known_code $status types
	is_safe types
	no_open_ends
	rm -rf state thing got/*
	printf '%s' "$(head -c -1 d | sed 's/}$//'),\"deep\":$(printf '[%.0s' {1..5000})$(printf ']%.0s' {1..5000})}" >in
	status=0
	mend --apply in >out 2>err || status=$?
	known_code $status depth
	is_safe depth
	rm -rf state thing got/*
	sed 's/"labels":{/&"word":"--force","word":"$(touch pwned)",/; s/^{/{"entity":"service:other","kind":"diagnosis",/' d >in
	status=0
	mend --apply in >out 2>err || status=$?
	known_code $status duplicates
	is_safe duplicates
}

@test "a stored plan with other parameters, steps or argv is refused" {
	hostile_area
	mend d >plan || :

	for change in '.steps[0].parameters.path = "/etc/passwd"' '.steps[0].argv = ["/bin/sh", "-c", "touch pwned"]' \
		'.steps[0].action = "../../bin/sh"' '.playbook = "../mend"' '.entity = "file:/etc/passwd@h1"' \
		'.parameters = {path: "/etc/passwd"}' '.id = "p-00000000000000000000000000000000"'; do
		rm -rf state thing got/*
		jq -c "$change" plan >in
		mend --apply in >out 2>err || :
		is_safe "$change"
	done
}

# refused_from PLACE: nothing there is believed, nor done.
refused_from() {
	local status=0
	rm -rf state thing got/*
	mend --apply d >out 2>err || status=$?
	[[ $status =~ ^(2|5)$ ]] || bad "$1: exit $status"
	grep -qE 'writable by its group or others|is owned by user' err || bad "$1: not said"
	[ ! -e got/argv ] && [ ! -e thing ] || bad "$1: acted"
}

@test "an action, its description or a playbook that others may write, or a directory above it, is not believed" {
	local place mode
	hostile_area
	for place in stock stock/playbooks stock/playbooks/mend.yaml stock/actions stock/actions/do.yaml libexec \
		libexec/actions libexec/actions/do; do
		mode=$(stat -c %a $place)
		for bad in g+w o+w; do
			chmod $bad $place
			refused_from "$place $bad"
			chmod "$mode" $place
		done
		[ "$(id -u)" = 0 ] || continue
		chown nobody $place
		refused_from "$place of another user"
		chown root $place
	done
	mkdir -m 777 loose
	mv libexec/actions/do loose/do
	ln -s ../../loose/do libexec/actions/do
	refused_from 'a link to where others may write'
	rm libexec/actions/do
	mv loose/do libexec/actions/do
	rm -rf state got/*
	mend --apply d >out 2>err
	[ -e got/argv ]
}
