#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-diagnose --why: the evidence about one entity, step by step.
load helper

# Latency of service:NAME... for 700 s, up by hundreds in the last 100.
latency() {
	local i name
	for ((i = 0; i < 70; i++)); do
		for name; do
			printf '{"kind":"sample","time":%d,"host":"h","entity":"service:%s@h","metrics":{"latency":{"p90":%d}}}\n' \
				$((1795222800 + 10 * i)) "$name" $((i < 60 ? 10 + i % 3 : 400))
		done
	done
}

steady() {
	local i
	for ((i = 0; i < 70; i++)); do
		printf '{"kind":"sample","time":%d,"host":"h","entity":"%s","metrics":{"cpu":{"usage":20}}}\n' \
			$((1795222800 + 10 * i)) "$1"
	done
}

edge() {
	printf '{"kind":"edge","host":"h","from":"service:%s@h","to":"service:%s@h","type":"depends_on"}\n' "$1" "$2"
}

fault() {
	printf '{"kind":"fault","time":"2026-11-21T01:10:20.000000Z","host":"h","entity":"service:%s@h","id":"f-1",' "$1"
	printf '"fingerprint":"f-0","status":"%s","fault_type":"slow","rule_id":"r","severity":"high",' "${2-open}"
	printf '"affected_metrics":["latency.p90"],"evidence":{"since":"2026-11-21T01:10:00.000000Z"}}\n'
}

chain() {
	edge web app
	edge app db
	latency web app db
	steady host:h
	printf '{"kind":"event","time":1795223340,"host":"h","entity":"service:db@h","type":"deploy","text":"db 2.0"}\n'
	fault web
}

# How sure it is may come to be weighed otherwise.
equal() {
	set -- "$(sed -E 's/[0-9]+ %/N %/' <<<"$1")" "$2"
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }
}

trail="service:web@h
  slow since 2026-11-21T01:10:00Z, open; high severity.
  - latency.p90 of service:web@h rose from 11 to 400
  It needs service:app@h.
  The worst of that is service:app@h, which explains all of it:
service:app@h
  - latency.p90 of service:app@h rose from 11 to 400
  It needs service:db@h.
  The worst of that is service:db@h, which explains all of it:
service:db@h
  - latency.p90 of service:db@h rose from 11 to 400
  - deploy of service:db@h 1m before it began: db 2.0
  It needs nothing else, as far as is known.
Where it comes from
  By all evidence together from service:db@h: abnormal_latency, N %.
  Why not the others:
  - service:web@h: what it shows comes from service:app@h, which it needs.
  - service:app@h: what it shows comes from service:db@h, which it needs."

@test "the trail leads from the entity along what it needs to where it comes from" {
	chain >in
	run -0 --separate-stderr sh-diagnose --why service:web@h in
	equal "$output" "$trail"
	[ -z "$stderr" ]
	run -0 sh-diagnose --why=service:web@h <in
	equal "$output" "$trail"
}

@test "of a stored diagnosis its fault counts, of several the latest, and none that is pending" {
	chain >in
	sh-diagnose in | grep '"kind":"diagnosis"' >diagnosis
	grep -v '"fault"' in | cat - diagnosis >later
	run -0 sh-diagnose --why service:web@h later
	equal "$output" "$trail"
	fault web resolved | sed 's/01:10:20/01:11:40/' >>later
	fault web pending | sed 's/01:10:20/01:12:00/' >>later
	run -0 sh-diagnose --why service:web@h later
	[[ ${lines[1]} == "  slow since 2026-11-21T01:10:00Z, resolved; high severity." ]]
}

@test "rules have their say on the entity's fault" {
	cat >rules.yaml <<-'END'
	diagnoses:
	  slow: {faults: [slow], root_cause: too_much, confidence: 0.4, because: it is Monday}
	END
	chain | sh-diagnose --why service:web@h -c rules.yaml >out
	grep -qxF "  - rule 'slow' says too_much at 0.4 (chosen): it is Monday" out
}

@test "what is remembered in the state is told without locking or changing it" {
	chain >in
	mkdir state
	grep -v '"fault"' in | sh-diagnose --state state >forwarded
	sum=$(cksum <state/diagnose.db)
	fault web >fault
	mkfifo pipe
	sh-diagnose --state state <pipe >other 2>&1 3>&- &
	exec {pipe}>pipe
	run -0 sh-diagnose --state state --why service:web@h fault
	equal "$output" "$trail"
	run -0 sh-diagnose --state state --why service:app@h </dev/null
	grep -qx '  No fault of it is known; before 2026-11-21T01:01:30Z is compared with after.' <<<"$output"
	run -75 sh-diagnose --state state --lock fail </dev/null
	equal "$(cksum <state/diagnose.db)" "$sum"
	exec {pipe}>&-
	wait $!
	[ ! -s other ]
}

@test "entities that need each other end the trail, and what changed elsewhere and weighs more is told" {
	{ chain; edge db web; } | sh-diagnose --why service:web@h >out
	grep -q 'which was looked at before: they need each other' out
	[ "$(grep -c '^service:' out)" = 3 ]
	# Not needed by anyone, and without relations: on the same host.
	{ chain | grep -v deploy | sed '/service:db/s/400/30/'
	  for ((i = 0; i < 70; i++)); do
		printf '{"kind":"sample","time":%d,"host":"h","entity":"disk:vda@h","metrics":{"latency":{"read":%d},"errors":{"io":%d}}}\n' \
			$((1795222800 + 10 * i)) $((i < 60 ? 1 + i % 2 : 40000)) $((i < 60 ? 0 : 900 + i))
	  done; } | sh-diagnose --why service:web@h >out
	grep -qx '  The trail led to service:db@h; this weighs more:' out
	grep -q '^  - latency.read of disk:vda@h rose from 1' out
	grep -q '^  - service:db@h: it changed as well, but weighs ' out
}

@test "an entity without a fault is looked at by another's, and one that shows nothing says so" {
	chain >in
	run -0 sh-diagnose --why service:app@h in
	[[ ${lines[1]} == "  No fault of it is known; before 2026-11-21T01:10:00Z is compared with after." ]]
	[[ $output == *"from service:db@h: abnormal_latency, "* ]]
	run -0 sh-diagnose --why host:h in
	[[ $output == *"  Nothing is known to have changed there."*"It shows nothing itself. Near it changed most service:db@h"* ]]
	[[ $output != *"Why not the others"* ]]
	steady host:h >calm
	run -0 sh-diagnose -e --why host:h calm
	[[ $output == *"no metric, log line or change stands out."* ]]
	run -1 sh-diagnose -e --why service:web@h in
}

@test "an entity of which nothing is known, and what is no entity, exit 2; bad records 3" {
	chain >in
	run -2 --separate-stderr sh-diagnose --why service:none@h in
	[ -z "$output" ]
	[ "$stderr" = "sh-diagnose: nothing is known of 'service:none@h'" ]
	run -2 --separate-stderr sh-diagnose --why web in
	[[ $stderr == "sh-diagnose: --why: 'web' is no entity"* ]]
	echo '{"kind":' >>in
	run -3 --separate-stderr sh-diagnose --why service:web@h in
	equal "$output" "$trail"
	run -4 sh-diagnose --state none --why service:web@h
	run -4 sh-diagnose --why service:web@h missing
}
