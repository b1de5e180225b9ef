#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Logs as records: the formats.

load helper

# from FORMAT: standard input converted, into out
from() {
	SH_HOST=h1 sh-collect -o ndjson --from "$1=-" > out
}

# field LINE FILTER VALUE
field() {
	local got
	got=$(sed -n "$1p" out | jq -c "$2")
	[ "$got" = "$3" ] || { echo "line $1: $2 is $got, not $3"; cat out; return 1; }
}

@test "plain lines: times, levels and stack traces" {
	printf '%s\n' '2026-11-21 05:00:00,123 ERROR [main] Foo - failed' \
		$'\tat com.x.Foo.bar(Foo.java:1)' 'Caused by: java.io.IOException: x' $'\tat y' \
		'127.0.0.1 - - [21/Nov/2026:05:00:00 +0000] "GET / HTTP/1.1" 200 12' \
		'2026-11-21 05:00:01 starting' \
		'Traceback (most recent call last):' '  File "x.py", line 1' 'ValueError: x' 'next' | from log
	[ "$(wc -l < out)" = 4 ]
	field 1 .text '"ERROR [main] Foo - failed\n\tat com.x.Foo.bar(Foo.java:1)\nCaused by: java.io.IOException: x\n\tat y"'
	field 1 .time '"2026-11-21T05:00:00.123000Z"'
	field 1 .severity '"high"'
	field 2 .time '"2026-11-21T05:00:00.000000Z"'
	field 2 .severity null
	field 3 .text '"starting\nTraceback (most recent call last):\n  File \"x.py\", line 1\nValueError: x"'
	field 4 .text '"next"'
	field 4 .entity '"host:h1"'
}

@test "plain lines: objects of JSON are read by name, and kept whole" {
	printf '%s\n' '{"ts":1795224015.25,"level":"error","msg":"hi \u00e9","pid":7,"n":[1,2]}' \
		'{"time":1795224015250,"level":40,"message":"m","app":"a"}' '{"no":"text"}' '{"broken' | from log
	field 1 '[.time,.severity,.text,.pid,.fields.n]' '["2026-11-21T01:20:15.250000Z","high","hi é",7,[1,2]]'
	field 2 '[.time,.severity,.text,.program]' '["2026-11-21T01:20:15.250000Z","medium","m","a"]'
	field 3 .text '"{\"no\":\"text\"}"'
	field 4 .text '"{\"broken"'
}

@test "bytes that are no UTF-8, and lines without end" {
	printf 'bad \xff\xc3\x28\xed\xa0\x80 \x00\x01 bytes\n\nlast' | from log
	[ "$(wc -l < out)" = 2 ]
	field 1 '.text | startswith("bad \ufffd")' true
	field 1 '.text | endswith(" bytes")' true
	field 2 .text '"last"'
	python3 -c 'import sys; sys.stdout.write("é" * 700000 + "\nx\n" + "\x01" * 300000 + "\ny\n")' | from log
	field 1 .truncated true
	field 1 '.text | test("^é+$")' true
	field 2 .text '"x"'
	field 3 .truncated true
	field 4 .truncated null
	awk 'length > 1048576 { print "too long:", length; bad = 1 } END { exit bad }' out
}

@test "an endless entry is bounded" {
	{ echo 'head'; yes ' more of it, and more' | head -n 100000; echo 'tail'; } | from log
	[ "$(wc -l < out)" = 2 ]
	field 1 .truncated true
	field 1 '.text | length < 66000' true
	field 2 .text '"tail"'
}

@test "syslog: both standards, priorities, tags and hosts" {
	printf '%s\n' "<34>Oct 11 22:14:15 mymachine su[1]: 'su root' failed" \
		'<165>1 2003-10-11T22:14:15.003Z m.example.com evntslog x ID47 [a@1 iut="3" s="Appl\"i\]\\"][b@1] '$'\xef\xbb\xbf''An event' \
		'2026-11-21T05:00:00.123456+01:00 h1 CRON[123]: (root) CMD (x)' \
		'Nov 21 05:00:00 h1.example.com kernel: Error: foo' '  and more' '<13>tag: local' \
		'Nov 21 05:00:00 h1 last message repeated 2 times' 'nothing known' \
		'<34>1 2003-10-11T22:14:15.003Z m a - - [broken text' '<999>x' ']' | from syslog
	field 1 '[.host,.program,.pid,.severity,.labels.facility,.text]' '["mymachine","su",1,"critical","auth","'"'su root' failed"'"]'
	field 2 '[.time,.host,.program,.severity,.text]' '["2003-10-11T22:14:15.003000Z","m.example.com","evntslog","low","An event"]'
	field 2 .fields '{"procid":"x","msgid":"ID47","a@1":{"iut":"3","s":"Appl\"i]\\"},"b@1":{}}'
	field 3 '[.time,.host,.program,.pid,.text]' '["2026-11-21T04:00:00.123456Z","h1","CRON",123,"(root) CMD (x)"]'
	field 4 '[.host,.program,.severity,.text]' '["h1.example.com","kernel","high","Error: foo\n  and more"]'
	field 5 '[.host,.program,.severity]' '["h1","tag","low"]'
	field 6 '[.program,.text]' '[null,"last message repeated 2 times"]'
	field 7 .text '"nothing known"'
	field 8 '[.program,.text]' '["a","[broken text"]'
	field 9 .text '"<999>x"'
	field 10 .text '"]"'
	# Another name of this host, as syslog shortens it, is this host.
	SH_HOST=h1.example.com sh-collect -o ndjson --from syslog=- <<< 'Nov 21 05:00:00 h1 a: b' > out
	field 1 '[.host,.entity]' '["h1.example.com","host:h1.example.com"]'
}

