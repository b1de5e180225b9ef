#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-repair outlives its pipeline: terminal, reader and feeder gone, told to end once
# and twice. Whatever happens the step at hand ends, and the ledger has the outcome.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

# Of a repair that goes on by itself, which may be writing.
db() { sqlite3 -cmd '.timeout 5000' "$T/state/ledger.db" "$1"; }

two_steps() {
	area
	playbook <<-'E'
		steps:
		  - {name: first, action: do, with: {path: "{site.path}", how: held, tag: first}}
		  - {name: second, action: do, with: {path: "{site.path}", tag: second}}
	E
	diagnose >d
}

# In the background, with its input open: a shell gives those an ignored INT.
start() {
	mkfifo in
	env --default-signal=INT "$SH_BINDIR/sh-repair" -c conf --apply <in >out 2>err 3>&- &
	pid=$!
	exec 9>in
	cat d >&9
	await log
}

await() { # FILE that is not empty
	for _ in $(seq 200); do
		[ -s "$1" ] && return
		sleep 0.02
	done
	return 1
}

outcome() { db 'SELECT group_concat(outcome) FROM repair'; }
states() { jq -rs 'map(select(.kind == "repair")) | last | [.steps[].state] | join(" ")' out; }

@test "told once, what was begun goes to its end" {
	two_steps
	for sig in TERM INT; do
		rm -rf state thing log out in go
		sleep 0.05
		diagnose >d
		start
		kill -$sig $pid
		: >go
		wait $pid
		exec 9>&-
		[ "$(states)" = 'done done' ]
		[ "$(outcome)" = fixed ]
		no_open_ends
	done
}

@test "told twice, the step at hand ends, no other is begun, and what was done is undone" {
	two_steps
	for sig in TERM INT; do
		rm -rf state thing log out in go
		sleep 0.05
		diagnose >d
		start
		kill -$sig $pid
		sleep 0.3
		kill -$sig $pid
		sleep 0.5
		kill -0 $pid # the step is not ended by force
		: >go
		status=0
		wait $pid || status=$?
		exec 9>&-
		[ "$status" -eq 9 ]
		[ "$(states)" = 'undone failed' ]
		jq -se 'any(.[]; .kind == "repair" and .steps[1].decision == "stopped"
			and .error == "step '"'second'"': sh-repair was told to end")' out
		[ "$(calls)" = $'run first\nundo first' ]
		[ "$(outcome)" = rolled_back ]
		no_open_ends
	done
}

@test "told twice while steps run at the same time, all of them end and are undone" {
	area
	playbook <<-'E'
		steps:
		  - parallel:
		      - {name: a, action: do, with: {path: "{site.path}", how: held, tag: a}}
		      - {name: b, action: do, with: {path: "{site.path}", how: held, tag: b}}
		  - {name: c, action: do, with: {path: "{site.path}", tag: c}}
	E
	diagnose >d
	start
	kill -TERM $pid
	sleep 0.3
	kill -TERM $pid
	sleep 0.3
	: >go
	wait $pid || [ $? -eq 9 ]
	exec 9>&-
	[ "$(states)" = 'undone undone failed' ]
	[ "$(calls | grep -c 'undo')" = 2 ]
	run ! grep 'run c' log
	no_open_ends
}

@test "told twice between two tries, there is no further one" {
	area
	playbook <<<'steps: [{name: make, action: do, retries: 9, backoff: 1m, with: {path: "{site.path}", how: fail}}]'
	diagnose >d
	start
	kill -TERM $pid
	sleep 0.3
	kill -TERM $pid
	wait $pid || [ $? -eq 5 ]
	exec 9>&-
	[ "$(calls)" = 'run one' ]
	[ "$(outcome)" = failed ]
	no_open_ends
}

