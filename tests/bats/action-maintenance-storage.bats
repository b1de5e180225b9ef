#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# storage-maintain in its sandbox, by the real tools on file systems on loop devices
# in a mount namespace of their own.
load helper
load action

jobs_of() { jq -nc --argjson j "$1" '{parameters: {storage: $j}}'; }

# on_image MKFS SIZE COMMANDS: a file system at mnt, and act there.
on_image() {
	need_root
	need unshare losetup "$1"
	local loop
	truncate -s "$2" image
	"$1" -q image 2>/dev/null
	mkdir -p mnt
	loop=$(losetup --find --show image 2>/dev/null) || skip 'no loop device can be had'
	cat >run.sh <<-END
		cd "$PWD"
		mount "$loop" mnt || exit 77
		act() { "${abs_top_builddir:?}/tests/faults/boxed" storage-maintain run <<<"{\"parameters\":{\"storage\":\$1}}"; }
		$3
	END
	run --separate-stderr unshare -m --propagation private bash run.sh
	losetup -d "$loop"
	[ "$status" != 77 ] || skip "this kernel mounts no ${1#mkfs.}"
}

@test "free blocks are trimmed, and the image is smaller for it" {
	need fstrim
	on_image mkfs.ext4 64M '
		dd if=/dev/urandom of=mnt/x bs=1M count=20 status=none; sync; rm mnt/x; sync
		du -k image | cut -f1 >before
		act "[{\"trim\":\"$PWD/mnt\"}]"
		sync
		du -k image | cut -f1 >after'
	answer '.success and (.output.jobs[0] | .trimmed_bytes > 20000000 and (has("skipped") | not))'
	[ "$(cat after)" -lt $(($(cat before) - 15000)) ]
}

@test "a file system without discards or scrub is skipped with the reason" {
	need fstrim
	on_image mkfs.ext4 16M '
		mkdir -p t; mount -t tmpfs x t
		act "[{\"trim\":\"$PWD/t\"},{\"scrub\":\"$PWD/mnt\"},{\"scrub\":\"/dev/loop0\"}]"'
	answer '.success and ([.output.jobs[].skipped | split("'"'"'")[2]] ==
		[" takes no discards", " is no file system that can be scrubbed", " is no md array"])'
}

@test "btrfs is scrubbed; a block that was changed beneath it is found, and the next job has its turn" {
	need btrfs fstrim
	on_image mkfs.btrfs 200M '
		yes "a block of its own" | head -c 4M >mnt/x; sync
		act "[{\"scrub\":\"$PWD/mnt\"}]" >good
		umount mnt
		at=$(LC_ALL=C grep -obUam1 "a block of its own" image | head -1 | cut -d: -f1)
		printf damaged | dd of=image bs=1 seek=$((at + 5)) conv=notrunc status=none
		mount "$(losetup -j image | cut -d: -f1)" mnt
		act "[{\"scrub\":\"$PWD/mnt\"},{\"trim\":\"$PWD/mnt\"}]"'
	answer '.success == false and (.error | test("cannot be corrected")) and .output.jobs[0].uncorrectable > 0
		and .output.jobs[1].trimmed_bytes > 0'
	jq -e '.success and (.output.jobs[0] | .data_bytes >= 4000000 and .uncorrectable == 0)' good
}

