#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-ledger: the operator's controls.
# shellcheck disable=SC2154 # stderr comes from run
load helper

# One second after the other, so that order and ages are known.
at() { SH_NOW=2026-11-21T10:00:$1Z SH_HOST=h1 sh-ledger --state state "${@:2}"; }

@test "without a ledger, open says that there is none and exits 4" {
	run -4 --separate-stderr sh-ledger --state none open
	[ -z "$output" ]
	[[ $stderr == "sh-ledger: "*none* ]]
	[ ! -e none ]
}

@test "a pause needs a reason and an end" {
	run -2 --separate-stderr at 00 pause --for 1h
	[[ $stderr == *"--reason is required"* ]]
	run -2 --separate-stderr at 00 pause --reason upgrade
	[[ $stderr == *"--for or --until is required"* ]]
	run -2 --separate-stderr at 00 pause --reason upgrade --until 2026-11-21T09:00:00Z
	[[ $stderr == *"is past"* ]]
	run -2 --separate-stderr at 00 pause --reason upgrade --for 1h --until 2026-11-22T09:00:00Z
	[[ $stderr == *"either"* ]]
}

@test "a pause is listed until its end, and history says who and why" {
	at 00 pause --for 1h --reason upgrade
	at 01 pause service:web1 --until 2026-11-21T10:30:00Z --reason 'new release'
	run -0 at 02 pauses
	[ "${#lines[@]}" = 2 ]
	[ "$(jq -r '[.kind, .state, .scope, .until, .reason] | join(" ")' <<<"${lines[0]}")" = \
		'notice pause all 2026-11-21T11:00:00.000000Z upgrade' ]
	[ "$(jq -r .scope <<<"${lines[1]}")" = service:web1@h1 ]
	run -0 env SH_NOW=2026-11-21T10:30:00Z sh-ledger --state state pauses
	[ "${#lines[@]}" = 1 ]
	run -0 at 02 history
	[ "$(jq -r .note <<<"$output" | paste -sd' ')" = 'paused paused' ]
	[ "$(jq -r .uid <<<"${lines[0]}")" = "$(id -u)" ]
	[[ $(jq -r .text <<<"${lines[0]}") == \
		"all paused until 2026-11-21T11:00:00Z by "*": upgrade" ]]
}

@test "resume ends what is paused, and says when nothing is" {
	at 00 pause --for 1h --reason upgrade
	at 01 resume --reason finished
	run -0 at 02 pauses
	[ -z "$output" ]
	run -2 --separate-stderr at 03 resume
	[[ $stderr == *"'all' is neither paused nor held"* ]]
	run -0 at 04 history
	[ "$(jq -r .note <<<"$output" | paste -sd' ')" = 'paused resumed' ]
}

@test "a scope that is no entity is a mistake" {
	run -2 --separate-stderr at 00 pause web1 --for 1h --reason x
	[[ $stderr == *"'web1' is neither all"* ]]
}

@test "history: --since, --target and -n choose" {
	at 00 pause service:a --for 1h --reason one
	at 10 pause service:b --for 1h --reason two
	at 20 pause service:a --for 1h --reason three
	run -0 at 30 history --since 15s
	[ "$(jq -r .reason <<<"$output")" = three ]
	run -0 at 30 history --since 2026-11-21T10:00:10Z
	[ "$(jq -r .reason <<<"$output" | paste -sd' ')" = 'two three' ]
	run -0 at 30 history --target service:a
	[ "$(jq -r .reason <<<"$output" | paste -sd' ')" = 'one three' ]
	run -0 at 30 history -n 2
	[ "$(jq -r .reason <<<"$output" | paste -sd' ')" = 'two three' ]
	run -2 at 30 history --since yesterday
}

