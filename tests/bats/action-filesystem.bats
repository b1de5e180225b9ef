#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# filesystem-remount, -thaw, -check and swap-add on real file systems: a tmpfs, and an
# ext4 on a loop device, in a mount namespace of their own
load helper
load action

# in_namespace COMMANDS: as root of mounts of one's own; act, now and the answer's test are there.
in_namespace() {
	need_root
	need unshare
	cat >run.sh <<-END
		set -eE
		trap 'echo "line \$LINENO: \$BASH_COMMAND: \$output" >&2' ERR
		cd "$PWD"
		# A command after "!" alone fails no script.
		not() { if "\$@"; then echo "unwanted: \$*" >&2; return 1; fi; }
		act() { "${abs_top_builddir:?}/tests/faults/boxed" "\$1" "\$2" <<<"\$3"; }
		ok() { output=\$(act "\$@" 2>/dev/null); jq -e .success <<<"\$output" >/dev/null; }
		refused() { output=\$(act "\$1" "\$2" "\$3" 2>/dev/null); jq -e '.success == false' <<<"\$output" >/dev/null
			[[ \$(jq -r .error <<<"\$output") == *"\$4"* ]]; }
		state() { ok "\$1" check "\$2"; [ "\$(jq -r .output.state <<<"\$output")" = "\$3" ]; }
		now() { date -u +%FT%T.%6NZ; }
		$1
	END
	run -0 unshare -m --propagation private bash run.sh
}

# An ext4 on a loop device in $loop (of the namespace: the device goes with its last mount).
image() {
	need mkfs.ext4 losetup
	dd if=/dev/zero of=image bs=1M count=32 status=none
	mkfs.ext4 -q -F image
	mkdir -p mnt
	loop=$(losetup --find --show image 2>/dev/null) || skip 'no loop device can be had'
}

teardown() {
	! mountpoint -q mnt 2>/dev/null || umount mnt
	[ -z "${loop-}" ] || losetup -d "$loop" 2>/dev/null || :
}

@test "a tmpfs that somebody remounted read-only is writable again, with its other options, and undo takes it back" {
	mkdir -p t
	in_namespace '
		mount -t tmpfs -o size=1m,noexec,nosuid x t; mount -o remount,ro,noexec,nosuid t
		R="{\"plan\":\"p\",\"state\":\"$PWD/st\",\"parameters\":{\"mount\":\"$PWD/t\",\"remount\":true}}"
		state filesystem-remount "$R" not_done
		ok filesystem-remount run "$R"
		touch t/x
		grep " $PWD/t " /proc/self/mountinfo | grep noexec | grep -q nosuid
		state filesystem-remount "$R" done
		refused filesystem-remount run "$R" "is not read-only"
		ok filesystem-remount undo "$R"
		not touch t/y 2>/dev/null
		refused filesystem-remount undo "$R" "nothing is known"'
}

@test "a file system that is remounted keeps how it writes" {
	mkdir -p t
	in_namespace '
		mount -t tmpfs -o lazytime,dirsync,sync x t; mount -o remount,ro,lazytime,dirsync,sync t
		before=$(findmnt -n -o FS-OPTIONS --mountpoint "$PWD/t" | tr , "\n" | grep -v "^r[ow]$" | sort)
		[[ $before == *dirsync*lazytime*sync* ]]
		ok filesystem-remount run "{\"parameters\":{\"mount\":\"$PWD/t\",\"remount\":true}}"
		[ "$(findmnt -n -o FS-OPTIONS --mountpoint "$PWD/t" | tr , "\n" | grep -v "^r[ow]$" | sort)" = "$before" ]'
}

@test "a mount with many options is seen, and not the one that it hides" {
	mkdir -p t
	in_namespace '
		mkdir -p o; mount -t tmpfs y o; mkdir -p o/u o/w
		layers=
		for i in 1 2 3 4 5 6 7 8 9 10; do
			layer=$(printf "o/%0150d" "$i"); mkdir "$layer"; layers="$layers:$PWD/$layer"
		done
		mount -t tmpfs x t; mount -o remount,ro t
		R="{\"plan\":\"p\",\"state\":\"$PWD/st\",\"parameters\":{\"mount\":\"$PWD/t\",\"remount\":true}}"
		state filesystem-remount "$R" not_done
		mount -t overlay z -o "lowerdir=${layers#:},upperdir=$PWD/o/u,workdir=$PWD/o/w" t
		state filesystem-remount "$R" done
		refused filesystem-remount run "$R" "is not read-only"'
}

