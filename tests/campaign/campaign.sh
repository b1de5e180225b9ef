#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# campaign.sh PREFIX PATIENT RESULTS [FAULT...] - inject real faults, one after the other, each
# in mount, process and network namespaces of its own, and let the installed programs heal them.
#
# PREFIX is where the programs are installed, PATIENT the service that is made ill; RESULTS gets
# one JSON object a fault. Without names all faults of the directory faults are tried; the name
# combined stands for all of the directory combined, which are several at once or make it hard.
# Prints a table. Exits 1 when a fault was missed, misjudged or not healed, or something else was
# touched.
#
# CAMPAIGN_BESIDE='monit restart' tries each fault again with each of those in place of selfheal.
set -u
here=$(cd "$(dirname "$0")" && pwd)
prefix=${1:?usage: campaign.sh PREFIX PATIENT RESULTS [FAULT...]} patient=${2:?} results=${3:?}
shift 3
if [ "${*:-faults}" = faults ] || [ "$*" = combined ]; then
	mapfile -t all < <(cd "$here/${*:-faults}" && printf '%s\n' *.sh | sed 's/[.]sh$//')
	set -- "${all[@]}"
fi
[[ " ${CAMPAIGN_BESIDE-} " != *' monit '* ]] || command -v monit >/dev/null || { echo 'campaign: monit is not installed' >&2; exit 77; }

# shellcheck source=tests/campaign/apart.sh
. "$here/apart.sh"

# one LOOP FAULT: its result, a line
one() {
	CAMPAIGN_LOOP=$1 "${apart[@]}" -- bash "$here/one.sh" "$prefix" "$patient" "$2" ${CAMPAIGN_KEEP:+"$CAMPAIGN_KEEP"} >"$results.one" 2>"$results.said"
	tail -n 1 "$results.one" | grep "^{.*}$" ||
		jq -cn --arg fault "$2" --arg loop "$1" --rawfile said "$results.said" '{$fault, $loop, outcome: "broken", $said}'
}

: >"$results"
for name; do
	[ -f "$here/faults/$name.sh" ] || [ -f "$here/combined/$name.sh" ] || { echo "campaign: '$name': no such fault" >&2; exit 2; }
	printf '%-28s ' "$name"
	one selfheal "$name" >"$results.all"
	jq -r '[.outcome, (.seconds.detected // "-"), (.seconds.acted // "-"), (.seconds.verified // "-"),
		(.cause // "-"), (.acts // [] | join(",")), (.remark // "")] | map(tostring) | join("  ")' "$results.all"
	if ! grep -q '"impossible"' "$results.all"; then
		for peer in ${CAMPAIGN_BESIDE-}; do
			one "$peer" "$name" >>"$results.all"
		done
	fi
	jq -cs '.[0] + if length > 1 then {beside: (.[1:] | map({(.loop): .}) | add)} else {} end' "$results.all" >>"$results"
done
rm -f "$results.one" "$results.said" "$results.all"
bash "$here/report.sh" "$results"
jq -es 'all(.[]; .outcome == "healed" or .outcome == "noticed" or .outcome == "impossible")' "$results" >/dev/null
