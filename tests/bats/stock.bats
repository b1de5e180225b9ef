# SPDX-License-Identifier: MIT
# The stock rules together: silent while all is well, and not because they sleep.
load helper

# A day and two hours of a machine that is well: it works by day, writes at night,
# and has a short peak each hour. One round a minute; $1 is what goes wrong.
day() {
	awk -v fault="${1-}" 'BEGIN {
		for (i = 0; i < 26 * 60; i++) {
			t = 1795222800 + i * 60
			w = (1 + sin(6.2831853 * i / 1440)) / 2
			busy = i % 60 < 2 ? 99 : 15 + 60 * w + i * 7919 % 13
			if (fault == "cpu" && i > 60) busy = 99
			ok = fault == "oom" && i > 60 && i < 65 ? 0.02 : 0
			full = 60 + 8 * w + i / 1000
			if (fault == "fill" && i > 600) full = (full = 60 + (i - 600) / 12) > 100 ? 100 : full
			printf "{\"time\":%d,\"host\":\"h\",\"cpu\":{\"usage\":%g,\"user\":%g,\"system\":5,\"iowait\":%g,\"steal\":0.5,\"irq\":0,\"softirq\":1,\"count\":4},\"kernel\":{\"forks\":20,\"uptime_s\":%d}}\n", t, busy, busy - 5, w, 9000 + i * 60
			printf "{\"time\":%d.1,\"host\":\"h\",\"memory\":{\"usage\":%g,\"total_bytes\":8e9,\"available_bytes\":3e9,\"dirty_bytes\":1e7,\"swap_usage\":97}}\n", t, 50 + 20 * w
			printf "{\"time\":%d.2,\"host\":\"h\",\"paging\":{\"swap_in_bytes\":0,\"swap_out_bytes\":0,\"major_faults\":%d,\"oom_kills\":%g}}\n", t, i % 50, ok
			printf "{\"time\":%d.3,\"host\":\"h\",\"load\":{\"one\":%g,\"five\":2,\"fifteen\":2}}\n", t, 1 + 4 * w
			printf "{\"time\":%d.4,\"host\":\"h\",\"entity\":\"filesystem:/@h\",\"storage\":{\"utilization\":%g,\"inodes_utilization\":20,\"read_only\":0,\"image\":0}}\n", t, full
			printf "{\"time\":%d.5,\"host\":\"h\",\"entity\":\"net:eth0@h\",\"net\":{\"rx_packets\":%d,\"tx_packets\":900,\"rx_errors\":0,\"tx_errors\":0,\"rx_drops\":%d,\"tx_drops\":0,\"up\":1}}\n", t, 2000 * w, i % 3
			printf "{\"time\":%d.6,\"host\":\"h\",\"entity\":\"disk:sda@h\",\"disk\":{\"busy\":%g,\"queue\":2},\"latency\":{\"read_avg\":4,\"write_avg\":9,\"flush_avg\":20}}\n", t, 100 * w
			printf "{\"time\":%d.7,\"host\":\"h\",\"tcp\":{\"retransmits\":%d,\"sent_segments\":%d,\"listen_overflows\":0,\"orphans\":3,\"time_wait\":900,\"opens\":9,\"failed_opens\":1}}\n", t, i % 9, 1000 * w
		}
	}'
}

equal() {
	[ "$1" = "$2" ] && return
	printf 'got:  %s\nnot:  %s\n' "$1" "$2"
	return 1
}

types() { jq -r 'select(.status == "open") | .fault_type' | sort -u | xargs; }

@test "a day on which all is well says nothing" {
	day >day.ndjson
	run -0 --separate-stderr sh-detect day.ndjson
	[ -z "$output" ]
}

@test "the same day with one thing wrong says that" {
	need jq
	equal "$(day cpu | sh-detect | types)" cpu_high
	equal "$(day oom | sh-detect | types)" oom_kill
	[[ $(day fill | sh-detect | types) == 'disk_filling disk_full'* ]]
}

@test "ten seconds of this machine fire nothing that takes a minute" {
	run -0 --separate-stderr bash -c 'sh-collect -n 40 -i 250ms | sh-detect | jq -r "select(.kind == \"fault\") | select(.rule_id | IN(\"high_latency\", \"disk_full\", \"node_offline\") | not) | .rule_id"'
	[ -z "$output" ]
}
