#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# service-reload, and process-restart by a manager of units, on real processes
load helper
load action

# A service that reads its configuration at HUP, and dies of a bad one.
start_service() {
	cat >svc <<-'END'
		#!/bin/bash
		read_it() { [ "$(cat "$1/conf")" != bad ] || exit 3; cp "$1/conf" "$1/seen"; }
		trap 'read_it "$1"' HUP
		echo $$ >"$1/t.pid"
		read_it "$1"
		while :; do read -rt 0.1 <> <(:) || :; done
	END
	chmod +x svc
	echo one >conf
	"$PWD/svc" "$PWD" >/dev/null 2>&1 3>&- &
	remember $!
	pid=$!
	until [ -s seen ]; do sleep 0.02; done
}

# A manager that takes the words of systemctl, for the unit t.service.
make_manager() {
	cat >manager <<-'END'
		#!/bin/bash
		cd "${0%/*}" || exit 9
		[ "${*: -2}" = '-- t.service' ] || { echo "Unit ${*: -1} not found." >&2; exit 5; }
		case $1 in
		restart) [ ! -s t.pid ] || kill "$(cat t.pid)" 2>/dev/null
			rm -f t.pid
			setsid ./svc "$PWD" >/dev/null 2>&1 </dev/null &
			until [ -s t.pid ]; do sleep 0.02; done ;;
		reload) kill -HUP "$(cat t.pid)" ;;
		show) [ "$2 $3 $4" = '-p MainPID --value' ] && cat t.pid ;;
		*) exit 2 ;;
		esac
	END
	chmod +x manager
}

saw() {
	for _ in $(seq 100); do
		[ "$(cat seen)" != "$1" ] || return 0
		sleep 0.02
	done
	return 1
}

@test "a declared signal makes the service read anew, and it stays the same process" {
	start_service
	echo two >conf
	ok service-reload run "{\"parameters\":{\"pidfile\":\"$PWD/t.pid\",\"reload_signal\":\"HUP\"}}"
	answer ".output.pids == [$pid] and .output.stayed"
	saw two
}

@test "a declared command reloads, and what it says when it fails is told" {
	start_service
	echo two >conf
	R="{\"parameters\":{\"pidfile\":\"$PWD/t.pid\",\"reload\":[\"/bin/kill\",\"-HUP\",\"$pid\"]}}"
	ok service-reload run "$R"
	saw two
	R="{\"parameters\":{\"pidfile\":\"$PWD/t.pid\",\"reload\":[\"/bin/sh\",\"-c\",\"echo broken at 7 >&2; exit 4\"]}}"
	refused service-reload run "$R" 'failed with 4: broken at 7'
}

@test "a service that a reload ends is no success" {
	start_service
	echo bad >conf
	refused service-reload run "{\"parameters\":{\"pidfile\":\"$PWD/t.pid\",\"reload_signal\":\"HUP\"}}" 'ended when it was to reload'
}

@test "nothing is reloaded that does not run, and nothing without a way to" {
	refused service-reload run "{\"parameters\":{\"pidfile\":\"$PWD/none\",\"reload_signal\":\"HUP\"}}" 'no process'
	start_service
	refused service-reload run "{\"parameters\":{\"pidfile\":\"$PWD/t.pid\"}}" "no 'reload'"
	refused service-reload run "{\"parameters\":{\"pidfile\":\"$PWD/t.pid\",\"reload_signal\":\"KILL\"}}" 'no signal that reloads'
	kill -0 "$pid"
}

@test "whether a reload took effect is never claimed" {
	start_service
	ok service-reload check "{\"parameters\":{\"pidfile\":\"$PWD/t.pid\",\"reload_signal\":\"HUP\"}}"
	answer '.output.state == "unknown"'
}

@test "a unit is restarted and reloaded by the manager that the site names" {
	start_service
	make_manager
	W="\"unit\":\"t.service\",\"manager\":\"$PWD/manager\""
	before=$(now)
	ok process-restart run "{\"parameters\":{$W}}"
	second=$(jq .output.pid <<<"$output")
	[ "$second" != "$pid" ] && [ "$second" = "$(cat t.pid)" ]
	gone "$pid"
	ok process-restart check "{\"started\":\"$before\",\"parameters\":{$W}}"
	answer '.output.state == "done"'
	echo two >conf
	ok service-reload run "{\"parameters\":{$W}}"
	answer ".output.pids == [$second]"
	saw two
}

@test "a unit that the manager does not know, or whose name is none, is an error" {
	start_service
	make_manager
	refused process-restart run "{\"parameters\":{\"unit\":\"u.service\",\"manager\":\"$PWD/manager\"}}" 'Unit u.service not found'
	refused process-restart run "{\"parameters\":{\"unit\":\"-t\",\"manager\":\"$PWD/manager\"}}" 'no name of a unit'
	kill -0 "$pid"
}
