#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# deleted-release, log-rotate and fuse-abort on real files, processes and mounts
load helper
load action

# A writer that appends to LOG and opens it anew at HUP, unless it is "deaf".
start_writer() {
	mkdir -p logs
	cat >writer.py <<-'END'
		import os, signal, sys, time
		open('/proc/self/comm', 'w').write('writer')
		log = sys.argv[1]
		def reopen(*_):
		    global f
		    f = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
		flags = os.O_WRONLY | os.O_CREAT | (0 if sys.argv[2] == 'work' else os.O_APPEND)
		f = os.open(log, flags, 0o640)
		old = [f]
		def fresh(*_):
		    os.close(old.pop()); reopen(); old.append(f)
		signal.signal(signal.SIGHUP, signal.SIG_IGN if sys.argv[2] != 'good' else fresh)
		os.write(f, b'x' * (4 << 20))
		open('w.pid', 'w').write(str(os.getpid()))
		while True: time.sleep(0.02)
	END
	python3 "$PWD/writer.py" "$PWD/logs/app.log" "$1" 3>&- &
	until [ -s w.pid ]; do sleep 0.02; done
	writer=$(cat w.pid)
	remember "$writer"
}

# The mount that the test's directory lies on.
place() { df --output=target . | tail -1; }

request() { # request MORE
	jq -nc --arg d "$PWD" --arg m "$(place)" --argjson more "$1" \
		'{parameters:{mount:$m, deleted:({allow:["writer"], match:[$d + "/logs/*"]} + $more)}}'
}

held() { stat -Lc %b "/proc/$writer/fd/"* 2>/dev/null | sort -n | tail -1; }

@test "a holder that is told opens its log anew, and the room is free" {
	need python3
	start_writer good
	rm logs/app.log
	R=$(request '{"signal":"HUP"}')
	ok deleted-release check "$R"
	answer '.output.state == "not_done"'
	ok deleted-release run "$R"
	answer '.output.reopened and .output.freed_bytes >= 4194304'
	answer ".output.files[0].pid == $writer"
	[ -e logs/app.log ]
	ok deleted-release check "$R"
	answer '.output.state == "done"'
	refused deleted-release run "$R" 'no deleted file'
}

@test "a log whose holder does not listen is emptied where the site allows it" {
	need python3
	start_writer deaf
	rm logs/app.log
	refused deleted-release run "$(request '{"signal":"HUP"}')" 'may not be emptied'
	[ "$(held)" -ge 8192 ]
	ok deleted-release run "$(request '{"truncate":true}')"
	answer '.output.reopened == false and .output.freed_bytes >= 4194304'
	[ "$(held)" -lt 8192 ]
	kill -0 "$writer"
}

@test "a deleted file that is not only appended to is let be" {
	need python3
	start_writer work
	rm logs/app.log
	refused deleted-release run "$(request '{"truncate":true}')" 'not only appended to'
	[ "$(held)" -ge 8192 ]
}

@test "a log that a process of no concern reads is let be, until that has ended" {
	need python3
	start_writer deaf
	tail -f "$PWD/logs/app.log" >/dev/null 3>&- &
	local reader=$!
	remember "$reader"
	until readlink "/proc/$reader/fd/"* | grep -q app.log; do sleep 0.02; done
	rm logs/app.log
	refused deleted-release run "$(request '{"truncate":true}')" 'not only appended to'
	[ "$(held)" -ge 8192 ]
	kill "$reader"
	gone "$reader"
	ok deleted-release run "$(request '{"truncate":true}')"
	[ "$(held)" -lt 8192 ]
}

