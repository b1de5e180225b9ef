#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What may run now: missed times, overlap, retries, order, windows, conditions, kills.
# A script stands in for sh-repair, so that it can fail and hang at will.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export HOME=$BATS_TEST_TMPDIR SH_HOST=h1 SH_BINDIR=$BATS_TEST_TMPDIR/bin TZ=UTC
	need jq
	mkdir bin state
	cat >bin/sh-repair <<-'EOF'
		#!/bin/bash
		# Notes the playbook of the plan, then does what the playbook's name says.
		plan=$(cat)
		book=$(jq -r .playbook <<<"$plan")
		echo "$book" >>"$HOME/runs"
		case $book in
		fail) ok=false ;;
		hang) ok=true; touch "$HOME/hanging"; trap 'touch "$HOME/stopped"; exit 5' TERM
			while [ ! -e "$HOME/go" ]; do sleep 0.05; done ;;
		*) ok=true ;;
		esac
		echo "$book" >>"$HOME/ends"
		jq -c --argjson ok $ok '.kind = "repair" | .success = $ok | .error =
			(if $ok then null else "the step failed" end) | del(.error | nulls)' <<<"$plan"
	EOF
	chmod 755 bin/sh-repair
}

# The tasks, one a line, as the section of a site file.
tasks() {
	{ echo 'playbooks: {work: {}, more: {}, fail: {}, hang: {}}' && echo tasks: && sed 's/^/  /'; } >tasks.yaml
}

schedule() {
	sh-schedule --no-stock --state state -c tasks.yaml "$@"
}

# In the background, as the process $pid itself; its records are added to out.
start() {
	(exec sh-schedule --no-stock --state state -c tasks.yaml "$@" >>out 3>&-) &
	pid=$!
}

# COMMAND...: wait until it succeeds, a condition of the test rather than of the program
await() {
	for _ in {1..200}; do
		"$@" 2>/dev/null && return
		sleep 0.05
	done
	return 1
}

stop() {
	kill -TERM "$pid"
	wait "$pid"
}

@test "a time of a clock is not due at once, but when it comes, in its zone" {
	tasks <<-'EOF'
		a: {cron: "30 2 * * *", timezone: Europe/Berlin, playbook: work}
		b: {calendar: "Mon..Fri 09:00", playbook: work}
		c: {rrule: "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=22", playbook: work}
	EOF
	run -0 schedule --once --now 2026-11-20T12:00:00Z
	[ -z "$output" ]
	run -0 schedule --list --now 2026-11-20T12:00:00Z
	[ "$(jq -r '.task + " " + .due[:16]' <<<"$output" | xargs)" = 'a 2026-11-21T01:30 b 2026-11-23T09:00 c 2026-11-27T22:00' ]
	run -0 schedule --once --now 2026-11-21T01:29:59Z
	[ -z "$output" ]
	run -0 schedule --once --now 2026-11-21T01:30:00Z
	[ "$(jq -r '.task + " " + .due[:16]' <<<"$output")" = 'a 2026-11-21T01:30' ]
	run -0 schedule --once --now 2026-11-21T01:30:01Z
	[ -z "$output" ]
}

@test "what was missed is treated as each task says, and told" {
	tasks <<-'EOF'
		once: {cron: "0 * * * *", playbook: work}
		skip: {cron: "0 * * * *", playbook: work, missed: skip}
		all: {cron: "0 */12 * * *", playbook: work, missed: all, missed_limit: 3}
		near: {cron: "0 0 * * *", playbook: work, missed: 12h}
		far: {cron: "0 0 * * *", playbook: work, missed: 1h}
	EOF
	schedule --once --now 2026-11-01T00:00:30Z
	schedule --once --now 2026-11-08T06:30:00Z >told
	[ "$(jq -r 'select(.task == "once") | .due[:16] + " " + (.missed | tostring)' told)" = '2026-11-01T01:00 173' ]
	[ "$(jq -r 'select(.task == "skip") | .skipped + " " + (.missed | tostring)' told)" = 'missed 173' ]
	[ "$(jq -r 'select(.task == "all" and .success) | .due[5:13]' told | xargs)" = '11-01T12 11-02T00 11-02T12' ]
	[ "$(jq -r 'select(.task == "all" and .skipped) | .due[5:13]' told)" = 11-03T00 ]
	[ "$(jq -r 'select(.task == "near") | .due[5:13]' told)" = 11-08T00 ]
	[ "$(jq -r 'select(.task == "far").skipped' told)" = missed ]
	run -0 schedule --once --now 2026-11-08T06:30:01Z
	[ -z "$output" ]
}

