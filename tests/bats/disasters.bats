#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Disasters that others had and published: a test each or more, named after it; the
# guard refuses, and lets pass what it should. sh-repair itself decides, on faults that
# the real sh-collect and sh-detect make. What is no matter of repairs is shown where
# it belongs: catch-up stampede in schedule.bats, slow degradation learned as normal and
# one bad peer vote in the tests of sh-detect.
# shellcheck disable=SC2154 # stderr and lines come from run
load helper
load repair

# pair [GROUP LIMITS]: services app and other, one thing each, in one group.
pair() {
	cat >conf/site.yaml <<-E
		services:
		  app: {pidfile: $T/app.pid, files: [{path: $T/thing}], group: pair, mode: act}
		  other: {pidfile: $T/other.pid, files: [{path: $T/other}], group: pair, mode: act}
		groups:
		  pair: {$1}
	E
}

# Of two faults of the thing, one after the other, each is repaired.
repaired_twice() {
	for _ in 1 2; do
		rm -f thing
		sleep 0.01
		diagnose >d
		run -0 mend --apply d
		is '.verified == "fixed"'
	done
}

@test "too many nodes at once: the capacity of the group counts all that are down, whoever did it" {
	area
	pair 'max_unavailable: 1'
	diagnose "$T/other" >o
	mend --apply --mode observe o >r # its fault is known, nothing is done
	diagnose >d
	run -7 mend --apply d
	is '.decision == "refuse" and (.guards[] | select(.guard == "capacity") | .answer == "refuse")'
	is '.reason | contains("2 of 2 would be unavailable, 1 may be")'
	notice 'may be'
	[ -z "$(calls)" ]
	sleep 1
	jq -c '.fault | .status = "resolved" | .time = (now | todate)' o | mend --apply >r
	run -0 mend --apply d
	is '.verified == "fixed"'
}

@test "too many nodes at once: both of a pair are down, and they are repaired one after the other" {
	area
	pair 'max_unavailable: 1'
	sed -i 's/count: 1/&\n    means_down: true/' stock/rules/r.yaml
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]'
	diagnose "$T/other" >o
	mend --apply --mode observe o >r
	diagnose >d
	mend --apply d >r &
	pid=$!
	until [ -e log ]; do sleep 0.02; done
	run -7 mend --apply o
	is '.reason | contains("2 of 2 would be unavailable, 1 may be")'
	wait $pid
	output=$(cat r)
	is '.verified == "fixed" and (.guards[] | select(.guard == "capacity") | .reason | contains("it is down"))'
	run -0 mend --apply o
	is '.verified == "fixed"'
}

@test "too many nodes at once: members on other hosts count, as edges and faults tell of them" {
	area
	pair 'max_unavailable: 2'
	edge='{"kind":"edge","time":"'$(date -u +%FT%TZ)'","from":"service:app@h2","to":"group:pair","type":"member_of"}'
	for h in h2 h3; do
		edge=${edge//h2/$h}
		# The one is believed for a day, the other for longer than there is time.
		[ $h = h2 ] && echo "$edge" || echo "${edge%\}},\"valid\":\"100000d\"}"
		diagnose | jq -c '.fault | .host = "'$h'" | .entity = "service:app@'$h'" | .fingerprint += "'$h'"'
	done >others
	run -5 mend --apply others # for which there is no playbook
	diagnose >d
	run -7 mend --apply d
	is '.reason | contains("3 of 4 would be unavailable, 2 may be; now also service:app@h2, service:app@h3")'
	echo "${edge%\}},\"removed\":true}" | mend --apply >r
	run -0 mend --apply d
	is '.verified == "fixed"'
}

@test "too many nodes at once: while one member is repaired the other waits, in another process too" {
	area
	pair 'min_healthy: 1'
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]'
	diagnose >d
	diagnose "$T/other" >o
	mend --apply d >r &
	pid=$!
	until [ -e log ]; do sleep 0.02; done
	run -7 mend --apply o
	is '.reason | contains("now also file:")'
	wait $pid
	[ "$(calls)" = 'run one' ]
	diagnose "$T/other" >o
	run -0 mend --apply o
	is '.verified == "fixed"'
}