@test "a log that a process of no concern has mapped is not emptied under it" {
	need python3
	start_writer deaf
	python3 -c 'import mmap, os, sys, time
f = os.open(sys.argv[1], os.O_RDONLY)
m = mmap.mmap(f, 4096, prot=mmap.PROT_READ); os.close(f)
d = [int(x) for x in os.listdir("/proc/self/fd")]
for x in d:
    try:
        if os.readlink("/proc/self/fd/%d" % x) == sys.argv[1]: os.close(x)
    except OSError: pass
open("mapped", "w").write("x")
time.sleep(100)' "$PWD/logs/app.log" 3>&- &
	local reader=$!
	remember "$reader"
	until [ -e mapped ]; do sleep 0.02; done
	rm logs/app.log
	refused deleted-release run "$(request '{"truncate":true}')" 'not only appended to'
	[ "$(held)" -ge 8192 ]
	kill -KILL "$reader"
	gone "$reader"
	ok deleted-release run "$(request '{"truncate":true}')"
	[ "$(held)" -lt 8192 ]
}

@test "other processes, other paths, and small files are none of its business" {
	need python3
	start_writer deaf
	rm logs/app.log
	refused deleted-release run "$(request '{"truncate":true,"allow":["other"]}')" 'no deleted file'
	answer '.output.bytes_of_others >= 4194304'
	refused deleted-release run "$(request '{"truncate":true,"match":["/var/log/*"]}')" 'no deleted file'
	refused deleted-release run "$(request '{"truncate":true,"min_bytes":"100M"}')" 'no deleted file'
	refused deleted-release run "$(request '{"signal":"KILL"}')" 'no signal'
	[ "$(held)" -ge 8192 ]
}

rotation() { # rotation ENTRY
	jq -nc --arg d "$PWD" --argjson e "$1" '{plan:"p", state:($d + "/st"), parameters:{rotate:[$e]}}'
}

@test "a log is rotated by renaming, its writer opens the new one, and check tells" {
	need python3
	start_writer good
	chmod 640 logs/app.log
	echo one >logs/app.log.1
	echo two >logs/app.log.2.gz
	echo old >logs/app.log.3
	R=$(rotation "{\"path\":\"$PWD/logs/app.log\",\"keep\":3,\"pidfile\":\"$PWD/w.pid\",\"signal\":\"HUP\"}")
	ok log-rotate check "$R"
	answer '.output.state == "not_done"'
	ok log-rotate run "$R"
	answer '.output.logs[0].bytes == 4194304'
	[ "$(cat logs/app.log.2)" = one ] && [ "$(cat logs/app.log.3.gz)" = two ] && [ ! -e logs/app.log.3 ]
	[ "$(stat -c %s logs/app.log.1)" = 4194304 ] && [ "$(stat -c %a logs/app.log)" = 640 ]
	for _ in $(seq 100); do
		ls -l "/proc/$writer/fd" | grep -q 'app.log$' && break
		sleep 0.02
	done
	ls -l "/proc/$writer/fd" | grep -q 'app.log$'
	ok log-rotate check "$R"
	answer '.output.state == "done"'
}

@test "with nothing kept the log is emptied in its place" {
	mkdir logs
	head -c 100000 /dev/zero >logs/app.log
	ino=$(stat -c %i logs/app.log)
	R=$(rotation "{\"path\":\"$PWD/logs/app.log\",\"keep\":0}")
	ok log-rotate run "$R"
	[ "$(stat -c %i.%s logs/app.log)" = "$ino.0" ]
	ok log-rotate check "$R"
	answer '.output.state == "done"'
}

@test "a run that was killed after the renaming is known, and its end is made up for" {
	mkdir logs
	echo text >logs/app.log
	R=$(rotation "{\"path\":\"$PWD/logs/app.log\"}")
	ok log-rotate run "$R"
	rm logs/app.log
	ok log-rotate check "$R"
	answer '.output.state == "not_done"'
	ok log-rotate run "$R"
	answer '.output.logs[0].resumed'
	[ -e logs/app.log ] && [ "$(cat logs/app.log.1)" = text ] && [ ! -e logs/app.log.2 ]
}

@test "a small log, a link and a misspelt limit" {
	mkdir logs
	echo text >logs/app.log
	ok log-rotate run "$(rotation "{\"path\":\"$PWD/logs/app.log\",\"min_bytes\":\"1M\"}")"
	answer '.output.logs[0].skipped'
	[ ! -e logs/app.log.1 ]
	ln -s app.log logs/link
	refused log-rotate run "$(rotation "{\"path\":\"$PWD/logs/link\"}")" 'no regular file'
	ln -s logs l
	refused log-rotate run "$(rotation "{\"path\":\"$PWD/l/app.log\"}")" 'cannot open'
	refused log-rotate run "$(rotation "{\"path\":\"$PWD/logs/app.log\",\"kep\":1}")" "unknown parameter 'kep'"
	refused log-rotate run "$(rotation "{\"path\":\"$PWD/logs/app.log\",\"signal\":\"HUP\"}")" 'go together'
}

@test "logrotate does it by a declared configuration" {
	need logrotate
	mkdir logs
	echo text >logs/app.log
	printf '%s { rotate 2\nsize 1G\nnocreate\nsu %s %s\n}\n' "$PWD/logs/app.log" "$(id -un)" "$(id -gn)" >conf
	chmod 644 conf
	mkdir st
	R=$(rotation "{\"logrotate\":\"$PWD/conf\"}")
	ok log-rotate run "$R"
	[ "$(cat logs/app.log.1)" = text ]
	ok log-rotate check "$R"
	answer '.output.state == "unknown"'
	rm conf
	refused log-rotate run "$R" 'logrotate'
}

# A FUSE mount whose server never answers, in namespaces of its own.
in_fuse() {
	need_root
	need unshare
	need python3
	[ -w /dev/fuse ] || skip 'no /dev/fuse here'
	mkdir -p m
	cat >server.py <<-'END'
		import ctypes, os, sys, time
		fd = os.open('/dev/fuse', os.O_RDWR)
		libc = ctypes.CDLL(None, use_errno=True)
		opts = f'fd={fd},rootmode=40000,user_id=0,group_id=0'.encode()
		if libc.mount(b'test', sys.argv[1].encode(), b'fuse.test', 6, opts):
		    sys.exit(os.strerror(ctypes.get_errno()))
		open('mounted', 'w').write('x')
		time.sleep(30)
	END
	cat >run.sh <<-END
		set -eE
		trap 'echo "line \$LINENO: \$BASH_COMMAND: \$output" >&2' ERR
		cd "$PWD"
		# A command after "!" alone fails no script.
		not() { if "\$@"; then echo "unwanted: \$*" >&2; return 1; fi; }
		mount -t fusectl x /sys/fs/fuse/connections 2>/dev/null || :
		act() { "${abs_top_builddir:?}/bin/actions/\$1" "\$2" <<<"\$3" 2>/dev/null; }
		python3 server.py "$PWD/m" & server=\$!
		trap 'kill \$server' EXIT
		until [ -e mounted ]; do sleep 0.05; kill -0 \$server; done
		R() { echo "{\"parameters\":{\"mount\":\"\$1\",\"fuse_abort\":\$2}}"; }
		$1
	END
	run -0 unshare -m --propagation private bash run.sh
}

@test "a stuck FUSE mount ends, and who waited for it goes on" {
	in_fuse '
		ls m >/dev/null 2>&1 & waiter=$!
		sleep 0.2; kill -0 $waiter
		output=$(act fuse-abort run "$(R "$PWD/m" false)"); jq -e ".success == false" <<<"$output"
		output=$(act fuse-abort check "$(R "$PWD/m" true)"); jq -e ".output.state == \"not_done\"" <<<"$output"
		output=$(act fuse-abort run "$(R "$PWD/m" true)"); jq -e .success <<<"$output"
		not wait $waiter
		not grep -q " $PWD/m " /proc/self/mountinfo
		output=$(act fuse-abort check "$(R "$PWD/m" true)"); jq -e ".output.state == \"done\"" <<<"$output"'
}

@test "what is no FUSE mount is never ended" {
	need_root
	refused fuse-abort run '{"parameters":{"mount":"/proc","fuse_abort":true}}' 'no FUSE mount'
	refused fuse-abort run "{\"parameters\":{\"mount\":\"$PWD\",\"fuse_abort\":true}}" 'nothing is mounted'
}
