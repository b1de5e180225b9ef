#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
load helper
load action

# request ROOTS: with the mount on which this test's directory lies.
request() {
	jq -nc --arg m "$(df --output=target . | tail -1)" --argjson r "$1" \
		'{plan:"p-1", parameters:{mount:$m, roots:$r}}'
}

roots() { jq -nc --arg r "$PWD/c" --argjson more "${1-{\}}" '[{root:$r, match:"*.tmp"} + $more]'; }

fill() {
	mkdir -p c/a/b
	for f in c/1.tmp c/a/2.tmp c/a/b/3.tmp; do head -c 65536 /dev/urandom >"$f"; done
	touch c/keep.txt c/.hidden.tmp
}

@test "matching files go, the rest stays, and what went is counted" {
	fill
	ok disk-clean check "$(request "$(roots)")"
	answer '.output.state == "not_done" and .output.left == 3'
	ok disk-clean run "$(request "$(roots)")"
	answer '.output.removed == 3 and .output.unlinked_bytes >= 196608 and (.output.freed_space_bytes | type == "number")'
	[ "$(find c -type f | sort | tr '\n' ' ')" = 'c/.hidden.tmp c/keep.txt ' ]
	[ -d c/a/b ]
	ok disk-clean check "$(request "$(roots)")"
	answer '.output.state == "done"'
	ok disk-clean run "$(request "$(roots)")"
	answer '.output.removed == 0'
}

@test "on a file system of its own, freed space is what was unlinked" {
	need_root
	need unshare
	unshare -m true 2>/dev/null || skip 'no private mount namespace here'
	mkdir m
	cat >inner <<-'END'
		set -e
		mount -t tmpfs -o size=8m none m
		mkdir m/c
		head -c 4194304 /dev/zero >m/c/x.tmp
		"$1" run <<<"{\"parameters\":{\"mount\":\"$PWD/m\",\"roots\":[{\"root\":\"$PWD/m/c\"}]}}"
	END
	run -0 --separate-stderr unshare -m bash inner "$abs_top_builddir/bin/actions/disk-clean"
	answer '.output.freed_space_bytes == 4194304 and .output.unlinked_bytes == 4194304'
	answer '.output.free_percent_before < 51 and .output.free_percent > 99'
}

@test "/, too short, relative, dotted, empty, linked and missing roots are refused before any file goes" {
	fill
	ln -s c link
	mkdir -p real/deep && ln -s real via
	good=$(roots | jq -c '.[0]')
	for bad in / /tmp /etc '' c ./c /../etc/x "$PWD/c/../c" "$PWD/c/" "$PWD/link" "$PWD/via/deep" "$PWD/none"; do
		refused disk-clean run "$(request "$(jq -nc --argjson g "$good" --arg b "$bad" '[$g, {root:$b}]')")" ''
	done
	[ -e c/1.tmp ]
}