@test "a guard locks out all repair: a group of one is repaired, and undoing asks no guard" {
	area
	site 'mode: act, group: alone'
	printf 'groups:\n  alone: {min_healthy: 51%%}\n' >>conf/site.yaml
	diagnose >d
	run -0 mend --apply d
	is '.verified == "fixed"'
	id=$(jq -rs 'map(select(.kind == "repair"))[0].id' <<<"$output")
	sed -i 's/51%/1/' conf/site.yaml # now nothing of it may be taken down
	rm thing
	sleep 0.05
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	diagnose >d
	run -7 mend --apply d
	is '.reason | contains("0 may be")'
	run -0 mend --undo "$id"
	[ "$(calls)" = $'run one\nundo one' ]
}

@test "a guard locks out all repair: it is overridden with a reason and an end, and what passed by it says so" {
	area
	pair 'min_healthy: 2'
	diagnose >d
	run -7 mend --apply d
	is '.reason | contains("0 may be")'
	run -2 sh-ledger override capacity --for 1h
	run -2 sh-ledger override capacity --reason 'both are down'
	run -2 sh-ledger override capacity --reason 'both are down' --for 8d
	run -2 sh-ledger override capacitor --reason 'both are down' --for 1h
	[[ $output == *"no guard 'capacitor'"* ]]
	run -2 sh-ledger override kill_switch --reason 'both are down' --for 1h
	[[ $output == *"cannot be overridden"* ]]
	sh-ledger override capacity rule:other --reason 'not this one' --for 1h
	run -7 mend --apply d
	touch state/stop
	sh-ledger override capacity rule:gone --reason 'both are down' --for 1h
	run -7 mend --apply d # the kill switch holds all the same
	is '.reason | contains("every repair is stopped")'
	rm state/stop
	sh-ledger pauses | jq -se 'map(select(.state == "override") | .guard) == ["capacity", "capacity"]'
	jq -c '(.. | .since?, .until? | strings) |= "2060-01-01T00:00:00Z"' d >later
	run -7 mend --state state --now 2060-01-01T00:00:01Z later # it has ended by then
	run -0 mend --apply d
	is '.verified == "fixed" and (.guards[] | select(.guard == "capacity") | .answer == "pass" and
		(.reason | test("^overridden for .rule:gone. by .* until 20.*Z, both are down; without that: .*0 may be")))'
	sh-ledger history | jq -se 'any(.[]; .note == "override" and .reason == "both are down" and .uid == '"$(id -ru)"')'
	run -0 sh-ledger verify
	rm thing
	sleep 0.01
	sh-ledger unoverride capacity rule:gone
	run -2 sh-ledger unoverride capacity rule:gone
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	diagnose >d
	run -7 mend --apply d
	is '.guards[] | select(.guard == "capacity") | .answer == "refuse"'
}

