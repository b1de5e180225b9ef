#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What an action may not do, tried by a real one that sh-repair runs.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

# trying TRIAL...: the action makes the thing, then tries each; sandbox MEMBERS says what it gives up.
trying() {
	area
	mkdir -p inside outside
	T_THING=$T/inside/thing
	sed -i "s,path: $T/thing,path: $T_THING," conf/site.yaml
	cat >libexec/actions/do <<-E
		#!/bin/bash
		cat >/dev/null
		[ \$1 = run ] || exit 1
		: >$T/inside/thing || :
		echo '{"success":true,"output":'"\$($abs_top_builddir/tests/faults/forbidden $*)"'}'
	E
	sed -i 's/undo: true/undo: false/' stock/actions/do.yaml
}

sandbox() {
	sed -i '/^sandbox:/d' stock/actions/do.yaml
	printf 'sandbox: {%s}\n' "$1" >>stock/actions/do.yaml
}

confined() {
	rm -rf state inside/thing
	diagnose "$T_THING" >d
	run mend --apply d
}

# Another user reaches what lies here, and copies of the programs: a build may lie in a private directory.
let_in() {
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
	mkdir bin
	cp "$abs_top_builddir"/bin/sh-{collect,repair} bin
	cp "$abs_top_builddir/tests/faults/forbidden" .
	sed -i "s,[^ (]*/forbidden,$T/forbidden," libexec/actions/do
	chmod -R go-w bin forbidden
	export PATH=$T/bin:$PATH SH_BINDIR=$T/bin
}

need_root() { [ "$(id -u)" = 0 ] && unshare --mount --net true 2>/dev/null || skip 'needs root, for namespaces'; }

enforced() {
	is ".steps[0].sandbox | .enforced == ($1 / \" \") and .missing == []"
}

result() {
	is ".steps[0].output == $1"
}

@test "an action that asks for no sandbox gives up nothing, and the record has none" {
	trying "write=outside/x unix cap=21"
	confined
	result '{"write":"ok","unix":"ok"'"$([ "$(id -u)" = 0 ] && echo ',"cap":"ok"' || echo ',"cap":"EPERM"')}"
	is '.steps[0].sandbox == null'
}

@test "an action with a sandbox looks into no process, mounts nothing, makes no namespace, sets no clock" {
	local victim
	sleep 100 3>&- &
	victim=$!
	echo $victim >sleep.pids
	trying "trace=$victim execute unix clock"
	confined
	[ "$(id -u)" != 0 ] || is '.steps[0].output | .trace == "ok" and .clock == "ok"'
	sed -i 's/execute/mount unshare clone swap module &/' libexec/actions/do
	sandbox ''
	confined
	result '{"trace":"EPERM","mount":"EPERM","unshare":"EPERM","clone":"EPERM","clock":"EPERM",
		"swap":"EPERM","module":"EPERM","execute":"ok","unix":"ok"}'
	enforced '"privileges syscalls limits"'
}

@test "what an action may after all is named" {
	[ "$(id -u)" = 0 ] || skip 'needs root'
	trying 'swap clock mount'
	sandbox 'allow: [swap, clock]'
	confined
	result '{"swap":"ENOENT","clock":"ok","mount":"EPERM"}'
}

@test "an action without a network reaches nobody, not even this machine" {
	local port
	need python3
	python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1], flush=True); time.sleep(100)' >port 3>&- &
	echo $! >server.pids
	until [ -s port ]; do sleep 0.02; done
	port=$(cat port)
	trying "connect=$port unix"
	confined
	result '{"connect":"ok","unix":"ok"}'
	sandbox 'network: false'
	confined
	result '{"connect":"EACCES","unix":"ok"}'
	enforced '"privileges network syscalls limits"'
}

@test "an action writes only where it said it will" {
	trying "write=$PWD/outside/x append=$PWD/outside/there remove=$PWD/outside/there write=$PWD/inside/x append=/dev/null read=/etc/passwd"
	: >outside/there
	sed -i "s/write=\([^ ]*inside\)/append=\1/" libexec/actions/do
	: >inside/x
	sandbox 'write: ["{path}/.."]'
	confined
	is '.steps[0].output | .remove | IN("EROFS", "EACCES")'
	is '.steps[0].output | .write | IN("EROFS", "EACCES")'
	is '.steps[0].output | .append == "ok" and .read == "ok"'
	[ ! -e outside/x ]
	[ -e outside/there ]
	[ -e inside/thing ]
	enforced '"privileges write syscalls limits"'
}

