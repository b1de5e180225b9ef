#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The journal that is followed by its cursor: real journal files, each entry once.

load helper

REMOTE=/lib/systemd/systemd-journal-remote

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	need jq
	[ -x /usr/bin/journalctl ] || skip '/usr/bin/journalctl not found'
	[ -x $REMOTE ] || skip "$REMOTE not found"
	mkdir j
}

# entry SECOND UNIT MESSAGE: in the journal's export format
entry() {
	printf '%s\n' "__REALTIME_TIMESTAMP=$((1700000000 + $1))000000" "__MONOTONIC_TIMESTAMP=${1}000000" \
		_BOOT_ID=0123456789abcdef0123456789abcdef "_SYSTEMD_UNIT=$2" _HOSTNAME=h1 \
		SYSLOG_IDENTIFIER=prog _PID=7 PRIORITY=3 "MESSAGE=$3" ''
}

# What entries on standard input become: the file j/NAME.journal, begun or continued.
record() {
	$REMOTE -o "j/${1-a}.journal" - 2>remote.log || {
		cat remote.log
		return 1
	}
}

# site UNIT [KEYS]
site() {
	printf 'checks:\n  app: {journal: %s, path: %s%s}\n' "$1" "$PWD/j" "${2:+, $2}" > site.yaml
}

# One run with the state s; the entries' texts on standard output, all of it in out.
follow() {
	SH_HOST=h1 sh-collect -o ndjson -c site.yaml --state s "$@" check > out
	jq -r 'select(.kind == "log") | .text' out
}

notices() {
	jq -s 'map(select(.kind == "notice")) | length' out
}

@test "from its start on, each entry once, also those that come between two runs" {
	{ entry 1 web.service one; entry 2 db.service two; } | record
	site all 'from: start'
	[ "$(follow)" = $'one\ntwo' ]
	[ -z "$(follow)" ]
	jq -es 'map(.metrics.log.lines) == [0]' out
	catalogued < out
	entry 3 web.service three | record
	entry 4 db.service four | record
	[ "$(follow)" = $'three\nfour' ]
	[ -z "$(follow)" ]
	[ "$(notices)" = 0 ]
}

@test "what an entry says, and whose it is" {
	entry 1 web.service one | record
	cat > site.yaml <<-S
	services:
	  web: {pidfile: $PWD/p, checks: [{journal: web.service, path: $PWD/j, from: start}]}
	S
	follow
	jq -e 'select(.kind == "log") | .entity == "service:web@h1" and .severity == "high" and .text == "one"
		and .program == "prog" and .pid == 7 and .time == "2023-11-14T22:13:21.000000Z"
		and .labels == {"unit":"web.service"} and .source == {"collector":"check","target":"web"}' out
}

@test "from its end on: what was there before the first look is left out" {
	{ entry 1 web.service one; entry 2 web.service two; } | record
	site all
	[ -z "$(follow)" ]
	[ -z "$(follow)" ]
	entry 3 web.service three | record
	[ "$(follow)" = three ]
}

@test "the end of a journal without entries: the first one that comes is new" {
	site all
	[ -z "$(follow)" ]
	entry 1 web.service one | record
	[ "$(follow)" = one ]
	[ -z "$(follow)" ]
}

@test "a unit's entries alone, also when those of others come before and between" {
	entry 1 db.service other | record
	site web.service
	[ -z "$(follow)" ]
	{ entry 2 web.service one; entry 3 db.service other; } | record
	[ "$(follow)" = one ]
	{ entry 4 db.service other; entry 5 web.service two; } | record
	[ "$(follow)" = two ]
	[ "$(notices)" = 0 ]
	site web 'from: start'
	[ "$(follow)" = $'one\ntwo' ]
}

@test "match and ignore choose entries; what they leave out is read all the same" {
	{ entry 1 w.service 'ERROR one'; entry 2 w.service two; entry 3 w.service 'ERROR known'; } | record
	site all "from: start, match: '^ERROR', ignore: known"
	[ "$(follow)" = 'ERROR one' ]
	[ -z "$(follow)" ]
	site all "match: '('"
	run -2 sh-collect -c site.yaml --check
	[[ $output == *"'match' is no pattern"* ]]
	site all 'from: middle'
	run -2 sh-collect -c site.yaml --check
}

