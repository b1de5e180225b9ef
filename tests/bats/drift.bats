#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Baselines of the machine: taken, compared, shown, accepted; by real packages, ports, mounts
# and settings, in namespaces of their own where they would change the machine.
# shellcheck disable=SC2154 # stderr comes from run, abs_top_* from make
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export HOME=$PWD SH_HOST=h SH_STATE=$PWD/s
}

teardown() {
	if [ -s pids ] || [ -s ns ]; then
		mapfile -t started < <(cat pids ns 2>/dev/null)
		kill -KILL "${started[@]}" 2>/dev/null || true
		wait "${started[@]}" 2>/dev/null || true
	fi
}

drift() { sh-collect -o ndjson drift; }

# METRICS of one area in the records on standard input.
of() { jq -c --arg a "$1" 'select(.dims.area == $a) | .metrics.drift'; }

# From here on the programs run in a network of their own, where nobody else listens.
apart() {
	need unshare nsenter ip python3
	local flags=-n
	[ "$(id -u)" = 0 ] || flags=-rn
	unshare $flags ip link set lo up 2>/dev/null || skip 'no network namespaces'
	unshare $flags sh -c 'ip link set lo up && echo $$ > ns.new && mv ns.new ns && exec sleep 60' 3>&- &
	for _ in $(seq 100); do [ -s ns ] && break; sleep 0.05; done
	[ "$(id -u)" = 0 ] || flags=-Un
	NS="nsenter -t $(cat ns) --preserve-credentials $flags"
	sh-ledger() { $NS "$abs_top_builddir/bin/sh-ledger" "$@"; }
	sh-collect() { $NS "$abs_top_builddir/bin/sh-collect" "$@"; }
}

# A listener on a free port of loopback; its port goes to the file port.
listen() {
	need python3
	rm -f port
	${NS-} python3 -c 'import socket, time
open("/proc/self/comm", "w").write("sneaky")
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
open("port.new", "w").write(str(s.getsockname()[1]))
import os
os.rename("port.new", "port")
time.sleep(60)' 3>&- &
	echo $! >> pids
	for _ in $(seq 100); do [ -s port ] && return; sleep 0.05; done
	return 1
}

@test "without a baseline nothing drifts, and diff says what to do" {
	[ -z "$(drift)" ]
	run -0 sh-ledger baseline diff
	[ -z "$output" ]
	run -4 --separate-stderr sh-ledger baseline diff ports
	[[ $stderr == *"no baseline of ports"*"baseline take ports"* ]]
	run -2 sh-ledger baseline diff novel
	run -2 sh-ledger baseline take files
	run -2 sh-ledger baseline accept ports
}

@test "a port that listens is found, named with its program, and accepted with who and why" {
	apart
	sh-ledger baseline take ports --reason 'as installed'
	run -0 sh-ledger baseline diff ports
	[ -z "$output" ]
	listen
	port=$(cat port)
	drift > out.ndjson
	catalogued < out.ndjson
	[ "$(of ports < out.ndjson)" = '{"changes":1,"added":1,"removed":0,"changed":0}' ]
	[ "$(jq -r .added out.ndjson)" = "tcp 127.0.0.1:$port" ]
	run -1 sh-ledger baseline diff ports -e
	[ "${lines[1]}" = '+++ ports, now' ]
	[ "${lines[2]}" = "+tcp 127.0.0.1:$port sneaky" ]
	[[ ${lines[0]} == '--- ports, '*' by '*': as installed' ]]
	sh-ledger baseline accept ports --reason 'the new exporter'
	run -0 sh-ledger baseline diff ports -e
	[ -z "$output" ]
	run -0 sh-ledger history
	[ "$(jq -r 'select(.about == "ports") | .reason' <<< "$output" | xargs)" = 'as installed the new exporter' ]
	[[ $(jq -r .text <<< "$output" | tail -n 1) == 'baseline of ports accepted: 1 added, 0 removed, 0 changed, by '*': the new exporter' ]]
	jq -es 'all(.by | length > 0)' <<< "$output"
	kill -KILL "$(cat pids)"
	wait "$(cat pids)" || true
	[ "$(drift | of ports)" = '{"changes":1,"added":0,"removed":1,"changed":0}' ]
}

