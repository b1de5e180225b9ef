#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every point at which sh-repair can die: it is traced and killed beside each
# system call that writes, names, forks, executes or waits (tests/faults/crash.c),
# then started again. Each action has run once, or nobody can say and it is held.
# shellcheck disable=SC2154 # stderr and lines come from run
# shellcheck disable=SC2016 # the scripts expand inside
load helper
load repair

CRASH=${abs_top_builddir:?}/tests/faults/crash

can_trace() {
	"$CRASH" one 0 /dev/null true 2>/dev/null || skip 'this machine lets nobody trace a process'
}

can_change() {
	local status=0
	"$CRASH" fail 2 report touch x 2>/dev/null || status=$?
	[ $status != 77 ] || skip 'this kernel lets nobody change system calls'
}

# An action whose effect is a line with its plan, in the thing that is missing.
crash_area() {
	area
	cat >libexec/actions/do <<-'E'
		#!/bin/sh
		in=$(cat)
		plan=${in#*'"plan":"'} plan=${plan%%'"'*}
		path=${in#*'"path":"'} path=${path%%'"'*}
		case $1 in
		run)
			sleep 0.02
			echo "$plan" >>"$path"
			sleep 0.02
			echo '{"success":true}'
			;;
		check)
			state=not_done
			! grep -qsxF "$plan" "$path" || state=done
			[ ! -e "${path%/*}/mute" ] || state=unknown
			echo '{"success":true,"output":{"state":"'$state'"}}'
			;;
		esac
	E
	sed -i 's/undo: true/undo: false/' stock/actions/do.yaml
	playbook <<-'E'
		guards: {cooldown: 0s, attempts: 100}
		steps: [{name: make, action: do, timeout: 5s, with: {path: "{site.path}"}}]
		verify: {within: 300ms, hold: 0s}
	E
}

