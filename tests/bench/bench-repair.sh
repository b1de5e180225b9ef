#!/bin/bash
# SPDX-License-Identifier: MIT
# What a repair costs and how fast it is: sh-repair with a plan beside `sh -c` of the same
# command; services that are killed and stopped, watched by the pipeline and by Monit at the
# same time, each with services of its own; processor time and memory of both, with all their
# children, while all of 2 and of all these services are well.
# BENCH_ACTIONS sets how many actions are timed (default 40), BENCH_SERVICES how many services
# are killed and as many stopped (default 5), BENCH_QUIET the seconds in which all is well (60).
set -u
: "${abs_top_builddir:?run through make bench-repair}"
actions=${BENCH_ACTIONS-40} services=${BENCH_SERVICES-5} quiet=${BENCH_QUIET-60}
here=$(readlink -f "$0")
. "${here%/*}/pairs.sh"
if [ -z "${BENCH_INSIDE-}" ]; then
	export BENCH_INSIDE=1
	apart=(--mount --pid --fork --mount-proc --kill-child --net)
	[ "$(id -u)" = 0 ] || apart+=(--user --map-root-user)
	unshare "${apart[@]}" true 2>/dev/null || { echo 'bench-repair: no namespaces for this user' >&2; exit 77; }
	exec unshare "${apart[@]}" bash "$here"
fi
for program in monit busybox jq ip; do
	command -v $program >/dev/null || { echo "bench-repair: $program is not installed" >&2; exit 77; }
done
busybox=$(command -v busybox)
PATH=$abs_top_builddir/bin:$PATH
export LC_ALL=C
ip link set lo up
mount -t tmpfs -o mode=755 tmpfs /mnt || exit 4
D=/mnt
cd $D || exit 4
mkdir www state

worst() { sort -g | tail -n 1; }
elapsed() { awk -v a="$1" -v b="$EPOCHREALTIME" -v n="${2-1}" 'BEGIN { printf "%.3f\n", 1000 * (b - a) / n }'; }

# --- one action ------------------------------------------------------------------------
# A pid that lives, and a signal that it ignores: as little as an action can do.
cat >action.yaml <<END
services:
$(for n in $(seq "$actions"); do
	echo "  s$n: {pidfile: $D/s$n.pid, start: [$busybox, sleep, '1000'], mode: act}"
done)
playbooks:
  poke:
    steps: [{name: poke, action: process-signal, with: {pidfile: "{site.pidfile}", start: "{site.start}", signal: CONT, to: tree}}]
limits: {repairs: {per_hour: 1000, per_hour_of_rule: 1000}}
END
for n in $(seq "$actions"); do
	setsid "$busybox" sleep 1000 &
	echo $! >"s$n.pid"
done
sleep 0.2
sh-repair -c action.yaml --check >/dev/null || exit 4
for n in $(seq "$actions"); do
	jq -cn --arg n "$n" --arg host "${SH_HOST:-$(uname -n)}" --arg now "$(date -u +%FT%TZ)" \
		'{kind: "plan", time: $now, $host, entity: "service:s\($n)@\($host)", playbook: "poke"}'
done >plans
began=$EPOCHREALTIME
sh-repair -c action.yaml --state state/poke --apply plans >poked 2>messages
ours=$(elapsed "$began" "$actions")
done=$(jq -s 'map(select(.kind == "repair" and (.steps | all(.state == "done")))) | length' poked)
began=$EPOCHREALTIME
for n in $(seq "$actions"); do
	sh -c "kill -CONT \$(cat $D/s$n.pid)"
done
theirs=$(elapsed "$began" "$actions")
for n in $(seq "$actions"); do
	kill "$(cat "s$n.pid")"
done
wait

# --- while all is well -------------------------------------------------------------------
cat >start <<END
#!/bin/sh
setsid $busybox httpd -f -p 127.0.0.1:\$2 -h $D/www </dev/null >/dev/null 2>&1 &
echo \$! >$D/\$1.pid
END
cat >stop <<END
#!/bin/sh
kill -KILL \$(cat $D/\$1.pid)
END
chmod 755 start stop
echo well >www/index.html