@test "catch-up stampede, or never again: after a year away each task runs once, few at a time, and goes on" {
	for i in {1..12}; do echo "t$i: {cron: \"* * * * *\", playbook: hang, mode: act}"; done | tasks
	schedule --once --now 2025-11-01T00:00:30Z
	# Of half a million times of each none is run for that is past.
	(ulimit -t 20 && exec sh-schedule --no-stock --state state -c tasks.yaml --once --jobs 3 --now 2026-11-01T00:00:30Z >out 3>&-) &
	pid=$!
	await eval '[ "$(wc -l <runs)" = 3 ]'
	touch go
	wait "$pid"
	[ "$(jq -r 'select(.success) | .missed' out | sort | uniq -c | xargs)" = '12 999' ] # as many are told
	[ "$(wc -l <runs)" = 12 ]
	schedule --once --now 2026-11-01T00:01:00Z >out
	[ "$(jq -r 'select(.success) | .due[11:16] + " " + (.missed // 0 | tostring)' out | sort | uniq -c | xargs)" = '12 00:01 0' ]
}

@test "several tasks run at once, and never more than allowed" {
	tasks <<-'EOF'
		a: {every: daily, playbook: hang, mode: act}
		b: {every: daily, playbook: hang, mode: act}
		c: {every: daily, playbook: hang, mode: act}
	EOF
	start --once --jobs 2
	await eval '[ "$(wc -l <runs)" = 2 ]'
	sleep 0.3
	[ "$(wc -l <runs)" = 2 ]
	touch go
	wait "$pid"
	[ "$(wc -l <runs)" = 3 ]
	[ "$(jq -r 'select(.success).task' out | sort | xargs)" = 'a b c' ]
}

