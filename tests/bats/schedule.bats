#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What is due and what has run. A script stands in for sh-repair here, so that it
# can fail, hang and die at will; the real one is in schedule-repair.bats.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export HOME=$BATS_TEST_TMPDIR SH_HOST=h1 SH_BINDIR=$BATS_TEST_TMPDIR/bin
	mkdir bin state
	cat >bin/sh-repair <<-'EOF'
		#!/bin/bash
		# Notes the playbook of the plan, then does what the playbook's name says.
		plan=$(cat)
		book=$(jq -r .playbook <<<"$plan")
		echo "$book" >>"$HOME/runs"
		printf '%s\n' "$*" >>"$HOME/arguments"
		case $book in
		fail) ok=false ;;
		hang) ok=true; touch "$HOME/hanging"; while [ ! -e "$HOME/go" ]; do sleep 0.05; done ;;
		die) echo 'cannot open the ledger' >&2; exit 4 ;;
		*) ok=true ;;
		esac
		jq -c --argjson ok $ok '.kind = "repair" | .success = $ok | .error =
			(if $ok then null else "the step failed" end) | del(.error | nulls)' <<<"$plan"
	EOF
	chmod 755 bin/sh-repair
	cat >tasks.yaml <<-'EOF'
		playbooks: {work: {}, fail: {}, hang: {}, die: {}}
		tasks:
		  a: {every: daily, playbook: work, mode: act}
		  b: {every: 30, playbook: fail, mode: act}
		  c: {every: weekly, playbook: work, mode: act, target: "service:w"}
	EOF
}

schedule() {
	sh-schedule --no-stock --state state -c tasks.yaml "$@"
}

# In the background, as the process $pid itself.
start() {
	(exec sh-schedule --no-stock --state state -c tasks.yaml "$@" >out 3>&-) &
	pid=$!
}

runs() {
	sort runs 2>/dev/null | uniq -c | awk '{ printf "%s%s %s", sep, $1, $2; sep = ", " } END { print "" }'
}

# Wait for a file, a condition of the test rather than of the program.
await() {
	for _ in {1..200}; do
		[ -e "$1" ] && return
		sleep 0.05
	done
	return 1
}

@test "a task that never ran is due at once, and a failing one does not stop the others" {
	need jq
	run -0 schedule --once --now 2026-11-01T00:00:00Z
	[ "$(jq -r '.task + " " + (.success | tostring)' <<<"$output" | sort | xargs)" = 'a true b false c true' ]
	[ "$(jq -r 'select(.task == "b").error' <<<"$output")" = 'the step failed' ]
	[ "$(jq -r 'select(.task == "c").repair.entity' <<<"$output")" = service:w@h1 ]
	[ "$(jq -r 'select(.task == "a").repair.entity' <<<"$output")" = task:a@h1 ]
	[ "$(jq -r 'select(.task == "a").repair.kind' <<<"$output")" = repair ]
	[ "$(runs)" = '1 fail, 2 work' ]
}

@test "each task keeps its own interval across restarts, and a failed run has run" {
	need jq
	schedule --once --now 2026-11-01T00:00:00Z >/dev/null
	run -0 schedule --once --now 2026-11-01T00:00:29Z
	[ -z "$output" ]
	run -0 schedule --once --now 2026-11-01T00:00:30Z
	[ "$(jq -r .task <<<"$output")" = b ]
	run -0 schedule --once --now 2026-11-01T23:59:59Z
	[ "$(jq -r .task <<<"$output")" = b ]
	run -0 schedule --once --now 2026-11-02T00:00:00Z
	[ "$(jq -r .task <<<"$output" | xargs)" = a ]
	run -0 schedule --once --now 2026-11-08T00:00:00Z
	[ "$(jq -r .task <<<"$output" | sort | xargs)" = 'a b c' ]
}

@test "what was missed while nobody ran is made up for once" {
	need jq
	schedule --once --now 2026-11-01T00:00:00Z >/dev/null
	run -0 schedule --once --now 2026-12-01T00:00:00Z
	[ "$(jq -r .task <<<"$output" | sort | xargs)" = 'a b c' ]
	[ "$(jq -r 'select(.task == "a").due' <<<"$output")" = 2026-11-02T00:00:00.000000Z ]
	run -0 schedule --once --now 2026-12-01T00:00:01Z
	[ -z "$output" ]
}

