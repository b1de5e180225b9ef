#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# busy.sh PREFIX PATIENT RESULT - a busy machine on which nothing is wrong, for CAMPAIGN_BUSY
# seconds (3600), in namespaces of its own. Lists what fired. Exits 1 when anything was done, or
# called an error.
set -u
here=$(cd "$(dirname "$0")" && pwd)
prefix=${1:?usage: busy.sh PREFIX PATIENT RESULT} patient=${2:?} result=${3:?}
# shellcheck source=tests/campaign/apart.sh
. "$here/apart.sh"
"${apart[@]}" -- bash "$here/one.sh" "$prefix" "$patient" busy ${CAMPAIGN_KEEP:+"$CAMPAIGN_KEEP"} >"$result"
if ! grep -q '^{.*}$' "$result" || grep -q '"impossible"' "$result"; then
	echo 'busy: not possible here (stress-ng, curl, jq and socat are needed)' >&2
	exit 77
fi
bash "$here/report.sh" "$result"
jq -es '.[0].outcome == "quiet"' "$result" >/dev/null
