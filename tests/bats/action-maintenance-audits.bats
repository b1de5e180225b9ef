#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# baseline-audit beside sh-ledger's diff, capacity-forecast on file systems of this machine and
# one that really fills, log-check on real logs.
load helper
load action

in_state() { jq -nc --arg s "$PWD/state" --argjson p "$1" '{parameters: $p, state: $s}'; }

logs() { jq -nc --arg p "$PWD" --argjson more "$1" '{parameters: ({logs: [$p + "/log"], status: ($p + "/status")} + $more)}'; }

@test "what differs from the baselines is counted and named as sh-ledger counts it, and nothing is changed" {
	mkdir -p state
	chmod 700 state
	echo approved >a.conf
	echo approved >b.conf
	sh-ledger --state state baseline "$PWD/a.conf" "$PWD/b.conf"
	sh-ledger --state state baseline take mounts sysctl
	ok baseline-audit run "$(in_state '{"areas":["mounts","files"]}')"
	answer '.output.differences == 0 and [.output.areas[].differences] == [0, 0]'
	echo other >a.conf
	rm b.conf
	find state -type f -exec sha256sum {} + | sort >before
	refused baseline-audit run "$(in_state '{"areas":["files"]}')" '2 differences from the baselines: files 2'
	answer ".output.areas[0] | .changed == [\"$PWD/a.conf\"] and .removed == [\"$PWD/b.conf\"]"
	find state -type f -exec sha256sum {} + | sort | cmp - before
	[ "$(sh-ledger --state state baseline diff files | grep -c '^[-~]/')" = 2 ]
	sh-ledger --state state baseline accept files --reason 'as it should be'
	rm -f b.conf
	refused baseline-audit run "$(in_state '{"areas":["files"]}')" '1 differences'
}

@test "an area without a baseline cannot differ from it, and one that is none is refused" {
	mkdir -p state
	chmod 700 state
	ok baseline-audit run "$(in_state '{}')"
	answer '.output.differences == 0 and (.output.areas | length) == 5 and all(.output.areas[]; .skipped)'
	refused baseline-audit run "$(in_state '{"areas":["kernel"]}')" "'kernel' is none of"
	refused baseline-audit run '{"parameters":{}}' 'state directory'
	ok baseline-audit check "$(in_state '{}')"
	answer '.output.state == "not_done"'
}

@test "local file systems are told as df tells them, and a first look foretells nothing" {
	mkdir -p state
	ok capacity-forecast run "$(in_state '{}')"
	answer '(.output.filesystems | length) > 0 and (.output | has("soonest") | not)'
	answer 'all(.output.filesystems[]; .not_known)'
	local mount
	mount=$(jq -r '.output.filesystems[0].mount' <<<"$output")
	[ "$(jq '.output.filesystems[0].space | round' <<<"$output")" -ge "$(($(df --output=pcent "$mount" | tail -1 | tr -dc 0-9) - 2))" ]
	[ "$(jq '[.[].points | length] | unique' -c state/capacity.json)" = '[1]' ]
	refused capacity-forecast run '{"parameters":{}}' 'state directory'
}

# At mnt a file system that only this sees; the points of it lie an hour apart, the last is a real one.
@test "a file system that fills is foretold with its hours, and one that was emptied is not" {
	need_root
	need unshare python3
	mkdir -p state mnt
	in_state '{}' >request
	cat >older.py <<-'END'
		import json, sys
		path, percents = sys.argv[1], json.loads(sys.argv[2])
		all = json.load(open(path))
		(name,) = [n for n in all if n.startswith("space ") and n.endswith("/mnt")]
		last = all[name]["points"][-1][0]
		all[name]["points"] = [[last - 3600 * (len(percents) - i), p] for i, p in enumerate(percents)]
		json.dump(all, open(path, "w"))
	END
	cat >run.sh <<-END
		cd "$PWD"
		mount -t tmpfs -o size=20M x mnt || exit 77
		act() { "${abs_top_builddir:?}/tests/faults/boxed" capacity-forecast run <request; }
		head -c 16M /dev/zero >mnt/x
		act >first
		python3 older.py state/capacity.json '$(jq -nc '[range(40) | 60 + . * 0.5]')'
		act >filling
		rm mnt/x
		act >emptied
		mount -t tmpfs -o size=20M y mnt
		head -c 16M /dev/zero >mnt/x
		act >another
	END
	run --separate-stderr unshare -m --propagation private bash run.sh
	[ "$status" != 77 ] || skip 'no tmpfs can be mounted'
	output=$(cat filling)
	# 80 % and half a percent more each hour: 40 hours are left.
	answer ".output.filesystems[] | select(.mount == \"$PWD/mnt\") | .space > 79 and .space < 81 and
		.space_full_in_hours > 34 and .space_full_in_hours < 46"
	answer ".success and .output.soonest == \"$PWD/mnt\""
	output=$(cat emptied)
	answer ".output.filesystems[] | select(.mount == \"$PWD/mnt\") | .space_full_in_hours > 150"
	answer '.output | has("soonest") | not'
	output=$(cat another)
	answer ".output.filesystems[] | select(.mount == \"$PWD/mnt\") | .not_known"
}

