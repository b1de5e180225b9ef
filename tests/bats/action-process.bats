#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# process-restart and process-signal on real processes
load helper
load action

# A service that writes its own pid file ("fork": after going to the background).
make_service() {
	cat >svc <<-'END'
		#!/bin/bash
		trap 'exit 0' TERM
		if [ "$2" = fork ]; then
			setsid "$0" "$1" child >/dev/null 2>&1 </dev/null &
			exit 0
		fi
		[ "$2" = plain ] || echo $$ >"$1"
		[ "$2" = deaf ] && trap '' TERM
		[ "$2" = child ] || { readlink /proc/$$/fd/0; env; id -u; ulimit -t; pwd; }
		while :; do read -rt 1 <> <(:) || :; done
	END
	chmod +x svc
}

request() { # request MODE [MORE MEMBERS]
	printf '{"target":"service:t@h","parameters":{"start":["%s/svc","%s/t.pid","%s"],"pidfile":"%s/t.pid","log":"%s/log","start_timeout":"5s","stop_timeout":"1s"%s}}' \
		"$PWD" "$PWD" "$1" "$PWD" "$PWD" "${2-}"
}

@test "a killed service is started anew, by a pid that lives" {
	make_service
	ok process-restart run "$(request own)"
	first=$(jq .output.pid <<<"$output")
	[ "$(cat t.pid)" = "$first" ]
	kill -KILL "$first"
	gone "$first"
	ok process-restart run "$(request own)"
	second=$(jq .output.pid <<<"$output")
	[ "$second" != "$first" ]
	kill -0 "$second"
}

@test "a service that goes to the background itself is awaited by its pid file" {
	make_service
	ok process-restart run "$(request fork)"
	pid=$(jq .output.pid <<<"$output")
	[ "$(cat t.pid)" = "$pid" ]
	kill -0 "$pid"
}

@test "a foreground service without a pid file of its own gets one" {
	make_service
	ok process-restart run "$(request plain)"
	[ "$(cat t.pid)" = "$(jq .output.pid <<<"$output")" ]
	[ "$(stat -c %a t.pid)" = 644 ]
}

@test "a stopped service is ended and started anew" {
	make_service
	ok process-restart run "$(request own)"
	first=$(jq .output.pid <<<"$output")
	kill -STOP "$first"
	ok process-restart run "$(request own)"
	answer ".output.stopped | index($first) != null"
	gone "$first"
}

@test "a service that ignores TERM is killed" {
	make_service
	ok process-restart run "$(request deaf)"
	first=$(jq .output.pid <<<"$output")
	ok process-restart run "$(request deaf)"
	gone "$first"
}

@test "the service's own stop command is used" {
	make_service
	ok process-restart run "$(request own)"
	first=$(jq .output.pid <<<"$output")
	printf '#!/bin/bash\necho asked >>%s/asked\nkill -TERM %s\n' "$PWD" "$first" >halt
	chmod +x halt
	ok process-restart run "$(request own ",\"stop\":[\"$PWD/halt\"]")"
	[ "$(cat asked)" = asked ]
	gone "$first"
}

@test "the new service inherits no descriptor, environment, limit or directory" {
	make_service
	run -0 bash -c 'ulimit -St 7; exec 5</etc/passwd 9>&1; export LEAK=1; cd /usr; "$1" run <<<"$2"' _ \
		"$abs_top_builddir/bin/actions/process-restart" "$(request own ",\"env\":{\"GIVEN\":\"a b\"}")"
	pid=$(cat t.pid)
	[ "$(head -n 1 log)" = /dev/null ]
	[ ! -e "/proc/$pid/fd/5" ] && [ ! -e "/proc/$pid/fd/9" ]
	grep -qx 'GIVEN=a b' log
	run ! grep -q LEAK log
	run ! grep -qx 7 log
	grep -qx / log
	[ "$(ps -o sid= -p "$pid" | tr -d ' ')" = "$pid" ]
}

@test "a service with a user runs as that user for good" {
	need_root
	getent passwd nobody >/dev/null || skip 'no user nobody'
	cp "$(command -v sleep)" /dev/shm/ 2>/dev/null || skip '/dev/shm cannot be written'
	mv /dev/shm/sleep "/dev/shm/selfheal-test-$$"
	run -0 --separate-stderr act process-restart run \
		"{\"parameters\":{\"start\":[\"/dev/shm/selfheal-test-$$\",\"600\"],\"exe\":\"/dev/shm/selfheal-test-$$\",\"user\":\"nobody\"}}"
	pid=$(jq .output.pid <<<"$output")
	status=$(cat "/proc/$pid/status")
	kill -KILL "$pid"
	rm -f "/dev/shm/selfheal-test-$$"
	uid=$(id -u nobody)
	grep -q "^Uid:.$uid.$uid.$uid.$uid" <<<"$status"
	grep -q '^CapEff:.0000000000000000' <<<"$status"
}