# sites N: services 1 to N of each of the two
sites() {
	local n
	{
		echo 'services:'
		for n in $(seq "$1"); do
			cat <<-END
			  ours$n:
			    pidfile: $D/ours$n.pid
			    start: [$D/start, ours$n, "$((9000 + n))"]
			    checks: [{http: "http://127.0.0.1:$((9000 + n))/", timeout: 1s}]
			    mode: act
			END
		done
	} >site.yaml
	{
		printf 'set daemon 1\nset pidfile %s/monit.pid\nset statefile %s/monit.state\nset idfile %s/monit.id\n' $D $D $D
		for n in $(seq "$1"); do
			cat <<-END
			check process theirs$n with pidfile $D/theirs$n.pid
			  start program = "$D/start theirs$n $((9500 + n))"
			  stop program = "$D/stop theirs$n"
			  if failed port $((9500 + n)) protocol http with timeout 1 seconds then restart
			END
		done
	} >monitrc
	chmod 600 monitrc
}

begin_both() {
	monit -c $D/monitrc -I >monit.log 2>&1 &
	monit=$!
	{
		echo $BASHPID >collect.pid
		exec sh-collect -c site.yaml --state state/loop -i 1s service check
	} 2>>messages | {
		echo $BASHPID >detect.pid
		exec sh-detect -c site.yaml --state state/loop
	} 2>>messages | {
		echo $BASHPID >diagnose.pid
		exec sh-diagnose -c site.yaml --state state/loop
	} 2>>messages | {
		echo $BASHPID >repair.pid
		exec sh-repair -c site.yaml --state state/loop --apply
	} 2>>messages >repairs &
	sleep 5
	pids=("$(cat collect.pid)" "$(cat detect.pid)" "$(cat diagnose.pid)" "$(cat repair.pid)")
}

end_both() {
	kill "$monit" "${pids[0]}"
	wait
	rm -rf state/loop monit.state
}