@test "a clock that goes back neither repeats a run nor stalls the task" {
	need jq
	schedule --once --now 2026-11-02T00:00:00Z >/dev/null
	run -0 schedule --once --now 2026-11-01T23:59:59Z
	[ -z "$output" ]
	run -0 schedule --once --now 2026-10-01T00:00:00Z
	[ "$(jq -r .task <<<"$output" | sort | xargs)" = 'a b c' ]
	run -0 schedule --once --now 2026-10-01T00:00:10Z
	[ -z "$output" ]
	run -0 schedule --once --now 2026-10-02T00:00:00Z
	[ "$(jq -r .task <<<"$output" | sort | xargs)" = 'a b' ]
}

@test "killed in the middle of a task, it tells of it once and does not run it again" {
	need jq
	sed -i 's/playbook: work, mode: act}/playbook: hang, mode: act}/' tasks.yaml
	start --once --jobs 1
	await hanging
	kill -9 "$pid"
	wait "$pid" 2>/dev/null || true
	touch go
	run -0 schedule --once
	[ "$(jq -r 'select(.task == "a") | .success' <<<"$output")" = false ]
	[[ $(jq -r 'select(.task == "a").error' <<<"$output") == interrupted:* ]]
	[ "$(jq 'select(.task == "a") | has("ended")' <<<"$output")" = false ]
	[ "$(jq -r .task <<<"$output" | sort | xargs)" = 'a b c' ]
	run -0 schedule --once
	[ -z "$output" ]
	[ "$(runs)" = '1 fail, 1 hang, 1 work' ]
}

@test "killed at any moment over many starts, each task runs exactly once" {
	need jq
	for _ in {1..25}; do
		start --once
		sleep "0.0$((RANDOM % 8))"
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	sed -i 's/every: 30/every: daily/' tasks.yaml
	schedule --once >all
	run -0 schedule --list
	[ "$(jq -r 'select(.last_started) | .task' <<<"$output" | sort | xargs)" = 'a b c' ]
	run awk '{ n[$1]++ } END { exit !(n["work"] <= 2 && n["fail"] <= 1) }' runs
	[ "$status" = 0 ]
}

@test "a child that cannot be run, or answers nothing, is a failure of its task only" {
	need jq
	sed -i '0,/playbook: work/s//playbook: die/' tasks.yaml
	run -0 schedule --once
	[ "$(jq -r 'select(.task == "a").error' <<<"$output")" = 'sh-repair ended with 4: cannot open the ledger' ]
	[ "$(jq -r 'select(.task == "c").success' <<<"$output")" = true ]
	rm bin/sh-repair
	run -5 schedule run a
	[ "$(jq -r .error <<<"$output")" = 'sh-repair ended with 127 and no record' ]
	chmod 777 bin
	run -5 schedule run a
	[[ $(jq -r .error <<<"$output") == *writable* ]]
}

@test "a task is stopped at its timeout and the next one runs" {
	need jq
	sed -i '0,/playbook: work, mode: act/s//playbook: hang, mode: act, timeout: 1s/' tasks.yaml
	run -0 schedule --once
	[ "$(jq -r 'select(.task == "a").error' <<<"$output")" = 'stopped at its timeout' ]
	[ "$(jq -r 'select(.task == "c").success' <<<"$output")" = true ]
}

@test "in the foreground it sleeps until the next task is due and ends at SIGTERM" {
	need jq
	sed -i 's/every: 30/every: 1/' tasks.yaml
	local used
	start
	for _ in $(seq 200); do
		[ "$(grep -c '"task":"b"' out)" -lt 3 ] || break
		sleep 0.05
	done
	used=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	kill -TERM "$pid"
	wait "$pid"
	[ "$(jq -r 'select(.task == "b").task' out | wc -l)" = 3 ]
	[ "$(jq -r 'select(.task == "a").task' out | wc -l)" = 1 ]
	[ "$used" -lt 20 ]
}

