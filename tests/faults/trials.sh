#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# trials.sh KILLS [SEED] - kill -9 the five programs at random moments, so many
# times in all, and compare what they did with what an undisturbed run does
#
# Under the barrier feeder (sh-detect, sh-diagnose, both in a pipeline, sh-repair)
# every record, fault and act comes exactly once. In plain runs (sh-detect,
# sh-diagnose, sh-collect, sh-schedule) what a state directory says is done is
# neither lost nor done again, and what it does not know of comes again. One line
# for each kind of trial; the first that fails is said, and ends all with 1.
# TRIALS_KEEP=DIR: there its files are left.
set -euo pipefail
: "${abs_top_builddir:?run by make crash-trials}"
kills=${1:?usage: trials.sh KILLS [SEED]} seed=${2:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
PATH=$abs_top_builddir/bin:$PATH
feeder=$abs_top_builddir/tests/faults/feeder
T=$(mktemp -d "${TMPDIR:-/tmp}/trials.XXXXXX")
trap 'rm -rf "$T"' EXIT
cd "$T"
mkdir empty
export LC_ALL=C TZ=UTC SH_HOST=h1 SH_BINDIR=$abs_top_builddir/bin XDG_CONFIG_HOME=$T/empty
unset SH_STATE
RANDOM=$seed

fail() {
	echo "FAILED: $* (seed $seed)"
	tail -n 20 err 2>/dev/null || :
	[ -z "${TRIALS_KEEP-}" ] || cp -r "$T" "$TRIALS_KEEP"
	exit 1
}

# Below so many; bash's own has 15 bits.
random() { dice=$(((RANDOM * 32768 + RANDOM) % $1)); }

micros() {
	micros=${EPOCHREALTIME/./}
}

# killed_within MICROSECONDS COMMAND...: SIGKILL at some moment of them; false where
# it had ended before. What it forked goes on.
killed_within() {
	local pid status=0 nap
	random "$1"
	printf -v nap '%d.%06d' $((dice / 1000000)) $((dice % 1000000))
	shift
	"$@" 3>&- &
	pid=$!
	sleep "$nap"
	kill -KILL $pid 2>/dev/null || :
	wait $pid 2>/dev/null || status=$?
	[ $status = 137 ]
}

# samples FROM COUNT: of four file systems that fill up, empty, and fill again.
samples() {
	awk -v from="$1" -v n="$2" 'BEGIN {
		for (i = from; i < from + n; i++)
			printf "{\"kind\":\"sample\",\"time\":%d,\"host\":\"h%d\",\"entity\":\"filesystem:/v%d@h%d\",\"metrics\":{\"storage\":{\"utilization\":%.1f}}}\n",
				1795222923 + i, i % 4, i % 4, i % 4, 50 + 49 * sin(i / 40)
	}'
}

cat >stateful <<'E'
#!/bin/sh
name=$1
shift
exec "$name" --state "$STATE.$name" "$@"
E
chmod +x stateful

# fed NAME KILLS COMMAND...: of the records in the file "in" comes out what comes
# out undisturbed, byte for byte.
fed() {
	local name=$1 left=$2 done=0 streams=0 n
	shift 2
	rm -rf calm.*
	STATE=calm "$feeder" --every 10 --kills 0 -- "$@" <in >whole 2>err || fail "$name: undisturbed"
	grep -q '"kind":"fault"' whole || fail "$name: no fault comes out"
	while [ $left -gt 0 ]; do
		rm -rf killed.*
		STATE=killed "$feeder" --every 10 --kills $((left < 40 ? left : 40)) --seed $RANDOM -- "$@" \
			<in >out 2>err || fail "$name: with kills"
		n=$(sed -n 's/.* \([0-9]*\) kills.*/\1/p' err | tail -n 1)
		cmp whole out || fail "$name: not what comes out undisturbed"
		left=$((left - n)) done=$((done + n)) streams=$((streams + 1))
	done
	echo "$name, fed: $done kills in $streams streams of $(wc -l <in) records, each $(wc -l <whole) records out: as undisturbed"
}

