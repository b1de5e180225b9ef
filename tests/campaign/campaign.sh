#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# campaign.sh PREFIX PATIENT RESULTS [FAULT...] - inject real faults, one after the other, each
# in mount, process and network namespaces of its own, and let the installed programs heal them.
#
# PREFIX is where the programs are installed, PATIENT the service that is made ill; RESULTS gets
# one JSON object a fault. Without names all faults of the directory faults are tried. Prints a
# table. Exits 1 when a fault was missed, misjudged or not healed, or something else was touched.
set -u
here=$(cd "$(dirname "$0")" && pwd)
prefix=${1:?usage: campaign.sh PREFIX PATIENT RESULTS [FAULT...]} patient=${2:?} results=${3:?}
shift 3
if [ $# = 0 ]; then
	mapfile -t all < <(cd "$here/faults" && printf '%s\n' *.sh | sed 's/[.]sh$//')
	set -- "${all[@]}"
fi

# Everything below one fault ends with its first process: nothing outlives it.
apart=(unshare --mount --propagation private --pid --fork --mount-proc --kill-child --net --uts --ipc)
if [ "$(id -u)" != 0 ]; then
	apart=(unshare --user --map-root-user "${apart[@]:1}")
fi
"${apart[@]}" true 2>/dev/null || { echo "campaign: no namespaces for this user: not possible here" >&2; exit 77; }

: >"$results"
for name; do
	[ -f "$here/faults/$name.sh" ] || { echo "campaign: '$name': no such fault" >&2; exit 2; }
	printf '%-28s ' "$name"
	"${apart[@]}" -- bash "$here/one.sh" "$prefix" "$patient" "$name" ${CAMPAIGN_KEEP:+"$CAMPAIGN_KEEP"} >"$results.one" 2>"$results.said"
	tail -n 1 "$results.one" | grep "^{.*}$" >>"$results" ||
		jq -cn --arg fault "$name" --rawfile said "$results.said" '{$fault, outcome: "broken", $said}' >>"$results"
	tail -n 1 "$results" | jq -r '[.outcome, (.seconds.detected // "-"), (.seconds.acted // "-"), (.seconds.verified // "-"),
		(.cause // "-"), (.acts // [] | join(",")), (.remark // "")] | map(tostring) | join("  ")'
done
rm -f "$results.one" "$results.said"
jq -rs -f "$here/table.jq" "$results"
jq -es 'all(.[]; .outcome == "healed" or .outcome == "noticed" or .outcome == "impossible")' "$results" >/dev/null
