#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# process-limit on real processes, in real control groups where they can be written
load helper
load action

# A process that burns a processor, by its name alone known to the tests.
start_burner() {
	cp "$(command -v bash)" burner
	"$PWD/burner" -c 'while :; do :; done' "$PWD" 3>&- &
	remember $!
	pid=$!
	until [ "$(cat "/proc/$pid/comm")" = burner ]; do sleep 0.02; done
	sleep 0.1
	seen=$(now)
}

request() { # request MORE
	jq -nc --argjson p "$pid" --arg s "$seen" --arg d "$PWD/st" --argjson more "$1" \
		'{plan:"p-1", state:$d, parameters:{pid:$p, seen:$s, limits:({allow:["burner"]} + $more)}}'
}

ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{print $12 + $13}'; }
nice_of() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f17; }
policy_of() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f39; }
groups_of() { grep -v pids "/proc/$1/cgroup"; }

undo_with() { # undo_with REQUEST ANSWER
	jq -c --argjson o "$(jq .output <<<"$2")" '. + {output:$o}' <<<"$1"
}

@test "a quota in a control group holds, check sees it, and undo leaves no group" {
	need_root
	start_burner
	groups=$(groups_of "$pid")
	R=$(request '{"cpu":10,"methods":["cpu.max","cpu.cfs"]}')
	ok process-limit check "$R"
	answer '.output.state == "not_done"'
	run -0 --separate-stderr act process-limit run "$R"
	answer .success || skip "$(jq -r '[.output.tried[].reason] | join("; ")' <<<"$output")"
	done=$output
	group=$(jq -r '.output.limits[0].cgroup' <<<"$output")
	[ "$(cat "$group/cgroup.procs")" = "$pid" ]
	ok process-limit check "$R"
	answer '.output.state == "done"'
	a=$(ticks "$pid")
	sleep 1
	b=$(ticks "$pid")
	ok process-limit undo "$(undo_with "$R" "$done")"
	# 10 ticks of 10 ms; the process alone takes up to 100.
	[ $((b - a)) -le 20 ]
	[ ! -e "$group" ]
	[ "$(groups_of "$pid")" = "$groups" ]
	ok process-limit check "$R"
	answer '.output.state == "not_done"'
}

@test "a memory limit ends the hog and nobody else" {
	need_root
	need python3
	cat >hog.py <<-'END'
		import sys, time
		open('/proc/self/comm', 'w').write('burner')
		open('ready', 'w').write('x')
		while open('/proc/self/cgroup').read().find('selfheal-') < 0: time.sleep(0.02)
		held = []
		while True:
		    held.append(bytearray(4 << 20)); time.sleep(0.01)
	END
	(ulimit -v 800000; exec python3 hog.py "$PWD") 3>&- &
	pid=$!
	remember "$pid"
	until [ -s ready ]; do sleep 0.02; done
	seen=$(now)
	R=$(request '{"memory":"64M","methods":["memory.max","memory.limit"]}')
	run -0 --separate-stderr act process-limit run "$R"
	if ! answer .success; then
		kill -KILL "$pid"
		skip "$(jq -r '[.output.tried[].reason] | join("; ")' <<<"$output")"
	fi
	done=$output
	gone "$pid"
	run wait "$pid"
	[ "$status" = 137 ]
	ok process-limit undo "$(undo_with "$R" "$done")"
	[ ! -e "$(jq -r '.output.limits[0].cgroup' <<<"$done")" ]
}

@test "the idle class and the nice value are set and put back, for every thread" {
	need_root
	start_burner
	renice -n 3 -p "$pid" >/dev/null
	R=$(request '{"cpu":10,"methods":["idle"]}')
	ok process-limit run "$R"
	[ "$(policy_of "$pid")" = 5 ]
	ok process-limit check "$R"
	answer '.output.state == "done"'
	ok process-limit undo "$R"
	[ "$(policy_of "$pid")" = 0 ]
	[ "$(nice_of "$pid")" = 3 ]
	R=$(request '{"cpu":10,"methods":["nice"]}')
	ok process-limit run "$R"
	[ "$(nice_of "$pid")" = 19 ]
	ok process-limit undo "$R"
	[ "$(nice_of "$pid")" = 3 ]
	refused process-limit undo "$R" 'nothing is known'
}