@test "told twice while it is proved, nobody knows: nothing is undone and no further rung is climbed" {
	area
	playbook <<-'E'
		next: stronger
		steps: [{name: make, action: do, with: {path: "{site.path}", how: noop}}]
		verify: {within: 1m}
	E
	playbook stronger none <<<'steps: [{name: make, action: do, with: {path: "{site.path}", tag: strong}}]'
	diagnose >d
	start
	sleep 0.5
	kill -TERM $pid
	sleep 0.3
	kill -TERM $pid
	wait $pid || [ $? -eq 6 ]
	exec 9>&-
	jq -se 'any(.[]; .kind == "repair" and .verified == "unknown" and (.error | contains("told to end")))' out
	[ "$(calls)" = 'run one' ]
	[ "$(outcome)" = unknown ]
	no_open_ends
}

@test "told three times, it is gone at once, and the repair goes on by itself" {
	two_steps
	start
	for _ in 1 2 3; do
		kill -TERM $pid
		sleep 0.3
	done
	wait $pid || [ $? -eq 4 ]
	exec 9>&-
	: >go
	for _ in $(seq 100); do
		[ "$(outcome)" = rolled_back ] && break
		sleep 0.05
	done
	[ "$(outcome)" = rolled_back ]
	no_open_ends
}

@test "told twice while another has the target, it ends and has begun nothing" {
	two_steps
	start
	"$SH_BINDIR/sh-repair" -c conf --apply d >out2 2>err2 3>&- 9>&- &
	second=$!
	sleep 0.4
	kill -TERM $second
	sleep 0.2
	kill -TERM $second
	wait $second || [ $? -eq 4 ]
	grep -q 'told to end while' err2
	: >go
	exec 9>&-
	wait $pid
	[ "$(calls)" = $'run first\nrun second' ]
	no_open_ends
}

@test "the terminal is closed: the repair is finished" {
	need python3
	two_steps
	python3 - "$SH_BINDIR/sh-repair" <<-'E' 3>&-
	import os, pty, sys, time
	pid, fd = pty.fork()
	if pid == 0:
	    os.execv("/bin/bash", ["bash", "-c", "cat d - | " + sys.argv[1] + " -c conf --apply"])
	for _ in range(200):
	    if os.path.exists("log"):
	        break
	    time.sleep(0.02)
	os.close(fd)
	E
	[ "$(calls)" = 'run first' ]
	: >go
	for _ in $(seq 100); do
		[ "$(outcome)" = fixed ] && break
		sleep 0.05
	done
	[ "$(outcome)" = fixed ]
	[ "$(calls)" = $'run first\nrun second' ]
	no_open_ends
}

@test "the feeder is killed, and the reader too: the repair is finished" {
	two_steps
	mkfifo in out.fifo
	"$SH_BINDIR/sh-repair" -c conf --apply <in >out.fifo 2>err 3>&- &
	pid=$!
	bash -c 'cat d; exec sleep 100' >in 3>&- &
	feeder=$!
	cat out.fifo >/dev/null 3>&- &
	reader=$!
	await log
	kill -KILL $feeder $reader
	sleep 0.2
	: >go
	wait $pid || :
	[ "$(outcome)" = fixed ]
	[ "$(calls)" = $'run first\nrun second' ]
	no_open_ends
}

@test "TERM to the whole process group of a pipeline leaves nothing in doubt" {
	two_steps
	mkfifo in2
	setsid bash -c 'echo $$ >group; cat d - <in2 | "$SH_BINDIR/sh-repair" -c conf --apply | cat >out' 3>&- &
	exec 9<>in2
	await log
	group=$(cat group)
	[ "$(ps -o pgid= -p "$group" | tr -d ' ')" = "$group" ]
	kill -TERM -- "-$group"
	sleep 0.2
	: >go
	exec 9>&-
	for _ in $(seq 100); do
		[ "$(outcome)" = fixed ] && break
		sleep 0.05
	done
	[ "$(outcome)" = fixed ]
	no_open_ends
}
