#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-repair: diagnoses that were recorded are decided the same again.
load helper
load repair

@test "the same diagnoses at the same time give the same plans, byte for byte" {
	area
	diagnose >one
	for i in $(seq 1 40); do
		jq -c --arg i "$i" '.id = "d-" + $i | .fault.id = "f-" + $i | .confidence = ($i | tonumber) / 50' one
	done >day
	now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	SH_NOW=$now mend day >first
	SH_NOW=$now mend day >second
	[ -s first ]
	[ "$(jq -r .kind first | sort -u)" = plan ]
	cmp first second
	[ ! -e state/ledger.db ]
}
