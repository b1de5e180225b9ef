# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Faults that are really made, for the files causes*.bats: `load causes` after helper.
# The pipeline of a test writes "out"; what a test starts is in "started" and ends with it.

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	HOME=$BATS_TEST_TMPDIR SH_HOST=h
	export HOME SH_HOST
	need jq python3
	: >started
}

teardown() {
	stop
	for _ in $(seq 600); do
		mountpoint -q there || break
		umount there 2>/dev/null || sleep 0.05
	done
}

# Start something in the background: its pid in $!, and ended with the test.
begin() {
	"$@" 3>&- &
	echo $! >>started
}

# What was started by now is ended, the last first.
stop() {
	local pid
	if [ -s collector ]; then
		kill "$(cat collector)" 2>/dev/null || true
		wait "$(cat shell)" 2>/dev/null || true
	fi
	for pid in $(tac started); do
		kill -9 "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	: >started
}

# pipeline COLLECTORS [OPTION-OF-SH-DIAGNOSE...]: watch the site until the test ends
pipeline() {
	local collectors=$1
	shift
	: >out
	(
		# shellcheck disable=SC2086 # a list
		sh-collect -c site.yaml -o ndjson -i 150ms $collectors 2>errors |
			sh-detect -c site.yaml --pass 2>>errors |
			sh-diagnose -c site.yaml --pass -o ndjson "$@" >out 2>>errors
	) 3>&- &
	echo $! >shell
	for _ in $(seq 600); do
		pgrep -P "$(cat shell)" -x sh-collect >collector && return
		sleep 0.05
	done
	return 1
}

# await SECONDS FILTER: until a record of "out" is such
await() {
	local until=$((SECONDS + $1))
	while [ $SECONDS -lt "$until" ]; do
		[ -s out ] && grep '}$' out | jq -es "any(.[]; $2)" >/dev/null 2>&1 && return
		sleep 0.2
	done
	echo "not within $1 s: $2"
	cat errors
	jq -c 'select(.kind == "diagnosis") | [.time, .entity, .fault.fault_type, (.ranking[] | [.root_cause, .confidence])]' out | tail -n 3
	return 1
}

# caused FAULT CAUSE [SECONDS]: the latest diagnosis of that fault comes to have that cause as its first
caused() {
	local until=$((SECONDS + ${3-20}))
	while [ $SECONDS -lt "$until" ]; do
		[ "$(last "$1" | jq -r '.ranking[0].root_cause')" = "$2" ] && return
		sleep 0.2
	done
	echo "the cause of $1 is not $2:"
	cat errors
	last "$1" | jq -c '.fault.description, .ranking[], .look, .fault.context'
	return 1
}

# last FAULT: its latest diagnosis
last() {
	grep '^{"kind":"diagnosis".*}$' out | grep "\"fault_type\":\"$1\"" | tail -n 1
}

# latest SERVICE: the latest diagnosis of its slowness; null before the first, as to jq no input is no failure
latest() {
	grep '^{"kind":"diagnosis".*}$' out |
		jq -cs --arg e "service:$1@h" 'map(select(.entity == $e and .fault.fault_type == "service_slow")) | last'
}

# slow_by SERVICE ENTITY: its slowness comes to be put down to that of the entity first
slow_by() {
	local until=$((SECONDS + 30))
	while [ $SECONDS -lt "$until" ]; do
		latest "$1" | jq -e --arg e "$2" '.ranking[0] | .entity == $e and (.root_cause | test("latency|slow"))' >/dev/null 2>&1 && return
		sleep 0.2
	done
	cat errors
	latest "$1" | jq -c '.fault.description, .ranking[]'
	return 1
}
