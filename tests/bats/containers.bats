#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Actions in images, by the real podman: confined, versioned, and back to the
# earlier version where one fails. Storage and images are the test's own.
# shellcheck disable=SC2154 # stderr and lines come from run
# shellcheck disable=SC2016 # the tool's text expands in the container
load helper
load repair

# Everything in a mount namespace of its own: crun refuses a machine with both kinds of control groups.
inside() {
	need podman crun busybox
	[ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null || skip 'needs root, for a mount namespace'
	area
	mkdir -p inside outside image/{bin,lib,lib64,etc,tmp,dev,proc,sys,inside}
	sed -i "s,path: $T/thing,path: $T/inside/thing," conf/site.yaml
	sed -i 's/undo: true/undo: false/' stock/actions/do.yaml
	cat >engine <<-E
		#!/bin/bash
		echo "\$*" >>$T/asked
		podman=(podman --root $T/store --runroot $T/run --tmpdir $T/run/tmp --storage-driver vfs
			--cgroup-manager cgroupfs --runtime crun)
		[ "\$1" = run ] || exec "\${podman[@]}" "\$@"
		shift
		exec "\${podman[@]}" run --cgroups=disabled --ulimit=nofile=1024:1024 --ulimit=nproc=1024:1024 "\$@"
	E
	chmod 755 engine
	cp "$(command -v busybox)" image/bin/busybox
	ldd image/bin/busybox 2>/dev/null | grep -o '/[^ )]*' | xargs -r -I{} cp --parents {} image/
	local applet
	for applet in sh cat sleep id ls grep head; do
		ln -s busybox image/bin/$applet
	done
}

# version TAG BODY: an image whose tool does BODY for run.
version() {
	cat >image/tool <<-E
		#!/bin/sh
		in=\$(cat)
		plan=\${in#*'"plan":"'} plan=\${plan%%'"'*}
		path=\${in#*'"path":"'} path=\${path%%'"'*}
		case \$1 in
		run) $2 ;;
		check)
			state=not_done
			! grep -qs "\$plan" "\$path" || state=done
			echo '{"success":true,"output":{"state":"'\$state'"}}'
			;;
		esac
	E
	chmod 755 image/tool
	tar -C image -cf image.tar .
	contained ./engine import -q image.tar "localhost/tool:$1" >/dev/null
	rm image.tar
}

contained() { unshare --mount bash -c 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"' - "$@"; }

works='echo "$plan" >"$path"; echo "{\"success\":true}"'

container() { # MEMBERS [SANDBOX]
	local beside='write: ["{path}/.."]'
	sed -i '/^container:/d; /^sandbox:/d' stock/actions/do.yaml
	printf 'container: {image: localhost/tool, program: /tool, engine: %s/engine, %s}\n' "$T" "$1" >>stock/actions/do.yaml
	printf 'sandbox: {%s}\n' "${2-$beside}" >>stock/actions/do.yaml
}

heal() {
	rm -rf state inside/thing
	diagnose "$T/inside/thing" >d
	run contained sh-repair -c conf --apply d
}

can_run() {
	contained ./engine run --rm --pull=never --network=none localhost/tool:1 /bin/id >said 2>&1 ||
		skip "podman runs nothing here: $(tail -n 1 said)"
}

@test "an action runs in its image, which and what version the record says" {
	inside
	version 1 "$works"
	can_run
	container 'versions: ["1"]'
	heal
	[ "$status" -eq 0 ]
	is '.verified == "fixed" and .steps[0].state == "done"'
	is '.steps[0].sandbox | .image == "localhost/tool" and .version == "1" and (.id | test("^[0-9a-f]{64}$"))
		and .enforced == ["privileges", "capabilities", "network", "write", "tmp", "limits"]
		and .missing == ["syscalls"]'
	[ -s inside/thing ]
	[ -z "$(contained ./engine ps -aq)" ]
}

@test "it sees nothing of the machine but what it was given, writes nowhere else, and has no network" {
	inside
	: >outside/secret
	: >shown
	version 1 '
		see() { [ -e "$1" ] && echo yes || echo no; }
		put() { (echo x >"$1") 2>/dev/null && echo yes || echo no; }
		echo "$plan" >"$path"
		echo "{\"success\":true,\"output\":{\"outside\":\"$(see '"$T/outside/secret"')\",\"shadow\":\"$(see /etc/shadow)\",
			\"shown\":\"$(see '"$T/shown"')\",\"put_shown\":\"$(put '"$T/shown"')\",\"put_root\":\"$(put /x)\",
			\"put_tmp\":\"$(put /tmp/x)\",\"net\":\"$(ls /sys/class/net | grep -v lo)\",
			\"caps\":\"$(grep CapEff /proc/self/status | grep -o "[0-9a-f]*$")\",\"user\":\"$(id -u)\"}}"'
	can_run
	container "versions: [\"1\"], read: [\"$T/shown\"]" 'write: ["{path}/.."], user: "1234"'
	chmod 777 inside
	heal
	is '.steps[0].output | .outside == "no" and .shadow == "no" and .shown == "yes" and .put_shown == "no"
		and .put_root == "no" and .put_tmp == "yes" and .net == "" and .user == "1234"
		and .caps == "0000000000000000"'
}

@test "where the newest version fails the earlier one takes over, and the record says so" {
	inside
	version 1 "$works"
	can_run
	version 2 'echo "{\"success\":false,\"error\":\"a bug of version 2\"}"'
	container 'versions: ["3", "2", "1"]'
	heal
	is '.verified == "fixed" and (.steps[0].sandbox | .version == "1" and .failed["2"] == "a bug of version 2"
		and (.failed["3"] | contains("localhost/tool:3")))'
	# Each try is an intent of its own; a version that is not here was none.
	[ "$(db 'SELECT group_concat(state) FROM intent')" = 'failed,done' ]
	container 'versions: ["2"]'
	heal
	[ "$status" -eq 5 ]
	is '.steps[0].state == "failed" and .steps[0].error == "a bug of version 2"'
}

@test "an image that is not what its digest says is not run" {
	inside
	version 1 "$works"
	can_run
	digest=$(contained ./engine image inspect --format '{{.Digest}}' localhost/tool:1)
	container "versions: [\"1@$digest\"]"
	heal
	is '.verified == "fixed"'
	version 1 "$works; : another"
	heal
	[ "$status" -eq 5 ]
	is '.steps[0].error | contains("is not sha256:")'
	[ ! -e inside/thing ]
}

@test "what runs past its deadline is ended, container and all, and asked what it did" {
	inside
	version 1 "sleep 60; $works"
	can_run
	container 'versions: ["1"]'
	playbook <<-'E'
		steps: [{name: make, action: do, timeout: 2s, with: {path: "{site.path}"}}]
	E
	heal
	is '.steps[0].state == "failed"'
	[ -z "$(contained ./engine ps -aq)" ]
	[ ! -e inside/thing ]
}

@test "a path that would say more than a path is not given, and nothing is run" {
	inside
	sed -i 's/tag: .*/tag: {type: string, default: "\/x,rw,target=\/etc"}/' stock/actions/do.yaml
	container 'versions: ["1"]' 'write: ["{tag}"]'
	heal
	[ "$status" -eq 5 ]
	is '.steps[0].error | contains("cannot be given to a container")'
	[ ! -e asked ]
}

@test "a container whose repair was killed, engine and all, is ended before anybody asks or acts again" {
	inside
	version 1 "sleep 2; echo \"\$plan\" >>\"\$path\"; echo '{\"success\":true}'"
	can_run
	container 'versions: ["1"]'
	diagnose "$T/inside/thing" >d
	contained "$BASH" "$abs_top_srcdir/tests/faults/killer.sh" all 1500 "$SH_BINDIR/sh-repair" -c conf --apply d >out 3>&- || :
	[ -n "$(contained ./engine ps -q)" ] || skip 'it had not begun'
	run contained sh-repair -c conf --apply d
	[ -z "$(contained ./engine ps -q)" ]
	sleep 2.5
	no_open_ends
	[ ! -e inside/thing ] || [ "$(wc -l <inside/thing)" -eq 1 ]
	[ "$(db 'SELECT state FROM intent LIMIT 1')" = not_done ]
}
