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
		type -P "$tool" >/dev/null || skip "$tool not found"
	done
}

# With -e no answer is no success: to jq 1.6 it is one where there was no input either.
jq() {
	local out status=0
	case $1 in
	-[!-]*e* | -e*) ;;
	*)
		command jq "$@"
		return
		;;
	esac
	out=$(command jq "$@") || status=$?
	[ -z "$out" ] || printf '%s\n' "$out"
	[ "$status" != 0 ] || [ -n "$out" ] || status=4
	return "$status"
}

# Data sets lie outside the project.
need_data() {
	[ -n "${SH_DATA-}" ] && [ -e "$SH_DATA/$1" ] || skip "SH_DATA is not set, or has no '$1'"
}

need_root() {
	[ "$(id -u)" = 0 ] || skip 'needs root'
}

# So many ports that nobody has now; not of those that the kernel gives to whoever
# connects, of which another test may have one by the time it is to be listened on.
ports() {
	python3 -c '
import random, socket, sys
low = int(open("/proc/sys/net/ipv4/ip_local_port_range").read().split()[0])
got = []
while len(got) < int(sys.argv[1]):
	try:
		got.append(socket.create_server(("127.0.0.1", random.randrange(10240, max(low, 20480)))))
	except OSError:
		pass
print(*[s.getsockname()[1] for s in got])' "$1"
}

# Until something listens on that port of loopback.
await_port() {
	for _ in $(seq 600); do
		(exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null && return
		sleep 0.05
	done
	echo "nothing listens on port $1"
	return 1
}

# The metrics of the samples on standard input, "COLLECTOR GROUP.NAME" each.
paths() {
	jq -r 'select(.kind == "sample") | .source.collector as $c | .metrics
		| to_entries[] | .key as $g | .value | keys[] | "\($c) \($g).\(.)"'
}

# Every metric on standard input is in the catalogue (share/metrics.yaml) under its
# collector, with the stars of its names standing for anything; what is not is printed.
catalogued() {
	sed 's/^.*"collect":.*$/{"kind":"sample","source":{"collector":"collector"},"metrics":{"collect":{"ok":0}}}/' |
		paths | sort -u | awk -v list=<(sh-collect --list) '
		BEGIN {
			while ((getline line < list) > 0) {
				split(line, f, " ")
				if (line ~ /^Formats/) formats = 1
				else if (line ~ /^[a-z_]+: /) {
					c = f[1]; sub(":", "", c)
					if (formats) format[c] = 1
				} else if (line ~ /^  [a-z0-9_*]+[.][^ ]/) {
					if (f[1] !~ /[*]/) known[c " " f[1]]
					else { gsub(/[.]/, "[.]", f[1]); gsub(/[*]/, ".*", f[1])
						pattern[c] = pattern[c] "|" f[1] }
				}
			}
		}
		function listed_by(c, metric) {
			return (c " " metric) in known || (c in pattern &&
				metric ~ ("^(" substr(pattern[c], 2) ")$"))
		}
		# A check passes on what its format reads.
		function listed(c, metric, f) {
			if (listed_by(c, metric)) return 1
			if (c == "check") for (f in format) if (listed_by(f, metric)) return 1
			return 0
		}
		{ c = $1; metric = substr($0, length(c) + 2) }
		!listed(c, metric) { print "not in the catalogue:", $0; bad = 1 }
		{ n++ }
		END { if (!n) print "no metrics at all"; exit bad || !n }'
}