@test "a journal that was removed and begun again: goes on with what is there, and says so once" {
	{ entry 1 w.service one; entry 2 w.service two; } | record
	site all 'from: start'
	[ "$(follow)" = $'one\ntwo' ]
	rm j/*
	[ -z "$(follow)" ]
	[ "$(notices)" = 1 ]
	jq -es 'map(select(.kind == "notice"))[0].text | contains("entries may be lost")' out
	[ -z "$(follow)" ]
	[ "$(notices)" = 0 ]
	{ entry 3 w.service three; entry 4 w.service four; } | record b
	[ "$(follow)" = $'three\nfour' ]
	[ "$(notices)" = 0 ]
	rm j/*
	{ entry 5 w.service five; entry 6 w.service six; } | record c
	[ "$(follow)" = $'five\nsix' ]
	[ "$(notices)" = 1 ]
	[ -z "$(follow)" ]
	[ "$(notices)" = 0 ]
}

@test "more than a round takes is read in several, each entry once" {
	head -c 300000 /dev/zero | tr '\0' x > long
	for i in {1..40}; do entry "$i" w.service "$i $(< long)"; done | record
	site all 'from: start'
	follow | cut -d' ' -f1 > got
	[ "$(wc -l < got)" -gt 20 ]
	[ "$(wc -l < got)" -lt 40 ]
	follow | cut -d' ' -f1 >> got
	cmp got <(seq 40)
	[ -z "$(follow)" ]
	[ "$(notices)" = 0 ]
}

@test "an entry larger than a round comes without its text, and is passed" {
	head -c 9000000 /dev/zero | tr '\0' x > long
	{ entry 1 w.service one; entry 2 w.service "$(< long)"; entry 3 w.service three; entry 4 w.service "$(head -c 9000 long)"; } | record
	site all 'from: start'
	: > all
	for _ in {1..7}; do
		follow > /dev/null
		jq -c 'select(.kind == "log") | [(.text | length), .truncated]' out >> all
	done
	[ "$(< all)" = $'[3,null]\n[0,true]\n[5,null]\n[9000,null]' ]
}

@test "rounds of one run keep the cursor as runs do, and without a state it is begun anew" {
	{ entry 1 w.service one; entry 2 w.service two; } | record
	site all 'from: start'
	SH_HOST=h1 sh-collect -o ndjson -c site.yaml --interval 100ms --count 3 check > out
	[ "$(jq -r 'select(.kind == "log") | .text' out)" = $'one\ntwo' ]
	SH_HOST=h1 sh-collect -o ndjson -c site.yaml check > out
	[ "$(jq -r 'select(.kind == "log") | .text' out)" = $'one\ntwo' ]
}

@test "killed at any moment, it leaves nothing out" {
	site all 'from: start'
	for i in 1 2 3 4 5; do
		SH_HOST=h1 sh-collect -o ndjson -c site.yaml --state s --interval 20ms check > "killed.$i" 3>&- &
		pid=$!
		for n in 1 2 3 4; do
			entry $((10 * i + n)) w.service "$i$n" | record
			sleep 0.0$((RANDOM % 9))
		done
		kill -9 "$pid"
		wait "$pid" || true
	done
	SH_HOST=h1 sh-collect -o ndjson -c site.yaml --state s check > last
	# What was cut off by the kill is no record, and comes again.
	jq -rR 'fromjson? | select(.kind == "log") | .text' killed.* last | sort -u > got
	printf '%s\n' {1..5}{1..4} | cmp - got
}

@test "state that is damaged begins the journal anew" {
	need sqlite3
	entry 1 w.service one | record
	site all 'from: start'
	[ "$(follow)" = one ]
	sqlite3 s/collect.db "update value set value = cast('{\"version\":1,\"cursor\":\"nonsense\"}' as blob) where space = 'follow'"
	[ "$(follow)" = one ]
	[ -z "$(follow)" ]
}

@test "a journal that is not there is a failure, and what comes later is not missed" {
	site all 'from: start'
	rmdir j
	[ -z "$(follow)" ]
	jq -es 'length == 1 and .[0].metrics.collect.ok == 0 and (.[0].error | contains("exit code 1"))' out
	mkdir j
	entry 1 w.service one | record
	[ "$(follow)" = one ]
}

# instead FILE COMMAND...: run with FILE in the place of journalctl
instead() {
	local own=(unshare --mount)
	"${own[@]}" true 2>/dev/null || own=(unshare --user --map-root-user --mount)
	"${own[@]}" true 2>/dev/null || skip 'no private mount namespace here'
	"${own[@]}" bash -ec 'mount --bind "$0" /usr/bin/journalctl; exec "$@"' "$@" 3>&-
}

@test "no journalctl that can be run is a failure, and the cursor stays" {
	need unshare
	entry 1 w.service one | record
	site all 'from: start'
	[ "$(follow)" = one ]
	: > nothing
	instead nothing sh-collect -o ndjson -c site.yaml --state s check > out
	jq -es 'length == 1 and .[0].metrics.collect.ok == 0
		and (.[0].error | contains("cannot run '\''/usr/bin/journalctl'\''"))' out
	entry 2 w.service two | record
	[ "$(follow)" = two ]
}

@test "a journalctl that hangs is ended in time, and what it said until then counts" {
	need unshare
	{ entry 1 w.service one; entry 2 w.service two; } | record
	site all 'from: start, timeout: 500ms'
	cp /usr/bin/journalctl real
	cat > hangs <<-S
	#!/bin/sh
	$PWD/real "\$@"
	printf '{"half'
	echo \$\$ > $PWD/pid
	exec sleep 60
	S
	chmod +x hangs
	SECONDS=0
	instead hangs sh-collect -o ndjson -c site.yaml --state s check > out
	[ "$SECONDS" -lt 10 ]
	run ! kill -0 "$(< pid)"
	[ "$(jq -r 'select(.kind == "log") | .text' out)" = $'one\ntwo' ]
	jq -es 'last | .metrics.collect.ok == 0 and (.error | contains("no answer within 500 ms"))' out
	[ -z "$(follow)" ]
	[ "$(notices)" = 0 ]
}