# mounted WHERE: beneath inside, two file systems, the second read-only, and one of another kind outside.
mounted() {
	unshare --mount bash -c '
		cd "$1" && mkdir -p inside/a\ b inside/ro outside/fs && shift
		[ "$1" = no ] || mount -t tmpfs inside inside && mkdir -p inside/a\ b inside/ro || exit
		mount -t tmpfs ab inside/a\ b && mount -t tmpfs ro inside/ro && mount -t tmpfs fs outside/fs &&
			mount -t tmpfs hidden inside/ro && : >inside/ro/f && : >inside/a\ b/f && : >outside/fs/f &&
			mount -o remount,bind,ro inside/ro || exit
		exec sh-repair -c conf --apply d' - "$T" "$1"
}

@test "what is mounted beneath a place to write at is as writable as it was, and nothing else becomes it" {
	need_root
	local top
	trying "append=$PWD/inside/a-b/f write=$PWD/outside/fs/x"
	sed -i "s,append=[^ ]*inside/a-b/f,append='$PWD/inside/a b/f'," libexec/actions/do
	sed -i "s,write=[^ )]*,& remove=$PWD/inside/ro/f," libexec/actions/do
	sandbox 'write: ["{path}/.."]'
	: >outside/there
	for top in no yes; do
		rm -rf state inside/thing
		diagnose "$T_THING" >d
		run mounted $top
		is '.steps[0].output | .append == "ok" and .remove == "EROFS" and .write == "EROFS"'
		enforced '"privileges write syscalls limits"'
	done
}

@test "where it says so, what is mounted beneath a place to write at is read-only too" {
	need_root
	trying "append=$PWD/inside/a-b/f write=$PWD/outside/fs/x"
	sed -i "s,append=[^ ]*inside/a-b/f,append='$PWD/inside/a b/f'," libexec/actions/do
	sandbox 'write: ["{path}/.."], other_mounts: false'
	diagnose "$T_THING" >d
	run mounted no
	is '.steps[0].output | .append == "EROFS" and .write == "EROFS"'
	[ -e inside/thing ]
}

@test "with a parameter that it says it gives up nothing, and the record has that as missing" {
	trying "write=$PWD/outside/x"
	sandbox 'write: ["{path}/.."], unless: [tag, words.command]'
	sed -i 's/default: one/pattern: "[a-z]+"/; s/words: .*/words: {type: list}/' stock/actions/do.yaml
	confined
	is '.steps[0].output.write | IN("EROFS", "EACCES")'
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", words: [{}, {command: x}]}}]'
	confined
	result '{"write":"ok"}'
	is '.steps[0].sandbox == {enforced: [], missing: ["privileges", "write", "syscalls", "limits"]}'
	playbook <<<'steps: [{name: make, action: do, require: [write], with: {path: "{site.path}", tag: one}}]'
	confined
	is '.steps[0].error == "its sandbox cannot be enforced here: write"'
	playbook <<<'steps: [{name: make, action: do, require: [write], with: {path: "{site.path}", words: [{other: x}]}}]'
	confined
	is '.steps[0].state == "done"'
}

@test "a file that is there is not written to either, and nothing at all with write: []" {
	trying "append=$PWD/outside/there write=$PWD/inside/x"
	: >outside/there
	sandbox 'write: []'
	confined
	is '.steps[0].output | [.append, .write] | all(IN("EROFS", "EACCES"))'
	[ ! -e inside/thing ]
	is '.success == false and .verified == "not_fixed"'
}

@test "a place of the site file, in a list and in its members" {
	trying "write=$PWD/a/x append=$PWD/b/y"
	mkdir a b
	: >b/y
	sed -i 's/words: .*/words: {type: list, from: site}\n  roots: {type: list}/' stock/actions/do.yaml
	playbook <<-E
		steps: [{name: make, action: do, with: {path: "{site.path}", words: ["$T/a"], roots: [{root: "$T/b"}, {other: "$T/c"}]}}]
	E
	sandbox 'write: ["{words}", "{roots.root}", "{state}", "{absent}"]'
	sed -i 's/from: site}/}/; s/, }/}/' stock/actions/do.yaml
	confined
	is '.steps[0].output | .write == "ok" and .append == "ok"'
}

