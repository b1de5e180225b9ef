#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# process-kill and zombie-reap on real processes
load helper
load action

# start NAME [deaf]: a process of that name.
start() {
	cp "$(command -v bash)" "$1"
	"$PWD/$1" -c "${2:+trap '' TERM; }while :; do read -rt 1 <> <(:) || :; done" "$PWD" >/dev/null 2>&1 3>&- &
	remember $!
	until [ "$(cat "/proc/$!/comm")" = "$1" ]; do sleep 0.02; done
	sleep 0.1
}

request() { # request PID SEEN [MORE]: "name", else of what the site says
	jq -nc --argjson p "$1" --arg s "$2" --arg d "$PWD/st" --argjson more "${3-{\}}" \
		'{plan:"p-1", state:$d, parameters:({pid:$p, seen:$s, kill:({allow:["hog*"]} + $more | del(.name))}
			+ ($more | {name} | del(.. | nulls)))}'
}

@test "the process of the evidence ends, and check tells before and after" {
	start hog1
	R=$(request $! "$(now)")
	ok process-kill check "$R"
	answer '.output.state == "not_done"'
	ok process-kill run "$R"
	answer ".output.ended_by == \"TERM\" and .output.processes[0].pid == $!"
	gone $!
	ok process-kill check "$R"
	answer '.output.state == "done"'
	refused process-kill run "$R" 'is gone'
}

@test "a process of which only the first thread has ended is there, and is ended" {
	need python3
	cat >leaderless <<-'END'
		import ctypes, threading, time
		threading.Thread(target=time.sleep, args=(300,)).start()
		ctypes.CDLL(None).pthread_exit(None)
	END
	python3 leaderless 3>&- &
	remember $!
	until grep -q '^State:.Z' "/proc/$!/status"; do sleep 0.02; done
	[ "$(ls "/proc/$!/task" | wc -l)" -gt 1 ] || skip 'its other thread ended too'
	R=$(request $! "$(now)" '{"allow":["python*"]}')
	ok process-kill check "$R"
	answer '.output.state == "not_done"'
	ok process-kill run "$R"
	ok process-kill check "$R"
	answer '.output.state == "done"'
}

@test "one that ignores TERM is killed after its grace, a stopped one ends as well" {
	start hog1 deaf
	ok process-kill run "$(request $! "$(now)" '{"grace":"200ms"}')"
	answer '.output.ended_by == "KILL"'
	gone $!
	start hog2
	kill -STOP $!
	ok process-kill run "$(request $! "$(now)" '{"name":"hog2"}')"
	answer '.output.ended_by == "TERM"'
	gone $!
}

@test "a pid that was used again after the evidence is not touched" {
	start hog1
	refused process-kill run "$(request $! "$(date -u -d '1 minute ago' +%FT%TZ)")" 'is gone'
	kill -0 $!
}

@test "a name that the site does not allow, or that is not the evidence's, is refused" {
	start other
	refused process-kill run "$(request $! "$(now)")" "does not allow this to 'other'"
	refused process-kill run "$(request $! "$(now)" '{"allow":[]}')" 'does not allow'
	refused process-kill run "$(request $! "$(now)" '{"allow":["*"],"name":"hog"}')" "is 'other', not 'hog'"
	kill -0 $!
}

@test "ourselves, those above us and pid 1 are never ended, and no group by a negative pid" {
	refused process-kill run "$(request 1 "$(now)" '{"allow":["*"]}')" 'ever touched'
	refused process-kill run "$(request $$ "$(now)" '{"allow":["*"]}')" 'never touched'
	refused process-kill run "$(request -1 "$(now)" '{"allow":["*"]}')" 'ever touched'
	refused process-kill run "$(request 4294967298 "$(now)" '{"allow":["*"]}')" 'ever touched'
	refused process-kill run "$(request 2 yesterday '{"allow":["*"]}')" 'RFC 3339'
}

