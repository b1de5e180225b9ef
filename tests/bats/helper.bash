# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What every bats file shares: `load helper` first. Each test runs in its own
# directory with the programs of the build tree first in PATH.
bats_require_minimum_version 1.5.0

: "${abs_top_srcdir:?run through make check}" "${abs_top_builddir:?}"
PATH=${INSTALLED:-$abs_top_builddir/bin}:$PATH
FIXTURES=$abs_top_srcdir/tests/fixtures
EXAMPLES=$abs_top_srcdir/share/examples
export PATH FIXTURES EXAMPLES LC_ALL=C TZ=UTC

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	HOME=$BATS_TEST_TMPDIR
	export HOME
}

# A program of the suite, or the tool of a test, that this build or machine lacks: say so.
need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "$tool not found"
	done
}

# Data sets lie outside the project.
need_data() {
	[ -n "${SH_DATA-}" ] && [ -e "$SH_DATA/$1" ] || skip "SH_DATA is not set, or has no '$1'"
}

need_root() {
	[ "$(id -u)" = 0 ] || skip 'needs root'
}
