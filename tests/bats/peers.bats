#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# peers(): rules about a share of a rack, not about one host.
load helper

# A sample: HOST RACK SECOND OK
sample() {
	printf '{"kind":"sample","time":%d,"host":"%s","entity":"host:%s","labels":{"rack":"%s"},"metrics":{"check":{"ok":%s,"ms":%s}}}\n' \
		$((1795222800 + $3)) "$1" "$1" "$2" "$4" "$3"
}

rule() {
	printf 'rules:\n  rack_down: {expr: "%s", about: "rack:{labels.rack}", count: 1%s}\n' "$1" "${2-}" >rule.yaml
}

detect() {
	sh-detect --no-stock -c rule.yaml "$@"
}

@test 'a fault is about the rack when more than a fifth of it is down, and is over when it is not' {
	rule 'peers(labels.rack).share(p, p.check.ok == 0) > 0.2' \
		', description: "{peers(labels.rack).count(p, p.check.ok == 0)} down"'
	{
		for h in 1 2 3 4 5; do sample h$h r1 $h 1; done
		sample h1 r1 61 0 # 1 of 5 is not more than a fifth
		sample h2 r1 62 0
		sample h9 r2 63 1 # another rack is another group
		sample h1 r1 121 1
	} | detect | jq -r '"\(.entity) \(.status) \(.description) \(.time[14:19])"' >got
	printf '%s\n' 'rack:r1 open 2 down 01:02' 'rack:r1 resolved 2 down 02:01' | diff - got
}

@test 'who falls silent is neither up nor down' {
	rule 'peers(labels.rack).share(p, p.check.ok == 0) >= 0.5'
	{
		for h in 1 2 3 4; do sample h$h r1 $h $((h > 1)); done # 1 of 4
		for t in 100 200; do sample h1 r1 $t 0; done # after 3 minutes it is the only one
	} | detect | jq -r '.time[14:19] + " " + .status' >got
	printf '%s\n' '00:01 open' '00:02 ongoing' '00:03 resolved' '03:20 open' | diff - got
}

@test 'sums, averages and extremes' {
	for case in 'sum 30' 'avg 15' 'min 10' 'max 20'; do
		set -- $case
		rule "peers(hostname).$1(p, p.check.ms) == $2"
		{
			printf '{"time":1795222800,"host":"h","entity":"disk:a@h","check":{"ms":10}}\n'
			printf '{"time":1795222801,"host":"h","entity":"disk:b@h","labels":{"rack":"x"},"check":{"ms":20}}\n'
		} | detect | jq -r .entity >got
		echo "$case"
		echo rack:x | diff - <(tail -n 1 got)
	done
}

@test 'who falls silent as the clock is set back an hour is gone after its time, not after the hour' {
	rule 'peers(labels.rack).share(p, p.check.ok == 0) >= 0.5'
	{
		for t in 3600 3610 3620; do sample h1 r1 $t 1; sample h2 r1 $t 0; done
		for ((t = 30; t < 300; t += 10)); do sample h1 r1 $t 1; done
	} >in
	sh-detect -q --no-stock -c rule.yaml in | jq -r '.time[11:19] + " " + .status' | grep -v ongoing >got
	printf '%s\n' '02:00:00 open' '01:02:50 resolved' | diff - got
	while read -r line; do
		sh-detect -q --no-stock -c rule.yaml --state state <<<"$line"
	done <in | jq -r '.time[11:19] + " " + .status' | grep -v ongoing | diff - got
}

@test 'the other series are known after a restart' {
	rule 'peers(labels.rack).share(p, p.check.ok == 0) > 0.2'
	{
		for t in 0 60 120; do
			for h in 1 2 3 4 5; do sample h$h r1 $((t + h)) $((t == 0 || h > 2)); done
		done
	} >all
	detect all >whole
	for ((i = 1; i < 15; i++)); do
		rm -rf state
		{
			head -n $i all | detect --state state
			tail -n +$((i + 1)) all | detect --state state
		} >parts
		cmp whole parts
	done
}

@test 'peers is followed by what is asked of them' {
	rule 'peers(labels.rack) > 1'
	sample h r 1 1 >one
	run --separate-stderr detect one
	[[ $stderr == *'peers(key) is followed by .count(p, ...)'* ]]
	rule 'peers(labels.rack).share(5) > 1'
	run --separate-stderr detect --check
	[ "$status" = 2 ]
	[[ $stderr == *'share takes a variable first'* ]]
}

@test 'a member whose clock is ahead makes the others no strangers' {
	local t host
	echo 'rules: {many: {expr: "peers(entity_type).share(p, p.x.y > 90) > 0.5", count: 2}}' >rule.yaml
	for ((t = 1795222800; t < 1795223400; t += 60)); do
		for host in a b c; do
			echo "{\"time\":$t,\"host\":\"$host\",\"x\":{\"y\":1}}"
		done
		echo "{\"time\":$((t + 7200)),\"host\":\"z\",\"x\":{\"y\":99}}"
	done | sh-detect --no-stock -c rule.yaml >got
	[ ! -s got ]
}
