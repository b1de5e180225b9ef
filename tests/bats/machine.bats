#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What stands around the load of a machine: clock, people, reboots, units, mounts.
# shellcheck disable=SC2154 # stderr comes from run, abs_top_* from make
load helper

teardown() {
	if [ -s pids ]; then
		mapfile -t started < pids
		kill -KILL "${started[@]}" 2>/dev/null || true
		wait "${started[@]}" 2>/dev/null || true
	fi
}

# utmp FILE TYPE:USER:LINE:FROM:PID... writes login records as login programs do.
utmp() {
	need python3
	python3 - "$@" <<-'EOF'
	import struct, sys
	with open(sys.argv[1], "wb") as f:
	    for a in sys.argv[2:]:
	        t, user, line, host, pid = a.split(":")
	        f.write(struct.pack("<hxxi32s4s32s256shhiii4i20s", int(t), int(pid), line.encode(),
	            b"", user.encode(), host.encode(), 0, 0, 0, 1700000000, 250000, 0, 0, 0, 0, b""))
	EOF
}

one() { sh-collect -o ndjson "$@"; }

@test "the clock is what adjtimex says" {
	need python3
	run -0 one time
	[ -n "$output" ] || skip 'the clock may not be read here'
	catalogued <<< "$output"
	want=$(python3 -c 'import ctypes
b = ctypes.create_string_buffer(512)
print(ctypes.CDLL(None).adjtimex(b) != 5)')
	[ "$(jq '.metrics.time.synchronised == 1' <<< "$output")" = "${want,,}" ]
	jq -e 'if .metrics.time.synchronised == 0 then .metrics.time | has("offset_ms") | not
		else .metrics.time.max_error_ms >= 0 end' <<< "$output"
	one --detail time | catalogued
	one --detail time | jq -es 'map(.metrics.timex // empty)[0] | .tick_seconds > 0.009
		and .tick_seconds < 0.011 and (has("maxerror_seconds"))'
}

@test "users are those of utmp, and of dead sessions nothing is said" {
	[ "$(uname -m)" = x86_64 ] || skip 'utmp has another layout here'
	mkdir -p t/run
	utmp t/run/utmp 2:reboot:~:6.1:0 7:alice:pts/0:10.0.0.9:11 7:alice:pts/1::12 7:bob:tty1::13 8::pts/2::14
	run -0 one --root t users
	catalogued <<< "$output"
	[ "$(jq -c .metrics <<< "$output")" = '{"users":{"logged_in":3,"distinct":2}}' ]
	need_root
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	sleep 60 3>&- &
	echo $! >> pids
	utmp u "7:alice:pts/0::$!" 7:bob:pts/1::4194303
	run -0 unshare -m bash -c 'mount -t tmpfs none /run && cp u /run/utmp && sh-collect -o ndjson users'
	[ "$(jq -c .metrics <<< "$output")" = '{"users":{"logged_in":1,"distinct":1}}' ]
}

@test "a utmp that ends within a record is told, not counted" {
	[ "$(uname -m)" = x86_64 ] || skip 'utmp has another layout here'
	mkdir -p t/run
	utmp t/run/utmp 7:alice:pts/0::11 7:bob:pts/1::12
	truncate -s -100 t/run/utmp
	SH_HOST=h run -0 one --root t users
	[ "$(jq -r .entity <<< "$output")" = collector:users@h ]
	[[ $(jq -r .error <<< "$output") == *'within a record'* ]]
}

@test "without utmp users are the sessions of logind: people, not greeters or those that close" {
	mkdir -p t/run/systemd/sessions
	printf 'UID=1000\nUSER=alice\nSTATE=active\nREMOTE=1\nTTY=pts/0\nREMOTE_HOST=10.0.0.9\nLEADER=11\nCLASS=user\nREALTIME=1700000000250000\n' > t/run/systemd/sessions/1
	printf 'UID=0\nUSER=root\nSTATE=closing\nLEADER=12\nCLASS=user\n' > t/run/systemd/sessions/2
	printf 'UID=117\nUSER=gdm\nSTATE=online\nLEADER=13\nCLASS=greeter\n' > t/run/systemd/sessions/c1
	mkfifo t/run/systemd/sessions/1.ref
	run -0 one --root t users
	[ "$(jq -c .metrics <<< "$output")" = '{"users":{"logged_in":1,"distinct":1}}' ]
	rm -r t/run
	run -0 one --root t users
	[ -z "$output" ]
}

@test "a reboot is waited for when packages ask, and when a newer kernel of the flavour is there" {
	mkdir -p t/run t/proc/sys/kernel t/lib/modules/6.1.0-9-amd64 t/lib/modules/6.1.0-28-cloud-amd64 \
		t/lib/modules/6.1.0-30-amd64
	echo 6.1.0-9-amd64 > t/proc/sys/kernel/osrelease
	run -0 one --root t reboot
	[ -z "$output" ]
	touch t/lib/modules/6.1.0-9-amd64/modules.dep t/lib/modules/6.1.0-28-cloud-amd64/modules.dep
	run -0 one --root t reboot
	[ "$(jq -c .metrics <<< "$output")" = '{"reboot":{"required":0,"packages":0,"kernel":0}}' ]
	touch t/lib/modules/6.1.0-30-amd64/modules.dep
	run -0 one --root t reboot
	catalogued <<< "$output"
	[ "$(jq -c .metrics <<< "$output")" = '{"reboot":{"required":1,"packages":0,"kernel":1}}' ]
	[ "$(jq -r .kernel <<< "$output")" = 6.1.0-30-amd64 ]
	rm -r t/lib
	touch t/run/reboot-required
	printf 'libc6\nlinux-image-amd64\nlibc6\n' > t/run/reboot-required.pkgs
	run -0 one --root t reboot
	[ "$(jq -c .metrics <<< "$output")" = '{"reboot":{"required":1,"packages":2}}' ]
	[ "$(jq -r .packages <<< "$output")" = 'libc6 linux-image-amd64' ]
}

@test "failed units are counted where systemd runs, and nothing is said elsewhere" {
	run -0 one units
	if [ -d /run/systemd/system ]; then
		catalogued <<< "$output"
		[ "$(jq .metrics.units.failed <<< "$output")" = \
			"$(systemctl list-units --failed --no-legend --plain | wc -l)" ]
	else
		[ -z "$output" ]
	fi
}

# hung_mounts DIR...: mounts on them, in this mount namespace, that never answer; made by a
# FUSE daemon that does not read its requests, whose pid goes to the file pids.
hung_mounts() {
	cat > hang.py <<-'EOF2'
	import ctypes, os, sys, time
	libc = ctypes.CDLL(None, use_errno=True)
	held = []
	for d in sys.argv[1:]:
	    fd = os.open("/dev/fuse", os.O_RDWR)
	    held.append(fd)
	    opt = "fd=%d,rootmode=40000,user_id=0,group_id=0" % fd
	    if libc.mount(b"hung", d.encode(), b"fuse.hung", 0, opt.encode()) != 0:
	        sys.exit("mount: " + os.strerror(ctypes.get_errno()))
	open("mounted", "w").close()
	time.sleep(60)
	EOF2
	python3 hang.py "$@" 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		[ -e mounted ] && return
		kill -0 $! 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}
export -f hung_mounts

@test "mounts that give no answer hang nothing, are told, and are not asked one after the other" {
	need_root
	need python3
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	[ -c /dev/fuse ] || skip 'no /dev/fuse'
	mkdir a b c t
	run -0 unshare -m bash -c '
		mount -t tmpfs none t && hung_mounts a b c || exit 0
		start=$(date +%s%N)
		sh-collect -o ndjson filesystem > out.ndjson
		echo $(( ($(date +%s%N) - start) / 1000000 )) > took
		kill $(cat pids)'
	[ -s took ] || skip 'FUSE cannot be mounted here'
	[ "$(cat took)" -ge 900 ] && [ "$(cat took)" -lt 2000 ]
	for d in a b c; do
		jq -es --arg p "$PWD/$d" 'map(select(.source.target == $p))
			| map(.metrics) == [{storage: {responding: 0}}, {collect: {ok: 0}}]
			and (.[0].entity | startswith("filesystem:")) and (.[1].error | contains("no answer"))' out.ndjson
	done
	jq -es --arg p "$PWD/t" 'map(select(.source.target == $p))[0].metrics.storage.size_bytes > 0' out.ndjson
	catalogued < out.ndjson
}

@test "a local file system whose path leads through a dead one is asked with a limit too" {
	need_root
	need python3
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	[ -c /dev/fuse ] || skip 'no /dev/fuse'
	mkdir -p a/inner
	# The mount below is there first; the dead one then covers the way to it.
	run -0 unshare -m bash -c '
		mount -t tmpfs none a && mkdir a/inner && mount -t tmpfs none a/inner && hung_mounts a || exit 0
		timeout 10 sh-collect -o ndjson filesystem > out.ndjson; echo $? > code
		kill $(cat pids)'
	[ -s code ] || skip 'FUSE cannot be mounted here'
	[ "$(cat code)" = 0 ]
	jq -es --arg p "$PWD/a/inner" 'map(select(.source.target == $p and .error))[0].error | contains("no answer")' out.ndjson
}

@test "in interval mode a mount that hangs costs one limit a round, and leaves no process" {
	need_root
	need python3
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	[ -c /dev/fuse ] || skip 'no /dev/fuse'
	mkdir a
	run -0 unshare -m bash -c '
		hung_mounts a || exit 0
		sh-collect -o ndjson -i 10ms -n 3 filesystem > out.ndjson; echo $? > code
		kill $(cat pids)'
	[ -s code ] || skip 'FUSE cannot be mounted here'
	[ "$(cat code)" = 0 ]
	[ "$(jq -s --arg p "$PWD/a" 'map(select(.metrics.storage.responding == 0 and .source.target == $p)) | length' out.ndjson)" = 3 ]
	run ! pgrep -f "sh-collect -o ndjson -i 10ms -n 3 filesystem"
}

# unkillable DIR: a mount that greets and then answers nothing that it took: who asks it waits
# in the kernel and survives SIGKILL, until the one that serves it dies.
unkillable() {
	cat > deaf.py <<-'EOF2'
	import ctypes, os, struct, sys
	libc = ctypes.CDLL(None, use_errno=True)
	fd = os.open("/dev/fuse", os.O_RDWR)
	opt = "fd=%d,rootmode=40000,user_id=0,group_id=0" % fd
	if libc.mount(b"deaf", sys.argv[1].encode(), b"fuse.deaf", 0, opt.encode()) != 0:
	    sys.exit("mount: " + os.strerror(ctypes.get_errno()))
	open("mounted", "w").close()
	while True:
	    op, unique = struct.unpack_from("=4xIQ", os.read(fd, 1 << 20))
	    if op == 26:  # FUSE_INIT, answered as by protocol 7.19
	        os.write(fd, struct.pack("=IiQIIIIHHI", 40, 0, unique, 7, 19, 4096, 0, 0, 0, 4096))
	EOF2
	python3 deaf.py "$1" 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		[ -e mounted ] && return
		kill -0 $! 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}
export -f unkillable

@test "checks whose program cannot be killed cost their limit, are told, and are not begun again" {
	need_root
	need python3 sh-fetch
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	[ -c /dev/fuse ] || skip 'no /dev/fuse'
	mkdir a plugins
	printf '#!/bin/sh\nread -r x; cat %s/a/x\n' "$PWD" > plugins/stuck
	chmod 755 plugins/stuck
	cat > site.yaml <<-END
	checks:
	  program: {command: [$PWD/a/check_x], timeout: 200ms}
	  shell: {command: [/bin/sh, -c, 'cat $PWD/a/x; :'], timeout: 200ms}
	  plugin: {plugin: stuck, timeout: 200ms}
	  journal: {journal: all, path: $PWD/a/j, timeout: 200ms}
	  well: {command: [/bin/echo, OK]}
	END
	run -0 unshare -m bash -c '
		unkillable a || exit 0
		start=$(date +%s%N)
		SH_HOST=h timeout 20 sh-collect -o ndjson -c site.yaml -i 300ms -n 6 check > out.ndjson
		echo $? > code
		echo $(( ($(date +%s%N) - start) / 1000000 )) > took
		pgrep -c -x -f "cat $PWD/a/x" > left
		kill $(cat pids)'
	[ -s code ] || skip 'FUSE cannot be mounted here'
	[ "$(cat code)" = 0 ]
	[ "$(cat took)" -lt 6000 ]
	jq -es 'map(select(.entity == "check:well@h")) | length == 6 and all(.metrics.check.ok == 1)' out.ndjson
	jq -es 'map(select(.entity == "check:program@h")) | length >= 2 and all(.metrics.check.ok == 0)
		and (.[0].error | test("^no answer within 200 ms, and process [0-9]+ cannot be killed$"))
		and (.[1:] | all(.error == "still no answer: what was started before cannot be killed"))' out.ndjson
	jq -es 'map(select(.entity == "check:shell@h")) | length >= 2 and all(.metrics.check.ok == 0)
		and (.[1:] | all(.error | startswith("still no answer")))' out.ndjson
	jq -es 'map(select(.source.target == "plugin")) | length >= 2 and all(.metrics.collect.ok == 0)
		and (.[1:] | all(.error | contains("still no answer")))' out.ndjson
	jq -es 'map(select(.source.target == "journal")) | length >= 2 and all(.metrics.collect.ok == 0)' out.ndjson
	[ "$(cat left)" = 2 ]
	catalogued < out.ndjson
}

# hog NAME CODE: a python process of that name that does CODE for ever.
hog() {
	need python3
	printf 'open("/proc/self/comm", "w").write("%s")\nopen("ready-%s", "w").close()\nwhile True:\n    %s\n' "$1" "$1" "$2" > "hog-$1.py"
	python3 "hog-$1.py" 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do
		[ -e "ready-$1" ] && return
		sleep 0.05
	done
	return 1
}

@test "two busy workers of one name are one consumer, named with its busiest process" {
	hog spinner pass
	rm ready-spinner
	hog spinner pass
	found=
	for _ in $(seq 10); do
		one --gap 300ms process > out.ndjson
		if jq -es 'map(select(.metrics.cpu))[0] | .labels.top_cpu == "spinner"
			and .metrics.cpu.top_percent > 0 and .metrics.cpu.top_percent <= 101' out.ndjson; then
			found=1
			break
		fi
	done
	[ -n "$found" ]
	grep -qx "$(jq -s 'map(select(.metrics.cpu))[0].metrics.cpu.top_pid' out.ndjson)" pids
	jq -es 'map(select(.entity | startswith("process:spinner@")))[0].metrics.process
		| .count == 2 and .threads == 2 and .cpu > 10 and .memory_bytes > 1e6' out.ndjson
	catalogued < out.ndjson
}

@test "the name with most memory, and what its processes have, are what /proc says" {
	hog eater 'import time; x = b"x" * 200000000; time.sleep(60)'
	pid=$(tail -n 1 pids)
	for _ in $(seq 100); do
		was=${rss-0}
		rss=$(( $(cut -d' ' -f2 "/proc/$pid/statm") * 4096 ))
		(( rss > 200000000 && rss == was )) && break
		sleep 0.1
	done
	[ "$(getconf PAGESIZE)" = 4096 ] || skip 'pages of another size'
	run -0 one --gap 10ms process
	jq -es --argjson rss "$rss" 'map(select(.entity | startswith("process:eater@")))[0].metrics.process
		| .count == 1 and (.memory_bytes - $rss | fabs) < 4e6' <<< "$output"
	jq -es 'map(select(.metrics.memory))[0].metrics.memory.top_bytes >= 200000000' <<< "$output"
	# By its source: this name alone, also when none of it runs.
	run -0 sh-collect -o ndjson --source '{"collector":"process","target":"eater"}' --gap 10ms
	[ "$(jq -r .entity <<< "$output" | cut -d@ -f1)" = process:eater ]
	run -0 sh-collect -o ndjson --source '{"collector":"process","target":"no-such"}' --gap 10ms
	[ "$(jq -c .metrics <<< "$output")" = '{"process":{"count":0}}' ]
}

@test "states are counted, zombies too, and users with --detail" {
	need python3
	python3 -c 'import os, time
if os.fork() == 0:
    os._exit(0)
open("ready", "w").close()
time.sleep(60)' 3>&- &
	echo $! >> pids
	sleep 60 3>&- &
	echo $! >> pids
	kill -STOP $!
	for _ in $(seq 100); do [ -e ready ] && break; sleep 0.05; done
	run -0 one --gap 10ms --detail process
	catalogued <<< "$output"
	jq -es 'map(select(.metrics.io or .metrics.memory))[0].metrics.process
		| .zombies >= 1 and .stopped >= 1 and .running >= 1 and .count > 3 and .threads >= .count' <<< "$output"
	jq -es 'map(select(.dims.state == "Z"))[0].metrics.processes.state >= 1' <<< "$output"
	jq -es --argjson max "$(cat /proc/sys/kernel/pid_max)" 'map(.metrics.processes.max_processes // empty)[0] == $max' <<< "$output"
	me=$(stat -c %U /proc/self)
	jq -es --arg u "user:$me@" 'map(select(.entity | startswith($u)))[0].metrics.process.count >= 3' <<< "$output"
	# Without --detail or a name there is one record.
	[ "$(sh-collect -o ndjson --gap 10ms | jq -c 'select(.source.collector == "process")' | wc -l)" = 1 ]
}