@test "a score makes the hog the first that the kernel ends, and is put back" {
	need_root
	start_burner
	before=$(cat "/proc/$pid/oom_score_adj")
	R=$(request '{"memory":"64M","methods":["oom_score"]}')
	ok process-limit run "$R"
	[ "$(cat "/proc/$pid/oom_score_adj")" = 1000 ]
	ok process-limit undo "$R"
	[ "$(cat "/proc/$pid/oom_score_adj")" = "$before" ]
}

@test "a method that is not there is told, and the next is taken" {
	need_root
	start_burner
	ok process-limit run "$(request '{"cpu":50,"methods":["cpu.max","nice"]}')"
	answer '.output.limits | length == 1'
	answer '[.output.tried[] | select(.limited | not)] | all(.reason != null)'
}

@test "what one kind of limit cannot do takes the other back" {
	need_root
	start_burner
	before=$(nice_of "$pid") # who runs the tests may have lowered them all
	R=$(request '{"cpu":50,"memory":"64M","methods":["nice","memory.max"]}')
	run -0 --separate-stderr act process-limit run "$R"
	! answer .success || skip 'version 2 control groups limit memory here'
	[ "$(nice_of "$pid")" = "$before" ]
	ok process-limit check "$R"
	answer '.output.state == "not_done"'
}

@test "undo touches no process that only has the pid" {
	need_root
	start_burner
	R=$(request '{"cpu":50,"methods":["nice"]}')
	ok process-limit run "$R"
	done=$output
	ok process-limit undo "$(undo_with "$R" "$(jq -c '.output.limits[0].processes[0].start += 1' <<<"$done")")"
	[ "$(nice_of "$pid")" = 19 ]
}

@test "a service is limited with its children; nobody else by evidence that is not allowed" {
	need_root
	cp "$(command -v bash)" burner
	"$PWD/burner" -c '"$0" 300 & echo $! >leaf; wait' "$(command -v sleep)" 3>&- &
	pid=$!
	remember "$pid"
	until [ -s leaf ]; do sleep 0.02; done
	leaf=$(cat leaf)
	ok process-limit run "{\"parameters\":{\"exe\":\"$PWD/burner\",\"limits\":{\"cpu\":50,\"methods\":[\"nice\"]}}}"
	[ "$(nice_of "$leaf")" = 19 ]
	kill "$leaf"
	gone "$pid" # its program is written anew
	start_burner
	before=$(nice_of "$pid")
	refused process-limit run "$(request '{"cpu":50,"allow":["x"]}')" 'does not allow'
	refused process-limit run "$(request '{"cpu":50}' | jq -c '.parameters.seen = "2020-01-01T00:00:00Z"')" 'is gone'
	[ "$(nice_of "$pid")" = "$before" ]
}

@test "the hog is found by measuring, of those that are allowed, and nobody when all are idle" {
	need_root
	start_burner
	cp "$(command -v sleep)" idler
	"$PWD/idler" 300 3>&- &
	remember $!
	# It is to get a good part of a processor, however many others want one.
	renice -n -10 -p "$pid" >/dev/null || :
	F='{"parameters":{"find":"cpu","limits":{"cpu":50,"methods":["nice"],"allow":["burner"]}}}'
	refused process-limit run "$(jq -c '.parameters.limits.allow=["idler"]' <<<"$F")" 'takes much cpu now'
	# On a busy machine it may get less than a quarter of a processor for a while.
	for _ in $(seq 20); do
		run -0 --separate-stderr act process-limit run "$F"
		answer .success && break
	done
	[ "$(nice_of "$pid")" = 19 ]
	renice -n 0 -p "$pid" >/dev/null
	refused process-limit run "$(jq -c '.parameters.find="disk"' <<<"$F")" "neither 'pid' nor 'find'"
	R='{"plan":"p","state":"'$PWD/st'","parameters":{"find":"cpu","kill":{"allow":["burner"]}}}'
	ok process-kill check "$R"
	answer '.output.state == "not_done"'
	for _ in $(seq 20); do
		run -0 --separate-stderr act process-kill run "$R"
		answer .success && break
	done
	gone "$pid"
	ok process-kill check "$R"
	answer '.output.state == "done"'
}

@test "limits that are none are refused" {
	pid=999999 seen=$(now)
	refused process-limit run "$(request '{}')" 'no limit is given'
	refused process-limit run "$(request '{"cpu":0}')" 'percent of one processor'
	refused process-limit run "$(request '{"memory":"5"}')" "'memory' is a size"
	refused process-limit run "$(request '{"cpu":5,"methods":["rm"]}')" 'no such method'
	refused process-limit run '{"parameters":{"limits":{"cpu":5}}}' 'neither evidence nor a service'
}