@test "a run that is due while the last one lasts is passed over, queued, or stops it" {
	tasks <<-'EOF'
		skip: {cron: "* * * * * *", seconds: true, playbook: hang, overlap: skip}
	EOF
	start
	await test -e hanging
	await eval 'jq -e "select(.skipped == \"overlap\")" out'
	[ "$(wc -l <runs)" = 1 ]
	touch go
	stop
	rm -rf go state/* runs out hanging
	tasks <<-'EOF'
		queue: {cron: "* * * * * *", seconds: true, playbook: hang, overlap: queue}
	EOF
	start
	await test -e hanging
	sleep 2.2
	[ "$(wc -l <runs)" = 1 ]
	touch go
	await eval '[ "$(wc -l <runs)" -ge 2 ]'
	stop
	run jq -e 'select(.skipped)' out
	[ -z "$output" ]
	rm -rf go state/* runs out hanging
	tasks <<-'EOF'
		cancel: {cron: "* * * * * *", seconds: true, playbook: hang, overlap: cancel}
	EOF
	start
	await test -e stopped
	touch go
	await eval '[ "$(wc -l <runs)" -ge 2 ]'
	stop
	[[ $(jq -r '.error // empty' out | head -1) == 'cancelled: it was due again' ]]
}

@test "tasks of one group do not run beside each other" {
	tasks <<-'EOF'
		a: {every: daily, playbook: hang, group: db}
		b: {every: daily, playbook: more, group: db}
		c: {every: daily, playbook: work}
	EOF
	start --once
	await eval 'grep -q work runs'
	await test -e hanging
	sleep 0.3
	[ "$(sort runs | xargs)" = 'hang work' ]
	touch go
	wait "$pid"
	[ "$(sort runs | xargs)" = 'hang more work' ]
}

@test "a failure is tried again, later each time, and then given up" {
	tasks <<-'EOF'
		a: {every: daily, playbook: fail, retry: {attempts: 3, delay: 300ms, factor: 2}}
	EOF
	start
	await eval '[ "$(jq -s length out)" = 3 ]'
	sleep 0.5
	stop
	[ "$(jq -r '.attempt // 1' out | xargs)" = '1 2 3' ]
	run -0 jq -s '[.[].started | sub("\\.[0-9]+Z$"; "Z")] | length' out
	run -0 schedule --list
	[ "$(jq -r .failures <<<"$output")" = 3 ]
}

@test "a task after another waits for its success, and passes when it fails" {
	tasks <<-'EOF'
		a: {cron: "0 3 * * *", playbook: hang}
		b: {cron: "0 3 * * *", playbook: more, after: a}
		c: {after: b, playbook: work}
	EOF
	schedule --once --now 2026-11-01T00:00:00Z
	start --once --now 2026-11-01T03:00:10Z
	await test -e hanging
	sleep 0.3
	[ "$(cat runs)" = hang ]
	touch go
	wait "$pid"
	[ "$(xargs <runs)" = 'hang more work' ]
	sed -i 's/playbook: hang/playbook: fail/' tasks.yaml
	run -0 schedule --once --now 2026-11-02T03:00:10Z
	[ "$(jq -r 'select(.task == "b").skipped' <<<"$output")" = dependency ]
	[ "$(jq -r 'select(.task == "c")' <<<"$output")" = '' ]
	tasks <<<$'a: {after: b, playbook: work}\nb: {after: a, playbook: work}'
	run -2 --separate-stderr schedule check
	[[ $stderr == *"would run after itself"* ]]
	tasks <<<$'aaa: {every: daily, playbook: work}\nb: {after: aab, playbook: work}'
	run -2 --separate-stderr schedule check
	[[ $stderr == *"no task 'aab'; did you mean 'aaa'?"* ]]
}

@test "outside its windows and in a blackout nothing runs; then what was missed is made up for" {
	tasks <<-'EOF'
		a: {cron: "0 * * * *", playbook: work, allow: ["daily 02:00-04:00"]}
		b: {cron: "0 * * * *", playbook: more, missed: skip, block: [{calendar: "*-12-24 18:00", for: 3d}]}
	EOF
	schedule --once --now 2026-12-24T17:30:00Z
	run -0 schedule --once --now 2026-12-24T18:00:05Z
	[ "$(jq -r '.task + " " + .skipped' <<<"$output")" = 'b blackout' ]
	run -0 schedule --list --now 2026-12-24T19:30:00Z
	[[ $(jq -r 'select(.task == "a").reason' <<<"$output") == *'not run before 2026-12-25T02:00'* ]]
	run -0 schedule --once --now 2026-12-25T02:00:00Z
	[ "$(jq -r 'select(.success) | .task + " " + .due[:13]' <<<"$output")" = 'a 2026-12-24T18' ]
	run -0 schedule --once --now 2026-12-27T18:00:00Z
	[ "$(jq -r 'select(.success).task' <<<"$output")" = b ]
}

@test "a condition is asked of the machine, and unknown is no" {
	cat >bin/sh-collect <<-'EOF'
		#!/bin/sh
		echo '{"kind":"sample","time":"2026-11-01T00:00:00Z","host":"h1","entity":"host:h1","metrics":{"load":{"one":'"$(cat "$HOME/load")"'}}}'
		echo '{"kind":"sample","time":"2026-11-01T00:00:00Z","host":"h1","entity":"power_supply:b@h1","metrics":{"power":{"discharging":0}}}'
	EOF
	chmod 755 bin/sh-collect
	tasks <<-'EOF'
		a: {every: 60, playbook: work, if: "load.one < 4 && power.discharging == 0"}
		b: {every: 60, playbook: work, if: "no.such > 4"}
		c: {every: 60, playbook: work, if: "!maintenance"}
	EOF
	printf 'silences:\n  - {owner: me, comment: moving, kind: maintenance, match: {entity: ["host:h1"]}, start: 2026-11-02T00:00:00Z, end: 2026-11-02T01:00:00Z}\n' >>tasks.yaml
	echo 3.5 >load
	run -0 schedule --once --now 2026-11-01T00:00:00Z
	[ "$(jq -r 'select(.success).task' <<<"$output" | sort | xargs)" = 'a c' ]
	[ "$(jq -r 'select(.skipped == "condition").reason' <<<"$output")" = 'whether no.such > 4 is not known: no' ]
	echo 7 >load
	run -0 schedule --once --now 2026-11-02T00:01:00Z
	[ "$(jq -r 'select(.skipped) | .task + ": " + .reason' <<<"$output" | sort | head -1)" = 'a: not load.one < 4 && power.discharging == 0' ]
	[ "$(jq -r 'select(.success).task' <<<"$output")" = '' ]
}

@test "an operator's pause or silence is maintenance, one of something else is not" {
	tasks <<-'EOF'
		c: {every: 60, playbook: work, if: "!maintenance"}
		d: {every: 60, playbook: more, if: "maintenance"}
	EOF
	would() { SH_NOW=$1 schedule --once | jq -r 'select(.success).task' | xargs; }
	operate() { sh-ledger --state state "$@" --reason 'moving house'; }
	[ "$(would 2026-11-01T00:00:00Z)" = c ]
	export SH_NOW=2026-11-01T01:00:00Z
	operate pause --for 10m
	[ "$(would 2026-11-01T01:05:00Z)" = d ]
	[ "$(would 2026-11-01T01:11:00Z)" = c ]
	export SH_NOW=2026-11-01T02:00:00Z
	operate pause task:c@h1 --for 10m
	[ "$(would 2026-11-01T02:05:00Z)" = '' ]
	export SH_NOW=2026-11-01T03:00:00Z
	operate silence entity=host:h1 --for 10m
	operate silence type=filesystem --for 10h
	[ "$(would 2026-11-01T03:05:00Z)" = d ]
	[ "$(would 2026-11-01T03:20:00Z)" = c ]
	head -c 5000 /dev/urandom >state/ledger.db
	run -0 --separate-stderr env SH_NOW=2026-11-01T04:00:00Z sh-schedule --no-stock --state state -c tasks.yaml -o ndjson --once
	[ "$(jq -r 'select(.skipped).task' <<<"$output" | xargs)" = 'c d' ]
}

@test "a run whose scheduler was killed goes on, and is not run beside itself" {
	tasks <<-'EOF'
		a: {cron: "* * * * * *", seconds: true, playbook: hang}
	EOF
	start
	await test -e hanging
	kill -9 "$pid"
	wait "$pid" || true
	start
	sleep 2
	[ "$(wc -l <runs)" = 1 ]
	touch go
	await eval '[ "$(wc -l <runs)" -ge 2 ]'
	stop
	[[ $(jq -r '.error // empty' out | head -1) == interrupted:* ]]
}

@test "killed again and again, no due time has two runs and none is without account" {
	tasks <<-'EOF'
		a: {cron: "* * * * * *", seconds: true, playbook: work, missed: all, missed_limit: 100}
		b: {cron: "*/2 * * * * *", seconds: true, playbook: more, overlap: allow}
	EOF
	for _ in {1..12}; do
		start
		sleep "0.$((RANDOM % 9 + 1))"
		kill -9 "$pid"
		wait "$pid" || true
	done
	schedule --once >>out
	# A line may be told twice when the kill came between telling and storing, with the same start.
	jq -r 'select(.task == "a" and .started) | .due + " " + .started' out | sort -u | cut -d ' ' -f 1 >dues
	[ "$(uniq -d dues)" = '' ]
	[ "$(grep -c work runs)" -le "$(wc -l <dues)" ]
	# From the first to the last no second is left out.
	local first last
	first=$(date -d "$(head -1 dues)" +%s) last=$(date -d "$(tail -1 dues)" +%s)
	[ "$(wc -l <dues)" = $((last - first + 1)) ]
}

