#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# report.sh RESULTS - the tables of a campaign. With a second word also of what machine and day.
here=$(cd "$(dirname "$0")" && pwd)
results=${1:?usage: report.sh RESULTS [whence]}
if [ -n "${2-}" ]; then
	echo "$(date -u -r "$results" +%F), $(nproc) cores ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)), $(
		awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), Linux $(uname -r | sed 's/-.*//')"
fi
exec jq -rs -f "$here/table.jq" "$results"