@test "approve needs a reason; a whole plan id passes unseen, an abbreviated one does not" {
	id=p-0123456789abcdef0123456789abcdef
	run -2 --separate-stderr at 00 approve "$id"
	[[ $stderr == *"--reason is required"* ]]
	run -2 --separate-stderr at 00 approve p-012345 --reason ok
	[[ $stderr == *"no plan 'p-012345'"* ]]
	at 01 approve "$id" --reason ok
	# Known now, so that its beginning is enough, with or without p-.
	at 02 reject 012345
	run -0 at 03 history
	[ "$(jq -r .note <<<"$output" | paste -sd' ')" = 'approved rejected' ]
	[ "$(jq -r .about <<<"${lines[1]}")" = "$id" ]
	run -2 --separate-stderr at 04 reject p-012
	[[ $stderr == *"too short"* ]]
}

@test "an abbreviation of two plans is refused, and neither is answered" {
	at 00 approve p-0123456789abcdef0123456789abcde{0,1} --reason ok
	run -2 --separate-stderr at 01 reject p-01234567
	[[ $stderr == *"more than one"* ]]
	run -2 --separate-stderr at 02 reject p-0123456789abcdef0123456789abcde0 ffffff
	run -0 at 03 history
	[ "$(jq -r .note <<<"$output" | paste -sd' ')" = 'approved approved' ]
}

@test "status without a ledger is UNKNOWN, 3" {
	run -3 sh-ledger --state none status
	[[ $output == "SELFHEAL UNKNOWN - "* ]]
}

@test "status is CRITICAL when no round has finished within --max-age" {
	at 00 reserve
	run -2 at 01 status --max-age 1m
	[ "$output" = 'SELFHEAL CRITICAL - no round has finished yet; 0 open faults, 0 repairs in 24 h | open=0 repairs=0 failed=0 waiting=0' ]
	run -3 at 01 status
	need sqlite3
	sqlite3 state/ledger.db "INSERT INTO round VALUES ('sh-repair', strftime('%s', '2026-11-21 10:00:00') * 1000000000)"
	run -0 at 12 status --max-age 1m
	[ "$output" = 'SELFHEAL OK - last round 12s ago; 0 open faults, 0 repairs in 24 h | open=0 repairs=0 failed=0 waiting=0 age=12s' ]
	run -2 at 12 status --max-age 11s
	run -2 at 12 status --max-age 1m --program sh-schedule
}

@test "status and open show open faults; -e makes open exit 1" {
	need sqlite3
	at 00 reserve
	now="strftime('%s', '2026-11-21 10:00:00') * 1000000000"
	sqlite3 state/ledger.db "INSERT INTO round VALUES ('sh-repair', $now);
		INSERT INTO fault VALUES ('fp1', 'open', $now,
		'{\"kind\":\"fault\",\"time\":\"2026-11-21T10:00:00.000000Z\",\"severity\":\"high\",\"load\":0.1}')"
	run -1 at 01 status
	[[ $output == 'SELFHEAL WARNING - last round 1s ago; 1 open fault, '*'open=1 '* ]]
	run -0 at 01 open
	[ "$output" = '{"kind":"fault","time":"2026-11-21T10:00:00.000000Z","severity":"high","load":0.1}' ]
	run -1 at 01 open -e
	sqlite3 state/ledger.db "UPDATE fault SET record = '{\"severity\":\"critical\"}'"
	run -2 at 01 status
	sqlite3 state/ledger.db "UPDATE fault SET status = 'resolved'"
	run -0 at 01 open -e
	[ -z "$output" ]
}

@test "pending lists the plans that wait, and approving takes them away" {
	need sqlite3
	at 00 reserve
	sqlite3 state/ledger.db "INSERT INTO approval VALUES ('p-abcdef12', 'waiting', NULL, NULL, 1, 0,
		'{\"kind\":\"plan\",\"id\":\"p-abcdef12\",\"entity\":\"service:web1@h1\"}')"
	run -1 at 01 pending -e
	[ "$(jq -r .id <<<"$output")" = p-abcdef12 ]
	at 02 approve abcdef --reason 'seen it'
	run -0 at 03 pending -e
	[ -z "$output" ]
	run -0 at 03 history --target service:web1
	[ "$(jq -r '.about + " " + .reason' <<<"$output")" = 'p-abcdef12 seen it' ]
}

