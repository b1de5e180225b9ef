#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Logs that are followed: each line once, wherever rotation puts it.

load helper

# site LOG-CHECK-KEYS: one stand-alone check "app"
site() {
	printf 'checks:\n  app: {%s}\n' "$1" > site.yaml
}

# One run; the entries' texts on standard output, all of it in out.
follow() {
	SH_HOST=h1 sh-collect -o ndjson -c site.yaml "$@" check > out
	jq -r 'select(.kind == "log") | .text' out
}

# metric NAME: of the last sample
metric() {
	jq -s "map(select(.kind == \"sample\"))[-1].metrics.log.$1" out
}

@test "from its end on, or from its start" {
	echo before > app.log
	site "log: $PWD/app.log"
	[ -z "$(follow --state s)" ]
	echo after >> app.log
	[ "$(follow --state s)" = after ]
	[ -z "$(follow --state s)" ]
	site "log: $PWD/app.log, from: start"
	[ "$(follow)" = $'before\nafter' ]
	follow --state s
	follow --state s
	[ "$(metric lines)" = 0 ] && [ "$(metric bytes)" = 0 ]
	catalogued < out
}

@test "what an entry says, and whose it is" {
	printf '%s\n' '2026-11-21 05:00:00 ERROR x' ' more' '2026-11-21 05:00:01 b' > app.log
	cat > site.yaml <<-E
	services:
	  web: {pidfile: $PWD/p, checks: [{log: $PWD/app.log, from: start}]}
	checks:
	  sys: {log: $PWD/sys.log, from: start, format: syslog}
	  rec: {log: $PWD/rec.log, from: start, format: json}
	E
	echo 'Nov 21 05:00:00 h2 cron[7]: hello' > sys.log
	echo '{"kind":"event","text":"deployed"}' > rec.log
	SH_HOST=h1 sh-collect -o ndjson -c site.yaml check > out
	jq -es 'map(select(.kind == "log"))[0] | .entity == "service:web@h1" and .severity == "high" and .text == "ERROR x\n more"
		and .labels.file == $f and .source == {"collector":"check","target":"web"}' --arg f "$PWD/app.log" out
	jq -es 'map(select(.kind == "log"))[2] | .entity == "check:sys@h2" and .program == "cron" and .pid == 7' out
	jq -es 'map(select(.kind == "event")) | length == 1' out
	jq -es 'map(select(.entity == "service:web@h1" and .kind == "sample"))[0] | .dims == {"check":"log"} and .metrics.log.files == 1' out
	catalogued < out
}

@test "match and ignore choose entries, not lines" {
	printf '%s\n' 'ERROR one' ' stack of one' 'INFO two' 'ERROR three, known' $'ERROR \xff' > app.log
	site "log: $PWD/app.log, from: start, match: '^ERROR', ignore: known"
	follow > got
	[ "$(wc -l < got)" = 3 ]
	[ "$(head -2 got)" = $'ERROR one\n stack of one' ]
	site "log: $PWD/app.log, match: '('"
	run -2 sh-collect -c site.yaml --check
	[[ $output == *"'match' is no pattern"* ]]
	site "log: $PWD/app.log, from: middle"
	run -2 sh-collect -c site.yaml --check
}

@test "a line counts when it is whole; an endless one is cut" {
	: > app.log
	site "log: $PWD/app.log"
	follow --state s
	printf 'half' >> app.log
	[ -z "$(follow --state s)" ]
	[ "$(metric behind_bytes)" = 4 ]
	printf ' whole\n' >> app.log
	[ "$(follow --state s)" = 'half whole' ]
	head -c 3000000 /dev/zero | tr '\0' x >> app.log
	[ "$(follow --state s | wc -c)" -gt 1000000 ]
	jq -es 'map(select(.kind == "log")) | length == 1 and .[0].truncated' out
	printf 'x\nnext\n' >> app.log
	[ "$(follow --state s)" = next ]
}

@test "rename, with a writer that goes on in the old file; several generations between two runs" {
	echo 0 > app.log
	site "log: $PWD/app.log"
	follow --state s
	exec 7>> app.log
	echo 1 >&7
	mv app.log app.log.1
	echo 2 >&7
	[ "$(follow --state s)" = $'1\n2' ]
	echo 3 >&7
	echo 4 > app.log
	[ "$(follow --state s)" = $'3\n4' ]
	exec 7>&-
	mv app.log.1 app.log.2
	echo 5 >> app.log
	mv app.log app.log.1
	for i in 6 7; do
		for n in 4 3 2 1; do [ ! -e app.log.$n ] || mv app.log.$n app.log.$((n + 1)); done
		echo $i > app.log
		mv app.log app.log.1
	done
	echo 8 > app.log
	[ "$(follow --state s | tr '\n' ' ')" = '5 6 7 8 ' ]
	[ -z "$(follow --state s)" ]
	run ! grep notice out
}

@test "copied and truncated, also when it has grown beyond what was read" {
	echo 0 > app.log
	site "log: $PWD/app.log"
	follow --state s
	echo 1 >> app.log
	cp app.log app.log.1
	: > app.log
	[ "$(follow --state s)" = 1 ]
	echo 2 >> app.log
	[ "$(follow --state s)" = 2 ]
	echo 3 >> app.log
	cp app.log app.log.2
	printf '%s\n' 4444444 5555555 > app.log
	[ "$(follow --state s)" = $'3\n4444444\n5555555' ]
	run ! grep notice out
}