@test "sooner than allowed, the forecast is a failure that says what and when" {
	need python3
	mkdir -p state
	ok capacity-forecast run "$(in_state '{}')"
	python3 - <<-'END'
		import json
		all = json.load(open("state/capacity.json"))
		for name, thing in all.items():
		    last, percent = thing["points"][-1]
		    if name.startswith("space "):
		        slope = max(100 - percent, 0.1) / 12
		        thing["points"] = [[last - 3600 * (48 - i), percent - slope * (48 - i)] for i in range(48)]
		json.dump(all, open("state/capacity.json", "w"))
	END
	refused capacity-forecast run "$(in_state '{"from":0}')" 'is used up in'
	answer '.output.soonest_hours > 6 and .output.soonest_hours < 20 and (.error | test("^the space of"))'
	ok capacity-forecast run "$(in_state '{"from":0,"within":"1h"}')"
	ok capacity-forecast run "$(in_state '{"from":100}')"
}

@test "a log that grows without rotation is named with its size; one that rotates, or rests, is not" {
	mkdir -p log/app log/journal
	touch status
	head -c 300000 /dev/zero | tee log/app/grows.log log/app/rests.log log/app/rotates.log log/journal/x.log >log/dated.log
	touch -d '2 days ago' log/app/rests.log
	touch log/app/rotates.log.1 log/dated.log-20261101
	ok log-check run "$(logs '{}')"
	refused log-check run "$(logs '{"max_bytes":100000}')" "1 logs grow and are not rotated, '$PWD/log/app/grows.log'"
	answer '.output.unrotated | length == 1 and .[0].bytes >= 300000'
	rm log/app/grows.log
	ok log-check run "$(logs '{"max_bytes":100000}')"
	answer '.output.rotated == 2'
}

@test "rotated logs that are not compressed are counted, and a compressed one that was cut off is named" {
	mkdir -p log
	touch status
	for i in 1 2 3; do head -c 9000 /dev/urandom >log/a.log.$i; done
	gzip -c log/a.log.3 >log/a.log.4.gz
	: >log/a.log.5.gz
	ok log-check run "$(logs '{}')"
	answer ".output | .uncompressed == 2 and .uncompressed_bytes >= 18000 and [.broken[].file] == [\"$PWD/log/a.log.5.gz\"]"
}

@test "logrotate that has not run for days is told; missing directories are errors" {
	mkdir -p log
	touch -d '4 days ago' status
	refused log-check run "$(logs '{}')" 'logrotate ran last 96 hours ago'
	ok log-check run "$(logs '{"max_age":"5d"}')"
	answer '.output.logrotate_hours_ago > 95'
	rm status
	refused log-check run "$(logs '{}')" 'there is no'
	refused log-check run "$(jq -nc --arg p "$PWD/none" '{parameters: {logs: [$p]}}')" 'cannot read'
	refused log-check run '{"parameters":{"logs":["a"]}}' 'plain absolute path'
	if [ -x /usr/sbin/logrotate ]; then
		touch log/x.log
		printf '%s/log/x.log { daily\n rotate 2\n }\n' "$PWD" >conf
		logrotate -s "$PWD/status" conf
		ok log-check run "$(logs '{}')"
		answer '.output.logrotate_hours_ago < 1'
	fi
}