@test "a guard locks out all repair: what gives back is not held up by how much was taken" {
	area
	pair 'min_healthy: 2'
	limits 'per_hour: 1, brake_cooldown: 0s'
	playbook <<-'E'
		guards: {gives_back: true, cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	repaired_twice
	rm thing
	sleep 0.01
	diagnose >d
	touch state/stop
	run -7 mend --apply d
}

# limits WORDS: of all repairs of the machine.
limits() { printf 'limits:\n  repairs: {%s}\n' "$1" >conf/limits.yaml; }

# things N [HOW]: so many files of a service, each of which is gone.
things() {
	local i
	{
		printf 'services:\n  app: {pidfile: %s/app.pid, mode: act, files: [' "$T"
		for ((i = 1; i <= $1; i++)); do printf '{path: %s/t%d},' "$T" "$i"; done
		echo ']}'
	} >conf/site.yaml
	playbook <<-E
		guards: {cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}", how: ${2:-make}}}]
	E
}

@test "software fault diagnosed as hardware: an action that failed on two fresh targets stops the rule" {
	area
	limits 'brake_cooldown: 0s'
	things 3 fail
	for i in 1 2; do
		diagnose "$T/t$i" >d
		run -5 mend --apply d
	done
	diagnose "$T/t3" >d
	run -7 mend --apply d
	is '.guards[] | select(.guard == "storm") | .reason | contains("failed on 2 fresh targets")'
	notice "the brake 'storm:rule:gone' is on"
	[ "$(calls | grep -c run)" = 2 ]
	sh-ledger reset --reason 'the playbook is mended' --backlog all rule:gone
	things 3
	run -0 mend --apply d
	is '.verified == "fixed"'
}

@test "healthy nodes marked bad by a broken monitor, handler fork bomb: more than so many repairs an hour put the brake on" {
	area
	limits 'per_hour: 2, brake_cooldown: 4s'
	things 4
	for i in 1 2; do
		diagnose "$T/t$i" >d
		run -0 mend --apply d
	done
	diagnose "$T/t3" >d
	run -7 mend --apply d
	is '.decision == "refuse" and (.reason | contains("2 repairs in an hour"))'
	notice "the brake 'storm:all' is on"
	# It stays on, over restarts, longer than the hour, and resume is no way around it.
	jq -c '(.. | .since?, .until? | strings) |= "2060-01-01T00:00:00Z"' d >later
	run -7 mend --apply --now 2060-01-01T00:00:01Z later
	is '.reason | contains("sh-ledger reset")'
	run -2 sh-ledger resume storm:all
	run -2 sh-ledger reset --reason seen
	[[ $output == *"what becomes of the faults that waited"* ]]
	run -2 sh-ledger reset --reason seen --backlog skip
	[[ $output == *"cools down"* ]]
	[ ! -e t3 ]
	sleep 4
	sh-ledger reset --reason seen --backlog skip
	diagnose "$T/t3" >d
	run -0 mend --apply d
	is '.verified == "fixed"'
}

@test "breaker and backlog replay: what waited for a reset is skipped, coalesced or done, as the reset says" {
	area
	limits 'per_hour: 1, brake_cooldown: 0s'
	things 2
	diagnose "$T/t1" | mend --apply >r
	diagnose "$T/t2" >d
	run -7 mend --apply d
	sh-ledger reset --reason seen --backlog skip
	run -0 mend --apply d
	is '.decision == "superseded" and (.reason | endswith("skip"))'
	[ ! -e t2 ]
	sleep 0.01
	diagnose "$T/t2" >d # seen again
	run -0 mend --apply d
	is '.verified == "fixed"'
}

@test "breaker and backlog replay: newest does the newest fault of each target, all does all" {
	area
	limits 'per_hour: 1, brake_cooldown: 0s'
	things 2
	diagnose "$T/t1" | mend --apply >r
	diagnose "$T/t2" >d
	sed 's/f-[0-9a-f]*/f-00000000000000000000000000000000/g' d >older # another fault of the target
	sleep 0.01
	diagnose "$T/t2" >d
	run -7 mend --apply older
	run -7 mend --apply d
	sh-ledger reset --reason seen --backlog newest
	run -0 mend --apply older
	is '.decision == "superseded" and (.reason | endswith("newest"))'
	run -0 mend --apply d
	is '.verified == "fixed"'
}

@test "masking a leak by restarts: what is repaired too often in a week goes to a person, though each repair worked" {
	area
	limits 'per_week: 2'
	playbook <<-'E'
		guards: {cooldown: 0s, attempts: 100}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	repaired_twice
	rm thing
	sleep 0.01
	diagnose >d
	run -7 mend --apply d
	is '.guards[] | select(.guard == "budget") | .answer == "refuse"'
	notice '2 repairs in a week'
	# Eight days later it passes.
	jq -c '(.. | .since?, .until? | strings) |= "2060-01-01T00:00:00Z"' d >later
	run -0 mend --apply --now 2060-01-01T00:00:01Z later
	is '.kind == "repair"'
}

@test "silence lost at restart: planned work stops a repair whose record does not know of it" {
	area
	diagnose >d
	sh-ledger silence "file:$T/thing@h1" --for 1h --reason 'ann replaces it' >/dev/null
	run -7 mend --apply d
	is '.guards[] | select(.guard == "maintenance") | .reason | contains("ann replaces it")'
	sh-ledger unsilence s-1
	run -0 mend --apply d
	is '.verified == "fixed"'
}

# services N: so many, all act; app is the one that is repaired.
services() {
	local i
	{
		echo services:
		echo "  app: {pidfile: $T/app.pid, mode: act, files: [{path: $T/thing}]}"
		for ((i = 2; i <= $1; i++)); do echo "  s$i: {pidfile: $T/s$i.pid, mode: act}"; done
	} >conf/site.yaml
}

# fault_on SERVICE: a diagnosis of it, as fresh as can be
fault_on() { diagnose | sed "s,file:$T/thing@h1,service:$1@h1,g; s/\"fingerprint\":\"f-/&$1/g"; }

@test "healthy nodes marked bad by a broken monitor: where most of a kind are bad at once the observer is doubted" {
	area
	services 5
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.pidfile}"}}]'
	for s in s2 s3; do fault_on $s | mend --apply --mode observe >r; done
	fault_on app >d
	run -0 mend --state state d
	is '.decision == "act"'
	fault_on s4 | mend --apply --mode observe >r
	run -7 mend --apply d
	is '.guards[] | select(.guard == "observer") | .answer == "refuse"'
	notice '4 of 5'
	[ -z "$(calls)" ]
	limits 'doubt_percent: 90'
	run -0 mend --state state d
	is '.decision == "act"'
}

