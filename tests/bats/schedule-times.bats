#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# When: the four languages of time, against the public cases and at the edges.

load helper
: "${abs_top_srcdir:?}"

# explain_text EXPRESSION OPTION...: the times alone, as clocks show them
explain_text() {
	sh-schedule explain -o text --count 3 "$@" | sed 1d
}

# Whatever is said there of the suite: how many pass, and which fail.
suite() {
	python3 "$SH_DATA/conformance/check.py" "$@" --fails fails \
		--cmd "$abs_top_srcdir/tests/conformance/schedule-adapter $language" >out
	tail -n 1 out
}

@test "the cron cases that all implementations agree on pass" {
	need python3 jq
	need_data conformance/cron/cases.ndjson
	language=cron
	run -0 suite cron --only strong
	[[ $output != *FAIL* && $output == *"'pass': "[1-9]* ]]
	# Of the generated ones a part is enough here: each is a process of its own.
	run -0 suite cron --file generated.ndjson --only 3of3 --limit 300
	[[ $output != *FAIL* && $output == *"'pass': "[1-9]* ]]
}

@test "from cases that are disputed it differs only where it is listed, with the reason" {
	need python3 jq
	need_data conformance/cron/cases.ndjson
	local case pattern options
	language=cron
	run -0 suite cron --only ok --only disputed
	[[ $output == *"'pass': "[1-9]* ]]
	cut -f 1 fails >cases
	while read -r case; do
		while IFS=$'\t' read -r pattern options _; do
			# shellcheck disable=SC2053 # a pattern it is
			[[ $case != $pattern ]] || break
		done < <(grep -v '^#' "$abs_top_srcdir/tests/data/schedule-differences.tsv")
		# shellcheck disable=SC2053
		[[ $case == $pattern ]] || { echo "not listed: $case" >&2; false; }
		[ "$options" = - ] || printf '%s\t%s\n' "$options" "$case" >>excused
	done <cases
	# What another policy explains passes with it.
	[ -s excused ]
	while IFS=$'\t' read -r options case; do
		language="cron $options"
		: >fails
		run -0 suite cron --only ok --only disputed
		run ! grep -qF "$case" fails
	done < <(sort -u -k1,1 -t $'\t' excused)
}

@test "the calendar cases of systemd pass" {
	need python3 jq
	need_data conformance/cron/systemd_generated.ndjson
	language=calendar
	run -0 suite systemd --limit 150
	[[ $output != *FAIL* && $output == *"'pass': "[1-9]* ]]
	run -0 suite systemd --file cases.ndjson
	[[ $output != *FAIL* && $output == *"'pass': "[1-9]* ]]
}

@test "over each change of clocks one policy holds for every job, and each policy can be chosen" {
	need python3
	need_data conformance/cron/dst_policy.ndjson
	run -0 python3 "$abs_top_srcdir/tests/conformance/dst_policy.py" "$SH_DATA/conformance/cron/dst_policy.ndjson"
	echo "$output"
}

@test "without a policy it is the one that the manual names" {
	local berlin=(--timezone Europe/Berlin --now)
	run -0 explain_text '30 2 * * *' "${berlin[@]}" 2024-03-30T12:00:00Z
	[ "${lines[0]}" = 'Sun 2024-03-31 03:30:00 +02:00' ]
	[ "${lines[1]}" = 'Mon 2024-04-01 02:30:00 +02:00' ]
	run -0 explain_text '30 2 * * *' "${berlin[@]}" 2024-10-26T12:00:00Z
	[ "${lines[0]}" = 'Sun 2024-10-27 02:30:00 +02:00' ]
	[ "${lines[1]}" = 'Mon 2024-10-28 02:30:00 +01:00' ]
	run -0 explain_text '*:30' "${berlin[@]}" 2024-10-27T00:00:00Z
	[ "${lines[0]}" = 'Sun 2024-10-27 02:30:00 +02:00' ]
	[ "${lines[1]}" = 'Sun 2024-10-27 03:30:00 +01:00' ]
	run -0 explain_text '30 * * * *' "${berlin[@]}" 2024-10-27T00:00:00Z
	[ "${lines[1]}" = 'Sun 2024-10-27 02:30:00 +01:00' ]
	run -0 explain_text 'FREQ=DAILY;BYHOUR=2;BYMINUTE=30' "${berlin[@]}" 2024-03-30T12:00:00Z
	[ "${lines[0]}" = 'Sun 2024-03-31 03:30:00 +02:00' ]
}

@test "the language of an expression is told by its form, or said" {
	run -0 sh-schedule explain -o text daily
	[ "${lines[0]}" = 'every daily' ]
	run -0 sh-schedule explain -o text daily --as calendar
	[ "${lines[0]}" = 'calendar *-*-* 00:00:00 (skip/first)' ]
	run -0 sh-schedule explain -o text '0 0 * * *'
	[ "${lines[0]}" = 'cron 0 0 * * * (shifted/first)' ]
	run -0 sh-schedule explain -o text '@1493187147' --now 2017-01-01T00:00:00Z
	[ "$output" = $'calendar 2017-04-26 06:12:27 (skip/first)\nWed 2017-04-26 06:12:27 +00:00\nnever again' ]
	run -0 sh-schedule explain -o text --seconds '5 4 3 L * *' --count 1 --now 2026-02-01T00:00:00Z
	[ "${lines[1]}" = 'Sat 2026-02-28 03:04:05 +00:00' ]
}

@test "an expression that is none is a mistake, and says why" {
	run -2 --separate-stderr sh-schedule explain '0 0 31 13 *'
	[[ $stderr == *"'13' is no month (1 to 12)"* ]]
	run -2 --separate-stderr sh-schedule explain '0 0 0 1 1 ?' --as cron
	[[ $stderr == *'five fields, not 6'*'seconds: true'* ]]
	run -2 --separate-stderr sh-schedule explain 'Mon *-*-*' --timezone Mars/Base
	[[ $stderr == *"'Mars/Base' is no time zone"* ]]
	run -2 --separate-stderr sh-schedule explain 'FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30'
	[[ $stderr == *'FREQ=DAILY with BYHOUR'* ]]
	run -2 --separate-stderr sh-schedule explain '* * * * *' --dst never
	[[ $stderr == *'--dst must be'* ]]
}

@test "what never comes is said at once" {
	run -0 timeout 30 sh-schedule explain -o text '0 0 30 2 *'
	[ "${lines[1]}" = never ]
	run -0 timeout 2 sh-schedule explain -o text 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30'
	[ "${lines[1]}" = never ]
}