@test "any address and loopback are not the same listener" {
	need python3
	need_root
	unshare -n true 2>/dev/null || skip 'no network namespaces'
	cat > two.py <<-'EOF2'
	import socket, subprocess, sys
	def listen(address):
	    s = socket.socket()
	    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	    s.bind((address, 8080))
	    s.listen()
	    return s
	subprocess.run(["ip", "link", "set", "lo", "up"])
	a = listen("127.0.0.1")
	u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	u.bind(("127.0.0.1", 53))
	subprocess.run(["sh-ledger", "baseline", "take", "ports"], check=True)
	a.close()
	u.close()
	a = listen("0.0.0.0")
	sys.exit(subprocess.run(["sh-ledger", "baseline", "diff", "ports"]).returncode)
	EOF2
	run -0 unshare -n python3 two.py
	[[ $output == *'-tcp 127.0.0.1:8080'* && $output == *'+tcp 0.0.0.0:8080'* && $output == *'-udp 127.0.0.1:53'* ]]
}

@test "packages that were removed, added and upgraded behind everybody's back" {
	need_root
	need dpkg
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	mkdir dpkg
	stanza() { printf 'Package: %s\nStatus: install ok installed\nVersion: %s\n\n' "$1" "$2"; }
	{ stanza a 1; stanza b 1; stanza c 1; } > dpkg/status
	{ stanza a 1; stanza c 2; stanza d 1; } > dpkg/status.new
	run -0 unshare -m bash -c 'mount --bind dpkg /var/lib/dpkg || exit 9
		sh-ledger baseline take packages; mv dpkg/status.new dpkg/status
		sh-collect -o ndjson drift > out.ndjson; sh-ledger baseline diff packages
		head -c 60 dpkg/status > cut; cat cut > dpkg/status; sh-collect -o ndjson drift > cut.ndjson'
	[ "$(tail -n +3 <<< "$output")" = '-b 1
-c 1
+c 2
+d 1' ]
	[ "$(of packages < out.ndjson)" = '{"changes":3,"added":1,"removed":1,"changed":1}' ]
	[ "$(jq -r '[.added, .removed, .changed] | join(" ")' out.ndjson)" = 'd b c' ]
	jq -es 'length == 1 and .[0].metrics.collect.ok == 0' cut.ndjson
}

@test "mounts: what is mounted besides, and what turned read-only" {
	need_root
	unshare -m true 2>/dev/null || skip 'no mount namespaces'
	mkdir m n
	run -0 unshare -m bash -c 'mount -t tmpfs store m || exit 9; sh-ledger baseline take mounts
		mount -o remount,ro m; mount -t tmpfs other n; sh-ledger baseline diff mounts; sh-collect -o ndjson drift > out.ndjson'
	[ "$(tail -n +3 <<< "$output")" = "-$PWD/m tmpfs store rw
+$PWD/m tmpfs store ro
+$PWD/n tmpfs other rw" ]
	[ "$(of mounts < out.ndjson)" = '{"changes":2,"added":1,"removed":0,"changed":1}' ]
}

@test "kernel settings: a change is shown, a secret one never" {
	need_root
	unshare -n true 2>/dev/null || skip 'no network namespaces'
	cat > try.sh <<-'EOF2'
	sh-ledger baseline take sysctl
	echo 1 > /proc/sys/net/ipv4/ip_forward
	echo 00112233-44556677-8899aabb-ccddeeff > /proc/sys/net/ipv4/tcp_fastopen_key
	sh-ledger baseline diff sysctl
	sh-collect -o ndjson drift > out.ndjson
	EOF2
	run -0 unshare -n bash try.sh
	grep -qx -- '-net/ipv4/ip_forward 0' <<< "$output"
	grep -qx -- '+net/ipv4/ip_forward 1' <<< "$output"
	if [ -w /proc/sys/net/ipv4/tcp_fastopen_key ]; then
		grep -qx -- '+net/ipv4/tcp_fastopen_key (secret)' <<< "$output"
		[[ $(jq -r .changed out.ndjson) == *net/ipv4/tcp_fastopen_key* ]]
	fi
	[[ $(jq -r .changed out.ndjson) == *net/ipv4/ip_forward* ]]
	run ! grep -ri 8899aabb s out.ndjson <<< "$output"
	[[ $output != *8899aabb* ]]
	# Nothing of it moves by itself.
	sh-ledger baseline take sysctl --state q
	sleep 0.5
	run -0 sh-ledger baseline diff sysctl --state q
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "files: mode and content are shown, secrets in them and private files are not" {
	printf 'listen 80\nworkers 4\npassword = old-pw\nend\n' > a.conf
	printf 'api\n' > b.conf
	chmod 644 a.conf
	chmod 600 b.conf
	sh-ledger baseline a.conf b.conf --reason 'as installed'
	[ "$(drift | of files)" = '{"changes":0,"added":0,"removed":0,"changed":0}' ]
	printf 'listen 8080\nworkers 4\npassword = new-pw\nend\nmore\e[31m\n' > a.conf
	printf 'hidden-word\n' > b.conf
	chmod 664 a.conf
	run -1 sh-ledger baseline diff files -e
	[ "$(tail -n +3 <<< "$output")" = "~$PWD/a.conf
-mode 0644
+mode 0664
@@ line 1, now 1 @@
-listen 80
+listen 8080
@@ line 3, now 3 @@
-password = (secret)
+password = (secret)
@@ line 5, now 5 @@
+more\\x1b[31m
~$PWD/b.conf
(content that not everybody may read)" ]
	drift > out.ndjson
	[ "$(of files < out.ndjson)" = '{"changes":2,"added":0,"removed":0,"changed":2}' ]
	run ! grep -E 'pw|hidden|8080' out.ndjson
	sh-ledger baseline accept --reason 'port moved'
	[ "$(drift | of files)" = '{"changes":0,"added":0,"removed":0,"changed":0}' ]
	run -0 sh-ledger history
	[ "$(jq -r 'select(.reason == "port moved") | .about' <<< "$output" | sort | xargs)" = "$PWD/a.conf $PWD/b.conf" ]
	rm a.conf
	run -1 sh-ledger baseline diff files -e
	[ "${lines[2]}" = "-$PWD/a.conf" ]
	[ "$(drift | of files)" = '{"changes":1,"added":0,"removed":1,"changed":0}' ]
}

@test "a damaged or shortened baseline is told, and is not taken for drift" {
	sh-ledger baseline take mounts sysctl
	cp s/drift/sysctl whole
	for how in 'head -n 20 whole' 'head -c 10 whole' 'sed 1d whole' 'echo {}' 'cat /dev/null'; do
		$how > s/drift/sysctl
		drift > out.ndjson
		jq -es 'map(select(.entity == "collector:drift@h")) | length == 1 and (.[0].error | contains("damaged"))' out.ndjson ||
			{ echo "$how"; cat out.ndjson; false; }
		[ -n "$(of mounts < out.ndjson)" ]
		run -4 sh-ledger baseline diff sysctl
	done
}

@test "take does not replace a baseline, and what is kept is for its owner alone" {
	sh-ledger baseline take mounts
	run -2 --separate-stderr sh-ledger baseline take mounts
	[[ $stderr == *'baseline accept mounts'* ]]
	[ "$(stat -c %a s/drift/mounts)" = 600 ]
	[ "$(stat -c %a s/drift)" = 700 ]
}

@test "with --interval drift is looked at once a minute" {
	sh-ledger baseline take mounts
	run -0 sh-collect -o ndjson -i 20ms -n 5 drift
	[ "$(jq -r .kind <<< "$output" | sort | uniq -c | xargs)" = '1 sample 5 tick' ]
	run -0 sh-collect -o ndjson --source '{"collector":"drift","target":"mounts"}'
	jq -e '.metrics.drift.changes == 0' <<< "$output"
}