@test "syslog: the year is inferred by the clock, the zone is the local one" {
	need faketime
	[ "${BUILD_KIND-}" != sanitizers ] || skip 'the sanitizer wants to be loaded first'
	TZ=CET-1 SH_HOST=h1 faketime '2026-01-02 12:00:00' sh-collect -o ndjson --from syslog=- > out <<-'EOF'
	Dec 31 23:59:59 h1 a: b
	Jan  1 00:00:00 h1 a: b
	EOF
	field 1 .time '"2025-12-31T22:59:59.000000Z"'
	field 2 .time '"2025-12-31T23:00:00.000000Z"'
}

@test "journal: the encodings of its fields" {
	printf '%s\n' '{"__REALTIME_TIMESTAMP":"1795224015000123","PRIORITY":"3","MESSAGE":[72,105,255],"_SYSTEMD_UNIT":["a.service","b"],"_PID":"12","SYSLOG_IDENTIFIER":"x","_HOSTNAME":"h2","SYSLOG_FACILITY":"10"}' \
		'{"MESSAGE":null,"__REALTIME_TIMESTAMP":"x"}' '{"MESSAGE":[[72,105],"x"],"PRIORITY":6,"_COMM":"c"}' \
		'{"MESSAGE":["a\"],b","x"],"PRIORITY":"9"}' '{"MESSAGE":[]}' 'data: {"MESSAGE":"s"}' '' $'\x1e{"MESSAGE":"t"}' |
		from journal
	field 1 '[.time,.host,.severity,.text,.pid,.program,.labels]' '["2026-11-21T01:20:15.000123Z","h2","high","Hi�",12,"x",{"unit":"a.service","facility":"authpriv"}]'
	field 2 '[.text,.truncated,.severity]' '["",true,null]'
	field 3 '[.text,.severity,.program]' '["Hi","info","c"]'
	field 4 '[.text,.severity]' '["a\"],b",null]'
	field 5 '[.text,.truncated]' '["",null]'
	field 6 .text '"s"'
	field 7 .text '"t"'
	run -3 --separate-stderr sh-collect -o ndjson --from journal=- <<< $'{"MESSAGE":"a"}\n{"MESSAGE"\n{"MESSAGE":"b"}'
	[ "$(wc -l <<< "$output")" = 2 ]
	[[ $stderr == "sh-collect: -:2: byte "* ]]
}

@test "journal: a real one" {
	need journalctl
	# Written by no daemon: the export format is what systemd-journal-remote takes.
	[ -x /lib/systemd/systemd-journal-remote ] || skip 'systemd-journal-remote not found'
	printf '__REALTIME_TIMESTAMP=1795224015000123\n__MONOTONIC_TIMESTAMP=1\n_BOOT_ID=0123456789abcdef0123456789abcdef\nPRIORITY=4\nSYSLOG_IDENTIFIER=x\nMESSAGE\n\x04\0\0\0\0\0\0\0a\nb\xff\n\n' > in
	/lib/systemd/systemd-journal-remote -o ./t.journal in
	journalctl --file t.journal -o json | from journal
	field 1 '[.time,.severity,.program,.text]' '["2026-11-21T01:20:15.000123Z","medium","x","a\nb�"]'
	journalctl --file t.journal -o export | from journal-export
	field 1 '[.time,.severity,.program,.text]' '["2026-11-21T01:20:15.000123Z","medium","x","a\nb�"]'
}

