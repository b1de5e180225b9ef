#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Every command in the section EXAMPLES of a manual page is run, in a directory
# that holds what the examples speak of: samples.ndjson, faults.ndjson,
# diagnoses.ndjson, site.yaml and alerts.yml.
load helper
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	need jq
	export HOME=$PWD SH_HOST=here
	mkdir -p scratch/app
	echo kept >scratch/web1.conf
	cat >site.yaml <<-END
		services:
		  web1:
		    pidfile: $PWD/scratch/web1.pid
		    start: [/bin/true]
		    files: [{path: $PWD/scratch/web1.conf, baseline: true}]
		    mode: ask
		topology:
		  service:web1: {depends_on: [group:db]}
		  group:db: {members: [service:db@db1, service:db@db2], need: 1}
		filesystems:
		  /:
		    limit: 90
		    clean: [{root: $PWD/scratch/app, match: "*.tmp", older: 1d}]
		    mode: ask
	END
	echo 'groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]' >alerts.yml
	local age
	for age in 4 3 2; do
		printf '{"kind":"sample","time":"%s","host":"here","entity":"filesystem:/@here",' \
			"$(date -u -d "-$age seconds" +%FT%TZ)"
		printf '"source":{"collector":"filesystem","target":"/"},"metrics":{"storage":{"utilization":95.2},"latency":{"read_avg":150,"write_avg":80}}}\n'
	done >samples.ndjson
	! command -v sh-detect >/dev/null || sh-detect samples.ndjson >faults.ndjson
	! command -v sh-diagnose >/dev/null || sh-diagnose faults.ndjson >diagnoses.ndjson
}

# Lines "STATUS<tab>COMMAND" of a page. A comment before the line may say another
# status than 0, or several, or why it is not run: .\" exits 1    .\" not run: why
commands() {
	awk '/^\.Sh / { here = ($0 == ".Sh EXAMPLES") }
		!here { next }
		/^\.\\" exits / { status = $0; sub(/.* exits /, "", status); next }
		/^\.\\" not run: / { status = "skip"; next }
		/^\.Dl / {
			sub(/^\.Dl /, "")
			gsub(/\\e/, "\\"); gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\\(dq/, "\""); gsub(/\\\(aq/, "\047")
			printf "%s\t%s\n", status == "" ? 0 : status, $0
			status = ""
		}' "${pages:-$abs_top_srcdir/share/man}/$1"
}

runs() {
	local wanted line status ran=0
	case $1 in sh-*.1) need "${1%.1}" ;; esac
	# The others need no state, and with one would drop records that they saw before.
	case $1 in
	sh-ledger.1 | sh-repair.1 | sh-schedule.1) export SH_STATE=$PWD/state ;;
	esac
	while IFS=$'\t' read -r wanted line; do
		[ "$wanted" = skip ] && continue
		ran=$((ran + 1))
		status=0
		timeout 20 bash -o pipefail -c "$line" >out 2>err </dev/null 3>&- || status=$?
		if ! grep -qw -- "$status" <<<"$wanted"; then
			echo "exit $status, not $wanted: $line"
			cat err
			return 1
		fi
	done < <(commands "$1")
	[ $ran -gt 0 ] || { echo "no example was run"; return 1; }
}

@test "the examples of sh-collect(1) run" { runs sh-collect.1; }
@test "the examples of sh-detect(1) run" { runs sh-detect.1; }
@test "the examples of sh-diagnose(1) run" { runs sh-diagnose.1; }
@test "the examples of sh-repair(1) run" { runs sh-repair.1; }
@test "the examples of sh-schedule(1) run" { runs sh-schedule.1; }
@test "the examples of sh-ledger(1) run" { runs sh-ledger.1; }
@test "the examples of sh-records(5) run" { runs sh-records.5; }
@test "the examples of sh-config(5) run" { runs sh-config.5; }
@test "the examples of selfheal(7) run" { runs selfheal.7; }
@test "the examples of sh-rules(7) run" { runs sh-rules.7; }

@test "an example that does not work is found" {
	pages=$PWD
	printf '.Sh EXAMPLES\n.Dl sh-collect --no-such-option\n' >x.1
	run -1 runs x.1
}

@test "the pipeline of the README runs" {
	line=$(awk '/^A pipeline/ { here = 1 } here && /^    sh-/ { print; exit }' "$abs_top_srcdir/README")
	[ -n "$line" ]
	timeout 20 bash -o pipefail -c "$line" </dev/null
}

@test "what the pages say that each action gives up is what its description has it give up" {
	local action row
	sed -n '/^.Ss What each action gives up/,/^.El/p' "$abs_top_srcdir/share/man/sh-actions.7" |
		sed -n '/^.It /{s/^.It //; N; s/\n/: /; p}' >page
	for action in "$abs_top_srcdir"/share/actions/*.yaml; do
		row=$(sed -n 's/^sandbox: {\(.*\)}$/\1/p' "$action" | tr -d '"')
		if grep -q '^sandbox:' "$action"; then
			grep -qxF "$(basename "$action" .yaml): ${row:-nothing else}" page || {
				echo "$(basename "$action" .yaml): ${row:-nothing else}" >&2
				return 1
			}
		else
			grep -q "^[a-z, -]*\b$(basename "$action" .yaml)\b[a-z, -]*: Nothing at all" page
		fi
	done
	# It has no row of an action that is not there.
	[ "$(grep -c . page)" = "$(($(grep -l '^sandbox:' "$abs_top_srcdir"/share/actions/*.yaml | wc -l) + 1))" ]
}