# plain NAME KILLS PIECES COMMAND...: the files PIECES.* one after another as from
# cron, each given again after a kill. Its state is stored when its output was
# written: what comes again is all of a piece, or nothing.
plain() {
	local name=$1 left=$2 pieces=$3 done=0 again=0 series=0 piece begin
	local -A took
	shift 3
	rm -rf calm.*
	for piece in "$pieces".*; do
		micros
		begin=$micros
		STATE=calm "$@" "$piece" >"calm.out.$piece" 2>err || fail "$name: undisturbed"
		micros
		took[$piece]=$((micros - begin))
	done
	grep -q '"kind":"fault"' calm.out.* || fail "$name: no fault comes out"
	while [ $left -gt 0 ]; do
		rm -rf killed.*
		series=$((series + 1))
		for piece in "$pieces".*; do
			STATE=killed killed_within ${took[$piece]} "$@" "$piece" >out 2>err &&
				done=$((done + 1)) left=$((left - 1))
			STATE=killed "$@" "$piece" >rest 2>err || fail "$name: after a kill"
			if cmp -s rest "calm.out.$piece"; then
				cmp -s out <(head -c "$(wc -c <out)" rest) || fail "$name: $piece began otherwise"
				[ ! -s out ] || again=$((again + 1))
			elif ! cmp -s out "calm.out.$piece"; then
				fail "$name: $piece is stored, and was not written"
			fi
		done
	done
	echo "$name, plain: $done kills in $series series of runs, $again times begun again: as undisturbed"
}

