#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# cgroup-release on real control groups
load helper
load action

# make_group CONTROLLER|v2: a group of our own in $group, or a skip.
make_group() {
	need_root
	local mount
	if [ "$1" = v2 ]; then
		mount=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts)
	else
		mount=$(awk -v c="$1" '$3 == "cgroup" && ("," $4 ",") ~ ("," c ",") {print $2; exit}' /proc/mounts)
	fi
	[ -n "$mount" ] || skip "no $1 control groups are mounted"
	group=$mount/release-test-$$-$BATS_TEST_NUMBER
	mkdir "$group" 2>/dev/null || skip "no group can be made in $mount"
}

start_service() {
	cp "$(command -v sleep)" svc
	"$PWD/svc" 300 3>&- &
	pid=$!
	remember "$pid"
	echo "$pid" >"$group/cgroup.procs"
}

teardown() {
	[ -z "${group-}" ] || {
		[ ! -e "$group/freezer.state" ] || echo THAWED >"$group/freezer.state"
		[ ! -e "$group/cgroup.freeze" ] || echo 0 >"$group/cgroup.freeze"
		for p in $(cat "$group/cgroup.procs"); do echo "$p" >"${group%/*}/cgroup.procs"; done
		rmdir "$group"
	}
	local p
	for p in "${STARTED[@]}"; do kill -KILL "$p" 2>/dev/null || :; done
}

request() { # request RELEASE
	jq -nc --arg d "$PWD" --argjson r "$1" \
		'{plan:"p-1", state:($d + "/st"), parameters:{exe:($d + "/svc"), release:$r}}'
}

@test "a frozen group of version 1 is thawed, and undo freezes it again" {
	make_group freezer
	start_service
	R=$(request '{"freezer":true}')
	refused cgroup-release run "$R" 'holds it back'
	echo FROZEN >"$group/freezer.state"
	ok cgroup-release check "$R"
	answer '.output.state == "not_done"'
	ok cgroup-release run "$R"
	[ "$(cat "$group/freezer.state")" = THAWED ]
	ok cgroup-release check "$R"
	answer '.output.state == "done"'
	ok cgroup-release undo "$R"
	[ "$(cat "$group/freezer.state")" != THAWED ]
}

@test "a frozen group of version 2 is thawed" {
	make_group v2
	start_service
	[ -e "$group/cgroup.freeze" ] || skip 'the kernel cannot freeze groups of version 2'
	echo 1 >"$group/cgroup.freeze"
	ok cgroup-release run "$(request '{"freezer":true}')"
	[ "$(cat "$group/cgroup.freeze")" = 0 ]
}

@test "a quota is lifted, or set to what the site declares, and put back" {
	make_group cpu
	start_service
	echo 2000 >"$group/cpu.cfs_quota_us"
	R=$(request '{"cpu":50}')
	ok cgroup-release run "$R"
	[ "$(cat "$group/cpu.cfs_quota_us")" = 50000 ]
	ok cgroup-release check "$R"
	answer '.output.state == "done"'
	ok cgroup-release undo "$R"
	[ "$(cat "$group/cpu.cfs_quota_us")" = 2000 ]
	ok cgroup-release run "$(request '{"cpu":0}')"
	[ "$(cat "$group/cpu.cfs_quota_us")" = -1 ]
}

@test "what was changed since is not put back" {
	make_group cpu
	start_service
	echo 2000 >"$group/cpu.cfs_quota_us"
	R=$(request '{"cpu":50}')
	ok cgroup-release run "$R"
	echo 70000 >"$group/cpu.cfs_quota_us"
	refused cgroup-release undo "$R" 'changed since'
	[ "$(cat "$group/cpu.cfs_quota_us")" = 70000 ]
}

@test "limits of block input and output are lifted" {
	make_group blkio
	[ -e "$group/blkio.throttle.write_bps_device" ] || skip 'this kernel has no blkio.throttle'
	start_service
	device=$(cat "/sys/class/block/$(ls /sys/block | grep -v loop | head -1)/dev")
	echo "$device 1048576" >"$group/blkio.throttle.write_bps_device"
	R=$(request '{"io":true}')
	ok cgroup-release run "$R"
	[ -z "$(cat "$group/blkio.throttle.write_bps_device")" ]
	ok cgroup-release undo "$R"
	[ "$(cat "$group/blkio.throttle.write_bps_device")" = "$device 1048576" ]
}

@test "a group that holds a stranger too, or that may not be released, is let be" {
	make_group freezer
	start_service
	sleep 300 3>&- &
	remember $!
	echo $! >"$group/cgroup.procs"
	echo FROZEN >"$group/freezer.state"
	refused cgroup-release run "$(request '{"freezer":true}')" "also holds process $!"
	refused cgroup-release run "$(request '{"freezer":false}')" 'holds it back'
	refused cgroup-release run "$(request '{"freezr":true}')" "unknown parameter 'freezr'"
	[ "$(cat "$group/freezer.state")" != THAWED ]
}

@test "undo writes nowhere but below control groups" {
	O='{"settings":[{"controller":"","cgroup":"/etc","file":"x","before":"a","after":"","write":"a","restore":"b"}]}'
	run -0 --separate-stderr act cgroup-release undo \
		"{\"parameters\":{\"exe\":\"/x\",\"release\":{}},\"output\":$O}"
	answer '.success == false'
	[ ! -e /etc/x ]
}