@test "a root on another file system, no roots, and odd caps are refused" {
	mountpoint -q /dev/shm || skip '/dev/shm is no mount'
	d=$(mktemp -d /dev/shm/selfheal-test-XXXXXX)
	refused disk-clean run "$(request "[{\"root\":\"$d\"}]")" "is not on"
	rmdir "$d"
	mkdir c
	refused disk-clean run "$(request '[]')" '1 to'
	refused disk-clean run "$(request "$(roots '{"max_files":0}')")" 'cap'
	refused disk-clean run "$(request "$(roots '{"max_bytes":-1}')")" 'cap'
	refused disk-clean run "$(request "$(roots '{"method":"shred"}')")" 'method'
	refused disk-clean run "$(request "$(roots '{"older":"soon"}')")" 'duration'
	refused disk-clean run "$(request "$(roots '{"older":"-1d"}')")" 'duration'
}

@test "symbolic links are neither followed nor removed" {
	fill
	mkdir out
	echo precious >out/x.tmp
	ln -s "$PWD/out" c/dir
	ln -s "$PWD/out/x.tmp" c/l.tmp
	ok disk-clean run "$(request "$(roots)")"
	answer '.output.removed == 3 and .output.skipped.special == 1'
	[ "$(cat out/x.tmp)" = precious ]
	[ -L c/l.tmp ]
}

@test "files with two links, FIFOs and directories that match stay" {
	mkdir -p c/d.tmp
	echo x >c/h.tmp
	ln c/h.tmp elsewhere
	mkfifo c/f.tmp
	ok disk-clean run "$(request "$(roots)")"
	answer '.output.removed == 0 and .output.skipped.linked == 1 and .output.skipped.special == 1'
	[ -e c/h.tmp ] && [ -p c/f.tmp ] && [ -d c/d.tmp ]
}

@test "files that are open, to read or to write or mapped, stay" {
	fill
	exec 7<c/1.tmp
	exec 8>>c/a/2.tmp
	cp "$(command -v sleep)" c/run.tmp
	"$PWD/c/run.tmp" 600 3>&- 7<&- 8>&- &
	remember $!
	ok disk-clean run "$(request "$(roots)")"
	exec 7<&- 8>&-
	answer '.output.removed == 1 and .output.skipped.open == 3'
	[ -e c/1.tmp ] && [ -e c/a/2.tmp ] && [ -e c/run.tmp ]
}

@test "only files that are old enough go, and the oldest first" {
	mkdir c
	for n in 1 2 3 4; do
		head -c 4096 /dev/urandom >"c/$n.tmp"
		touch -d "$n days ago" "c/$n.tmp"
	done
	ok disk-clean run "$(request "$(roots '{"older":"36h","max_files":2}')")"
	answer '.output.removed == 2 and .output.capped and .output.skipped.young == 1'
	[ "$(ls c | tr '\n' ' ')" = '1.tmp 2.tmp ' ]
	ok disk-clean run "$(request "$(roots '{"max_bytes":4096}')")"
	[ "$(ls c)" = 1.tmp ]
}

@test "cleaning ends when enough is free" {
	fill
	ok disk-clean run "$(request "$(roots)" | jq -c '.parameters.want_free_percent = 0.001')"
	answer '.output.removed == 0'
	ok disk-clean check "$(request "$(roots)" | jq -c '.parameters.want_free_percent = 0.001')"
	answer '.output.state == "done"'
}

@test "newlines, leading dashes, glob characters and bytes that are no UTF-8 in names are only names" {
	mkdir c
	touch $'c/a\nb.tmp' 'c/-rf.tmp' 'c/*.tmp' $'c/\xff\xfe.tmp' 'c/$(touch owned).tmp' c/safe
	ok disk-clean run "$(request "$(roots)")"
	answer '.output.removed == 5'
	[ "$(ls c)" = safe ]
	[ ! -e owned ]
}

@test "a tree deeper than the limit is left and counted, its upper part cleaned" {
	d=c
	for ((i = 0; i < 40; i++)); do d=$d/d; done
	mkdir -p "$d"
	touch c/top.tmp "$d/x.tmp"
	ok disk-clean run "$(request "$(roots)")"
	answer '.output.removed == 1 and .output.skipped.deep == 1'
	[ -e "$d/x.tmp" ]
}

@test "a mount below the root is not entered, also a bind mount of the same device" {
	need_root
	need unshare
	unshare -m true 2>/dev/null || skip 'no private mount namespace here'
	mkdir -p c/t c/bind other
	cat >inner <<-'END'
		set -e
		mount -t tmpfs none c/t
		touch c/t/in.tmp other/o.tmp c/plain.tmp
		mount --bind other c/bind
		"$1" run <<<"$2"
		[ -e c/t/in.tmp ] && [ -e other/o.tmp ] && [ ! -e c/plain.tmp ]
		"$1" run <<<"${2//c\"/c/bind\"}"
	END
	run -0 --separate-stderr unshare -m bash inner "$abs_top_builddir/bin/actions/disk-clean" "$(request "$(roots)")"
	[ "${#lines[@]}" = 2 ]
	jq -e '.output.removed == 1 and .output.skipped.other_mount == 2' <<<"${lines[0]}"
	jq -e '.success == false and (.error | contains("mount point"))' <<<"${lines[1]}"
}

@test "quarantine moves beneath the root, frees nothing and is not cleaned itself" {
	fill
	ok disk-clean run "$(request "$(roots '{"method":"quarantine"}')")"
	answer '.output.quarantined == 3 and .output.unlinked_bytes == 0'
	[ -s c/.quarantine-p-1/a/b/3.tmp ] && [ ! -e c/a/b/3.tmp ]
	[ "$(stat -c %a c/.quarantine-p-1)" = 700 ]
	ok disk-clean run "$(request "$(roots)")"
	answer '.output.removed == 0'
}

@test "a quarantine replaced by a link leads nowhere" {
	fill
	mkdir out
	ln -s "$PWD/out" c/.quarantine-p-1
	ok disk-clean run "$(request "$(roots '{"method":"quarantine"}')")"
	answer '.output.removed == 0 and .output.skipped.failed == 3'
	[ -z "$(ls out)" ]
	[ -e c/1.tmp ]
}

@test "a plan id cannot name a quarantine elsewhere" {
	fill
	R=$(request "$(roots '{"method":"quarantine"}')" | jq -c '.plan = "/../../x"')
	ok disk-clean run "$R"
	[ -e c/.quarantine-manual/1.tmp ]
}

@test "a file that cannot be removed is counted and the others go" {
	need_root
	need chattr
	fill
	chattr +i c/a/2.tmp 2>/dev/null || skip 'no immutable files here'
	run -0 --separate-stderr act disk-clean run "$(request "$(roots)")"
	chattr -i c/a/2.tmp
	answer '.success and .output.removed == 2 and .output.skipped.failed == 1 and (.output.errors | length == 1)'
}

@test "directories that turn into links while cleaning lead to nothing outside" {
	mkdir -p out c/x
	touch out/{1..200}.tmp
	cat >swap <<-'END'
		for ((i = 0; i < 400; i++)); do
			mv -T c/x y && ln -s "$PWD/out" c/x
			rm c/x && touch y/{1..20}.tmp && mv -T y c/x
		done
		touch stop
	END
	bash swap 3>&- &
	swapper=$!
	remember "$swapper"
	# Not i: run uses it.
	for ((round = 0; round < 200; round++)); do
		[ ! -e stop ] || break
		ok disk-clean run "$(request "$(roots)")"
	done
	[ "$round" -gt 3 ]
	wait "$swapper"
	[ "$(find out -name '*.tmp' | wc -l)" = 200 ]
}
