# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # abs_top_* come from make
# What the tests of discovered topology share: trees to look at, and the edges that are told.

teardown() {
	if [ -s pids ]; then
		mapfile -t started < pids
		kill -KILL "${started[@]}" 2>/dev/null || true
		wait "${started[@]}" 2>/dev/null || true
	fi
}

equal() {
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }
}

# The edges that sh-collect tells: "FROM TYPE TO", sorted.
edges() {
	SH_HOST=h sh-collect --no-stock -o ndjson "$@" topology > seen.ndjson
	jq -r 'select(.kind == "edge") | "\(.from) \(.type) \(.to)\(if .need then " \(.need)" else "" end)"' \
		seen.ndjson | sort
}

# put FILE TEXT...: a file of the tree, a line each
put() {
	mkdir -p "t/$(dirname "$1")"
	printf '%s\n' "${@:2}" > "t/$1"
}

# disk NAME NUMBER [SLAVE...]
disk() {
	local slave
	put "sys/block/$1/dev" "$2"
	mkdir -p "t/sys/block/$1/slaves"
	for slave in "${@:3}"; do ln -s "../../$slave" "t/sys/block/$1/slaves/$slave"; done
}

part() {
	put "sys/block/$1/$2/dev" "$3"
	put "sys/block/$1/$2/partition" 1
}

mounted() {
	mkdir -p t/proc/self
	printf '%s\n' "$@" > t/proc/self/mountinfo
}

# process PID NAME CGROUP [START]: one of the tree
process() {
	put "proc/$1/stat" "$1 ($2) S 1 $1 $1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 ${4-100} 1000000 100 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"
	put "proc/$1/cgroup" "0::$3"
	mkdir -p "t/proc/$1/fd" "t/proc/$1/fdinfo"
}

# holds PID FD TARGET [FLAGS MOUNT]
holds() {
	ln -s "$3" "t/proc/$1/fd/$2"
	[ -z "${4-}" ] || put "proc/$1/fdinfo/$2" "pos:	0" "flags:	$4" "mnt_id:	$5"
}

tcp_line() { # LOCAL REMOTE STATE INODE
	echo "   0: $1 $2 $3 00000000:00000000 00:00000000 00000000     0        0 $4 1 0000000000000000 20 4 30 10 -1"
}