# Those processes and all their descendants that live
all_of() {
	local pid child
	for pid; do
		echo "$pid"
		for child in $(cat "/proc/$pid/task"/*/children); do
			all_of "$child"
		done
	done
} 2>/dev/null

# Seconds of processor time: all threads, to the nanosecond, and the children that ended and were waited for
cpu_of() {
	local pid
	for pid in $(all_of "$@"); do
		cat "/proc/$pid/task"/*/schedstat
		sed 's/.*) /stat /' "/proc/$pid/stat"
	done 2>/dev/null | awk -v tick="$(getconf CLK_TCK)" '
		$1 == "stat" { s += ($15 + $16) / tick; next }
		{ s += $1 / 1e9 }
		END { print s }'
}
pss_of() { # MiB
	local pid
	for pid in $(all_of "$@"); do cat "/proc/$pid/smaps_rollup"; done 2>/dev/null |
		awk '/^Pss:/ { s += $2 } END { printf "%.1f", s / 1024 }'
}
share() { awk -v a="$1" -v b="$2" -v s="$quiet" 'BEGIN { printf "%.3f", 100 * (b - a) / s }'; }

# watch N: "N % of ours, % of Monit, MiB of ours, MiB of Monit" while N services of each are well
watch() {
	local before monit_before
	sites "$1"
	begin_both
	before=$(cpu_of "${pids[@]}") monit_before=$(cpu_of "$monit")
	sleep "$quiet"
	echo "$1 $(share "$before" "$(cpu_of "${pids[@]}")") $(share "$monit_before" "$(cpu_of "$monit")")" \
		"$(pss_of "${pids[@]}") $(pss_of "$monit")" >>well
}

for n in $(seq $((2 * services))); do
	./start "ours$n" $((9000 + n))
	./start "theirs$n" $((9500 + n))
done
sleep 0.5
watch 2
end_both
watch $((2 * services))

# --- services that die -----------------------------------------------------------------
# hurt SIGNAL NUMBER: both services of a number at once
hurt() {
	kill "-$1" "$(cat "ours$2.pid")" "$(cat "theirs$2.pid")"
	echo "$EPOCHREALTIME"
}
answers() { # PORT: who is stopped takes the connection and says nothing
	local line=''
	{ exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return
	printf 'GET / HTTP/1.0\r\n\r\n' >&3
	read -r -t 0.2 line <&3 2>/dev/null
	exec 3>&-
	[[ $line == *' 200 '* ]]
}
# await WHOM PORT SINCE LIMIT: ms until it answers again, nothing when it does not
await() {
	while awk -v a="$3" -v b="$EPOCHREALTIME" -v limit="$4" 'BEGIN { exit b - a > limit }'; do
		answers "$2" && { elapsed "$3"; return; }
		sleep 0.02
	done
}
# ms until sh-repair says that it is fixed
proved() { # NUMBER SINCE
	jq -rR --arg entity "service:ours$1@" --argjson since "$2" 'fromjson? | select(.kind == "repair" and .verified == "fixed" and
		(.entity | startswith($entity))) | .verified_at | capture("(?<s>.*)\\.(?<f>\\d+)Z") |
		1000 * ((.s + "Z" | fromdate) + ("0." + .f | tonumber) - $since) | round' repairs | head -n 1
}
for n in $(seq "$services"); do
	for signal in KILL STOP; do
		m=$n
		[ $signal = KILL ] || m=$((n + services))
		at=$(hurt $signal $m)
		await theirs $((9500 + m)) "$at" 20 >>theirs.$signal &
		other=$!
		await ours $((9000 + m)) "$at" 20 >>ours.$signal
		wait $other
		sleep 1.$((RANDOM % 10))
		proved $m "$at" >>proved.$signal
	done
done

printf '%-44s %12s %12s\n' '' selfheal peer
printf '%-44s %12s %12s   sh -c of the same\n' "an action, ms ($done of $actions done)" "$ours" "$theirs"
for signal in KILL STOP; do
	printf '%-44s %12s %12s   Monit\n' "SIG$signal to an answer, ms (median of $services)" "$(median <ours.$signal)" "$(median <theirs.$signal)"
	printf '%-44s %12s %12s\n' "SIG$signal to proof, ms (worst $(worst <proved.$signal))" "$(median <proved.$signal)" -
	printf '%-44s %12s %12s\n' "  answered again" "$(wc -l <ours.$signal)" "$(wc -l <theirs.$signal)"
done
while read -r n cpu monit_cpu pss monit_pss; do
	printf '%-44s %12s %12s   Monit\n' "$n services well for $quiet s: processor, %" "$cpu" "$monit_cpu" \
		'  memory (PSS), MiB' "$pss" "$monit_pss"
	figure "repair_cpu_percent_$n" "$cpu"
	# The bar is 0.3 % where Monit takes 0.2 %.
	figure "repair_cpu_times_monit_$n" "$(awk -v a="$cpu" -v b="$monit_cpu" 'BEGIN { printf "%.2f", a / b }')" '<=' 1.5
	figure "repair_memory_mib_$n" "$pss" '<=' 16
	pair "loop_cpu_${n}_services" s/day "$(awk -v v="$cpu" 'BEGIN { printf "%.0f", v * 864 }')" Monit \
		"$(awk -v v="$monit_cpu" 'BEGIN { printf "%.0f", v * 864 }')"
	pair "loop_memory_${n}_services" MiB "$pss" Monit "$monit_pss"
done <well
figure repair_cpu_percent "$(awk '$1 == 2 { print $2 }' well)" '<=' 0.3
figure repair_action_ms "$ours"
figure repair_kill_ms "$(median <proved.KILL)" '<=' 1500
figure repair_stop_ms "$(median <proved.STOP)" '<=' 5000
pair repair_action ms "$ours" sh-c "$theirs"
pair kill_to_answer ms "$(median <ours.KILL)" Monit "$(median <theirs.KILL)"
pair stop_to_answer ms "$(median <ours.STOP)" Monit "$(median <theirs.STOP)"
end_both
