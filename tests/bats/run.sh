#!/bin/sh
# SPDX-License-Identifier: MIT
# Run one bats file as TAP; tests tagged slow only where BATS_SLOW is set.
if ! command -v bats >/dev/null 2>&1; then
	echo '1..0 # SKIP bats not found'
	exit 0
fi
: "${BATS_TEST_TIMEOUT:=120}"
test -z "${BATS_SLOW-}" || BATS_TEST_TIMEOUT=600
export BATS_TEST_TIMEOUT
test -n "${BATS_SLOW-}" || set -- --filter-tags '!slow' "$@"
exec bats --tap "$@"
