#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What changed on the machine: each source of events by something that really happens.
# shellcheck disable=SC2154 # stderr comes from run, abs_top_* from make
load helper

teardown() {
	if [ -s pids ]; then
		mapfile -t started < pids
		kill -KILL "${started[@]}" 2>/dev/null || true
		wait "${started[@]}" 2>/dev/null || true
	fi
}

# Another look; its records are on standard output and in the file seen.
look() { sh-collect --state s -o ndjson "$@" event | tee seen; }

# A package as dpkg-deb makes it: deb NAME VERSION [ARCH [MULTI-ARCH]]
deb() {
	mkdir -p "$1-$2/DEBIAN"
	printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: x <x@example.org>\nDescription: x\n' \
		"$1" "$2" "${3-all}" > "$1-$2/DEBIAN/control"
	[ -z "${4-}" ] || printf 'Multi-Arch: %s\n' "$4" >> "$1-$2/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$1-$2" "$1-$2.deb" > /dev/null
}

dpkg_in() {
	dpkg --root="$PWD/t" --force-not-root --force-script-chrootless --force-downgrade \
		--force-architecture --log=/dev/null "$@" > dpkg.log 2>&1 || { cat dpkg.log; return 1; }
}

scratch_dpkg() {
	need dpkg dpkg-deb
	mkdir -p t/var/lib/dpkg/info t/var/lib/dpkg/updates t/var/lib/dpkg/triggers
	touch t/var/lib/dpkg/status t/var/lib/dpkg/available
}

@test "the first look says nothing, nor does one after which nothing changed" {
	[ -z "$(look)" ]
	[ -z "$(look)" ]
	# Without a state or a next round there is nothing to compare with.
	run -0 sh-collect -o ndjson event
	[ -z "$output" ]
}

