#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Where space went: directories that hold a share of it, and files that were deleted and are open.
load helper
: "${abs_top_srcdir:?}"

look() {
	SH_HOST=h sh-collect --no-stock -o ndjson --source "{\"collector\":\"$1\",\"target\":\"$2\"}"
}

@test "a file that was deleted and is still open is found, with who has it, its path and its size" {
	need jq
	head -c 3000000 /dev/urandom >'the log'
	exec {held}<'the log'
	sh -c 'exec sleep 60' 3>&- {held}<'the log' &
	rm 'the log'
	look deleted "$PWD" >out
	jq -es --arg path "$PWD/the log" 'map(select(.dims.path == $path)) | length == 1 and
		.[0].metrics.deleted.file_bytes >= 3000000 and (.[0].entity | startswith("process:")) and
		(.[0].dims.pid | tonumber) > 1' out
	jq -es '.[0].entity == "host:h" and .[0].metrics.deleted.files >= 1 and .[0].metrics.deleted.bytes >= 3000000' out
	exec {held}<&-
	kill $!
	wait $! || true
	look deleted "$PWD" >out
	run ! grep -q 'the log' out
	look deleted "$PWD/none" | jq -e ".metrics.collect.ok == 0 and (.error | contains(\"cannot look at\"))"
}

@test "the directory that holds the space is told, not those above it, and what was written lately" {
	need jq
	need_root
	truncate -s 64M image
	mkfs.ext4 -q image 2>/dev/null || skip 'mkfs.ext4 not found'
	mkdir there
	mount -o loop image there 2>/dev/null || skip 'cannot mount'
	mkdir -p there/a/b/many there/a/old
	head -c 20000000 /dev/urandom >there/a/old/x
	touch -d '2 days ago' there/a/old/x
	for i in $(seq 20); do
		mkdir there/a/b/many/$i
		head -c 500000 /dev/urandom >there/a/b/many/$i/f
	done
	look space "$PWD/there" >out || true
	umount there
	jq -r 'select(.entity | startswith("directory:")) | .entity | sub("@h$"; "") | sub(".*/there"; "")' out >paths
	[ "$(xargs <paths)" = '/a/old /a/b/many' ]
	jq -es '[.[] | select(.entity | endswith("/many@h"))][0].metrics.space |
		.files == 20 and .bytes > 9900000 and .recent_bytes == .bytes' out
	jq -es '[.[] | select(.entity | endswith("/old@h"))][0].metrics.space | .recent_bytes == 0' out
	jq -es '[.[] | select(.entity | endswith("/old@h"))][0] | .dims.largest == $path and
		.metrics.space.largest_bytes == .metrics.space.bytes' --arg path "$PWD/there/a/old/x" out
	jq -es '.[0].metrics.space | .complete == 1 and .seen_bytes <= .used_bytes and .used_bytes < 64000000' out
}

@test "a declared file system that is frozen answers, and takes no change: it does not respond until it is thawed" {
	need jq fsfreeze mkfs.ext4
	need_root
	truncate -s 32M image
	mkfs.ext4 -q -F image
	mkdir there
	mount -o loop image there 2>/dev/null || skip 'cannot mount'
	printf 'filesystems: {%s: {mode: observe}}\n' "$PWD/there" >site.yaml
	measure() { sh-collect --no-stock -c site.yaml -o ndjson --source "{\"collector\":\"filesystem\",\"target\":\"$PWD/there\"}" || true; }
	# A machine that is busy may not let it answer in time.
	responds() { for _ in {1..10}; do measure | tee "$1" | grep -q '"responding":1' && return; done; }
	responds before
	if fsfreeze -f there 2>/dev/null; then
		measure >frozen
		fsfreeze -u there
		responds thawed
	fi
	umount there
	[ -e frozen ] || skip 'cannot freeze'
	jq -es '.[0].metrics.storage | .responding == 1 and .mounted == 1' before
	jq -es 'length == 2 and .[0].metrics.storage == {responding: 0} and (.[1].error | contains("gives no answer"))' frozen
	jq -es '.[0].metrics.storage | .responding == 1 and .size_bytes > 0' thawed
}

@test "who writes the largest file of a directory is told, and not who reads it" {
	need jq
	need_root
	truncate -s 64M image
	mkfs.ext4 -q -F image
	mkdir there
	mount -o loop image there 2>/dev/null || skip 'cannot mount'
	mkdir there/log there/data
	head -c 10000000 /dev/urandom >there/data/read
	sh -c 'exec sleep 60' 3>&- >>there/log/written <there/data/read &
	head -c 20000000 /dev/urandom >>there/log/written
	look space "$PWD/there" >out
	kill $!
	wait $! || true
	umount there
	jq -es --arg pid "$!" 'map(select(.dims.largest // "" | endswith("/written")))[0].labels == {"writer": "sleep", "writer_pid": $pid}' out
	jq -es 'map(select(.dims.largest // "" | endswith("/read")))[0] | .metrics.space.bytes >= 1e7 and has("labels") == false' out
}

@test "neither runs unless it is named, not even with --detail, and all they say is in the catalogue" {
	need jq
	sh-collect --no-stock --detail -o ndjson --gap 1ms >out || true
	run ! grep -q '"collector":"\(space\|deleted\)"' out
	{ look space /; look deleted /; } >out
	run -0 catalogued <out
	look space "$PWD" | jq -es '.[0].metrics.space | (.complete == 0 or .complete == 1)'
}