@test "deleted and made again; lines that are lost for good are told" {
	echo 0 > app.log
	site "log: $PWD/app.log"
	follow --state s
	rm app.log
	echo 1 > app.log
	[ "$(follow --state s)" = 1 ]
	jq -es 'map(select(.kind == "notice")) | length == 1 and (.[0].text | test("lines may be lost"))' out
	rm app.log
	follow --state s
	[ "$(metric files)" = 0 ]
	echo 2 > app.log
	[ "$(follow --state s)" = 2 ]
}

@test "a directory with more files than are looked at is told, once" {
	echo one > app.log
	site "log: $PWD/many/app.log, from: start"
	mkdir many
	mv app.log many
	(cd many && seq 10100 | xargs touch)
	follow --state s
	jq -es 'all(.kind != "notice")' out
	rm many/app.log
	echo two > many/app.log
	SH_HOST=h1 sh-collect -o ndjson -c site.yaml --state s -i 10ms -n 3 check > out
	[ "$(jq -r 'select(.kind == "notice") | .text' out | grep -c "^beside '.*/many/app.log' are more than 10000 files")" = 1 ]
}

@test "what is compressed while it is being read is read to its end" {
	echo 0 > app.log
	site "log: $PWD/app.log"
	sh-collect -o ndjson -c site.yaml -i 20ms check > out 3>&- &
	pid=$!
	for _ in $(seq 100); do [ -s out ] && break; sleep 0.02; done
	echo 1 >> app.log
	mv app.log app.log.1
	echo 2 > app.log
	sleep 0.2
	gzip app.log.1
	echo 3 >> app.log
	sleep 0.2
	kill $pid
	[ "$(jq -r 'select(.kind == "log") | .text' out | tr '\n' ' ')" = '1 2 3 ' ]
}

@test "patterns: new files from their start, rotated ones that match not again" {
	mkdir d
	echo 0 > d/a.log
	site "log: \"$PWD/d/*.log*\""
	follow --state s
	[ "$(metric files)" = 1 ]
	echo 1 >> d/a.log
	echo 1 > d/b.log
	[ "$(follow --state s)" = $'1\n1' ]
	mv d/a.log d/a.log.1
	echo 2 > d/a.log
	cp d/b.log d/b.log.1
	: > d/b.log
	echo 3 >> d/b.log
	[ "$(follow --state s | sort)" = $'2\n3' ]
	gzip d/a.log.1
	[ -z "$(follow --state s)" ]
	[ "$(metric files)" = 3 ]
}

@test "a storm is read in portions, and only as far behind as the site wants" {
	seq -f 'line %012.0f' 1000000 > app.log # 18 MB
	site "log: $PWD/app.log, from: start"
	follow --state s > got
	[ "$(metric behind_bytes)" -gt 5000000 ]
	follow --state s >> got
	follow --state s >> got
	[ "$(metric behind_bytes)" = 0 ]
	[ "$(wc -l < got)" = 1000000 ]
	seq -f 'line %012.0f' 1000000 | cmp - got
	site "log: $PWD/app.log, from: start, max_behind: 1MiB"
	follow > got
	[ "$(tail -1 got)" = 'line 000001000000' ]
	[ "$(metric skipped_bytes)" -gt 16000000 ]
	grep -q '"kind":"notice".*left out' out
	skipped=$(metric skipped_bytes)
	got=$(wc -c < got)
	[ $((skipped + got)) = "$(wc -c < app.log)" ]
}

@test "a missing log is none, an unreadable one and a pipe are told, and stop nobody" {
	mkfifo pipe
	mkdir dir
	cat > site.yaml <<-E
	checks:
	  none: {log: $PWD/none.log}
	  pipe: {log: $PWD/pipe}
	  dir: {log: $PWD/dir}
	  bad: {log: $PWD/a.log, format: nothing}
	  good: {log: $PWD/a.log, from: start}
	E
	echo good > a.log
	run -0 --separate-stderr timeout 5 sh-collect -o ndjson -c site.yaml check
	jq -es 'map(select(.entity // "" | startswith("check:none"))) | length == 1 and .[0].metrics.log.files == 0' <<< "$output"
	[ "$(grep -c 'is no regular file' <<< "$output")" = 2 ]
	[[ $output == *"there is no format 'nothing'"* ]]
	[[ $output == *'"text":"good"'* ]]
}

@test "state that is damaged begins the log anew" {
	need sqlite3
	echo 0 > app.log
	site "log: $PWD/app.log"
	follow --state s
	sqlite3 s/collect.db "update value set value = cast('{\"version\":1,\"files\":[{}]}' as blob) where space = 'follow'"
	echo 1 >> app.log
	[ -z "$(follow --state s)" ]
	echo 2 >> app.log
	[ "$(follow --state s)" = 2 ]
}

torture() {
	need python3
	site "log: $PWD/app.log, from: start"
	run python3 "$abs_top_srcdir/tests/bats/rotate.py" "$@"
	echo "$output"
	[ "$status" = 0 ]
}

@test "rotation in all ways while runs come and go: each line once" {
	torture 6 1 end
}

@test "rotation in all ways while runs are killed: no line is lost" {
	torture 6 2 kill
}
