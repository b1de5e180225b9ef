#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-ledger with its state directory on a file system that is full to the last
# byte: a tmpfs in a mount namespace that ends with each test.
# shellcheck disable=SC2154 # stderr comes from run
# shellcheck disable=SC2016 # the scripts expand inside
load helper

# Run SCRIPT with a tmpfs of 24 MiB on ./disk, nothing of which is seen outside.
on_small_disk() {
	mkdir disk
	local own=(unshare --mount)
	"${own[@]}" true 2>/dev/null || own=(unshare --user --map-root-user --mount)
	"${own[@]}" true 2>/dev/null || skip 'no mount namespace of our own permitted'
	cat >prelude <<-'EOP'
		set -eu
		mount -t tmpfs -o size=24m,mode=0700 tmpfs disk
		cd disk
		export SH_STATE=$PWD/state SH_HOST=h1
		fill() {
			dd if=/dev/zero of=hog bs=64k 2>/dev/null || :
			dd if=/dev/zero of=hog2 bs=1 count=8192 2>/dev/null || :
			! printf x 2>/dev/null >>hog2
		}
		allocated() { echo $(($(stat -c '%b * %B' state/ledger.reserve))); }
	EOP
	printf '%s\n' "$1" >script
	"${own[@]}" bash -c '. ./prelude; . ../script' 3>&-
}

@test "on a full disk a pause is still taken, from the reserve" {
	run -0 on_small_disk '
		sh-ledger reserve
		[ "$(allocated)" -ge 8388608 ]
		fill
		sh-ledger pause --for 1h --reason "disk full"
		[ "$(allocated)" -lt 8388608 ]
		sh-ledger pauses | jq -r .reason'
	[ "$output" = 'disk full' ]
}

@test "on a full disk status and history answer" {
	run -0 on_small_disk '
		sh-ledger reserve
		sh-ledger pause --for 1h --reason before
		fill
		sh-ledger history | jq -r .reason
		sh-ledger status || echo "status $?"'
	[ "${lines[0]}" = before ]
	[[ ${lines[1]} == 'SELFHEAL UNKNOWN - no round has finished yet; 0 open faults'* ]]
	[ "${lines[2]}" = 'status 3' ]
}

@test "with room again the reserve is whole after the next use" {
	run -0 on_small_disk '
		sh-ledger reserve
		fill
		sh-ledger pause --for 1h --reason full
		before=$(allocated)
		rm hog hog2
		sh-ledger resume
		echo $((before < 8388608)) $(($(allocated) >= 8388608))'
	[ "$output" = '1 1' ]
}

@test "a full disk without ledger: nothing is half made, exit 4, and a message" {
	run -0 --separate-stderr on_small_disk '
		fill
		sh-ledger pause --for 1h --reason full || echo "exit $?"
		rm hog hog2
		sh-ledger pause --for 1h --reason room
		sh-ledger history | jq -r .reason'
	[ "${lines[0]}" = 'exit 4' ]
	[ "${lines[1]}" = room ]
	[ "${#lines[@]}" = 2 ]
	[[ $stderr == *"No space left on device"* ]]
}