@test "md is checked for real on loop devices, and copies that differ are found" {
	need_root
	need mdadm losetup
	grep -q ' md$' /proc/devices || modprobe md 2>/dev/null || skip 'this kernel has no md'
	local a b device=/dev/md177
	[ ! -e "$device" ] || skip "$device is taken"
	truncate -s 32M one two
	a=$(losetup --find --show one 2>/dev/null) && b=$(losetup --find --show two 2>/dev/null) || skip 'no loop device can be had'
	mdadm --create "$device" --run --metadata=1.0 --level=1 --raid-devices=2 --assume-clean "$a" "$b" >/dev/null 2>&1 ||
		{ losetup -d "$a" "$b"; skip 'no array can be made'; }
	run --separate-stderr act storage-maintain run "$(jobs_of "[{\"scrub\":\"$device\"}]")"
	cp <(echo "$output") good
	dd if=/dev/urandom of="$a" bs=4096 count=4 seek=1000 conv=notrunc status=none
	sync
	run --separate-stderr act storage-maintain run "$(jobs_of "[{\"scrub\":\"$device\"}]")"
	mdadm --stop "$device" >/dev/null 2>&1
	losetup -d "$a" "$b"
	jq -e '.success and .output.jobs[0].mismatched_sectors == 0' good
	answer '.success == false and .output.jobs[0].mismatched_sectors > 0 and (.error | test("copies"))'
}

# answers EXIT DOCUMENT: what storage-maintain makes of a smartctl that answers so.
answers() {
	need_root
	need unshare
	[ -x /usr/sbin/smartctl ] || skip 'smartctl is not installed'
	printf '%s\n' "$2" >said
	printf '#!/bin/sh\ncase $1 in --test=*) echo "$1" >>%s/asked; exit 0 ;; esac\ncat %s/said\nexit %s\n' \
		"$PWD" "$PWD" "$1" >stub
	chmod 755 stub
	cat >run.sh <<-END
		mount --bind "$PWD/stub" /usr/sbin/smartctl || exit 77
		exec "${abs_top_builddir:?}/tests/faults/boxed" storage-maintain run <<<'$(jobs_of '[{"selftest":"/dev/sda"}]')'
	END
	run --separate-stderr unshare -m --propagation private bash run.sh
	[ "$status" != 77 ] || skip 'nothing can be mounted'
}

@test "in answers of the form that smartctl gives, not of drives here, the last self-test is found and the next begun" {
	answers 0 '{"smart_status":{"passed":true},"ata_smart_self_test_log":{"standard":{"table":[
		{"type":{"value":1},"status":{"value":249,"string":"Self-test routine in progress","remaining_percent":90}},
		{"type":{"value":1},"status":{"value":0,"string":"Completed without error","passed":true}}]}}}'
	answer '.success and (.output.jobs[0] | .healthy and .last_test_passed and .begun == "short")'
	[ "$(cat asked)" = --test=short ]
	answers 0 '{"smart_status":{"passed":true},"nvme_self_test_log":{"table":[
		{"self_test_code":{"value":1},"self_test_result":{"value":0,"string":"Completed without error"}}]}}'
	answer '.output.jobs[0] | .last_test_passed and .begun'
	answers 0 '{"smart_status":{"passed":true},"scsi_self_test_0":{"result":{"value":1,"string":"Aborted (by user command)"}}}'
	answer '.output.jobs[0] | .begun and (has("last_test_passed") | not)'
}

@test "in answers of the form that smartctl gives, not of drives here, what failed is a failure" {
	answers 128 '{"smart_status":{"passed":true},"ata_smart_self_test_log":{"standard":{"table":[
		{"status":{"value":121,"string":"Completed: read failure","passed":false},"lba":12345}]}}}'
	answer '(.error | test("last self-test of ./dev/sda. failed")) and (.output.jobs[0] | has("begun") | not)'
	answers 0 '{"smart_status":{"passed":true},"nvme_self_test_log":{"table":[{"self_test_result":{"value":7}}]}}'
	answer '.error | test("failed")'
	answers 0 '{"smart_status":{"passed":true},"scsi_self_test_0":{"result":{"value":4}}}'
	answer '.error | test("failed")'
	answers 8 '{"smart_status":{"passed":false}}'
	answer '.error | test("says that it is failing")'
}

@test "a device that has no self-test is skipped" {
	need smartctl
	[ -b /dev/loop0 ] || skip 'no loop device'
	ok storage-maintain run "$(jobs_of '[{"selftest":"/dev/loop0"}]')"
	answer '.output.jobs[0].skipped == "'"'/dev/loop0' is no drive that can test itself"'"'
}

@test "no job is nothing to do, and what is none is refused" {
	ok storage-maintain run "$(jobs_of '[]')"
	answer '.output.jobs == []'
	ok storage-maintain check "$(jobs_of '[]')"
	answer '.output.state == "not_done"'
	refused storage-maintain run "$(jobs_of '[{"trim":"/nowhere"}]')" "nothing is mounted at '/nowhere'"
	refused storage-maintain run "$(jobs_of '[{"trim":"/","scrub":"/"}]')" 'one of'
	refused storage-maintain run "$(jobs_of '[{"selftest":"/dev/loop0","test":"forever"}]')" 'short or long'
	refused storage-maintain run "$(jobs_of '[{"trim":"/tmp/../etc"}]')" 'trim'
	refused storage-maintain run "$(jobs_of '[{"destroy":"/"}]')" 'destroy'
}