@test "places one within the other, in either order" {
	local order
	trying "write=$PWD/inside/deep/x write=$PWD/inside/y append=$PWD/outside/there"
	mkdir -p inside/deep
	: >outside/there
	for order in '"{path}/..", "{path}/../deep"' "\"$PWD/inside/deep\", \"{path}/..\"" "\"{path}/..\", \"$PWD/inside/deep\""; do
		rm -f inside/y inside/deep/x
		sandbox "write: [$order]"
		confined
		[[ $order == *deep?* && $order != *../deep* ]] || {
			is '.steps[0].error | contains("cannot understand")'
			continue
		}
		enforced '"privileges write syscalls limits"'
		[ -e inside/y ] && [ -e inside/deep/x ]
		is '.steps[0].output.append | IN("EROFS", "EACCES")'
	done
}

@test "a /tmp of its own" {
	need_root
	trying "write=/tmp/selfheal-$$ write=/var/tmp/selfheal-$$"
	sandbox 'tmp: true'
	confined
	enforced '"privileges tmp syscalls limits"'
	[ ! -e "/tmp/selfheal-$$" ]
	[ ! -e "/var/tmp/selfheal-$$" ]
}

@test "capabilities that are not named are gone, for root too" {
	need_root
	trying 'cap=21 cap=5 cap=7'
	sed -i "s/cap=21 cap=5 cap=7/uid cap=5/" libexec/actions/do
	sandbox 'capabilities: [kill]'
	confined
	result '{"uid":0,"cap":"ok"}'
	sandbox 'capabilities: []'
	confined
	result '{"uid":0,"cap":"EPERM"}'
	enforced '"privileges capabilities syscalls limits"'
}

@test "another user, for good: neither setuid nor a set-user-id program makes it root" {
	need_root
	trying 'uid setuid'
	let_in
	chmod 777 inside
	install -m 4755 "$abs_top_builddir/tests/faults/forbidden" suid
	sandbox 'user: nobody'
	confined
	is ".steps[0].output == {uid: $(id -u nobody), setuid: \"EPERM\"}"
	sed -i "s,[^ (]*/forbidden,$T/suid," libexec/actions/do
	confined
	is ".steps[0].output.uid == $(id -u nobody)"
	enforced '"privileges user syscalls limits"'
}

@test "a place to write at that leads upwards is none" {
	trying "write=$PWD/outside/x"
	for up in "$PWD/inside/.." "$PWD/inside/../outside"; do
		sandbox "write: [\"$up\"]"
		confined
		is ".steps[0] | .state == \"failed\" and .error == \"sandbox: '$up' cannot be given\""
		[ ! -e outside/x ]
	done
}

@test "another user with capabilities has those that are named, and no other" {
	need_root
	trying 'uid cap=5'
	let_in
	chmod 777 inside
	sandbox 'user: nobody, capabilities: [kill]'
	confined
	is ".steps[0].output == {uid: $(id -u nobody), cap: \"ok\"}"
	enforced '"privileges capabilities user syscalls limits"'
	sandbox 'user: nobody, capabilities: [chown], require: [capabilities]'
	confined
	is ".steps[0].output == {uid: $(id -u nobody), cap: \"EPERM\"}"
}

@test "limits hold" {
	trying 'memory=64 memory=4096'
	sed -i 's/memory=64 memory=4096/memory=4096/' libexec/actions/do
	confined
	result '{"memory":"ok"}'
	sandbox 'memory: 1GiB, open_files: 64, file_size: 1MiB, cpu: 5s'
	confined
	result '{"memory":"ENOMEM"}'
}