@test "partition leads to mutual kill: nothing is done while the own network has just changed" {
	area
	limits 'doubt_for: 3s'
	unshare -Urn ip link add d0 type veth peer name d1 2>/dev/null || skip 'no network namespaces here'
	cat >net <<-'E'
		set -e
		ip link add d0 type veth peer name d1 && ip link set d1 up && ip addr add 192.0.2.1/24 dev d0 && ip link set d0 up
		ip route add default via 192.0.2.2
		sh-repair -c conf --apply d1 >r1
		ip link set d0 down && ip link set d0 up && ip route add default via 192.0.2.3 # for a moment it was away
		rm thing
		diagnose >d2
		sh-repair -c conf --apply d2 >r2 && exit 1
		sleep 3.1
		diagnose >d2
		sh-repair -c conf --apply d2 >r3
	E
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	diagnose >d1
	export -f diagnose
	export T
	run -0 unshare -Urn bash net
	output=$(cat r1) && is '.verified == "fixed"'
	output=$(cat r2) && is '.guards[] | select(.guard == "network") | .answer == "refuse"'
	is '.reason | contains("default routes of this machine changed")'
	output=$(cat r3) && is '.verified == "fixed"'
}

@test "acting on half-migrated data: a third of the known targets gone from one run to the next is no inventory" {
	area
	services 6
	diagnose >d
	run -0 mend --apply d
	is '.verified == "fixed"'
	rm thing
	sleep 0.01
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	services 4
	diagnose >d
	run -7 mend --apply d
	is '.guards[] | select(.guard == "inventory") | .answer == "refuse"'
	notice 'declares 4 targets, before it were 6'
	run -2 sh-ledger reset inventory
	sh-ledger reset inventory --reason 'two were taken down'
	run -0 mend --apply d
	is '.verified == "fixed"'
	[ "$(sh-ledger history | jq -r 'select(.note == "reset") | .by, .uid' | tail -n 1)" = "$(id -ru)" ]
}