@test "at SIGTERM a running task is awaited and recorded" {
	need jq
	sed -i '0,/playbook: work/s//playbook: hang/' tasks.yaml
	start --jobs 1
	await hanging
	kill -TERM "$pid"
	sleep 0.2
	touch go
	wait "$pid"
	[ "$(jq -r 'select(.task == "a").success' out)" = true ]
	[ "$(jq -r .task out | xargs)" = a ]
	run -0 schedule --once
	[ "$(jq -r .task <<<"$output" | sort | xargs)" = 'b c' ]
}

@test "a second scheduler on the same state waits, then ends with 75" {
	sed -i '0,/playbook: work/s//playbook: hang/' tasks.yaml
	start --once
	await hanging
	run -75 schedule --once --lock fail
	touch go
	wait "$pid"
}

@test "--list and next say what runs when, without running it" {
	need jq
	schedule --once --now 2026-11-01T00:00:00Z >/dev/null
	run -0 schedule --list --now 2026-11-01T00:00:10Z
	[ "$(jq -r .task <<<"$output" | xargs)" = 'b a c' ]
	[ "$(jq -r .due <<<"$output" | head -1)" = 2026-11-01T00:00:30.000000Z ]
	[ "$(jq -r 'select(.task == "a").last_success' <<<"$output")" = 2026-11-01T00:00:00.000000Z ]
	[ "$(jq 'select(.task == "b") | has("last_success") or has("success")' <<<"$output")" = false ]
	run -0 schedule next --now 2026-11-01T00:00:10Z
	[ "$(jq -r .task <<<"$output")" = b ]
	[ "$(runs)" = '1 fail, 2 work' ]
}

@test "run TASK runs it now, and its next time counts from there" {
	need jq
	run -0 schedule run a --now 2026-11-01T00:00:00Z
	[ "$(jq -r .task <<<"$output")" = a ]
	run -5 schedule run b --now 2026-11-01T00:00:00Z
	run -1 schedule run b -e --now 2026-11-01T00:00:00Z
	run -2 --separate-stderr schedule run nothing
	[[ $stderr == *"no task 'nothing'"* ]]
	run -0 schedule --list --now 2026-11-01T12:00:00Z
	[ "$(jq -r 'select(.task == "a").due' <<<"$output")" = 2026-11-02T00:00:00.000000Z ]
}

@test "sh-repair gets the state, the configuration and the mode" {
	need jq
	sed -i '0,/mode: act/s//mode: ask/' tasks.yaml
	schedule run a >/dev/null
	[ "$(cat arguments)" = '--apply --output=ndjson --state state --mode ask --no-stock -c tasks.yaml -' ]
}

@test "for_each: clean_roots works on each file system that has some" {
	need jq
	sed -i 's/target: "service:w"/for_each: clean_roots/' tasks.yaml
	run -0 schedule run c
	[ "$(jq -r '.success, .reason' <<<"$output" | xargs)" = 'true the site declares no file system with clean roots' ]
	cat >>tasks.yaml <<-'EOF'
		filesystems:
		  /a: {clean: [{root: /a/b/c}]}
		  /b: {}
		  /c: {clean: [{root: /c/d/e}]}
	EOF
	run -0 schedule run c
	[ "$(jq -r .target <<<"$output" | xargs)" = 'filesystem:/a@h1 filesystem:/c@h1' ]
	[ "$(jq -r .entity <<<"$output" | sort -u)" = task:c@h1 ]
}

@test "--check names every mistake with its place and runs nothing" {
	cat >>tasks.yaml <<-'EOF'
		filesystems: {/x: {clean: [{root: /}]}}
		groups: {g: {min_helthy: 1}}
	EOF
	sed -i 's/every: daily/every: dayly/; s/playbook: fail, mode/playbook: fial, mode/' tasks.yaml
	run -2 --separate-stderr schedule --check
	[ -z "$output" ]
	[[ $stderr == *"tasks.yaml:3:14: 'every' must be daily"* ]]
	[[ $stderr == *"tasks.yaml:4:28: there is no playbook 'fial'; did you mean 'fail'?"* ]]
	[[ $stderr == *"'root' / is too near the top"* ]]
	[[ $stderr == *"did you mean 'min_healthy'?"* ]]
	[ ! -e runs ]
}

@test "a closed reader ends it silently after what ran was recorded" {
	run -0 --separate-stderr bash -c 'set -o pipefail; sh-schedule --no-stock --state state -c tasks.yaml --once | :'
	[ -z "$stderr" ]
}
