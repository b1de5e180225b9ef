#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Stock rules, diagnoses and playbooks with a site file, on real faults in a mount
# namespace of their own: from the measurement to a repair that was measured again.
load helper
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"

# heal SITE COMMANDS: the commands break something; the last repair record goes to $output.
heal() {
	need_root
	need unshare
	printf '%s\n' "$1" >site.yaml
	cat >run.sh <<-END
		set -e
		cd "$PWD"
		export SH_HOST=h SH_STOCK=$abs_top_srcdir/share SH_BINDIR=$abs_top_builddir/bin SH_LIBEXEC=$abs_top_builddir/bin
		export SH_STATE=$PWD/state
		# A command after "!" alone fails no script.
		not() { if "\$@"; then echo "unwanted: \$*" >&2; return 1; fi; }
		repair() {
			SH_STATE= sh-collect -c site.yaml -n "\${1:-5}" -i 200ms 2>collect.err | sh-detect -c site.yaml 2>detect.err |
				tee faults.ndjson | sh-diagnose -c site.yaml 2>diagnose.err | tee diagnoses.ndjson |
				sh-repair -c site.yaml --apply 2>repair.err >repairs.ndjson || :
			jq -c 'select(.kind == "repair")' repairs.ndjson | tail -1
		}
		# An hour of a writable file system and two minutes of a read-only one, in records.
		past() {
			for ago in 4000 3000 2000 1000 500 120 60 0; do
				printf '{"kind":"sample","time":"%s","host":"h","entity":"filesystem:%s@h","source":{"collector":"filesystem","target":"%s"},"metrics":{"storage":{"read_only":%d,"image":0,"utilization":5}}}\\n' \
					"\$(date -u -d "-\$ago seconds" +%FT%T.%6NZ)" "\$1" "\$1" \$((ago < 200))
			done | sh-detect -c site.yaml 2>detect.err | tee faults.ndjson | sh-diagnose -c site.yaml 2>diagnose.err |
				sh-repair -c site.yaml --apply 2>repair.err >repairs.ndjson || :
			jq -c 'select(.kind == "repair")' repairs.ndjson | tail -1
		}
		$2
	END
	run -0 --separate-stderr unshare -m --propagation private bash run.sh
}

answer() {
	jq -e "$1" <<<"$output" >/dev/null || {
		printf 'not %s: %s\n' "$1" "$output"
		cat repair.err repairs.ndjson 2>/dev/null
		return 1
	}
}

@test "a file system that a deleted log fills is healed by its holder" {
	need python3
	mkdir -p t
	cat >writer.py <<-'END'
		import os, signal, sys, time
		open('/proc/self/comm', 'w').write('writer')
		def fresh(*_):
		    global f
		    os.close(f); f = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
		f = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
		signal.signal(signal.SIGHUP, fresh)
		os.write(f, b'x' * (30 << 20)); os.unlink(sys.argv[1])
		open('ready', 'w').write('x')
		end = time.time() + 60
		while time.time() < end: time.sleep(0.05)
	END
	heal "filesystems: {$PWD/t: {mode: act, limit: 80, deleted: {allow: [writer], match: [$PWD/t/*], signal: HUP}}}" '
		mount -t tmpfs -o size=32m x t
		python3 writer.py "$PWD/t/log" & writer=$!
		until [ -e ready ]; do sleep 0.05; done
		repair
		kill $writer'
	answer '.verified == "fixed" and .playbook == "deleted-release"'
}

@test "what the site has no means for is passed over; the log that grows is begun anew" {
	mkdir -p t
	heal "filesystems: {$PWD/t: {mode: act, limit: 80, rotate: [{path: $PWD/t/app.log, keep: 0}]}}" '
		mount -t tmpfs -o size=32m x t
		head -c 30M /dev/zero >t/app.log
		repair'
	answer '.verified == "fixed" and .playbook == "log-rotate"'
}

@test "a file system that became read-only without errors is writable again" {
	mkdir -p t
	heal "filesystems: {$PWD/t: {mode: act, remount: true}}" '
		mount -t tmpfs -o size=32m x t
		mount -o remount,ro t
		past "$PWD/t"
		touch t/x'
	answer '.verified == "fixed" and .playbook == "filesystem-remount"'
}

@test "without a word of the site on it nothing is done" {
	mkdir -p t
	heal "filesystems: {$PWD/t: {mode: act}}" '
		mount -t tmpfs -o size=32m x t
		mount -o remount,ro t
		past "$PWD/t"
		not touch t/x 2>/dev/null'
	answer '.decision == "none" and (.reason | contains("remount"))'
}