@test "a start command that fails is an error with its exit code, and leaves no pid file" {
	echo 999999999 >t.pid
	refused process-restart run "{\"parameters\":{\"start\":[\"/bin/false\"],\"pidfile\":\"$PWD/t.pid\"}}" 'exited with 1'
	[ ! -e t.pid ]
}

@test "a start command that is not there stops nothing" {
	make_service
	ok process-restart run "$(request own)"
	pid=$(cat t.pid)
	refused process-restart run "{\"parameters\":{\"start\":[\"$PWD/none\"],\"pidfile\":\"$PWD/t.pid\"}}" 'No such file'
	kill -0 "$pid"
}

@test "nothing is taken for a shell word" {
	refused process-restart run "{\"parameters\":{\"start\":[\"$PWD/x; touch $PWD/owned\"],\"pidfile\":\"$PWD/t.pid\"}}" 'cannot start'
	[ ! -e owned ]
}

@test "a pid file that names pid 1 or our own ancestors is refused" {
	echo 1 >t.pid
	refused process-signal run "{\"parameters\":{\"pidfile\":\"$PWD/t.pid\",\"start\":[\"/\"],\"signal\":\"TERM\"}}" ''
	echo $$ >t2
	refused process-signal run "{\"parameters\":{\"pidfile\":\"$PWD/t2\",\"signal\":\"TERM\"}}" 'never touched'
}

@test "a pid file written before its process began names nobody" {
	make_service
	"$PWD/svc" "$PWD/x.pid" own >/dev/null 3>&- &
	remember $!
	echo $! >t2
	touch -d '1 hour ago' t2
	refused process-signal run "{\"parameters\":{\"pidfile\":\"$PWD/t2\",\"signal\":\"KILL\"}}" 'no such process'
	kill -0 "$!"
}

@test "a pid that was used again is not the service, even where it runs the same program" {
	/bin/sleep 999 3>&- &
	remember $!
	echo $! >t2
	touch -d '1 minute ago' t2
	with="\"pidfile\":\"$PWD/t2\",\"signal\":\"KILL\""
	refused process-signal run "{\"parameters\":{$with,\"start\":[\"/bin/sleep\",\"1000\"]}}" 'no such process'
	kill -0 "$!"
	# Started just as the site says, it is the service after all.
	ok process-signal run "{\"parameters\":{$with,\"start\":[\"/bin/sleep\",\"999\"]}}"
	gone "$!"
}

@test "a pid file that others can write names nobody" {
	make_service
	"$PWD/svc" "$PWD/x.pid" own >/dev/null 3>&- &
	remember $!
	echo $! >t2
	chmod 666 t2
	refused process-signal run "{\"parameters\":{\"pidfile\":\"$PWD/t2\",\"signal\":\"KILL\"}}" 'written by others'
	kill -0 "$!"
}

@test "a pid file of another user may not name a process that is not theirs" {
	need_root
	make_service
	"$PWD/svc" "$PWD/x.pid" own >/dev/null 3>&- &
	remember $!
	echo $! >t2
	chown 65534 t2
	refused process-signal run "{\"parameters\":{\"pidfile\":\"$PWD/t2\",\"signal\":\"KILL\"}}" 'of another user'
	kill -0 "$!"
}

@test "a pid file that is a link or no number names nobody" {
	ln -s /proc/self/stat t2
	refused process-signal run "{\"parameters\":{\"pidfile\":\"$PWD/t2\",\"signal\":\"TERM\"}}" 'cannot open'
	for text in '' -1 0 1e3 99999999999999999999 '1 2 3x' abc; do
		printf '%s' "$text" >t3
		[ "$text" = '1 2 3x' ] && continue
		refused process-signal run "{\"parameters\":{\"pidfile\":\"$PWD/t3\",\"signal\":\"TERM\"}}" 'no such process'
	done
}

@test "check after a restart says done only when the process is younger than the intent" {
	make_service
	before=$(now)
	ok process-restart run "$(request own)"
	ok process-restart check "$(jq -c --arg t "$before" '. + {started:$t}' <<<"$(request own)")"
	answer '.output.state == "done"'
	sleep 0.1
	ok process-restart check "$(jq -c --arg t "$(now)" '. + {started:$t}' <<<"$(request own)")"
	answer '.output.state == "not_done"'
	ok process-restart check "$(request own)"
	answer '.output.state == "unknown"'
}