@test "clock jump, hibernation, restored machine: old evidence is not caught up with, and new evidence waits" {
	area
	limits 'doubt_for: 2s'
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	diagnose >d
	run -0 mend --apply d
	rm thing
	sleep 0.01
	diagnose >d
	# As if the last look had been before a sleep of an hour.
	read -r boot wall up awake <<<"$(db "SELECT value FROM mark WHERE name = 'clock'")"
	hour=3600000000000
	db "UPDATE mark SET value = '$boot $((wall - hour)) $((up - hour)) $awake' WHERE name = 'clock'"
	run -0 mend --apply d
	is '.decision == "superseded" and (.reason | contains("the machine slept for 1h"))'
	diagnose >d
	run -7 mend --apply d
	is '.guards[] | select(.guard == "clock") | .answer == "refuse"'
	sleep 2.1
	diagnose >d
	run -0 mend --apply d
	is '.verified == "fixed"'
	# Another boot id: a machine that was put back to an earlier state.
	rm thing
	sleep 0.01
	diagnose >d
	db "UPDATE mark SET value = 'x' || substr(value, 2) WHERE name = 'clock'"
	run -0 mend --state state d
	is '.decision == "act"'
	run -0 mend --apply d # it has been up for longer than that
	is '.verified == "fixed"'
}

@test "empty target set read as everything: no target, an empty one and a pattern are nothing" {
	area
	diagnose >d
	mend d >p
	for edit in 'del(.entity)' '.entity = ""' 'del(.host)'; do
		jq -c "$edit" p >q
		run -3 mend --apply q
	done
	for target in 'file:*@h1' 'service:*@h1' 'file:@h1' '*' all; do
		jq -c --arg t "$target" '.entity = $t | .fault.entity = $t' p >q
		run mend --apply q
		[ "$status" != 0 ] || is '.decision == "observe"' # undeclared
	done
	for command in 'silence' 'silence entity=' 'pause ' 'override capacity ' 'approve'; do
		read -ra words <<<"$command"
		[[ $command != *' ' ]] || words+=('')
		run -2 sh-ledger "${words[@]}" --reason all --for 1h
	done
	[ -z "$(calls)" ]
	run -0 mend --apply d
	is '.verified == "fixed"'
}

@test "re-replication storm, handler fork bomb: of ten processes at once no more repair than may" {
	area
	limits 'at_once: 2, per_hour: 6, brake_cooldown: 0s'
	things 10
	playbook <<-'E'
		guards: {cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]
	E
	for i in {1..10}; do diagnose "$T/t$i" >"d$i"; done
	for round in {1..8}; do
		pids=()
		for i in {1..10}; do
			mend --apply "d$i" >>"r$i" 2>/dev/null 3>&- &
			pids+=($!)
		done
		wait "${pids[@]}" || :
		for i in {1..10}; do [ -e "t$i" ] || diagnose "$T/t$i" >"d$i"; done
	done
	[ "$(db 'SELECT count(*) FROM repair')" = 6 ]
	[ "$(calls | grep -c run)" = 6 ]
	[ "$(db 'SELECT max((SELECT count(*) FROM repair o WHERE o.started <= r.started AND o.ended > r.started)) FROM repair r')" = 2 ]
	cat r? r10 | jq -se 'any(.[]; .decision == "cooldown" and (.reason | contains("2 repairs are under way")))'
	cat r? r10 | jq -se 'any(.[]; .decision == "refuse" and (.reason | contains("6 repairs")))'
}