@test "a mount that alone is read-only is made writable, not its file system" {
	mkdir -p t u
	in_namespace '
		mount -t tmpfs -o size=1m x t; mount --bind t u; mount -o remount,bind,ro u
		R="{\"parameters\":{\"mount\":\"$PWD/u\",\"remount\":true}}"
		ok filesystem-remount run "$R"
		jq -e ".output.this_mount and (.output.file_system | not)" <<<"$output"
		touch u/x'
}

@test "a file system that has errors stays read-only" {
	image
	in_namespace "
		mount -o errors=remount-ro $loop mnt
		trigger=/sys/fs/ext4/${loop##*/}/trigger_fs_error"'
		[ -w "$trigger" ] || exit 0
		echo test >"$trigger"
		not touch mnt/x 2>/dev/null
		refused filesystem-remount run "{\"parameters\":{\"mount\":\"$PWD/mnt\",\"remount\":true}}" "must be checked"
		not touch mnt/x 2>/dev/null
		echo tried'
	[ "${lines[-1]-}" = tried ] || skip 'no errors can be made here'
}

@test "what the site does not allow, what is no mount, and types that tell nothing are refused" {
	mkdir -p t
	in_namespace '
		mount -t tmpfs -o size=1m,ro x t
		refused filesystem-remount run "{\"parameters\":{\"mount\":\"$PWD/t\",\"remount\":false}}" "does not allow"
		refused filesystem-remount run "{\"parameters\":{\"mount\":\"$PWD\",\"remount\":true}}" "nothing is mounted"
		mount -t proc -o ro x t
		refused filesystem-remount run "{\"parameters\":{\"mount\":\"$PWD/t\",\"remount\":true}}" "cannot be told"'
}

@test "a device that takes no writes is told, not forced" {
	image
	losetup -d "$loop"
	loop=$(losetup --read-only --find --show image)
	in_namespace "
		mount -o ro $loop mnt"'
		refused filesystem-remount run "{\"parameters\":{\"mount\":\"$PWD/mnt\",\"remount\":true}}" "takes no writes"'
}

@test "a frozen file system is thawed where the site allows it, and check claims nothing" {
	image
	need fsfreeze
	in_namespace "
		mount $loop mnt"'
		R="{\"parameters\":{\"mount\":\"$PWD/mnt\",\"thaw\":true}}"
		refused filesystem-thaw run "$R" "is not frozen"
		fsfreeze -f mnt
		touch mnt/x & writer=$!
		sleep 0.3; kill -0 $writer
		refused filesystem-thaw run "{\"parameters\":{\"mount\":\"$PWD/mnt\",\"thaw\":false}}" "does not allow"
		ok filesystem-thaw run "$R"
		wait $writer
		state filesystem-thaw "$R" unknown'
}

@test "a file system with errors is checked in its window, and is clean then" {
	image
	need e2fsck
	e2fsck_says() { dumpe2fs -h "$loop" 2>/dev/null | sed -n 's/^Filesystem state: *//p'; }
	need debugfs
	debugfs -w -R 'set_super_value state 2' "$loop" 2>/dev/null
	[[ $(e2fsck_says) == *errors* ]]
	P="\"mount\":\"$PWD/mnt\",\"check\":{\"device\":\"$loop\",\"window\":\"always\"}"
	began=$(now)
	ok filesystem-check check "{\"started\":\"$began\",\"parameters\":{$P}}"
	answer '.output.state == "not_done"'
	ok filesystem-check run "{\"parameters\":{$P}}"
	answer '.output.had_errors'
	[ "$(e2fsck_says)" = clean ]
	ok filesystem-check check "{\"started\":\"$began\",\"parameters\":{$P}}"
	answer '.output.state == "done"'
	ok filesystem-check check "{\"parameters\":{$P}}"
	answer '.output.state == "unknown"'
}

@test "one that is mounted, by anybody, and one outside of its window are not checked" {
	image
	need e2fsck
	other=$(date -u -d '2 days' +%a)
	refused filesystem-check run "{\"parameters\":{\"mount\":\"$PWD/mnt\",\"check\":{\"device\":\"$loop\",\"window\":\"$other 02:00-04:00\"}}}" 'not in the window'
	refused filesystem-check run "{\"parameters\":{\"mount\":\"$PWD/mnt\",\"check\":{\"device\":\"$loop\",\"window\":\"never\"}}}" ''
	P="{\"parameters\":{\"mount\":\"$PWD/mnt\",\"check\":{\"device\":\"$loop\",\"window\":\"always\"}}}"
	in_namespace "
		mount $loop mnt
		refused filesystem-check run '$P' 'is mounted'
		refused filesystem-check run '${P/"$PWD/mnt"/"$PWD/other"}' 'is in use'"
	refused filesystem-check run "{\"parameters\":{\"mount\":\"/x/y\",\"check\":{\"device\":\"$PWD/image\",\"window\":\"always\"}}}" 'no block device'
}

@test "errors that need a person are left for one" {
	image
	need debugfs e2fsck
	debugfs -w -R 'clri <2>' "$loop" 2>/dev/null
	refused filesystem-check run "{\"parameters\":{\"mount\":\"$PWD/mnt\",\"check\":{\"device\":\"$loop\",\"window\":\"always\"}}}" 'a person must decide'
}

@test "swap is added, seen by check, and taken away by undo with its file" {
	image
	need mkswap
	in_namespace "
		mount $loop mnt"'
		R="{\"plan\":\"p\",\"state\":\"$PWD/st\",\"parameters\":{\"swap\":{\"file\":\"$PWD/mnt/swap\",\"size\":\"8M\"}}}"
		state swap-add "$R" not_done
		ok swap-add run "$R"
		grep -q "^$PWD/mnt/swap " /proc/swaps
		[ "$(stat -c %a mnt/swap)" = 600 ]
		state swap-add "$R" done
		refused swap-add run "$R" "in use already"
		ok swap-add undo "$R"
		not grep -q "$PWD/mnt/swap" /proc/swaps
		[ ! -e mnt/swap ]
		# A run that was killed before it swapped on is begun anew.
		ok swap-add run "$R"; swapoff mnt/swap
		state swap-add "$R" not_done
		ok swap-add run "$R"
		ok swap-add undo "$R"'
}

@test "a swap file whose name has a blank is found again" {
	image
	need mkswap
	in_namespace "
		mount $loop mnt"'
		R="{\"plan\":\"p\",\"state\":\"$PWD/st\",\"parameters\":{\"swap\":{\"file\":\"$PWD/mnt/a swap\",\"size\":\"8M\"}}}"
		ok swap-add run "$R"
		state swap-add "$R" done
		ok swap-add undo "$R"
		not grep -q swap /proc/swaps
		[ ! -e "mnt/a swap" ]'
}

@test "a link that is put in the place of the new swap file leads nowhere" {
	image
	need mkswap
	[ "${BUILD_KIND-}" != sanitizers ] || skip 'the sanitizer wants to be loaded first'
	in_namespace "
		mount $loop mnt"'
		R="{\"plan\":\"p\",\"state\":\"$PWD/st\",\"parameters\":{\"swap\":{\"file\":\"$PWD/mnt/swap\",\"size\":\"8M\"}}}"
		head -c 1M /dev/zero >victim; chmod 600 victim; before=$(md5sum victim)
		export MEANWHILE="mv $PWD/mnt/swap $PWD/mnt/own; ln -s $PWD/victim $PWD/mnt/swap"
		LD_PRELOAD="'"$abs_top_builddir"'/tests/faults/meanwhile.so" act swap-add run "$R" || :
		not grep -q victim /proc/swaps
		[ "$(md5sum victim)" = "$before" ]
		! grep -q mnt/own /proc/swaps || swapoff mnt/own'
}

@test "no swap file takes the place of another file, the last room, or a link" {
	image
	in_namespace "
		mount $loop mnt"'
		R() { echo "{\"parameters\":{\"swap\":{\"file\":\"$PWD/$1\",\"size\":\"$2\"}}}"; }
		echo keep >mnt/swap
		refused swap-add run "$(R mnt/swap 4M)" "not ours"
		[ "$(cat mnt/swap)" = keep ]
		refused swap-add run "$(R mnt/big 30M)" "10 % of the file system free"
		[ ! -e mnt/big ]
		ln -s mnt link
		refused swap-add run "$(R link/swap2 4M)" "cannot open"
		refused swap-add run "$(R mnt/x 10)" "from 1M to 1T"'
}
