#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-detect: rules on log records, and their templates.
load helper

# A line of a log: SECOND TEXT [SEVERITY]
line() {
	printf '{"kind":"log","time":%d,"host":"h","entity":"host:h","severity":"%s","text":"%s"}\n' \
		$((1795222800 + $1)) "${3:-low}" "$2"
}

tick() {
	printf '{"kind":"tick","time":%d,"host":"h"}\n' $((1795222800 + $1))
}

life() {
	sh-detect --no-stock -c rule.yaml "$@" | jq -r 'select(.kind == "fault") | "\(.time[11:19]) \(.status)"'
}

@test 'matching lines count, others say nothing, and silence ends the fault' {
	echo 'rules: {r: {match: "disk (failed|gone)", count: 2, keep_firing: 3m}}' >rule.yaml
	{
		line 0 'disk failed'
		line 1 'disk is fine'
		line 2 'disk gone'
		line 3 'disk is fine'
		for t in 60 120 180 240 300; do tick $t; done
	} | life >got
	printf '%s\n' '01:00:02 open' '01:04:00 resolved' | diff - got
}

@test 'hits too far apart do not make a fault' {
	echo 'rules: {r: {match: "disk failed", count: 2, keep_firing: 1m}}' >rule.yaml
	{
		line 0 'disk failed'
		for t in 30 60 90; do tick $t; done
		line 100 'disk failed'
	} | life >got
	[ ! -s got ]
}

@test 'a pattern and an expression hold together; samples are not logs' {
	echo 'rules: {r: {match: "(?i)refused", expr: "log.level == \"high\"", count: 1, description: "{log.text}"}}' >rule.yaml
	{
		line 0 'connection refused' low
		line 1 'connection Refused' high
		echo '{"time":1795222802,"host":"h","log":{"level":1},"a":{"x":1}}'
	} | sh-detect --no-stock -c rule.yaml | jq -r .description >got
	echo 'connection Refused' | diff - got
}

@test 'a kind of error that was never logged is new after an hour of other lines' {
	{
		for ((i = 0; i < 300; i++)); do line $((60 * i)) "request $i took 5 ms"; done
		line 18000 'cannot reach the store at 192.0.2.1' high
		line 18060 'cannot reach the store at 192.0.2.9' high
	} | sh-detect --count=1 >got
	jq -es 'map([.rule_id, .description]) == [["log_new_error", "new: cannot reach the store at <*>"]]' got
}

@test 'numbers of a template, by their place' {
	echo 'rules: {r: {expr: "log.fields[\"3\"] > 3.0 * log.means[\"3\"]", count: 1}}' >rule.yaml
	{
		for ((i = 0; i < 50; i++)); do line $i "request took $((100 + i % 7))"; done
		line 60 'request took 900'
	} | life >got
	echo '01:01:00 open' | diff - got
}

@test 'templates are written with the records, and go on after a restart' {
	{
		for ((i = 0; i < 40; i++)); do
			line $i "user u$i logged in from 192.0.2.$i"
			line $i "disk sd$((i % 3)) has $i errors"
		done
	} >all
	sh-detect --no-stock --templates all >whole
	[ "$(jq -r .template whole | sort -u | wc -l)" = 2 ]
	jq -es 'last.template_text == "disk <*> has <*> errors"' whole
	for cut in 1 7 39 79; do
		rm -rf state
		head -n $cut all | sh-detect --no-stock --templates --state state >parts
		tail -n +$((cut + 1)) all | sh-detect --no-stock --templates --state state >>parts
		cmp whole parts
	done
}

@test 'what a clearing condition would mean of logs is not guessed' {
	echo 'rules: {r: {match: "x", clear: "log.text == \"y\""}}' >rule.yaml
	run --separate-stderr sh-detect --no-stock -c rule.yaml --check
	[ "$status" = 2 ]
	[[ $stderr == *'use keep_firing'* ]]
}

@test 'a bad pattern is told with its place' {
	echo 'rules: {r: {match: "(x"}}' >rule.yaml
	run --separate-stderr sh-detect --no-stock -c rule.yaml --check
	[ "$status" = 2 ]
	[[ $stderr == *'rule.yaml:1:20: match: '*'pattern'* ]]
}

@test 'lines of public logs are grouped as people group them' {
	need_data rca/dev/logparse
	need python3
	run python3 "$SH_DATA/rca/tools/score_logparse.py" "$SH_DATA/rca/dev" -- "$abs_top_srcdir/tests/conformance/logparse-adapter"
	[[ ${lines[-1]} =~ 'GA '([0-9.]+)' FGA '([0-9.]+)' | corrected' ]]
	awk -v ga="${BASH_REMATCH[1]}" -v fga="${BASH_REMATCH[2]}" 'BEGIN { exit !(ga >= 0.865 && fga >= 0.85) }'
}