@test "load-induced failover ping-pong: where every member is slow none is taken down, and no stock playbook restarts the slow" {
	area
	pair 'max_unavailable: 1'
	for path in thing other; do diagnose "$T/$path" | mend --apply --mode observe >r; done
	diagnose >d
	run -7 mend --apply d # both are up, as the rule says nothing else
	is '.reason | contains("2 of 2 would be unavailable")'
	sed -i 's/count: 1/&\n    means_down: true/' stock/rules/r.yaml
	run -0 mend --apply d # dead, not slow
	is '.verified == "fixed"'
	interrupting=$(awk '/^  [a-z-]+:$/ { book = $1 } / causes:/ { c = 1 } c { causes[book] = causes[book] $0 } /\]/ { c = 0 }
		/interrupts: true/ { print book, causes[book] }' "$abs_top_srcdir"/share/playbooks/*.yaml)
	[ -n "$interrupting" ]
	[[ ! $interrupting =~ slow|overload|latency|bottleneck|saturat ]]
}

@test "endless remediation loop: attempts are those of the target, over new faults and starts of the machine" {
	area
	playbook <<-'E'
		guards: {cooldown: 0s, attempts: 2}
		steps: [{name: make, action: dare, with: {path: "{site.path}", how: noop}}]
	E
	limits 'failed_targets: 100, doubt_for: 0s'
	for i in 1 2; do
		diagnose >d
		run -6 mend --apply d
		db "UPDATE mark SET value = 'x' || substr(value, 2) WHERE name = 'clock'" # a start of the machine
		sleep 0.01
	done
	diagnose >d
	run -7 mend --apply d
	is '.guards[] | select(.guard == "attempts") | .answer == "refuse"'
	notice 'a person is needed'
	[ "$(calls | grep -c run)" = 2 ]
}

@test "repair re-triggered during warm-up: what is seen while it settles starts nothing" {
	area
	playbook <<-'E'
		guards: {cooldown: 0s}
		settle: 1500ms
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	diagnose >d
	run -0 mend --apply d
	rm thing
	diagnose >d
	run -0 mend --apply d
	is '.decision == "superseded"'
	[ "$(calls)" = 'run one' ]
	sleep 1.6
	diagnose >d
	run -0 mend --apply d
	is '.verified == "fixed"'
}

@test "same repair run twice: two processes with one plan, and it runs once" {
	area
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]'
	diagnose >d
	mend d >p
	local pids=()
	for i in 1 2 3; do
		mend --apply p >"r$i" 3>&- &
		pids+=($!)
	done
	mend --apply d >r4
	wait "${pids[@]}"
	[ "$(calls)" = 'run one' ]
	[ "$(cat r? | jq -r 'select(.kind == "repair") | .verified')" = fixed ]
	[ -z "$(cat r? | jq -r 'select(.kind == "plan") | .decision' | grep -vx 'done\|superseded')" ]
}