@test "a unit without systemd is an error that says so" {
	[ ! -e /run/systemd/system ] || skip 'systemd runs here'
	refused process-restart run '{"parameters":{"unit":"nginx.service"}}' systemd
}

@test "CONT reaches a stopped process and check sees it" {
	make_service
	"$PWD/svc" "$PWD/t.pid" own >/dev/null 3>&- &
	until [ -s t.pid ]; do sleep 0.02; done
	kill -STOP "$!"
	until grep -q '^State:.T' "/proc/$!/status"; do sleep 0.02; done
	R="{\"parameters\":{\"pidfile\":\"$PWD/t.pid\",\"signal\":\"CONT\"}}"
	ok process-signal check "$R"
	answer '.output.state == "not_done"'
	ok process-signal run "$R"
	answer ".output.pids == [$!]"
	ok process-signal check "$R"
	answer '.output.state == "done"'
}

@test "to: tree reaches children too, and check of TERM is unknown" {
	cat >parent <<-'END'
		#!/bin/bash
		"$0" leaf & echo $! >"${0%/*}/leaf.pid"; echo $$ >"${0%/*}/top.pid"
		[ "$1" = leaf ] && exec -a "$0" sleep 600
		wait
	END
	sed -i '2{h;d};3{G}' parent
	chmod +x parent
	"$PWD/parent" >/dev/null 3>&- &
	remember $!
	until [ -s top.pid ] && [ -s leaf.pid ]; do sleep 0.02; done
	ok process-signal run "{\"parameters\":{\"pidfile\":\"$PWD/top.pid\",\"signal\":\"TERM\",\"to\":\"tree\"}}"
	answer '.output.pids | length == 2'
	gone "$(cat leaf.pid)"
	ok process-signal check "{\"parameters\":{\"pidfile\":\"$PWD/top.pid\",\"signal\":\"TERM\"}}"
	answer '.output.state == "unknown"'
}

@test "exe finds a process by the file it runs, cmdline by the whole of its arguments" {
	cp "$(command -v sleep)" zzz
	"$PWD/zzz" 601 3>&- &
	a=$!
	"$PWD/zzz" 602 3>&- &
	b=$!
	remember "$a"
	remember "$b"
	ok process-signal run "{\"parameters\":{\"exe\":\"$PWD/zzz\",\"cmdline\":\"*/zzz 602\",\"signal\":\"KILL\"}}"
	answer ".output.pids == [$b]"
	ok process-signal run "{\"parameters\":{\"exe\":\"$PWD/zzz\",\"signal\":\"KILL\"}}"
	answer ".output.pids == [$a]"
}

@test "a pattern that would match everything and an unknown signal are refused" {
	refused process-signal run '{"parameters":{"cmdline":"*","signal":"KILL"}}' 'every process'
	refused process-signal run '{"parameters":{"exe":"/x","signal":"BOOM"}}' 'no such signal'
	refused process-signal run '{"parameters":{"exe":"/x","pidfile":"/y","signal":"HUP"}}' 'not both'
	refused process-signal run '{"parameters":{"signal":"HUP"}}' 'required'
}

# Stopped beside each of its system calls while a daemon starts and writes its pid.
@test "a pid file that a daemon writes meanwhile is never removed" {
	local crash=$abs_top_builddir/tests/faults/crash n dead raced=0
	"$crash" one 0 /dev/null true 2>/dev/null || skip 'this machine lets nobody trace a process'
	: >idle
	export CRASH_HOOK='tail -f "$PWD/idle" >/dev/null 2>&1 3>&- & echo $! >new.pid; cp new.pid new; mv new t.pid'
	for ((n = 1; n < 30; n++)); do
		rm -f new.pid
		true &
		dead=$!
		wait $dead
		echo $dead >t.pid
		"$crash" hook $n report "$abs_top_builddir/bin/actions/process-restart" run >out 3>&- \
			<<<'{"target":"service:t@h","parameters":{"start":["/bin/false"],"pidfile":"'"$PWD"'/t.pid","start_timeout":"1s","stop_timeout":"1s"}}' || :
		grep -q '^point' report || break
		remember "$(cat new.pid)"
		grep -q '^State:.[^Z]' "/proc/$(cat new.pid)/status" 2>/dev/null || continue
		raced=$((raced + 1))
		cmp new.pid t.pid || {
			cat report out >&2
			return 1
		}
	done
	[ "$raced" -gt 0 ]
	[ -z "$(ls t.pid.* 2>/dev/null)" ]
}