@test "journal-export: fields of bytes" {
	printf '__REALTIME_TIMESTAMP=1795224015000123\nPRIORITY=4\nMESSAGE\n\x0a\0\0\0\0\0\0\0a\nb\r\n\ncd\r\n\n_COMM=x\n\nMESSAGE\n\x03\0\0\0\0\0\0\0abcd\nx=y\n\nMESSAGE=ok\n\nMESSAGE=last\n' > in
	run -3 --separate-stderr sh-collect -o ndjson --from journal-export=in
	echo "$output" > out
	[[ $stderr == *"a field is longer than it says" ]]
	field 1 '[.time,.severity,.text,.program]' '["2026-11-21T01:20:15.000123Z","medium","a\nb\r\n\ncd\r\n","x"]'
	field 2 .text '"ok"'
	field 3 .text '"last"'
	# Cut off within one: of the length, of the bytes.
	for cut in 'MESSAGE\n' 'MESSAGE\n\x0a\0\0\0' 'MESSAGE\n\x0a\0\0\0\0\0\0\0a\nb'; do
		printf "MESSAGE=ok\n\nPRIORITY=4\n$cut" > in
		run -3 --separate-stderr sh-collect -o ndjson --from journal-export=in
		[ "$(jq -c .text <<< "$output")" = '"ok"' ]
		[ "$stderr" = "sh-collect: in:$(grep -ac '' in): the input ends within a field of bytes: its entry is left out" ]
	done
	# The newline behind the last one may lack.
	printf 'MESSAGE\n\x03\0\0\0\0\0\0\0abc' | from journal-export
	field 1 .text '"abc"'
}

@test "of what is bad in a file the first lines are told, and how many the others are" {
	{ yes '<1> no' | head -n 100000; echo 'MESSAGE=x'; } | sed 's/MESSAGE=x/{"MESSAGE":"x"}/' > in
	run -3 --separate-stderr sh-collect -o ndjson --from journal=in
	[ "$(jq -c .text <<< "$output")" = '"x"' ]
	[ "$(wc -l <<< "$stderr")" = 21 ]
	[[ $(sed -n 20p <<< "$stderr") == 'sh-collect: in:20: '* ]]
	[ "$(tail -n 1 <<< "$stderr")" = 'sh-collect: in: 99980 more are bad' ]
	# Each file is told of.
	run -3 --separate-stderr sh-collect -o ndjson --from journal=in --from journal=in
	[ "$(wc -l <<< "$stderr")" = 42 ]
}

@test "kmsg: what the kernel still keeps is read to its end, and nothing is waited for" {
	local said="a line of the kernel's, for the test $$.$RANDOM"
	need jq
	{ echo "<6>$said" >/dev/kmsg; } 2>/dev/null || skip 'the log of the kernel is not ours to write'
	run -0 timeout 30 sh-collect --no-stock -o ndjson --source '{"collector":"tail","target":"/dev/kmsg"}'
	jq -es --arg said "$said" 'any(.[]; .kind == "log" and .severity == "info" and .text == $said)' <<<"$output"
}

@test "kmsg: what the device says and what dmesg shows" {
	printf '%s\n' '6,339,5140900,-;NET: x\x0ay' ' SUBSYSTEM=net' ' DEVICE=n1' '30,340,5140901,-;systemd[1]: Started' \
		'[    5.140900][    T1] foo' 'kern  :warn  : [    1.500000] yes' '<3>[    1.000000] err' \
		'[Sat Nov 21 05:00:00 2026] clock' | from kmsg
	field 1 '[.severity,.program,.text,.fields]' '["info","kernel","NET: x\ny",{"SUBSYSTEM":"net","DEVICE":"n1"}]'
	field 2 '[.severity,.program,.pid,.text]' '["info","systemd",1,"Started"]'
	field 3 .text '"foo"'
	field 4 '[.severity,.text]' '["medium","yes"]'
	field 5 '[.severity,.text]' '["high","err"]'
	field 6 .time '"2026-11-21T05:00:00.000000Z"'
	# 4.14 s lie between the fifth and the first, wherever this boot began.
	[ "$(jq -s '((.[0].time | sub("\\.[0-9]+Z";"Z") | fromdate) - (.[4].time | sub("\\.[0-9]+Z";"Z") | fromdate)) as $d | $d == 4 or $d == 5' out)" = true ]
}

@test "a stream is converted while it goes on" {
	mkfifo pipe
	SH_HOST=h1 sh-collect -o ndjson --from log=pipe > out 3>&- &
	pid=$!
	exec 8> pipe
	printf 'first\n\tgoes on\n' >&8
	for _ in $(seq 100); do [ -s out ] && break; sleep 0.02; done
	field 1 .text '"first\n\tgoes on"'
	exec 8>&-
	wait $pid
	[ "$(wc -l < out)" = 1 ]
}
