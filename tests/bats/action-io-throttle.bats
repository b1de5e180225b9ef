#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# io-throttle on a real hog: a copy of dd that writes around the cache, for 12 s at most
# (small blocks, so that it lasts that long on a fast disk too)
load helper
load action

start_hog() {
	need timeout
	hog=hog$$
	mkdir -p probe st
	cp "$(command -v dd)" "$hog"
	head -c 1048576 /dev/zero >data
	dd if=data of=probe/x oflag=direct bs=4096 count=1 status=none 2>/dev/null || skip 'no O_DIRECT here'
	timeout 12 "$PWD/$hog" if=/dev/zero of="$PWD/data" bs=4k count=240000 oflag=direct,dsync conv=notrunc \
		status=none 3>&- &
	remember $!
	until pid=$(pgrep -x "$hog"); do sleep 0.02; done
	remember "$pid"
	sleep 0.1
}

request() { # request METHODS [MORE]
	jq -nc --arg d "$PWD" --arg h "$hog" --argjson m "$1" --argjson more "${2-{\}}" --arg mount "$(df --output=target . | tail -1)" \
		'{plan:"p-1", state:($d + "/st"), parameters:({mount:$mount, throttle:{allow:[$h], methods:$m}} + $more)}'
}

state_of() { awk '/^State:/{print $2}' "/proc/$1/status"; }
groups_of() { cat "/proc/$1/cgroup"; }
written() { awk '/^write_bytes/{print $2}' "/proc/$1/io"; }

undo_request() { jq -c --argjson o "$(jq .output <<<"$1")" '. + {output:$o}' <<<"$2"; }

@test "pausing stops the hog, check says done, undo lets it go on" {
	start_hog
	R=$(request '["pause"]')
	ok io-throttle check "$R"
	answer '.output.state == "not_done"'
	ok io-throttle run "$R"
	done=$output
	answer ".output.method == \"pause\" and .output.pids[0].pid == $pid"
	[ "$(state_of "$pid")" = T ]
	ok io-throttle check "$R"
	answer '.output.state == "done"'
	ok io-throttle undo "$(undo_request "$done" "$R")"
	[ "$(state_of "$pid")" != T ]
	ok io-throttle check "$R"
	answer '.output.state == "not_done"'
	[ -z "$(ls st/throttle)" ]
}

@test "blkio.throttle or io.max slows the hog down, and undo leaves no group" {
	need_root
	start_hog
	R=$(request '["io.max","blkio.throttle"]')
	run -0 --separate-stderr act io-throttle run "$R"
	answer .success || skip "$(jq -r '[.output.tried[].reason] | join("; ")' <<<"$output")"
	done=$output
	group=$(jq -r .output.cgroup <<<"$output")
	[ "$(cat "$group/cgroup.procs")" = "$pid" ]
	ok io-throttle check "$R"
	answer '.output.state == "done"'
	sleep 0.3
	a=$(written "$pid")
	sleep 1
	b=$(written "$pid")
	ok io-throttle undo "$(undo_request "$done" "$R")"
	# The limit is 1 MiB a second; the hog alone writes far more.
	[ $((b - a)) -le 4194304 ]
	[ ! -e "$group" ]
	ok io-throttle check "$R"
	answer '.output.state == "not_done"'
}

@test "a killed run is told by check and undone from what it wrote down" {
	start_hog
	R=$(request '["pause"]')
	ok io-throttle run "$R"
	ok io-throttle check "$R"
	answer '.output.state == "done"'
	ok io-throttle undo "$R"
	[ "$(state_of "$pid")" != T ]
	refused io-throttle undo "$R" 'nothing is known'
}

@test "what did not help is taken back, and all that was tried is said" {
	start_hog
	groups=$(groups_of "$pid")
	R=$(request '["io.max","blkio.throttle","ionice","pause"]' "{\"probe\":\"$PWD/probe\",\"limit_ms\":0.000001}")
	refused io-throttle run "$R" 'no method helped'
	answer '[.output.tried[].method] == ["io.max","blkio.throttle","ionice","pause"]'
	answer '[.output.tried[] | select(.supported)] | all(.latency_before_ms > 0 and .helped == false)'
	answer '[.output.tried[] | select(.supported | not)] | all(.reason != null)'
	[ "$(state_of "$pid")" != T ]
	[ -z "$(ls st/throttle 2>/dev/null)" ]
	ionice -p "$pid" 2>/dev/null | grep -qv idle
	[ "$(groups_of "$pid")" = "$groups" ]
}

@test "a process that is not allowed, or excluded by pid or file, is never chosen" {
	start_hog
	refused io-throttle run "$(request '["pause"]' | jq -c '.parameters.throttle.allow = ["other"]')" 'no process that may'
	refused io-throttle run "$(request '["pause"]' "{\"exclude\":[$pid]}")" 'no process that may'
	refused io-throttle run "$(request '["pause"]' "{\"exclude\":[\"$PWD/$hog\"]}")" 'no process that may'
	refused io-throttle run "$(request '["pause"]' | jq -c '.parameters.throttle.allow = []')" 'names no process'
	[ "$(state_of "$pid")" != T ]
}

@test "undo touches no process that only has the pid" {
	start_hog
	R=$(request '["pause"]')
	ok io-throttle run "$R"
	done=$output
	ok io-throttle undo "$(undo_request "$(jq -c '.output.pids[0].start += 1' <<<"$done")" "$R")"
	[ "$(state_of "$pid")" = T ]
	ok io-throttle undo "$(undo_request "$(jq -c '.output.boot_id = "x"' <<<"$done")" "$R")"
	[ "$(state_of "$pid")" = T ]
	ok io-throttle undo "$(undo_request "$done" "$R")"
	[ "$(state_of "$pid")" != T ]
}

@test "undo removes no control group that is not ours" {
	for dir in /etc /sys/fs/cgroup "$PWD/selfheal-x" /sys/fs/cgroup/../../etc; do
		mkdir -p selfheal-x
		run -0 --separate-stderr act io-throttle undo \
			"$(jq -nc --arg d "$dir" '{parameters:{throttle:{}},output:{method:"blkio.throttle",pids:[],cgroup:$d}}')"
		answer '.success == false'
	done
	[ -d selfheal-x ]
}

@test "hostile devices, methods and limits are refused" {
	T='"throttle":{"allow":["x"]}'
	refused io-throttle run "{\"parameters\":{\"device\":\"../vda\",$T}}" 'no name'
	refused io-throttle run "{\"parameters\":{\"device\":\"nosuch0\",$T}}" 'no such block device'
	refused io-throttle run "{\"parameters\":{\"mount\":\"/\",\"device\":\"vda\",$T}}" 'either'
	refused io-throttle run "{\"parameters\":{$T}}" 'either'
	refused io-throttle run '{"parameters":{"mount":"/","throttle":{"allow":["x"],"methods":["rm"]}}}' 'no such method'
	refused io-throttle run "{\"parameters\":{\"mount\":\"/\",\"limit_bytes\":1,$T}}" 'out of range'
	refused io-throttle run "{\"parameters\":{\"mount\":\"/\",\"limit_ms\":-1,$T}}" 'out of range'
}
