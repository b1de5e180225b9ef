#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# File systems that were really filled: by a log, by a deleted file that is open, by data.
load helper
load causes

# A file system of its own with some data that was always there, watched while it is filled.
filesystem() {
	need_root
	need mkfs.ext4
	truncate -s 64M image
	mkfs.ext4 -q -m 0 -F image
	mkdir there
	mount -o loop image there 2>/dev/null || skip 'cannot mount'
	mkdir there/app there/old
	head -c 12M /dev/zero >there/old/data
	touch -d '3 days ago' there/old/data
	sleep 300 3>&- &
	echo $! | tee pid >>started
	cat >site.yaml <<-END
		services:
		  web: {pidfile: $PWD/pid, checks: [{log: $PWD/there/app/app.log}]}
		filesystems:
		  $PWD/there: {limit: 90}
	END
	pipeline 'filesystem service check' --look
	await 20 ".entity == \"filesystem:$PWD/there@h\" and .metrics.storage.utilization < 90"
}

# Write to a file, line by line, until there is no more room.
fill() {
	yes 'INFO nothing is wrong, and this is said too often' 2>/dev/null | head -c 60M >"$1" 2>/dev/null || true
}

@test "a file system that is filled by the log of a service" {
	filesystem
	# Whoever writes it keeps it open.
	begin bash -c "exec >>'$PWD/there/app/app.log'; yes 'INFO nothing is wrong, and this is said too often' | head -c 60M; exec sleep 300"
	writer=$!
	caused disk_full log_growth
	last disk_full | jq -e --arg path "$PWD/there/app/app.log" '.ranking[0] | .entity == "directory:" + ($path | sub("/app.log"; "")) + "@h" and
		(.evidence | any(.source == "look" and .path == $path)) and .confidence > 0.95'
	last disk_full | jq -e --arg pid "$writer" '.ranking[0].evidence[0] | .service == "service:web@h" and .pid == $pid and
		.writer == "process:sleep@h" and (.text | endswith("/app.log, which service:web@h writes"))'
	last disk_full | jq -e 'all(.ranking[]; .root_cause != "deleted_file_open")'
}

@test "a file system that is filled by a file that was deleted and is still open" {
	filesystem
	exec {held}>there/app/app.log
	fill "/dev/fd/$held"
	rm there/app/app.log
	caused disk_full deleted_file_open || { exec {held}>&-; return 1; }
	exec {held}>&-
	last disk_full | jq -e --arg path "$PWD/there/app/app.log" '.ranking[0].evidence | any(.source == "look" and .path == $path)'
	last disk_full | jq -e 'all(.ranking[]; .root_cause | IN("log_growth", "directory_holds_space") | not)'
}

@test "a file system that is filled by data" {
	filesystem
	mkdir there/backup
	for i in 1 2 3; do
		head -c 12M /dev/zero >"there/backup/db.$i"
	done
	fill there/backup/db.4
	caused disk_full directory_holds_space
	last disk_full | jq -e --arg entity "directory:$PWD/there/backup@h" '.ranking[0].entity == $entity'
	last disk_full | jq -e 'all(.ranking[]; .root_cause | IN("log_growth", "deleted_file_open") | not)'
}
