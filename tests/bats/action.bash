# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For the tests of action programs: `load action` after `load helper`.

# act NAME VERB REQUEST: the answer on stdout, of the action in the sandbox that its description asks for.
act() {
	"${abs_top_builddir:?}/tests/faults/boxed" "$1" "$2" <<<"$3"
}

# answer FILTER: what the last answer says; fails where jq -e does.
answer() {
	jq -e "$1" <<<"$output" >/dev/null || {
		printf 'not %s: %s\n' "$1" "$output" >&2
		return 1
	}
}

# ok NAME VERB REQUEST, refused NAME VERB REQUEST WORDS: run and check success and the error's text.
ok() {
	run -0 --separate-stderr act "$@"
	answer .success
}

refused() {
	run -0 --separate-stderr act "$1" "$2" "$3"
	answer '.success == false'
	[[ $(jq -r .error <<<"$output") == *"$4"* ]] || {
		printf 'no "%s" in: %s\n' "$4" "$output" >&2
		return 1
	}
}

# Processes that tests start, ended by their pids.
STARTED=()
remember() { STARTED+=("$1"); }

teardown() {
	local pid file children
	for file in "$BATS_TEST_TMPDIR"/*.pid; do
		[ -f "$file" ] && STARTED+=("$(cat "$file")")
	done
	for pid in "${STARTED[@]}"; do
		[[ $pid =~ ^[0-9]+$ ]] || continue
		grep -qF "$BATS_TEST_TMPDIR" "/proc/$pid/cmdline" 2>/dev/null || continue
		kill -CONT "$pid" 2>/dev/null || true
		# Workers, which would outlive who is killed at once.
		read -ra children <"/proc/$pid/task/$pid/children" || true
		kill -KILL "$pid" "${children[@]}" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}

# gone PID: it ends within 5 s (a zombie has ended).
gone() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ -e "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null || return 0
		sleep 0.05
	done
	return 1
}

now() { date -u +%FT%T.%6NZ; }