@test "baseline approves a regular file, lists it, and refuses what is none" {
	echo hello >file
	ln -s file link
	at 00 baseline file --reason 'as installed'
	run -0 at 01 baseline --list
	[ "$(jq -r '.path + " " + .sha256' <<<"$output")" = \
		"$PWD/file $(sha256sum <file | cut -d' ' -f1)" ]
	for bad in link . /dev/null missing; do
		run -2 --separate-stderr at 02 baseline "$bad"
		[[ $stderr == *"'$PWD/$bad'"* || $stderr == *"'$bad'"* ]]
	done
	run -2 --separate-stderr at 02 baseline
	run -0 at 03 history
	[[ $(jq -r .text <<<"$output") == "baseline of $PWD/file approved, sha256 "*": as installed" ]]
}

# A plan as sh-repair stores it, with what differs between the tests.
plan() {
	jq -cn --arg id "$1" '{kind: "plan", time: "2026-11-21T10:00:00.000000Z", id: $id,
		host: "h1", entity: "service:web1@h1", playbook: "service-restart",
		playbook_digest: "d", risk: "low", mode: "ask", attempt: 2, fault_id: "f-1",
		fingerprint: "f-2", fault_type: "service_down", cause: "process_gone",
		confidence: 0.95, guards: [{guard: "cooldown", answer: "pass"},
		{guard: "approval", answer: "wait", reason: "approval is needed"}],
		steps: [{name: "start", action: "process-restart", state: "planned", tries: 0}],
		decision: "ask", reason: "approval is needed"}'
}

@test "explain says why a plan was made, who answered, and what came of it" {
	need sqlite3
	at 00 reserve
	sqlite3 state/ledger.db "INSERT INTO approval VALUES ('p-abcdef12', 'waiting', NULL, NULL, 1, 0, '$(plan p-abcdef12)')"
	run -0 at 01 explain p-abcdef
	[ "${lines[0]}" = 'Plan p-abcdef12: service-restart on service:web1@h1, attempt 2.' ]
	[ "${lines[1]}" = 'Because of service_down, whose cause is process_gone with confidence 0.95.' ]
	[[ $output == *'Guard approval says wait: approval is needed.'* ]]
	[[ $output == *'It waits for approval.'* ]]
	at 02 approve p-abcdef --reason 'seen it'
	sqlite3 state/ledger.db "INSERT INTO repair (plan, target, playbook, attempt, started, ended, outcome, record)
		VALUES ('p-abcdef12', 'service:web1@h1', 'service-restart', 2, 1, 2, 'fixed', '$(plan p-abcdef12)')"
	run -0 at 03 explain p-abcdef
	[[ $output == *'It was approved by '*' at 2026-11-21T10:00:02Z: seen it.'* ]]
	[[ $output == *'Outcome: fixed.'* ]]
}

@test "history puts repairs and notes in order, each repair with its outcome" {
	need sqlite3
	at 00 pause --for 1h --reason first
	t="strftime('%s', '2026-11-21 10:00:05') * 1000000000"
	sqlite3 state/ledger.db "INSERT INTO repair (plan, target, playbook, attempt, started, ended, outcome, record)
		VALUES ('p-1', 't:1', 'b', 1, $t - 1, $t, 'not_fixed', '{\"kind\":\"repair\",\"id\":\"p-1\"}'),
		('p-2', 't:2', 'b', 1, $t, 0, NULL, '{\"kind\":\"plan\",\"id\":\"p-2\"}')"
	at 10 resume
	run -0 at 11 history
	[ "$(jq -r '.note // (.id + " " + .outcome)' <<<"$output" | paste -sd,)" = \
		'paused,p-1 not_fixed,p-2 open,resumed' ]
	run -0 at 11 history -n 2
	[ "$(jq -r '.note // .id' <<<"$output" | paste -sd,)" = 'p-2,resumed' ]
}

@test "explain tells an unknown plan apart" {
	at 00 approve p-0123456789abcdef0123456789abcdef --reason ok
	run -2 --separate-stderr at 01 explain p-012345
	[[ $stderr == *"knows no plan"* ]]
}

