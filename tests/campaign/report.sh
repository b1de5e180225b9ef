#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# report.sh RESULTS - the end of a campaign: its table and goals.
# report.sh --whole RESULTS... - as they stand in the file CAMPAIGN: of what day and machine
# they are, and each row.
here=$(cd "$(dirname "$0")" && pwd)

whence() { # RESULTS
	echo "$(basename "$1" .ndjson): $(date -u -r "$1" +%F), $(nproc) cores ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), $(
		awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), Linux $(uname -r | sed 's/-.*//')"
}

tell() { # ROWS RESULTS
	local program=table.jq
	[ "$(jq -rs '.[0].fault' "$2")" != busy ] || program=busy-table.jq
	jq -rs --argjson rows "$1" -f "$here/$program" "$2"
}

if [ "${1-}" != --whole ]; then
	tell false "${1:?usage: report.sh [--whole] RESULTS...}"
	exit
fi
shift
for results; do
	[ ! -s "$results" ] || { whence "$results"; tell true "$results"; echo; }
done
