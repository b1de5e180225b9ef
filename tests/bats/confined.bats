#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What sh-detect and sh-diagnose give up once they have started, and cannot get back.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper

FORBIDDEN=${abs_top_builddir:?}/tests/faults/forbidden

can_confine() {
	"$FORBIDDEN" --confined . cap=21 >/dev/null || skip 'this kernel or build lets nobody confine itself'
}

# status_of PROGRAM [OPTION...]: what the kernel says of it while it reads.
status_of() {
	local pid i
	mkfifo in 2>/dev/null || :
	echo 'rules: {busy: {expr: disk.busy > 90}}' >rules.yaml
	"$1" --no-stock -c rules.yaml "${@:2}" <in >out 2>err 3>&- &
	pid=$!
	exec 9>in
	echo '{"kind":"sample","time":1,"entity":"disk:a@h","metrics":{"disk":{"busy":95}}}' >&9
	for ((i = 0; i < 200; i++)); do
		grep -q '^Seccomp:[[:space:]]*2' "/proc/$pid/status" && break
		[[ " $* " != *--no-sandbox* || $i -lt 20 ]] || break
		sleep 0.02
	done
	cat "/proc/$pid/status"
	exec 9>&-
	wait $pid
}

@test "sh-detect and sh-diagnose are confined while they read, and say nothing of it" {
	can_confine
	for program in sh-detect sh-diagnose; do
		status_of $program >status
		grep -q '^NoNewPrivs:.1' status
		grep -q '^Seccomp:.2' status
		# dac_override and dac_read_search at most, in every set.
		[ -z "$(sed -n 's/^Cap\(Inh\|Prm\|Eff\|Amb\):.//p' status | grep -v '^000000000000000[0246]$')" ]
		[ ! -s err ]
	done
}

@test "--no-sandbox gives nothing up" {
	for program in sh-detect sh-diagnose; do
		status_of $program --no-sandbox >status
		grep -q "^Seccomp:.$(sed -n 's/^Seccomp:.//p' /proc/self/status)" status
		grep -q "^CapEff:.$(sed -n 's/^CapEff:.//p' /proc/self/status)" status
	done
}

@test "what is confined executes nothing, reaches nobody, and touches no process" {
	local trial
	can_confine
	run -0 "$FORBIDDEN" execute unix connect=1 signal=$$ look=$$
	jq -e '.execute == "ok" and .unix == "ok" and .signal == "ok"' <<<"$output"
	run -0 "$FORBIDDEN" --confined "$PWD" execute unix connect=1 signal=$$ trace=$$ look=$$ mount unshare clone \
		clock swap module
	jq -e 'to_entries | length == 12 and all(.value | IN("EPERM", "EACCES"))' <<<"$output"
	for trial in cap=0 cap=5 cap=7 cap=19 cap=21; do
		run -0 "$FORBIDDEN" --confined "$PWD" $trial
		[ "$output" = '{"cap":"EPERM"}' ]
	done
}

@test "what is confined writes only in its state directory" {
	can_confine
	mkdir state
	: >there
	run -0 "$FORBIDDEN" --confined "$PWD/state" "write=$PWD/state/x" "append=$PWD/there" "remove=$PWD/there" read=/etc/passwd
	[ "$output" = '{"write":"ok","append":"EACCES","remove":"EACCES","read":"ok"}' ]
	run -0 "$FORBIDDEN" --confined "$PWD/none" "write=$PWD/x"
	[ "$output" = '{"write":"EACCES"}' ]
	[ ! -e x ]
}

@test "confined, the state is saved, bad lines are kept, and the next file is read" {
	echo 'rules: {busy: {expr: disk.busy > 90, count: 2}}' >rules.yaml
	sample() { echo '{"kind":"sample","time":'"$1"',"entity":"disk:a@h","metrics":{"disk":{"busy":95}}}'; }
	sample 1 >one
	{
		echo nonsense
		sample 2
	} >two
	run -0 sh-detect --no-stock -c rules.yaml --state state one
	[ -z "$output" ]
	run -3 --separate-stderr sh-detect --no-stock -c rules.yaml --state state --reject bad one two
	jq -e '.status == "open" and .detection_count == 2' <<<"$output"
	[ "$(cat bad)" = nonsense ]
}

@test "with --look sh-diagnose still executes sh-collect, and says with -v what it kept" {
	can_confine
	status_of sh-diagnose --look -v >status
	grep -q '^Seccomp:.2' status
	grep -q 'not given up: writing capabilities$' err
}