@test "an unknown command names the nearest; options that do not go with it are refused" {
	run -2 --separate-stderr sh-ledger histroy
	[[ $stderr == *"did you mean 'history'"* ]]
	run -2 --separate-stderr sh-ledger
	[[ $stderr == *"which command"* ]]
	run -2 --separate-stderr at 00 open --reason x
	[[ $stderr == *"--reason does not go with 'open'"* ]]
	run -2 --separate-stderr at 00 open extra
	[[ $stderr == *"'extra' is too much"* ]]
}

@test "a state directory that others may write is refused" {
	mkdir -m 777 state
	run -4 --separate-stderr at 00 pause --for 1h --reason x
	[[ $stderr == *"writable by its group or others"* ]]
}

@test "a state directory below one that others may write is refused" {
	mkdir -p loose/state
	chmod 777 loose
	run -4 --separate-stderr sh-ledger --state loose/state reserve
	[[ $stderr == *"'loose' is writable by its group or others"* ]]
	[ -z "$(ls loose/state)" ]
	chmod 755 loose
	run -0 sh-ledger --state loose/state reserve
}

@test "a ledger that cannot be written is said to be so, and nothing is begun" {
	sh-ledger --state state reserve
	unshare --mount true 2>/dev/null || skip 'needs root, for a mount namespace'
	run -4 --separate-stderr unshare --mount bash -c '
		mount --bind state state && mount -o remount,bind,ro state
		sh-repair --state state --apply </dev/null'
	[[ $stderr == *"cannot write '"*"ledger.db': Read-only file system"* ]]
}

@test "a damaged ledger is named, with what to do" {
	at 00 reserve
	printf 'no database, certainly not, this is only text that lies here in its place. %.0s' {1..40} >state/ledger.db
	run -4 --separate-stderr at 01 pauses
	[[ $stderr == *"$PWD/state/ledger.db' is damaged"*"move it"* ]]
}

@test "text on request, nothing but records otherwise" {
	at 00 pause --for 1h --reason upgrade
	run -0 at 01 pauses -o text
	[[ $output == *"notice"*"all paused until"* ]]
	run -0 at 01 pauses
	jq -e 'select(.kind == "notice")' <<<"$output"
}

@test "help names every command" {
	run -0 sh-ledger --help
	for command in open history pending approve reject explain pause resume pauses status \
		baseline reserve; do
		[[ $output == *"  $command "* ]]
	done
}

@test "explain tells how several playbooks were weighed" {
	need sqlite3
	at 00 reserve
	record=$(plan p-abcdef12 | jq -c '.ranking = [{playbook: "b", fixed: 6, not_fixed: 0, unknown: 0, weight: 6,
		chance: 0.875, benefit: 0.65625, risk: 0.1, cost: 0.05, score: 0.50625}]')
	sqlite3 state/ledger.db "INSERT INTO approval VALUES ('p-abcdef12', 'waiting', NULL, NULL, 1, 0, '$record')"
	run -0 at 01 explain p-abcdef12
	[[ $output == *"Playbook b fixed 6 and did not fix 0: chance 0.88, benefit 0.656 - risk 0.10 - cost 0.050 = 0.506."* ]]
}

@test "learned tells what became of repairs, for each cause, kind of target and playbook" {
	need sqlite3
	at 00 reserve
	t=1795255200000000000
	for outcome in fixed fixed not_fixed interrupted; do
		sqlite3 state/ledger.db "INSERT INTO repair (plan, target, playbook, attempt, started, ended, outcome, record)
			VALUES ('p-x', 'service:web@h1', 'restart', 1, $t, $t, '$outcome', '{\"cause\":\"crash\"}')"
	done
	run -0 at 00 learned
	[ "${#lines[@]}" = 1 ]
	[ "$(jq -r '[.cause, .target_type, .playbook, .fixed, .not_fixed, .unknown] | join(" ")' <<<"$output")" = \
		'crash service restart 2 1 1' ]
	[[ $(jq -r .text <<<"$output") == *"chance 0.60" ]]
}