@test "what could not be enforced stands in the record, and where it is required nothing is done" {
	need_root
	trying 'uid'
	let_in
	sandbox 'user: daemon, network: false'
	rm -rf state
	diagnose "$T_THING" >d
	chown -R nobody conf stock libexec inside d .
	install -d -o nobody state
	run setpriv --reuid nobody --regid nogroup --clear-groups env SH_STATE="$T/state" sh-repair -c conf --apply d
	is '.steps[0].sandbox == {enforced: ["privileges", "network", "syscalls", "limits"], missing: ["user"]}'
	[ -e inside/thing ]
	sandbox 'user: daemon, network: false, require: [network, user]'
	rm -rf state inside/thing
	install -d -o nobody state
	run -5 setpriv --reuid nobody --regid nogroup --clear-groups env SH_STATE="$T/state" sh-repair -c conf --apply d
	is '.steps[0] | .state == "failed" and .error == "its sandbox cannot be enforced here: user"'
	[ ! -e inside/thing ]
}

@test "a step may require what its action does not, and only what that gives up at all" {
	need_root
	trying 'uid'
	let_in
	sandbox 'user: daemon, network: false'
	playbook <<<'steps: [{name: make, action: do, require: [network], with: {path: "{site.path}"}}]'
	diagnose "$T_THING" >d
	chown -R nobody conf stock libexec inside d .
	as_nobody() { setpriv --reuid nobody --regid nogroup --clear-groups env SH_STATE="$T/state" sh-repair -c conf "$@"; }
	run as_nobody --apply d
	is '.verified == "fixed"'
	sed -i 's/require: .network./require: [user]/' stock/playbooks/mend.yaml
	rm -rf state inside/thing
	run -5 as_nobody --apply d
	is '.steps[0].error == "its sandbox cannot be enforced here: user"'
	[ ! -e inside/thing ]
	sed -i 's/require: .user./require: [write]/' stock/playbooks/mend.yaml
	run -2 --separate-stderr as_nobody --check
	[[ $stderr == *"action 'do' gives up no write"* ]]
}

@test "without root it is Landlock that keeps an action from writing elsewhere" {
	need_root
	trying "write=$PWD/outside/x append=$PWD/inside/x remove=$PWD/outside/there"
	let_in
	: >outside/there
	: >inside/x
	sandbox 'write: ["{path}/.."]'
	diagnose "$T_THING" >d
	chown -R nobody .
	run setpriv --reuid nobody --regid nogroup --clear-groups env SH_STATE="$T/state" sh-repair -c conf --apply d
	jq -se 'last.steps[0].sandbox.missing == ["write"]' <<<"$output" >/dev/null && skip 'this kernel has no Landlock'
	result '{"write":"EACCES","append":"ok","remove":"EACCES"}'
	enforced '"privileges write syscalls limits"'
}

@test "the sandbox of a stock action lets it do its work: disk-clean sees who has a file open" {
	need_root
	area
	mkdir -p cache/deep
	touch -d '3 days ago' cache/deep/{old,used}
	tail -f cache/deep/used >/dev/null 3>&- &
	echo $! >sleep.pids
	cp "$abs_top_srcdir/share/actions/disk-clean.yaml" stock/actions/
	sed -i 's/, from: site//' stock/actions/disk-clean.yaml
	ln -s "$abs_top_builddir/bin/actions/disk-clean" libexec/actions/disk-clean
	playbook <<-E
		steps: [{name: clean, action: disk-clean, with: {mount: "$(stat -c %m .)", roots: [{root: "$T/cache/deep", older: 1d}]}}]
	E
	diagnose >d
	run mend --apply d
	is '.steps[0] | .state == "done" and .output.removed == 1 and .output.skipped.open == 1'
	enforced '"privileges capabilities network write syscalls limits"'
	[ ! -e cache/deep/old ]
	[ -e cache/deep/used ]
}

@test "a sandbox that nobody understands is an error of the configuration" {
	trying uid
	sandbox 'capabilities: fly'
	run -2 --separate-stderr sh-repair -c conf --check
	[[ $stderr == *"'capabilities': 'fly' is unknown"* ]]
	sandbox 'write: [], require: [write, network]'
	run -2 --separate-stderr sh-repair -c conf --check
	[[ $stderr == *"'require' names what is not asked for"* ]]
	sandbox 'colour: red'
	run -2 --separate-stderr sh-repair -c conf --check
	[[ $stderr == *"unknown"*"colour"* ]]
}
