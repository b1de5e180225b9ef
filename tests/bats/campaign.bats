#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The short form of `make campaign`: real faults in namespaces of their own, healed by
# the stock files and a site file, and seen from outside.
load helper
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"

# campaign OUTCOME FAULT
campaign() {
	local outcome=$1
	shift
	need jq curl socat unshare
	export CAMPAIGN_BEFORE=3
	run --separate-stderr bash "$abs_top_srcdir/tests/campaign/campaign.sh" "$abs_top_builddir" \
		"$abs_top_builddir/tests/campaign/patient" results "$@" 3>&-
	[ "$status" != 77 ] || skip "${stderr#campaign: }"
	! jq -es 'length > 0 and all(.[]; .outcome == "impossible")' results >/dev/null || skip 'not possible here'
	jq -es --arg outcome "$outcome" --argjson n $# 'length == $n and
		all(.[]; .outcome == $outcome and .sound)' results >/dev/null || {
		cat results
		return 1
	}
}

@test "a process that is stopped goes on" {
	campaign healed process-stopped
}

@test "a process that its control group froze is let go on" {
	campaign healed process-frozen
}

@test "a pid file that names somebody else's process brings the service back and does it no harm" {
	campaign healed pidfile-stale
}

@test "a changed configuration is put back" {
	campaign healed configuration-changed
}

@test "a full disk is cleaned where the site allows it" {
	campaign healed disk-full
}

@test "who has taken the port of a service is named and left alone" {
	campaign noticed port-taken
}

# bats test_tags=slow
@test "three faults at once, a death within a repair, half of a group down, and no byte left for the state: each is healed" {
	export CAMPAIGN_PATIENCE=90
	campaign healed three-at-once killed-in-repair half-a-group state-full
	jq -es 'all(.[]; .repairs <= 3)' results
}

# bats test_tags=slow
@test "what cannot be repaired is told, and tried no more than it may be" {
	campaign noticed repair-fails
	jq -es '.[0].repairs >= 1 and .[0].repairs <= 3' results
}

# bats test_tags=slow
@test "Monit and Restart=always are tried with the same fault, and judged by the same witness" {
	need monit
	export CAMPAIGN_BESIDE='monit restart'
	campaign healed process-killed
	jq -es '.[0].beside | .monit.outcome == "healed" and .monit.cost.pss_kib > 0 and .restart.outcome == "healed"' results
	[[ $output == *'what Monit did wrong'* ]]
}

# bats test_tags=slow
@test "a machine that is busy and well is left alone, and nothing of it is called an error" {
	need jq curl socat unshare stress-ng
	export CAMPAIGN_BUSY=25
	run --separate-stderr bash "$abs_top_srcdir/tests/campaign/busy.sh" "$abs_top_builddir" \
		"$abs_top_builddir/tests/campaign/patient" busy 3>&-
	[ "$status" != 77 ] || skip "${stderr##*: }"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
	jq -es '.[0] | .acts == [] and .wrong == [] and .restarts > 0 and .well' busy
}
