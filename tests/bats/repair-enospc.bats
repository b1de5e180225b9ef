#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-repair with its state directory on a file system that is full to the last
# byte: a tmpfs in a mount namespace that ends with each test.
# shellcheck disable=SC2154 # stderr and lines come from run
# shellcheck disable=SC2016 # the scripts expand inside
load helper
load repair

# In a user namespace the machine's root is nobody, and no path below / is trusted.
private_mounts() {
	unshare --mount true 2>/dev/null || skip 'needs root, for a mount namespace'
}

# Run SCRIPT with the area's state directory on a tmpfs of 24 MiB, seen by nobody else.
on_full_disk() {
	area
	mkdir disk
	export SH_STATE=$T/disk/state T target
	cat >prelude <<-'EOP'
		set -eu
		mount -t tmpfs -o size=24m,mode=0700 tmpfs disk
		fill() {
			dd if=/dev/zero of=disk/hog bs=64k 2>/dev/null || :
			dd if=/dev/zero of=disk/hog2 bs=1 count=8192 2>/dev/null || :
			! printf x 2>/dev/null >>disk/hog2
		}
		allocated() { echo $(($(stat -c '%b * %B' disk/state/ledger.reserve))); }
		db() { sqlite3 disk/state/ledger.db "$1"; }
		is_full() { ! printf x 2>/dev/null >>disk/hog2; }
	EOP
	printf '%s\n' "$1" >script
	diagnose >d
	unshare --mount bash -c '. ./prelude; . ./script' 3>&-
}

@test "on a full disk the intent is written from the reserve, and the repair works" {
	private_mounts
	run -0 on_full_disk '
		sh-ledger reserve
		fill
		sh-repair -c conf --apply d >out
		jq -e ".verified == \"fixed\"" out
		[ -e thing ]
		[ "$(allocated)" -lt 8388608 ]
		[ "$(db "SELECT outcome FROM repair")" = fixed ]
		[ "$(db "SELECT state FROM intent")" = done ]'
}

@test "with room again after the repair the reserve is whole" {
	private_mounts
	run -0 on_full_disk '
		sed -i "s,^run:make) ,&rm -f disk/hog; ," libexec/actions/do
		sed -i "s,run:make),run:make) rm -f \"\${path%/*}/disk/hog\";," libexec/actions/do
		sh-ledger reserve
		fill
		sh-repair -c conf --apply d >out
		jq -e ".verified == \"fixed\"" out
		[ "$(allocated)" -ge 8388608 ]'
}

@test "the reserve serves many repairs of a disk that stays full" {
	private_mounts
	run -0 on_full_disk '
		sed -i "s/^    verify/    guards: {cooldown: 0s, attempts: 100}\n&/" stock/playbooks/mend.yaml
		sh-ledger reserve
		fill
		for i in 1 2 3 4 5 6 7 8; do
			rm -f thing
			sh-collect -c conf --state none --source "{\"collector\":\"file\",\"target\":\"$T/thing\"}" |
				env -u SH_STATE sh-detect -c conf | env -u SH_STATE sh-diagnose -c conf |
				sh-repair -c conf --apply >out
			jq -e ".attempt == $i and .verified == \"fixed\"" out
		done
		[ "$(db "SELECT count(*) FROM repair WHERE ended = 0")" = 0 ]'
}

@test "with the reserve gone too there is no act, and 4" {
	private_mounts
	run -0 on_full_disk '
		sh-ledger reserve
		rm disk/state/ledger.reserve
		fill
		status=0
		sh-repair -c conf --apply d >out || status=$?
		[ "$status" -eq 4 ]
		[ ! -e thing ]
		[ ! -e log ]'
}

@test "a disk that fills up with the reserve gone while it runs: no act, a notice, and 4" {
	private_mounts
	run -0 on_full_disk '
		mkfifo in
		sh-repair -c conf --apply <in >out &
		pid=$!
		exec 9>in
		until [ -s disk/state/ledger.reserve ]; do sleep 0.05; done
		sleep 0.1
		rm disk/state/ledger.reserve
		fill
		cat d >&9
		exec 9>&-
		status=0
		wait $pid || status=$?
		[ "$status" -eq 4 ]
		[ ! -e thing ]
		[ ! -e log ]
		jq -se "any(.[]; .kind == \"notice\" and (.text | contains(\"is not repaired\")))" out'
}

@test "a repair that was killed on a full disk is settled on it" {
	private_mounts
	run -0 on_full_disk '
		sed -i "s/how: make/how: slow/; s/path: \"{site.path}\"/&, how: slow/" stock/playbooks/mend.yaml
		sh-ledger reserve
		fill
		bash "$abs_top_srcdir/tests/faults/killer.sh" both 350 "$SH_BINDIR/sh-repair" -c conf --apply d >out
		sh-repair -c conf --apply </dev/null >out
		jq -se "any(.[]; .kind == \"repair\" and .verified == \"fixed\")" out
		[ "$(cat log | grep -c run)" = 1 ]
		[ "$(db "SELECT count(*) FROM intent WHERE state = '"'open'"'")" = 0 ]'
}