# Twenty things that should exist, and an action that makes one and notes for which plan.
repair_area() {
	local i files=
	mkdir -p stock/{rules,diagnoses,playbooks,actions} libexec/actions things
	for i in {1..20}; do
		files+="{path: $T/things/$i}, "
	done
	echo "services: {app: {pidfile: $T/app.pid, mode: act, files: [${files%, }]}}" >site.yaml
	echo 'limits: {repairs: {per_hour: 100000, per_hour_of_rule: 100000, per_week: 100000, failed_targets: 1000}}' >>site.yaml
	cat >stock/rules/r.yaml <<-'E'
		rules: {gone: {on: [file], expr: file.exists == 0, count: 1, severity: high, description: "{entity_name} is gone"}}
	E
	cat >stock/diagnoses/d.yaml <<-'E'
		diagnoses: {d: {faults: [gone], root_cause: thing_gone, confidence: 0.9, title: it is gone,
		  recommendation: make it again, because: "{fault.description}"}}
	E
	cat >stock/playbooks/p.yaml <<-'E'
		playbooks:
		  mend:
		    for: {causes: [thing_gone]}
		    guards: {cooldown: 0s, attempts: 100}
		    steps: [{name: make, action: do, timeout: 10s, with: {path: "{site.path}"}}]
		    verify: {within: 300ms, hold: 0s}
	E
	cat >stock/actions/do.yaml <<-'E'
		title: what the trial says
		program: do
		timeout: 10s
		parameters: {path: {type: string, required: true, from: site}}
	E
	cat >libexec/actions/do <<-'E'
		#!/bin/sh
		in=$(cat)
		plan=${in#*'"plan":"'} plan=${plan%%'"'*}
		path=${in#*'"path":"'} path=${path%%'"'*}
		if [ "$1" = run ]; then
			echo "$plan" >>"$path"
			sleep 0.01
			echo '{"success":true}'
		else
			state=not_done
			! grep -qsxF "$plan" "$path" || state=done
			echo '{"success":true,"output":{"state":"'$state'"}}'
		fi
	E
	cat >stock/playbooks/task.yaml <<-'E'
		playbooks:
		  work: {steps: [{name: work, action: do, timeout: 10s, with: {path: "{site.settings.path}"}}]}
	E
	chmod 755 libexec/actions/do
	chmod -R go-w .
}

# Nothing in the ledger is open or held, and its chain is whole.
settled() {
	local open
	open=$(sqlite3 state/ledger.db "SELECT (SELECT count(*) FROM repair WHERE ended = 0) +
		(SELECT count(*) FROM intent WHERE state = 'open') + (SELECT count(*) FROM pause)")
	[ "$open" = 0 ] || fail "$1: $open ends are open"
	sh-ledger --state state verify >out 2>&1 || fail "$1: $(cat out)"
}

# No act twice, none forgotten, each in the history of a chain that is whole.
repaired() {
	local i
	for i in {1..20}; do
		[ -e things/$i ] || fail "sh-repair: thing $i was never made"
		[ "$(wc -l <things/$i)" = 1 ] || fail "sh-repair: thing $i was made $(wc -l <things/$i) times"
		[ "$(sqlite3 state/ledger.db "SELECT count(*) FROM repair WHERE plan = '$(cat things/$i)' AND ended <> 0 AND outcome <> 'not_begun'")" = 1 ] ||
			fail "sh-repair: what made thing $i is not in the history"
	done
	settled sh-repair
}

repairs() {
	local left=$1 done=0 streams=0 n
	while [ $left -gt 0 ]; do
		rm -rf state things/*
		sh-collect -c site.yaml file | sh-detect -c site.yaml | sh-diagnose -c site.yaml >diagnoses
		[ "$(grep -c thing_gone diagnoses)" = 20 ] || fail "sh-repair: $(wc -l <diagnoses) diagnoses"
		"$feeder" --every 2 --kills $((left < 20 ? left : 20)) --seed $RANDOM --within 600 -- \
			sh-repair -c site.yaml --state state --apply <diagnoses >out 2>err || fail 'sh-repair: with kills'
		n=$(sed -n 's/.* \([0-9]*\) kills.*/\1/p' err | tail -n 1)
		repaired
		left=$((left - n)) done=$((done + n)) streams=$((streams + 1))
	done
	echo "sh-repair, fed: $done kills in $streams streams of 20 diagnoses: each acted on once"
}

# Three tasks each minute, by a clock that goes on a minute after each kill. Each due
# time is told of; what ran did so once, and was told of as done or as interrupted.
schedules() {
	local left=$1 done=0 minutes=0 cut=0 task begin ran
	cat >tasks.yaml <<-E
		tasks:
		  a: {cron: "* * * * *", playbook: work, mode: act, settings: {path: $T/did/a}}
		  b: {cron: "* * * * *", playbook: work, mode: act, settings: {path: $T/did/b}}
		  c: {cron: "* * * * *", playbook: work, mode: act, settings: {path: $T/did/c}}
	E
	rm -rf state
	# The first look only notes when it was.
	printf -v now '2026-11-01T00:00:00Z'
	schedule >out 2>err || fail 'sh-schedule: undisturbed'
	while [ $left -gt 0 ]; do
		minutes=$((minutes + 1))
		rm -rf did
		mkdir did
		printf -v now '2026-11-%02dT%02d:%02d:00Z' $((1 + minutes / 1440)) $((minutes / 60 % 24)) $((minutes % 60))
		if [ $((minutes % 20)) = 1 ]; then
			micros
			begin=$micros
			schedule >out 2>err || fail 'sh-schedule: undisturbed'
			micros
			begin=$((micros - begin))
		else
			killed_within $begin schedule >out 2>err && done=$((done + 1)) left=$((left - 1))
			schedule >>out 2>err || fail 'sh-schedule: after a kill'
		fi
		for task in a b c; do
			ran=$(wc -l 2>/dev/null <did/$task || echo 0)
			jq -se --arg task $task --arg now "${now%Z}.000000Z" --argjson ran "$ran" '
				map(select(.kind == "task" and .task == $task and .due == $now)) | $ran <= 1 and length >= 1
				and (map(select(.success)) | length == 0 or $ran == 1)
				and (map(select(.success | not)) | all(.error | startswith("interrupted:")))' out >/dev/null ||
				fail "sh-schedule: task $task of $now ran $ran times: $(cat out)"
			cut=$((cut + 1 - ran))
		done
	done
	settled sh-schedule
	echo "sh-schedule: $done kills in $minutes minutes with 3 tasks each: none ran twice, each was told of, $cut were interrupted before they began"
}

schedule() {
	sh-schedule --state state -c tasks.yaml --once --now $now
}

# A log that grows, and marks. Each line and mark comes out; one that the state has, never again.
collects() {
	local left=$1 done=0 n=0 marks=0 acked=0 was again=0 begin first last
	echo "checks: {app: {log: $T/app.log, from: start}}" >site.yaml
	rm -rf state
	: >app.log
	: >stored
	# The first look at events says nothing.
	sh-collect -o ndjson -c site.yaml --state state check event >out
	micros
	begin=$micros
	sh-collect -o ndjson -c site.yaml --state state check event >out
	micros
	begin=$((micros - begin))
	while [ $left -gt 0 ]; do
		random 400
		seq -f 'line %.0f' $((n + 1)) $((n += dice + 1)) >>app.log
		sh-collect --state state --mark "mark $((marks += 1))"
		if killed_within $begin sh-collect -o ndjson -c site.yaml --state state check event >out 2>err; then
			done=$((done + 1)) left=$((left - 1))
			# What a kill cut off in the middle is none of ours.
			sed -i -e '$!b' -e '/}$/!d' out
		fi
		jq -r 'select(.kind == "log") | .text' out >lines
		if [ -s lines ]; then
			first=$(sed -n '1s/line //p' lines) last=$(sed -n '$s/line //p' lines)
			[ $first = $((acked + 1)) ] || fail "sh-collect: line $first comes after the state had $acked"
			seq -f 'line %.0f' $first $last | cmp lines || fail 'sh-collect: lines are missing'
		fi
		was=$acked
		acked=$(sqlite3 state/collect.db "SELECT value ->> 'lines' FROM value WHERE space = 'follow'")
		[ "${acked:=0}" = $was ] || [ $acked = "${last:-0}" ] || fail "sh-collect: the state has $acked lines, told are ${last:-0}"
		jq -r 'select(.kind == "event" and .type == "deploy") | .text' out >told
		! grep -Fxf stored told || fail 'sh-collect: these marks came again'
		if [ $acked = "$was" ]; then
			[ ! -s lines ] || again=$((again + 1))
		else
			cat told >>stored
		fi
	done
	sh-collect -o ndjson -c site.yaml --state state check event | jq -r 'select(.type == "deploy") | .text' >>stored
	seq -f 'mark %.0f' $marks | cmp - <(sort -V stored) || fail 'sh-collect: not each mark came once'
	echo "sh-collect: $done kills while $n lines and $marks marks came: none lost, $again times some came again"
}

share=$(((kills + 7) / 8))
echo "seed $seed"
samples 0 2000 >in
fed sh-detect $share ./stateful sh-detect
fed "sh-detect | sh-diagnose" $share ./stateful sh-detect '|' ./stateful sh-diagnose
sh-detect <in >faults
cat faults faults faults faults >in
fed sh-diagnose $share ./stateful sh-diagnose
for i in 0 1 2 3 4; do
	samples $((i * 1000)) 1000 >samples.$i
done
sh-detect samples.? >faults
split -n l/5 -d -a 1 faults faults.
plain sh-detect $share samples ./stateful sh-detect
plain sh-diagnose $share faults ./stateful sh-diagnose
collects $share
export SH_STOCK=$T/stock SH_LIBEXEC=$T/libexec
repair_area
repairs $share
schedules $share