@test "cleanup deletes the wrong thing: no root, / and mount points clean nothing, whatever the site says" {
	need jq
	mkdir -p conf data/keep
	touch data/keep/x.tmp
	for root in '""' / /tmp data "$PWD/data/../data"; do
		echo "filesystems: {/: {mode: act, clean: [{root: $root, match: '*'}]}}" >conf/site.yaml
		run sh-repair -c conf --no-stock --check
		[ "$status" = 2 ] || ! "$abs_top_builddir/bin/actions/disk-clean" run \
			<<<"{\"parameters\":{\"mount\":\"/\",\"roots\":[{\"root\":$(jq -R . <<<"${root//\"/}")}]}}" | jq -e .success
	done
	[ -e data/keep/x.tmp ]
	"$abs_top_builddir/bin/actions/disk-clean" run <<<"$(jq -nc --arg m "$(df --output=target . | tail -1)" --arg r "$PWD/data/keep" \
		'{parameters: {mount: $m, roots: [{root: $r, match: "*.tmp"}]}}')" | jq -e '.success and .output.removed == 1'
}

@test "watchdog of the watcher cancels good work: what still runs is awaited, not ended" {
	area
	playbook <<<'steps: [{name: make, action: do, timeout: 20s, with: {path: "{site.path}", how: held}}]'
	diagnose >d
	mend --apply d >r1 3>&- &
	pid=$!
	until [ -e log ]; do sleep 0.02; done
	worker=$(cat /proc/$pid/task/$pid/children)
	# shellcheck disable=SC2086
	kill -KILL $pid $worker
	wait $pid || :
	mend --apply </dev/null >r2 3>&- &
	pid=$!
	sleep 0.3
	[ ! -e thing ]
	kill -0 $pid
	touch go
	wait $pid
	[ -e thing ]
	[ "$(calls | grep -c run)" = 1 ]
	no_open_ends
}

@test "repair killed half-way: its terminal, its reader and its caller go, and it is finished" {
	area
	playbook <<<'steps: [{name: make, action: do, with: {path: "{site.path}", how: slow}}]'
	diagnose >d
	sh-repair -c conf --apply d 3>&- > >(:) 2>/dev/null &
	pid=$!
	until [ -e log ]; do sleep 0.02; done
	kill -HUP $pid
	kill -TERM $pid
	wait $pid || :
	[ "$(db 'SELECT outcome FROM repair')" = fixed ]
	no_open_ends
}

@test "drift repair fights the operator: while somebody is at work what was changed may be meant" {
	area
	limits 'person_for: 60s'
	playbook <<-'E'
		guards: {reverts: true, cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	diagnose >d
	login='{"kind":"event","time":"'$(date -u +%FT%T.%6NZ)'","host":"h1","entity":"user:ann@h1","type":"login","text":"ann logged in on pts/1"}'
	for change in '.host = "h2"' '.type = "logout"' '.time = "2020-01-01T00:00:00Z"'; do # of no concern
		jq -c "$change" <<<"$login" | mend --apply >r
	done
	run -0 mend --state state d
	is '.decision == "act"'
	mend --apply <<<"$login" >r
	run -8 mend --apply d
	is '.decision == "ask" and (.reason | contains("ann logged in on pts/1"))'
	sh-ledger approve --reason 'it was a mistake' "$(jq -r '.id | select(startswith("p-"))' <<<"$output" | head -n 1)"
	run -0 mend --apply d
	is '.verified == "fixed"'
	rm thing
	sleep 0.01
	diagnose >d
	run -8 mend --apply d
	limits 'person_for: 1s'
	sleep 1.1
	diagnose >d
	run -0 mend --apply d
	is '.verified == "fixed"'
}

@test "a login from the future hides none that follow" {
	local login
	area
	playbook <<-'E'
		guards: {reverts: true, cooldown: 0s}
		steps: [{name: make, action: do, with: {path: "{site.path}"}}]
	E
	diagnose >d
	login='{"kind":"event","time":"2100-01-01T00:00:00Z","host":"h1","entity":"user:eve@h1","type":"login","text":"eve logged in on pts/9"}'
	mend --apply <<<"$login" >r
	run -8 mend --apply d
	is '.decision == "ask" and (.reason | contains("eve logged in on pts/9"))'
	# One that was kept when the clock was ahead.
	db "UPDATE mark SET changed = changed + 864000000000000, time = time + 864000000000000 WHERE name = 'login'"
	jq -c --arg t "$(date -u +%FT%T.%6NZ)" '.time = $t | .text = "ann logged in on pts/1"' <<<"$login" | mend --apply >r
	run -8 mend --apply d
	is '.decision == "ask" and (.reason | contains("ann logged in on pts/1"))'
}

@test "stop timeout shortened escalates: a step that has less time than it used to take is refused, unless a person says so" {
	area
	slow() {
		playbook <<-E
			guards: {cooldown: 0s, attempts: 99}
			steps: [{name: make, action: do, timeout: $1, with: {path: "{site.path}", how: slow}}]
		E
	}
	slow 5s
	diagnose >d
	run -0 mend --apply d
	# Five such of a week ago.
	db "CREATE TABLE t AS SELECT * FROM repair"
	for n in 1 2 3 4 5; do
		db "UPDATE t SET row = 100 + $n, started = started - 604800000000000, ended = ended - 604800000000000"
		db 'INSERT INTO repair SELECT * FROM t'
	done
	db 'DROP TABLE t'
	slow 300ms
	rm thing
	sleep 0.05
	diagnose >d
	run -7 mend --apply d
	is '.decision == "refuse" and (.reason | test("^step .make. may take 300ms, and took up to ")) and any(.guards[]; .guard == "timeout" and .answer == "refuse")'
	slow 5s
	run -0 mend --apply d
	is '.verified == "fixed"'
	slow 300ms
	sh-ledger override timeout --reason 'it has to fail fast' --for 1h
	rm thing
	sleep 0.05
	diagnose >d
	run mend d
	is '.decision == "act"'
}
