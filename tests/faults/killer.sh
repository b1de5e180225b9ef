#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# killer.sh WHO MS COMMAND... - run COMMAND (sh-repair) and SIGKILL WHO after MS
# milliseconds: main, worker, both, action or all. They count from when there is a
# worker or an action to be killed, for it alone, or the file $WHEN, and else from the
# start. Exits 0 when somebody was killed, 1 when all had ended before. What survives
# is left to itself.
who=${1:?usage: killer.sh WHO MS COMMAND...} ms=${2:?} && shift 2

children_of() { # PID...
	local pid
	for pid; do
		cat "/proc/$pid/task/$pid/children" 2>/dev/null
	done
}

# Whether the count may begin; also when there is nothing more to wait for.
is_time() {
	[ -e "/proc/$main/exe" ] || return 0
	# shellcheck disable=SC2046 # a list of pids
	case ${WHEN:-$who} in
	main | both | all) ;;
	worker) [ -n "$(children_of $main)" ] ;;
	action) [ -n "$(children_of $(children_of $main))" ] ;;
	*) [ -e "$WHEN" ] ;;
	esac
}

"$@" &
main=$!
for ((i = 0; i < 6000; i++)); do
	! is_time || break
	sleep 0.005
done
printf -v wait '%d.%03d' $((ms / 1000)) $((ms % 1000))
sleep "$wait"
# shellcheck disable=SC2046,SC2086 # lists of pids
{
	workers=$(children_of $main)
	actions=$(children_of $workers)
	case $who in
	main) victims=$main ;;
	worker) victims=$workers ;;
	both) victims="$main $workers" ;;
	action) victims=$actions ;;
	all) victims="$main $workers $actions" ;;
	*) echo "killer: who is '$who'?" >&2 && exit 2 ;;
	esac
	kill -KILL $victims 2>/dev/null
	killed=$?
	wait $main 2>/dev/null
}
exit $((killed != 0))
