#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The stock tasks through the real sh-repair, on real files and databases.

load helper
: "${abs_top_srcdir:?}"

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export HOME=$BATS_TEST_TMPDIR SH_HOST=h1
	need jq sqlite3
	mkdir -p state w/app
	mount=$(df --output=target "$PWD" | tail -1)
	cat >site.yaml <<-EOF
		filesystems:
		  $mount: {mode: act, clean: [{root: $PWD/w/app, match: "*.tmp", older: 1h}]}
		tasks:
		  index-optimization:
		    {every: weekly, playbook: task-index-optimization, mode: act, settings: {databases: [$PWD/a.db]}}
		  backup-verification:
		    every: daily
		    playbook: task-backup-verification
		    mode: act
		    settings:
		      backups: [{directory: $PWD/backup, manifest: $PWD/sums}]
		      scratch: $PWD
		  log-rotation:
		    {every: daily, playbook: task-log-rotation, mode: act, settings: {logs: [$PWD/w], status: $PWD/status}}
	EOF
	touch status
	sqlite3 a.db 'CREATE TABLE t (a, b); CREATE INDEX i ON t (b); INSERT INTO t
		SELECT value, hex(randomblob(20)) FROM generate_series(1, 2000)'
	mkdir backup
	head -c 100000 /dev/urandom >backup/one
	echo two >backup/two
	(cd backup && sha256sum one two >../sums)
	touch -d '2 hours ago' w/app/old.tmp w/app/old.txt
	touch w/app/new.tmp
}

# Whether the records say it: true from the one that is selected.
says() {
	[ "$(jq -c "$1" <<<"$output")" = true ]
}

schedule() {
	sh-schedule --state state -c site.yaml "$@"
}

@test "the stock tasks do real work and their repair records say what" {
	run -0 --separate-stderr schedule --once
	[ "$(jq -r 'select(.kind == "task") | .task + " " + (.success | tostring)' <<<"$output" | sort | xargs)" = \
		'backup-verification true baseline-audit true capacity-forecast true certificate-expiry true disk-cleanup true index-optimization true log-rotation true restore-drill true security-updates true storage-maintenance true' ]
	[ "$(cd w/app && echo *)" = 'new.tmp old.txt' ]
	says 'select(.task == "disk-cleanup").repair.steps[0].output.removed == 1'
	says 'select(.task == "index-optimization").repair.steps[0].output.databases[0]
		| .before.pages > 10 and .after.pages > 10'
	says 'select(.task == "backup-verification").repair.steps[0].output.backups[0].checked == 2'
	[ "$(sqlite3 a.db 'SELECT count(*) FROM sqlite_stat1')" -ge 1 ]
	run -0 schedule --once
	[ -z "$output" ]
}

@test "a damaged backup fails its task alone, and succeeds again when mended" {
	cp backup/two two
	echo changed >backup/two
	run -0 --separate-stderr schedule --once
	[ "$(jq -r 'select(.kind == "task" and .success) | .task' <<<"$output" | sort | xargs)" = 'baseline-audit capacity-forecast certificate-expiry disk-cleanup index-optimization log-rotation restore-drill security-updates storage-maintenance' ]
	[[ $(jq -r 'select(.task == "backup-verification").error' <<<"$output") == *'1 are not as noted'* ]]
	cp two backup/two
	run -0 --separate-stderr schedule run backup-verification
	[ "$(jq -r 'select(.kind == "task").success' <<<"$output")" = true ]
}

@test "a task can run again and again: yesterday's repair does not stand for today's" {
	for _ in 1 2 3 4; do
		run -0 --separate-stderr schedule run index-optimization
		[ "$(jq -r 'select(.kind == "task").success' <<<"$output")" = true ]
	done
}

@test "where the site only asks, nothing is removed and the task says so" {
	sed -i 's/{mode: act, clean/{mode: ask, clean/' site.yaml
	run -0 --separate-stderr schedule --once
	says 'select(.task == "disk-cleanup").success == false'
	[ -e w/app/old.tmp ]
}

@test "a stock task without a site has nothing to do and succeeds" {
	# But for the logs of the machine, of which this test knows nothing.
	printf 'tasks: {log-rotation: {every: daily, playbook: task-log-rotation, mode: act, settings: {logs: []}}}\n' >empty.yaml
	run -0 --separate-stderr sh-schedule --state other -c empty.yaml --once
	[ "$(jq -r 'select(.kind == "task") | .task + " " + (.success | tostring)' <<<"$output" | sort | xargs)" = \
		'backup-verification true baseline-audit true capacity-forecast true certificate-expiry true disk-cleanup true index-optimization true log-rotation true restore-drill true security-updates true storage-maintenance true' ]
}

@test "killed in the middle, the task is interrupted and its step is not begun twice" {
	head -c 300000000 /dev/zero >backup/big
	(cd backup && sha256sum one two big >../sums)
	sh-schedule --state state -c site.yaml run backup-verification >out 3>&- &
	local pid=$!
	# What it will do is written down before it has a child.
	while kill -0 "$pid" 2>/dev/null && [ -z "$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)" ]; do
		sleep 0.01
	done
	kill -9 "$pid" 2>/dev/null || skip 'it was too quick'
	wait "$pid" 2>/dev/null || true
	run -0 --separate-stderr schedule --once
	[[ $(jq -r 'select(.task == "backup-verification").error' <<<"$output") == interrupted:* ]]
	[ "$(jq -r 'select(.kind == "task") | .task' <<<"$output" | sort | xargs)" = \
		'backup-verification baseline-audit capacity-forecast certificate-expiry disk-cleanup index-optimization log-rotation restore-drill security-updates storage-maintenance' ]
}

@test "what it writes is as the schema says, run, listed or interrupted" {
	schedule --list >records
	schedule --once >>records
	schedule --list >>records
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" task <records
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ]
}

@test "the example site and the stock configuration pass --check" {
	sh-schedule --check -c "$EXAMPLES/site.yaml"
}

@test "on a terminal it is a sentence for each task" {
	run -0 --separate-stderr schedule --once -o text --color never
	[[ $output == *'task backup-verification due '*'(daily): done'* ]]
}

@test "a forecast that a file system will be full within a day brings the cleanup before its time" {
	need python3
	schedule --once >/dev/null
	touch -d '2 hours ago' w/app/late.tmp
	run -0 schedule --once
	[ -z "$output" ]
	[ -e w/app/late.tmp ]
	sed -i 's/^\ttasks:/tasks:/; $a\  capacity-forecast: {every: 1h, playbook: task-capacity-forecast, mode: act, settings: {from: 0}}' site.yaml
	sed -i '$a\  disk-cleanup: {every: daily, playbook: task-disk-cleanup, for_each: clean_roots, mode: act, when: '"'"'kind == "task" \&\& task == "capacity-forecast" \&\& repair.steps[0].output.soonest_hours < 24'"'"'}' site.yaml
	python3 - <<-'END'
		import json
		all = json.load(open("state/capacity.json"))
		for name, thing in all.items():
		    last, percent = thing["points"][-1]
		    slope = max(100 - percent, 0.1) / 10 * (name.startswith("space "))
		    thing["points"] = [[last - 3600 * (48 - i), percent - slope * (48 - i)] for i in range(48)]
		json.dump(all, open("state/capacity.json", "w"))
	END
	run -5 --separate-stderr schedule run capacity-forecast
	says 'select(.task == "capacity-forecast") | .success == false and .repair.steps[0].output.soonest_hours < 24'
	run -0 --separate-stderr schedule --once
	says 'select(.task == "disk-cleanup").success'
	[ ! -e w/app/late.tmp ]
}
