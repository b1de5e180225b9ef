# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Control groups for faults, of version 1 or 2: "make_group CONTROLLER" sets $group, or
# says 77 where this machine has none; "remove_group" takes it back with whoever is in it.
make_group() {
	local top=/sys/fs/cgroup
	if [ -d $top/"$1" ]; then
		top=$top/$1
	elif [ "$1" = blkio ] && grep -qsw io $top/cgroup.controllers; then
		echo +io >$top/cgroup.subtree_control || return 77
	elif [ "$1" != freezer ] && ! { grep -qsw "$1" $top/cgroup.controllers && echo "+$1" >$top/cgroup.subtree_control; }; then
		return 77
	fi 2>/dev/null
	group=$top/campaign-$$-$RANDOM
	mkdir "$group" 2>/dev/null || return 77
}

# enter PID...
enter() {
	local pid
	for pid; do echo "$pid" >"$group/cgroup.procs"; done
}

limit_memory() { # BYTES
	local file
	for file in memory.max memory.limit_in_bytes; do
		[ ! -e "$group/$file" ] || echo "$1" >"$group/$file"
	done
}

remove_group() {
	local pid
	[ -d "${group-}" ] || return 0
	[ ! -e "$group/freezer.state" ] || echo THAWED >"$group/freezer.state"
	[ ! -e "$group/cgroup.freeze" ] || echo 0 >"$group/cgroup.freeze"
	for _ in $(seq 50); do
		while read -r pid; do echo "$pid" >"${group%/*}/cgroup.procs"; done <"$group/cgroup.procs"
		rmdir "$group" && return
		sleep 0.1
	done 2>/dev/null
}