@test "the wake-up is on time, and sleeping costs nothing" {
	tasks <<-'EOF'
		a: {cron: "* * * * * *", seconds: true, playbook: work}
		b: {cron: "0 0 1 1 *", playbook: more}
	EOF
	start
	await eval '[ "$(wc -l <runs)" -ge 4 ]'
	stop
	jq -r '(.started[20:26] | tonumber) / 1000' out >late
	# On a busy machine one may be late; that most are not is what is asked.
	[ "$(sort -n late | sed -n 2p | cut -d . -f 1)" -lt 50 ]
	rm -rf state/*
	tasks <<<'b: {cron: "0 0 1 1 *", playbook: more}'
	start
	sleep 1.5
	[ "$(awk '{ print $14 + $15 }' "/proc/$pid/stat")" -le 3 ]
	[ "$(awk '/^voluntary_ctxt/ { print $2 }' "/proc/$pid/status")" -lt 50 ]
	stop
}

@test "a task that the configuration has no more is remembered for 400 days, then forgotten with all of it" {
	known() { sqlite3 state/schedule.db "SELECT space || ':' || cast(key AS text) FROM value ORDER BY 1" | xargs; }
	need sqlite3
	tasks <<-EOF
		a: {every: 60, playbook: work}
		old: {every: 60, playbook: more, on_change: [$PWD/w]}
	EOF
	schedule --once --now 2026-01-01T00:00:00Z >out
	tasks <<<'a: {every: 60, playbook: work}'
	schedule --once --now 2027-01-30T00:00:00Z >out
	[ "$(known)" = 'files:old last_run:a last_run:old' ]
	tasks <<-EOF
		a: {every: 60, playbook: work}
		old: {every: 60, playbook: more, on_change: [$PWD/w]}
	EOF
	run -0 schedule --list --now 2027-01-30T00:00:00Z
	[ "$(jq -r 'select(.task == "old").last_started' <<<"$output")" = 2026-01-01T00:00:00.000000Z ]
	tasks <<<'a: {every: 60, playbook: work}'
	schedule --once --now 2027-02-06T00:00:00Z >out
	[ "$(known)" = last_run:a ]
	tasks <<-EOF
		a: {every: 60, playbook: work}
		old: {every: 60, playbook: more, on_change: [$PWD/w]}
	EOF
	run -0 schedule --list --now 2027-02-06T00:00:00Z
	[ "$(jq -r 'select(.task == "old") | has("last_started")' <<<"$output")" = false ]
	[ "$(jq -r 'select(.task == "a") | has("last_started")' <<<"$output")" = true ]
}

@test "mistakes in what a task says are named with their places" {
	local bad
	for bad in 'missed: never|must be skip, once, all or a duration' 'dst: shifted|at_change or shifted' \
		'overlap: both|unknown .overlap. .both.' 'retry: {attempts: 0}|attempts' 'retry: {factor: 0.5}|1 or more' \
		'if: "load.one <"|value expected' 'allow: ["sometimes"]|must be such as Sun' \
		'block: [{calendar: "Sat"}]|how long it lasts' 'on_change: etc/passwd|absolute paths' \
		'timezone: Nowhere|is no time zone' 'cron: "* * * * *"|either .every. or .cron.'; do
		tasks <<<"a: {every: daily, playbook: work, ${bad%%|*}}"
		run -2 --separate-stderr schedule check
		[[ $stderr =~ ${bad#*|} ]] || { echo "$bad: $stderr" && return 1; }
		[[ $stderr == *tasks.yaml:3:* ]]
	done
}
