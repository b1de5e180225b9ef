#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What brings a run besides time: records on standard input, and files that change.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export HOME=$BATS_TEST_TMPDIR SH_HOST=h1 SH_BINDIR=$BATS_TEST_TMPDIR/bin TZ=UTC
	need jq
	mkdir bin state w
	cat >bin/sh-repair <<-'EOF'
		#!/bin/bash
		plan=$(cat)
		jq -r .playbook <<<"$plan" >>"$HOME/runs"
		jq -c '.kind = "repair" | .success = true' <<<"$plan"
	EOF
	chmod 755 bin/sh-repair
	cat >tasks.yaml <<-EOF
		playbooks: {clean: {}, reload: {}, other: {}}
		tasks:
		  clean:
		    {cron: "0 0 1 1 *", when: 'kind == "fault" && fault_type == "disk_forecast" && severity == "high"', playbook: clean, cooldown: 1h}
		  reload: {on_change: [$PWD/w/app.conf, "$PWD/w/*.d"], settle: 300ms, playbook: reload}
		  load: {when: "load.one > 8", playbook: other}
	EOF
	high='{"kind":"fault","time":"2026-11-01T00:00:00Z","host":"h1","entity":"filesystem:/@h1","fault_type":"disk_forecast","severity":"high"}'
	low=${high/high/low}
}

schedule() {
	sh-schedule --no-stock --state state -c tasks.yaml -o ndjson "$@"
}

await() {
	for _ in {1..200}; do
		"$@" 2>/dev/null && return
		sleep 0.05
	done
	return 1
}

runs() {
	sort runs 2>/dev/null | uniq -c | awk '{ printf "%s%s %s", sep, $1, $2; sep = ", " } END { print "" }'
}

@test "a record for which it is true brings a run before its time, and every record goes on" {
	printf '%s\n' "$low" "$high" "$high" '{"kind":"odd","x":1.10}' >in
	schedule - <in >out
	grep -v '"kind":"task"' out >passed
	cmp in passed
	[ "$(runs)" = '1 clean' ]
	[ "$(jq -r 'select(.kind == "task") | .task + " " + (.success | tostring)' out)" = 'clean true' ]
	# Within its cooldown it does not count again.
	schedule - <<<"$high" >out
	[ "$(runs)" = '1 clean' ]
}

@test "what a sample measures can bring a run, and what is absent brings none" {
	printf '%s\n' '{"load":{"one":3}}' '{"cpu":{"usage":99}}' '{"load":{"one":9}}' | schedule - --once >out
	[ "$(runs)" = '1 other' ]
}

@test "the run begins while the input is still open" {
	mkfifo in
	(exec sh-schedule --no-stock --state state -c tasks.yaml -o ndjson - <in >out 3>&-) &
	local pid=$!
	exec 7>in
	printf '%s\n' "$high" >&7
	await test -e runs
	await grep -q '"success":true' out
	exec 7>&-
	wait "$pid"
	[ "$(runs)" = '1 clean' ]
}

@test "a run that was asked for is not lost when the scheduler is killed before it began" {
	sed -i 's/cooldown: 1h/block: [{calendar: "2020-01-01", for: 36500d}]/' tasks.yaml
	mkfifo in
	(exec sh-schedule --no-stock --state state -c tasks.yaml -o ndjson - <in >out 3>&-) &
	local pid=$!
	exec 7>in
	printf '%s\n' "$high" >&7
	await grep -q disk_forecast out
	sleep 0.2
	[ ! -e runs ]
	kill -9 "$pid"
	wait "$pid" || true
	exec 7>&-
	sed -i 's/, block: .*36500d}\]//' tasks.yaml
	schedule --once >>out
	[ "$(runs)" = '1 clean' ]
}

@test "a file that is written, replaced, made or removed brings one run when it rests" {
	(exec sh-schedule --no-stock --state state -c tasks.yaml -o ndjson >out 3>&-) &
	local pid=$!
	await test -e state/schedule.db
	sleep 0.5
	for i in 1 2 3 4 5; do
		echo "$i" >w/app.conf
		echo "$i" >w/other.conf
		sleep 0.05
	done
	await test -e runs
	sleep 0.6
	[ "$(runs)" = '1 reload' ]
	touch w/new.d
	await eval '[ "$(wc -l <runs)" = 2 ]'
	echo new >w/tmp && mv w/tmp w/app.conf
	await eval '[ "$(wc -l <runs)" = 3 ]'
	rm w/new.d
	await eval '[ "$(wc -l <runs)" = 4 ]'
	kill -TERM "$pid"
	wait "$pid"
}

@test "a change that nobody watched is found at the next start, once" {
	echo 1 >w/app.conf
	schedule --once >out
	[ ! -e runs ]
	echo 22 >w/app.conf
	schedule --once >out
	[ "$(runs)" = '1 reload' ]
	schedule --once >out
	[ "$(runs)" = '1 reload' ]
}

@test "what a task found brings another before its time, and that brings nothing more" {
	cat >tasks.yaml <<-'EOF'
		playbooks: {look: {}, clean: {}, report: {}}
		tasks:
		  look: {every: 1h, playbook: look, when: 'kind == "task"'}
		  clean: {cron: "0 0 1 1 *", when: 'kind == "task" && task == "look" && repair.steps[0].output.hours < 24', playbook: clean}
		  report: {cron: "0 0 1 1 *", when: 'kind == "task" && task == "clean"', playbook: report}
	EOF
	sed -i 's/| .success = true/| .success = true | .steps = [{name: "look", action: "look", success: true, output: {hours: (env.HOURS | tonumber)}}]/' bin/sh-repair
	sed -i "2i export HOURS=\$(cat \"\$HOME/hours\")" bin/sh-repair
	echo 30 >hours
	schedule --once >out
	[ "$(runs)" = '1 look' ]
	echo 20 >hours
	schedule run look >>out
	schedule --once >>out
	schedule --once >>out
	[ "$(runs)" = '1 clean, 2 look' ]
}
