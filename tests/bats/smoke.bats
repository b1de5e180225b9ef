# SPDX-License-Identifier: MIT
# That the programs run at all. `make installcheck` runs it on what was installed.
load helper

programs() {
	local p
	for p in sh-collect sh-detect sh-diagnose sh-repair sh-schedule sh-ledger; do
		[ -z "${PROGRAMS-}" ] || [[ " $PROGRAMS " == *" bin/$p "* ]] || continue
		echo "$p"
	done
}

@test "each program says its name and version" {
	for p in $(programs); do
		run -0 --separate-stderr "$p" --version
		[[ $output == "$p"*[0-9].[0-9]* ]]
	done
}

@test "each program has a help text" {
	for p in $(programs); do
		run -0 --separate-stderr "$p" --help
		[[ $output == "Usage: $p"* ]]
	done
}

@test "an unknown option is a usage error, and standard output stays empty" {
	for p in $(programs); do
		run -2 --separate-stderr "$p" --no-such-option
		[ -z "$output" ]
		[[ $stderr == "$p: "* ]]
	done
}

@test "the pipeline of the README runs to its end" {
	need sh-collect sh-detect sh-diagnose
	run -0 bash -c 'set -o pipefail; sh-collect -n 2 -i 200ms | sh-detect | sh-diagnose'
}
