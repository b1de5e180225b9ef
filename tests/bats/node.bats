#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The kernel's figures against node_exporter's own tree and values.
load helper
: "${abs_top_srcdir:?}"

# The groups of the tree that are collected, each with every row it has but for what
# tests/data/node-differences.tsv lists.
groups='
arp
bonding
buddyinfo
conntrack
cpu
cpu_vulnerabilities
cpufreq
diskstats
entropy
filefd
interrupts
kernel_hung
ksmd
lnstat
loadavg
meminfo
meminfo_numa
netclass
netstat
pressure
processes
schedstat
slabinfo
sockstat
softirqs
softnet
stat
udp_queues
vmstat
xfrm
zoneinfo
'

@test "node_exporter's values of its tree, but for the differences that are listed" {
	local group only=()
	need python3 jq
	need_data conformance/node_root/proc/stat
	ROOT=$SH_DATA/conformance/node_root "$abs_top_srcdir/tests/conformance/node-adapter" >values
	for group in $groups; do only+=(--only "$group"); done
	python3 "$SH_DATA/conformance/check.py" node "${only[@]}" --cmd "cat $PWD/values" --fails fails >out
	cat out
	for group in $groups; do grep -q "^$group  *pass  *[1-9]" out; done
	sed "s/^('\\([^']*\\)', '\\(.*\\)')\\t.*/\\1\\t\\2/" fails | sort >got
	grep -v '^#' "$abs_top_srcdir/tests/data/node-differences.tsv" | cut -f 1,2 | sort >want
	diff -u want got
}

collectors='cpu memory paging load pressure limits disk network sockets softnet schedstat slabinfo
	interrupts zones ksm arp lnstat xfrm udpqueue'

@test "all that is emitted is in the catalogue" {
	local tree
	need jq
	for tree in "$abs_top_srcdir/tests/data/root-before" "${SH_DATA-}/conformance/node_root" /; do
		[ -d "$tree" ] || continue
		# shellcheck disable=SC2086 # words
		sh-collect --no-stock --root "$tree" --detail -o ndjson $collectors >out.ndjson
		[ "$(wc -l <out.ndjson)" -gt 40 ]
		catalogued <out.ndjson
	done
	# shellcheck disable=SC2086 # words
	sh-collect --no-stock --gap 100ms -o ndjson ${collectors%%schedstat*} >out.ndjson
	catalogued <out.ndjson
}

@test "a machine without any of it has no records, no failures" {
	mkdir -p empty/proc empty/sys/class
	# shellcheck disable=SC2086 # words
	run -0 --separate-stderr sh-collect --no-stock --root empty --detail -o ndjson $collectors
	[ "$output" = '' ]
	[ "$stderr" = '' ]
}

@test "rates of paging, TCP and the kernel agree with its own totals" {
	run -0 sh-collect -n 2 -i 300ms -o ndjson cpu paging sockets
	jq -es 'map(select(.metrics.kernel)) | length == 2 and all(.metrics.kernel | .context_switches > 0
		and .forks >= 0 and .running >= 1 and .uptime_s > 0)' <<< "$output"
	jq -es 'map(select(.metrics.paging))[0].metrics.paging | .faults > 0 and .swap_in_bytes >= 0' <<< "$output"
	jq -es 'map(select(.metrics.tcp))[0].metrics.tcp | .established >= 0 and .retransmits >= 0' <<< "$output"
	uptime=$(jq -s 'map(select(.metrics.kernel))[0].metrics.kernel.uptime_s' <<< "$output")
	(( uptime <= $(cut -d . -f 1 /proc/uptime) && uptime > $(cut -d . -f 1 /proc/uptime) - 20 ))
}