# An action that can be undone, then one that fails; each call is a line.
undo_area() {
	crash_area
	cat >libexec/actions/do <<-'E'
		#!/bin/sh
		in=$(cat)
		plan=${in#*'"plan":"'} plan=${plan%%'"'*}
		path=${in#*'"path":"'} path=${path%%'"'*}
		how=${in#*'"how":"'} how=${how%%'"'*}
		tag=${in#*'"tag":"'} tag=${tag%%'"'*}
		log=${path%/*}/log
		case $1:$how in
		check:make) grep -qs "^run $tag $plan" "$log" && state=done || state=not_done
			echo '{"success":true,"output":{"state":"'$state'"}}' ;;
		check:fail) echo '{"success":true,"output":{"state":"not_done"}}' ;;
		run:fail) echo '{"success":false,"error":"told to fail"}' ;;
		*)
			echo "$1 $tag $plan" >>"$log"
			[ "$tag" != c ] || : >"$path"
			echo '{"success":true}'
			;;
		esac
	E
	sed -i 's/undo: false/undo: true/' stock/actions/do.yaml
	playbook <<-'E'
		guards: {cooldown: 0s, attempts: 100}
		steps:
		  - {name: make, action: do, timeout: 5s, with: {path: "{site.path}"}}
		  - {name: break, action: do, timeout: 5s, with: {path: "{site.path}", how: fail}}
		verify: {within: 300ms, hold: 0s}
	E
}

# Steps at the same time, then for each of a list, then the one that makes the thing.
parallel_area() {
	undo_area
	playbook <<-'E'
		guards: {cooldown: 0s, attempts: 100}
		steps:
		  - parallel:
		      - {name: a, action: do, timeout: 5s, with: {path: "{site.path}", tag: a}}
		      - {name: b, action: do, timeout: 5s, with: {path: "{site.path}", tag: b}}
		  - {name: each, action: do, timeout: 5s, for_each: [x, y], batch: 2, with: {path: "{site.path}", tag: "{item}"}}
		  - {name: c, action: do, timeout: 5s, with: {path: "{site.path}", tag: c}}
		verify: {within: 300ms, hold: 0s}
	E
}

# Another test's state directory has a place of its own.
fresh_state() { rm -rf state; }

afresh() {
	fresh_state
	rm -rf thing log out err
	# Evidence grows old; the rest of a diagnosis is the same each time.
	[ "$((SECONDS - ${diagnosed:--100}))" -lt 20 ] && return
	diagnose >d
	diagnosed=$SECONDS
}

# The number of points of a whole run.
points() {
	afresh
	"$CRASH" one 0 report sh-repair -c conf --apply d >out 3>&-
	sed -n 's/^points //p' report
}

fail() {
	{
		printf '%s\n' "$*"
		cat report thing err
		db 'SELECT row, plan, attempt, outcome FROM repair; SELECT row, repair, action, pid, state FROM intent'
		cat out
	} >&2
	return 1
}

# crash WHO POINT: false where the run had ended before.
crash() {
	"$CRASH" "$1" "$2" report sh-repair -c conf --apply d >>out 2>>err 3>&- || :
	grep -q '^point ' report
}

ran_once() {
	[ "$(wc -l <thing)" -eq 1 ] || fail "$1: $(wc -l <thing) effects"
	# The effect is in the history: of a repair that says fixed, or that was ended under our hands.
	[ "$(db "SELECT count(*) FROM repair WHERE plan = '$(cat thing)' AND ended <> 0
		AND outcome <> 'not_begun'")" = 1 ] || fail "$1: not in the history"
	[ "$(db 'SELECT count(*) FROM pause')" = 0 ] || fail "$1: held"
	sh-ledger verify >>out 2>>err || fail "$1: the chain is broken"
}

again_until_there() {
	local round
	for round in 1 2 3; do
		[ ! -s thing ] || return 0
		rm -f thing
		diagnose | mend --apply >>out 2>>err 3>&- || :
	done
	[ -s thing ] || fail "$1: never repaired"
}

# Nobody can say whether it acted: held, and it stays so; or nothing had been begun.
settles_or_is_held() {
	mend --apply d >>out 2>>err 3>&- || :
	no_open_ends || fail "$1: open ends"
	if [ "$(db 'SELECT count(*) FROM pause')" = 0 ]; then
		again_until_there "$1"
		ran_once "$1"
		return
	fi
	held=$((held + 1))
	[ ! -e thing ] || [ "$(wc -l <thing)" -eq 1 ] || fail "$1: $(wc -l <thing) effects"
	rm -f thing
	diagnose | mend --apply >>out 2>>err 3>&- || :
	[ ! -e thing ] || fail "$1: acted although it is held"
}

# What is undone is undone once, what ran ran once.
nothing_twice() {
	local again
	mend --apply d >>out 2>>err 3>&- || :
	no_open_ends || fail "$1: open ends"
	again=$(sort log 2>/dev/null | uniq -d)
	[ -z "$again" ] || fail "$1: twice: $again"
	sh-ledger verify >>out 2>>err || fail "$1: the chain is broken"
}

# What happens between the crash and the next start.
between() { :; }

# The very same records after the crash, then whatever is true by then.
settles() {
	between "$1"
	mend --apply d >>out 2>>err 3>&- || :
	no_open_ends || fail "$1: open ends"
	again_until_there "$1"
	no_open_ends || fail "$1: open ends"
	ran_once "$1"
}

# sweep WHO [MANY]: all points, or so many of them, spread evenly.
sweep() {
	local point last step tried=0
	last=$(points)
	step=$((${2:-0} ? last / ${2:-1} : 1))
	for ((point = (step + 1) / 2; point <= last; point += step)); do
		afresh
		crash "$1" "$point" || continue
		"${check:-settles}" "$1 at $point"
		tried=$((tried + 1))
	done
	echo "# killed at $tried of $last points" >&3
	# A run that found less to do than the counted one ends before its last points.
	[ "$tried" -ge $((last / step * 4 / 5)) ]
}

# Where something begins of which nobody hears how it ends: measuring, the action.
at_executions() { # WHO
	local n tried=0
	for ((n = 1; n < 10; n++)); do
		afresh
		crash "$1" "execve:$n" || break
		"${check:-settles}" "$1 at execution $n"
		tried=$((tried + 1))
	done
	[ "$tried" -ge 2 ]
}

# The same with the state directory on a tmpfs of 24 MiB, seen by nobody else.
sweep_apart() { # PRELUDE WHO [MANY]
	# In a user namespace the machine's root is nobody, and no path below / is trusted.
	unshare --mount true 2>/dev/null || skip 'needs root, for a mount namespace'
	crash_area
	mkdir disk
	SH_STATE=$T/disk/state
	declare -f >functions
	{
		declare -p T CRASH target
		printf '%s\n' 'set -eu' 'mount -t tmpfs -o size=24m,mode=0700 tmpfs disk' '. ./functions' "$1"
		echo "sweep ${*:2}"
	} >script
	unshare --mount bash script
}

apart='
	db() { sqlite3 "$SH_STATE/ledger.db" "$1"; }
	fill() {
		dd if=/dev/zero of=disk/hog bs=64k 2>/dev/null || :
		dd if=/dev/zero of=disk/rest bs=512 2>/dev/null || :
		! printf x 2>/dev/null >>disk/rest
	}
'
full=$apart'
	fresh_state() {
		rm -rf disk/*
		sh-ledger reserve
		fill
	}
'
filling=$apart'
	export CRASH_HOOK="rm -f disk/state/ledger.reserve; $(declare -f fill); fill"
	fresh_state() {
		rm -rf disk/*
		sh-ledger reserve
	}
	between() { rm -f disk/hog disk/rest; }
'
# Nothing is begun on it, whatever was open: it is said, and 4.
readonly=$apart'
	fresh_state() { rm -rf disk/*; }
	between() {
		local before status=0
		sleep 0.1
		before=$(cat thing 2>/dev/null || :)
		mount --bind disk disk
		mount -o remount,bind,ro disk
		mend --apply d >>out 2>>err 3>&- || status=$?
		umount disk
		[ "$status" -eq 4 ] || fail "$1: exit $status on a read-only state directory"
		[ "$before" = "$(cat thing 2>/dev/null || :)" ] || fail "$1: acted on a read-only state directory"
	}
'
# EROFS, as when the kernel finds an error on a file system that is being written.
failing='
	export CRASH_ERRNO=30
'

@test "one process of sh-repair killed at some points: each action ran once" {
	can_trace
	crash_area
	sweep one 10
	at_executions one
}

@test "all of sh-repair killed at some points: each action ran once" {
	can_trace
	crash_area
	sweep repair 10
	at_executions repair
}

@test "sh-repair and its action killed at some points: each action ran once" {
	can_trace
	crash_area
	sweep all 10
	at_executions all
}

@test "killed at some points, and the action cannot say what it did: held, or it ran once" {
	local check=settles_or_is_held held=0
	can_trace
	crash_area
	: >mute
	sweep repair 8
	at_executions repair
	[ "$held" -gt 0 ]
}

@test "killed at some points of an undo: nothing is done or undone twice" {
	local check=nothing_twice
	can_trace
	undo_area
	sweep one 10
}

@test "killed at some points of steps in parallel: nothing is done or undone twice" {
	local check=nothing_twice
	can_trace
	parallel_area
	sweep one 10
	grep -q '^run a p-' log && grep -q '^run y p-' log && [ -e thing ]
}

@test "killed at some points on a full disk: each action ran once" {
	can_trace
	sweep_apart "$full" all 5
}

@test "a disk that fills up, reserve and all, at some points: each action ran once" {
	can_trace
	sweep_apart "$filling" hook 5
}

@test "killed at some points, then the state directory is read-only: each action ran once" {
	can_trace
	sweep_apart "$readonly" all 5
}

@test "a state directory that turns read-only at some points: each action ran once" {
	can_trace
	crash_area
	eval "$failing"
	can_change
	sweep fail 5
}

# bats test_tags=slow
@test "one process of sh-repair killed at every point: each action ran once" {
	can_trace
	crash_area
	sweep one
}

# bats test_tags=slow
@test "all of sh-repair killed at every point: each action ran once" {
	can_trace
	crash_area
	sweep repair
}

# bats test_tags=slow
@test "sh-repair and its action killed at every point: each action ran once" {
	can_trace
	crash_area
	sweep all
}

# bats test_tags=slow
@test "killed at 400 points of an undo: nothing is done or undone twice" {
	local check=nothing_twice
	can_trace
	undo_area
	sweep one 400
}

# bats test_tags=slow
@test "killed at 300 points of steps in parallel: nothing is done or undone twice" {
	local check=nothing_twice
	can_trace
	parallel_area
	sweep repair 150
	sweep one 150
}

# bats test_tags=slow
@test "killed at 150 points, and the action cannot say what it did: held, or it ran once" {
	local check=settles_or_is_held held=0
	can_trace
	crash_area
	: >mute
	sweep repair 150
	[ "$held" -gt 0 ]
}

# bats test_tags=slow
@test "killed at 150 points on a full disk: each action ran once" {
	can_trace
	sweep_apart "$full" repair 150
}

# bats test_tags=slow
@test "a disk that fills up, reserve and all, at 150 points: each action ran once" {
	can_trace
	sweep_apart "$filling" hook 150
}

# bats test_tags=slow
@test "killed at 150 points, then the state directory is read-only: each action ran once" {
	can_trace
	sweep_apart "$readonly" repair 150
}

# bats test_tags=slow
@test "a state directory that turns read-only at every point: each action ran once" {
	can_trace
	crash_area
	eval "$failing"
	can_change
	sweep fail
}
