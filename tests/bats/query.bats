#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-diagnose --query: what an entity needs, what needs it, what goes with it.
# shellcheck disable=SC2154 # stderr comes from run
load helper

site() {
	cat > site.yaml <<'Y'
topology:
  rack:r1: {contains: [host:a, host:b]}
  service:shop: {depends_on: [group:web, service:db@c]}
  group:web: {members: [service:w1@a, service:w2@b, service:w3@c], need: 2}
  service:db@c: {stores_on: [disk:sda@c]}
Y
}

edge() { # FROM TYPE TO [MORE]
	printf '{"kind":"edge","time":"2026-11-21T01:00:00.000000Z","host":"h","from":"%s","type":"%s","to":"%s"%s}\n' \
		"$1" "$2" "$3" "${4-}"
}

ask() {
	sh-diagnose --no-stock "$@" < /dev/null
}

equal() {
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }
}

@test "what an entity needs is a tree, each entity unfolded once" {
	site
	equal "$(ask -c site.yaml -o text --query needs:service:shop)" 'service:shop needs 10 others
  service:shop depends on group:web; it needs 2 of 3 members
    service:w1@a is a member of group:web
      service:w1@a is on host:a
        host:a runs on rack:r1
    service:w2@b is a member of group:web
      service:w2@b is on host:b
        host:b runs on rack:r1 (see there)
    service:w3@c is a member of group:web
      service:w3@c is on host:c (see there)
  service:shop depends on service:db@c
    service:db@c stores on disk:sda@c
      disk:sda@c is on host:c (see there)
    service:db@c is on host:c'
}

@test "what needs an entity, of the site and of records, and cycles are marked" {
	site
	{ edge service:w1@a depends_on service:db@c; edge service:db@c connects service:w1@a; } > edges.ndjson
	equal "$(ask -c site.yaml -o text --query needed-by:disk:sda@c edges.ndjson)" '4 others need disk:sda@c
  service:db@c stores on disk:sda@c
    service:shop depends on service:db@c
    service:w1@a depends on service:db@c
      service:w1@a is a member of group:web; it needs 2 of 3 members
        service:shop depends on group:web (see there)
      service:db@c connects to service:w1@a (a cycle)'
}

@test "a group that can do without a host gets weaker, and goes down with the rack" {
	site
	equal "$(ask -c site.yaml -o text --query loss:host:a)" 'without host:a 1 goes down and 2 get weaker
  service:w1@a goes down: service:w1@a is on host:a
    group:web gets weaker: service:w1@a is a member of group:web; 2 of 3 members left, it needs 2
      service:shop gets weaker: service:shop depends on group:web'
	run -0 ask -c site.yaml -o text --query loss:rack:r1
	[ "${lines[0]}" = 'without rack:r1 6 go down and 0 get weaker' ]
	[[ $output == *'group:web goes down: '*'1 of 3 members left, it needs 2'* ]]
}

@test "several entities are lost together" {
	site
	run -0 ask -c site.yaml -o text --query 'loss:service:w1@a service:w2@b'
	[ "${lines[0]}" = 'without service:w1@a 2 go down and 0 get weaker' ]
	[[ $output == *'service:w2@b is lost as well'* ]]
}

@test "in a pipe each line is a notice with the facts" {
	need jq
	site
	run -0 ask -c site.yaml -o ndjson --query loss:service:w1@a --now 2026-11-21T01:00:00Z
	jq -se 'map(select(.kind == "notice" and .time == "2026-11-21T01:00:00.000000Z")) | length == 3' <<< "$output"
	jq -se '.[0] | .entity == "service:w1@a" and .query == "loss" and .depth == 0 and .down == 0
		and .weaker == 2 and .count == 2 and (has("from") | not)' <<< "$output"
	jq -se '.[1] | .entity == "group:web" and .depth == 1 and .from == "service:w1@a"
		and .type == "member_of" and .to == "group:web" and .fate == "weaker" and .members == 3
		and .left == 2 and .needed == 2' <<< "$output"
}

@test "an edge that is over by the last record is none, one that is kept in the state counts" {
	edge service:a@h depends_on service:b@h > first.ndjson
	edge service:a@h depends_on service:c@h ',"valid":"5m"' >> first.ndjson
	sh-diagnose --no-stock --state state < first.ndjson > /dev/null
	cp state/diagnose.db before.db
	equal "$(ask --state state -o text --query needs:service:a@h)" 'service:a@h needs 3 others
  service:a@h is on host:h
  service:a@h depends on service:b@h
    service:b@h is on host:h (see there)
  service:a@h depends on service:c@h
    service:c@h is on host:h (see there)'
	cmp before.db state/diagnose.db
	echo '{"kind":"tick","time":"2026-11-21T01:10:00.000000Z","host":"h"}' > later.ndjson
	run -0 ask --state state -o text --query needs:service:a@h later.ndjson
	[[ $output == *service:b@h* && $output != *service:c@h* ]]
	echo '{"kind":"tick","time":"2121-11-21T01:10:00.000000Z","host":"k"}' >> later.ndjson
	equal "$(ask --state state -o text --query needs:service:a@h later.ndjson)" "$output"
}

@test "what is not known is told with the name that is most like it, exit 2" {
	site
	run -2 --separate-stderr ask -c site.yaml --query needs:service:shpo
	[ -z "$output" ]
	[ "$stderr" = "sh-diagnose: nothing is known of 'service:shpo', but of 'service:shop'" ]
	run -2 --separate-stderr ask -c site.yaml --query needs:zzzzzzzzzzzzzzz:yyyyyyyyyyyyyyyyy
	[ "$stderr" = "sh-diagnose: nothing is known of 'zzzzzzzzzzzzzzz:yyyyyyyyyyyyyyyyy'" ]
}

@test "a question that is none is a usage error" {
	local question
	for question in service:a@h needs needs: 'loss: ' wants:service:a@h ''; do
		run -2 --separate-stderr ask --query "$question"
		[[ -z $output && $stderr == *"--query: '$question' is none of"* ]]
	done
	run -2 --separate-stderr ask --query needs:service:a --why service:a
	[[ $stderr == *two\ questions* ]]
}

@test "-e says whether there are others" {
	site
	run -1 ask -c site.yaml -e --query needs:service:shop
	run -0 ask -c site.yaml -e --query needed-by:service:shop
	[[ $output == *'nothing that is known needs service:shop'* ]]
}

@test "a chain of 50,000 entities is no matter" {
	# Not by the shell of bats, which looks at each command.
	seq 0 49999 | awk '{ printf "{\"kind\":\"edge\",\"time\":1795222800,\"host\":\"h\",\"from\":\"s:%d\",\"type\":\"depends_on\",\"to\":\"s:%d\"}\n", $1, $1 + 1 }' >chain.ndjson
	equal "$(ask -o ndjson --query loss:s:50000 chain.ndjson | sed -n '1p;$p' | sed -n 's/.*"text":"\([^"]*\)".*"depth":\([0-9]*\).*/\2 \1/p;')" \
		'0 without s:50000 50000 go down and 0 get weaker
50000 s:0 goes down: s:0 depends on s:1'
}