@test "with its tree the children end, and a child that a killed run left shows in check" {
	cp "$(command -v bash)" hogp
	"$PWD/hogp" -c '"$0" 100 & echo $! >leaf.pid; wait' "$(command -v sleep)" 3>&- &
	top=$!
	until [ -s leaf.pid ]; do sleep 0.02; done
	leaf=$(cat leaf.pid)
	sleep 0.1
	R=$(request "$top" "$(now)" '{"tree":true}')
	ok process-kill run "$R"
	answer '.output.processes | length == 2'
	gone "$top"
	gone "$leaf"
	# As if the run had died between the two.
	note=$(echo st/ended/*.json)
	/bin/sleep 101 3>&- &
	start_ticks=$(sed 's/.*) //' "/proc/$!/stat" | cut -d' ' -f20)
	jq -c ".processes[1] = {pid:$!, start:$start_ticks}" "$note" >n && mv n "$note"
	ok process-kill check "$R"
	answer '.output.state == "not_done"'
	kill $!
	gone $!
	ok process-kill check "$R"
	answer '.output.state == "done"'
}

# A parent with 12 zombies, that reaps at CHLD ("good") or never.
start_parent() {
	need python3
	cat >parent <<-'END'
		import os, signal, sys, time
		def reap(*_):
		    try:
		        while os.waitpid(-1, os.WNOHANG)[0]: pass
		    except ChildProcessError: pass
		open('/proc/self/comm', 'w').write('zpar')
		for i in range(12):
		    if os.fork() == 0: os._exit(0)
		time.sleep(0.2)
		if sys.argv[1] == 'good': signal.signal(signal.SIGCHLD, reap)
		if sys.argv[1] == 'deaf': signal.signal(signal.SIGTERM, signal.SIG_IGN)
		open('ready', 'w').write(str(os.getpid()))
		while True: time.sleep(0.05)
	END
	python3 "$PWD/parent" "$1" 3>&- &
	until [ -s ready ]; do sleep 0.02; done
	parent=$(cat ready)
	remember "$parent"
}

zombies() { ps -o stat= --ppid "$1" | grep -c '^Z' || :; }

@test "a parent that only has to be reminded reaps, and goes on" {
	start_parent good
	[ "$(zombies "$parent")" = 12 ]
	R='{"parameters":{"zombies":{"allow":["zpar"],"end_parent":true}}}'
	ok zombie-reap check "$R"
	answer '.output.state == "not_done"'
	ok zombie-reap run "$R"
	answer ".output.how == \"CHLD\" and .output.parents == [$parent]"
	[ "$(zombies "$parent")" = 0 ]
	kill -0 "$parent"
	ok zombie-reap check "$R"
	answer '.output.state == "done"'
}

@test "a parent that never reaps is ended only where the site allows it" {
	start_parent bad
	refused zombie-reap run '{"parameters":{"zombies":{"allow":["zpar"]}}}' 'may not be ended'
	kill -0 "$parent"
	ok zombie-reap run '{"parameters":{"zombies":{"allow":["zpar"],"end_parent":true}}}'
	answer '.output.how == "TERM"'
	gone "$parent"
	[ "$(zombies "$parent")" = 0 ]
}

@test "a deaf parent is killed; one that is not allowed, or has few zombies, is let be" {
	start_parent deaf
	refused zombie-reap run '{"parameters":{"zombies":{"allow":["x*"],"end_parent":true}}}' 'no process that may be touched'
	answer '.output.zombies_of_others >= 12'
	refused zombie-reap run '{"parameters":{"zombies":{"allow":["zpar"],"many":13,"end_parent":true}}}' 'no process'
	kill -0 "$parent"
	ok zombie-reap run '{"parameters":{"zombies":{"allow":["zpar"],"end_parent":true,"grace":"200ms"}}}'
	answer '.output.how == "KILL"'
	gone "$parent"
}
