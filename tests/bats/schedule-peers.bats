#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The same lines through cron itself and through snooze: the same times.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export TZ=UTC SH_HOST=h1
	need jq
}

# ours EXPRESSION FROM COUNT: minutes since the epoch
ours() {
	sh-schedule explain "$1" --as cron --timezone UTC --now "$2" --count "$3" -o ndjson |
		jq -r '.due | sub("\\.[0-9]+Z$"; "Z") | fromdateiso8601 / 60'
}

@test "snooze waits for the same times" {
	need snooze faketime
	local -a args
	local words line
	while IFS='|' read -r words line; do
		read -ra args <<<"$words"
		faketime '2026-11-30 22:00:30' snooze -n "${args[@]}" | awk '{ print substr($1, 1, 16) }' >theirs
		ours "$line" 2026-11-30T22:00:30Z "$(wc -l <theirs)" | awk '{ print strftime("%Y-%m-%dT%H:%M", $1 * 60, 1) }' >mine
		[ -s theirs ]
		diff -u theirs mine || { echo "$line" && return 1; }
	done <<-'EOF'
		-H 3,4 -M 15 -d 1,15|15 3,4 1,15 * *
		-H * -M /10|*/10 * * * *
		-H 0 -M 0 -w 1-5|0 0 * * 1-5
		-H 12 -M 30 -m 2 -d 28|30 12 28 2 *
		-H 6-8 -M 0 -m 1,7|0 6-8 * 1,7 *
		-w 0 -H 23 -M 59|59 23 * * 0
		-d 31 -H 1 -M 1|1 1 31 * *
	EOF
}

@test "cron itself runs the same lines at the same times, over the end of a month" {
	need_root
	need unshare faketime cron
	local lib speed=200 begin=1796079510 n=0 line real
	lib=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -1)
	[ -n "$lib" ] || skip 'libfaketimeMT.so.1 not found'
	mkdir -p c/cron.d c/spool/crontabs c/run
	: >c/crontab
	cat >lines <<-'EOF'
		* * * * *
		*/7 * * * *
		5,40 23,1 * * *
		10-20/5 * * * *
		0 0 1 * *
		30 0 1 12 *
		15 * * * mon
		45 * * * 2
		20 23,0 30 11 fri
		50 * 30 * tue
		0 0 31 * *
		@hourly
	EOF
	printf 'SHELL=/bin/sh\nTZ=UTC\n' >c/cron.d/table
	while read -r line; do
		printf '%s root echo %d $(date +\\%%s.\\%%N) >>%s/log\n' "$line" $((++n)) "$PWD" >>c/cron.d/table
	done <lines
	cat >go <<-EOF
		mount --bind c/cron.d /etc/cron.d && mount --bind c/spool /var/spool/cron &&
			mount --bind c/run /run && mount --bind c/crontab /etc/crontab || exit 77
		date +%s.%N >real
		exec env LD_PRELOAD=$lib FAKETIME='@2026-11-30 22:58:30 x$speed' timeout -s KILL 40 cron -f
	EOF
	unshare -m sh go 3>&- || [ $? != 77 ] || skip 'cannot mount here'
	read -r real <real
	# What it ran, as line and minute; the first and last minutes are left out.
	awk -v real="$real" -v begin=$begin -v speed=$speed '
		{ m = int((begin + ($2 - real) * speed) / 60); print $1, m }' log | sort -k1n -k2n >theirs
	local from=$((begin / 60 + 2)) to=$((begin / 60 + 120))
	n=0
	while read -r line; do
		n=$((n + 1))
		ours "$line" 2026-11-30T22:58:30Z 130 | awk -v n=$n '{ print n, $1 }'
	done <lines >mine
	# A busy machine starts a job a little later: the same number, each within two minutes.
	awk -v from=$from -v to=$to 'function in_time(m) { return m >= from && m <= to }
		NR == FNR { if (in_time($2)) due[$1, ++dues[$1]] = $2; next }
		{ if ($2 < from || $2 > to + 2) next; got[$1]++; if (!(($1, got[$1]) in due)) { over[$1]++; next }
			late = $2 - due[$1, got[$1]]; if (late < 0 || late > 2) { print "line " $1 ": " late " minutes late"; bad = 1 } }
		END { for (l in dues) if (got[l] - over[l] != dues[l]) { print "line " l ": " got[l] + 0 " runs of " dues[l]; bad = 1 }
			for (l in over) if (over[l] > 2) { print "line " l ": " over[l] " runs too many"; bad = 1 }
			exit bad }' mine theirs
}