@test "packages that dpkg installs, upgrades, downgrades and removes are events with their time" {
	scratch_dpkg
	deb base 1 && deb web 1.9 && deb web 1.10~rc1 && deb lib 1:2-1 "$(dpkg --print-architecture)" same
	dpkg_in -i base-1.deb
	[ -z "$(look --root t)" ]
	dpkg_in -i web-1.9.deb lib-1:2-1.deb
	look --root t
	[ "$(jq -r '[.type, .text] | join(" ")' seen)" = "package_installed lib:$(dpkg --print-architecture) 1:2-1 installed
package_installed web 1.9 installed" ]
	jq -es --arg t "$(date -u -d "@$(stat -c %Y t/var/lib/dpkg/info/web.list)" +%Y-%m-%dT%H:%M:%S)" \
		'map(select(.entity | startswith("package:web@")))[0].time[0:19] == $t' seen
	dpkg_in -i web-1.10~rc1.deb
	look --root t
	[ "$(jq -r '[.type, .text] | join(" ")' seen)" = 'package_upgraded web upgraded from 1.9 to 1.10~rc1' ]
	dpkg_in -i web-1.9.deb
	look --root t
	[ "$(jq -r .type seen)" = package_downgraded ]
	dpkg_in --remove web
	look --root t
	[ "$(jq -r '[.type, .text] | join(" ")' seen)" = 'package_removed web 1.9 removed' ]
	[ -z "$(look --root t)" ]
}

@test "a status file that is cut short is told, and is not taken for packages removed" {
	scratch_dpkg
	deb base 1 && deb web 1 && deb zoo 1
	dpkg_in -i base-1.deb web-1.deb zoo-1.deb
	look --root t
	cp -a t/var/lib/dpkg/status whole
	size=$(stat -c %s whole)
	for cut in $((size - 1)) $((size - 30)) $((size / 2)) 10 1 0; do
		head -c "$cut" whole > t/var/lib/dpkg/status
		look --root t
		jq -es 'length == 1 and .[0].metrics == {collect: {ok: 0}} and (.[0].error | test("dpkg/status"))' seen ||
			{ echo "cut at $cut of $size"; false; }
	done
	cp whole t/var/lib/dpkg/status
	[ -z "$(look --root t)" ]
}

@test "versions are in dpkg's order" {
	need dpkg
	[ -x "$abs_top_builddir/tests/unit/test_listing" ] || skip 'not built'
	for a in 1 1.0 1.0-1 1:0 0:1 1~rc1 1~~ 1+b1 1.10 1.9 a 1a 1.a '2.0-1~deb12u1' '2.0-1' 1.00 20240101 ''; do
		for b in 1 1.0 1.0-1 1:0 0:1 1~rc1 1~~ 1+b1 1.10 1.9 a 1a 1.a '2.0-1~deb12u1' '2.0-1' 1.00 20240101; do
			want=0
			if dpkg --compare-versions "$a" lt-nl "$b" 2>/dev/null; then
				want=-1
			elif dpkg --compare-versions "$a" gt-nl "$b" 2>/dev/null; then
				want=1
			fi
			echo "$a $b $want"
		done
	done | grep -v '^ ' > cases
	"$abs_top_builddir/tests/unit/test_listing" versions < cases
}

@test "a reboot is an event at the time of booting, a kill for want of memory one with its count" {
	mkdir -p t/proc/sys/kernel/random
	echo 11111111-2222-3333-4444-555555555555 > t/proc/sys/kernel/random/boot_id
	printf 'pgpgin 5\noom_kill 3\n' > t/proc/vmstat
	printf 'cpu  1 2 3 4\nbtime 1700000000\n' > t/proc/stat
	[ -z "$(look --root t)" ]
	printf 'pgpgin 5\noom_kill 5\n' > t/proc/vmstat
	look --root t
	[ "$(jq -r '[.type, .text] | join(" ")' seen)" = 'oom_kill the kernel killed 2 processes for want of memory' ]
	echo 99999999-2222-3333-4444-555555555555 > t/proc/sys/kernel/random/boot_id
	printf 'pgpgin 5\noom_kill 1\n' > t/proc/vmstat
	SH_HOST=h look --root t
	[ "$(jq -r .type seen | sort | xargs)" = 'oom_kill reboot' ]
	[ "$(jq -r 'select(.type == "reboot") | .time' seen)" = 2023-11-14T22:13:20.000000Z ]
	[ "$(jq -r 'select(.type == "reboot") | .entity' seen)" = host:h ]
	printf 'pgpgin 5\n' > t/proc/vmstat
	echo broken > t/proc/stat
	[ -z "$(look --root t)" ]
}

@test "a clock that is set is an event, and the time that passes is none" {
	need faketime
	[ "${BUILD_KIND-}" != sanitizers ] || skip 'the sanitizer wants to be loaded first'
	[ -z "$(look)" ]
	sleep 0.3
	[ -z "$(look)" ]
	export FAKETIME_DONT_FAKE_MONOTONIC=1
	faketime -f +1h sh-collect --state s -o ndjson event > seen
	[ "$(jq -r .type seen)" = clock_set ]
	[[ $(jq -r .text seen) =~ ^'the clock was set forward by '3(600|599)'.' ]]
	look
	[[ $(jq -r .text seen) == 'the clock was set back by '* ]]
}

@test "mounts that come, turn read-only and go are events" {
	need_root
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	mkdir m
	run -0 unshare -m bash -c '
		look() { sh-collect --state s -o ndjson event; }
		look; mount -t tmpfs store m || exit 9; look; mount -o remount,ro m; look; umount m; look'
	[ "$(jq -r '[.type, .text] | join(" ")' <<< "$output")" = "mounted $PWD/m mounted (tmpfs store rw)
remounted $PWD/m is tmpfs store ro now, was tmpfs store rw
unmounted $PWD/m unmounted (tmpfs store ro)" ]
	jq -es --arg e "filesystem:$PWD/m@" 'all(.entity | startswith($e))' <<< "$output"
}

@test "logins and logouts are events of the user" {
	need python3
	[ "$(uname -m)" = x86_64 ] || skip 'utmp has another layout here'
	mkdir -p t/run
	python3 - <<-'EOF'
	import struct
	def entry(user, line, host, pid):
	    return struct.pack("<hxxi32s4s32s256shhiii4i20s", 7, pid, line.encode(), b"", user.encode(),
	        host.encode(), 0, 0, 0, 1700000000, 250000, 0, 0, 0, 0, b"")
	a, b = entry("alice", "pts/0", "10.0.0.9", 11), entry("bob", "tty1", "", 12)
	open("1", "wb").write(a)
	open("2", "wb").write(a + b)
	open("3", "wb").write(b)
	open("cut", "wb").write((a + b)[:-7])
	EOF
	cp 1 t/run/utmp && [ -z "$(look --root t)" ]
	cp 2 t/run/utmp && look --root t
	[ "$(jq -r '[.type, .time, .text] | join(" ")' seen)" = 'login 2023-11-14T22:13:20.250000Z bob logged in on tty1' ]
	cp cut t/run/utmp && look --root t
	[ "$(jq -r .error seen)" = "'/run/utmp' ends within a record" ]
	cp 3 t/run/utmp && SH_HOST=h look --root t
	[ "$(jq -r '[.type, .entity, .text] | join(" ")' seen)" = 'logout user:alice@h alice logged out on pts/0 from 10.0.0.9' ]
}

@test "a declared service that stops, starts and restarts is three events" {
	start() { sleep 60 3>&- & echo $! > svc.pid; echo $! >> pids; }
	end() { kill -KILL "$(cat svc.pid)"; wait "$(cat svc.pid)" || true; }
	start
	printf 'services:\n  web: {pidfile: %s/svc.pid}\n' "$PWD" > site.yaml
	[ -z "$(look -c site.yaml)" ]
	[ -z "$(look -c site.yaml)" ]
	old=$(cat svc.pid)
	end; start
	look -c site.yaml
	[ "$(jq -r '[.type, .text] | join(" ")' seen)" = "service_restarted web was restarted, pid $(cat svc.pid), was $old" ]
	jq -e --argjson now "$(date +%s)" '.time[0:19] + "Z" | fromdate | . >= $now - 10 and . <= $now + 1' seen
	end
	look -c site.yaml
	[ "$(jq -r .type seen)" = service_stopped ]
	start
	look -c site.yaml
	[ "$(jq -r '[.type, .entity] | join(" ")' seen | cut -d@ -f1)" = 'service_started service:web' ]
	# To declare one more is no event.
	printf '  more: {pidfile: %s/svc.pid}\n' "$PWD" >> site.yaml
	[ -z "$(look -c site.yaml)" ]
}

@test "declared files: content, mode, removal and creation are events, a touch is none" {
	echo one > f.conf
	printf 'services:\n  web: {pidfile: /nonexistent, files: [{path: %s/f.conf}]}\n' "$PWD" > site.yaml
	[ -z "$(look -c site.yaml)" ]
	touch f.conf
	[ -z "$(look -c site.yaml)" ]
	echo secret-two > f.conf
	look -c site.yaml
	[ "$(jq -r '[.type, .text] | join(" ")' seen)" = "file_changed $PWD/f.conf has another content" ]
	run ! grep secret seen
	jq -es --arg t "$(date -u -d "@$(stat -c %Y f.conf)" +%Y-%m-%dT%H:%M:%S)" '.[0].time[0:19] == $t' seen
	chmod 600 f.conf
	look -c site.yaml
	[[ $(jq -r .text seen) == *' has another mode' ]]
	rm f.conf
	look -c site.yaml
	[ "$(jq -r .type seen)" = file_removed ]
	echo x > f.conf
	look -c site.yaml
	[ "$(jq -r .type seen)" = file_created ]
}

@test "--mark leaves a mark that the next look tells once, about what it names" {
	look
	sh-collect --state s --mark 'deploy web 1.2.3' --entity service:web1
	SH_HOST=h look
	jq -es 'length == 1 and .[0].kind == "event" and .[0].entity == "service:web1@h"
		and .[0].type == "deploy" and .[0].text == "deploy web 1.2.3"' seen
	[ -z "$(look)" ]
	# By hand or by another tool: a file.
	printf 'switched to the standby\ntype: failover\n' > s/marks/x
	touch -d '2026-01-02 03:04:05.678Z' s/marks/x
	SH_HOST=h look
	[ "$(jq -r '[.type, .entity, .time, .text] | join(" ")' seen)" = \
		'failover host:h 2026-01-02T03:04:05.678000Z switched to the standby' ]
	rm s/marks/x
	[ -z "$(look)" ]
}

@test "a mark cannot make another file be read, nor can a pipe or an endless one stop the run" {
	look
	mkdir -p s/marks
	ln -s /etc/passwd s/marks/link
	mkfifo s/marks/pipe
	echo hidden > s/marks/.draft
	mkdir s/marks/directory
	: > s/marks/empty
	[ -z "$(look)" ]
	truncate -s 1G s/marks/endless
	look
	jq -es 'length == 1 and .[0].metrics.collect.ok == 0' seen
	head -c 60000 /dev/zero | tr '\0' 'x' > s/marks/long
	look
	jq -es 'length == 1 and (.[0].text | length) == 1000' seen
	printf '\377\000bad\n' > s/marks/binary
	look
	jq -es 'length == 1 and .[0].kind == "event"' seen
}

@test "--mark refuses what is no mark, and old marks are forgotten by the next" {
	run -2 sh-collect --mark text
	run -2 sh-collect --state s --mark ''
	run -2 sh-collect --state s --mark $'two\nlines'
	run -2 sh-collect --state s --mark x -i 1s
	sh-collect --state s --mark old
	touch -d '9 days ago' s/marks/mark-*
	echo theirs > s/marks/other
	touch -d '9 days ago' s/marks/other
	sh-collect --state s --mark new
	[ "$(cat s/marks/mark-*)" = new ]
	[ -e s/marks/other ]
}

@test "with --interval nothing needs a state, and each change is told once" {
	echo one > f.conf
	printf 'services:\n  web: {pidfile: /nonexistent, files: [{path: %s/f.conf}]}\n' "$PWD" > site.yaml
	sh-collect -o ndjson -i 50ms -n 20 -c site.yaml event > out.ndjson 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do grep -q tick out.ndjson && break; sleep 0.02; done
	echo two > f.conf
	wait $!
	[ "$(jq -r 'select(.kind == "event") | .type' out.ndjson)" = file_changed ]
	[ "$(jq -r 'select(.kind == "tick") | .kind' out.ndjson | wc -l)" = 20 ]
}

@test "events go through the pipeline, and read as text" {
	look
	sh-collect --state s --mark 'deploy web'
	look
	sh-collect --state s --mark 'deploy web again'
	run -0 sh-collect --state s -o text event
	[[ $output == *'event host:'*': deploy web again'* ]]
	[ "$(sh-detect --no-stock -o ndjson < seen)" = "$(cat seen)" ]
}
