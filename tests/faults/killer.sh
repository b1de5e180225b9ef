#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# killer.sh WHO MS COMMAND... - run COMMAND (sh-repair) and SIGKILL WHO after MS
# milliseconds: main, worker, both, action or all. Exits 0 when somebody was
# killed, 1 when all had ended before. What survives is left to itself.
who=${1:?usage: killer.sh WHO MS COMMAND...} ms=${2:?} && shift 2

children_of() { # PID...
	local pid
	for pid; do
		cat "/proc/$pid/task/$pid/children" 2>/dev/null
	done
}

"$@" &
main=$!
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
