# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034 # variables are those of one.sh
# What is the same for all who are tried beside selfheal: $log_acts has a line
# "TIME PLAYBOOK" for each act, and told prints when they first said that something is wrong.
acted() { awk -v since="$injected" '$1 >= since' $log_acts 2>/dev/null; }

seconds_from() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%d", b - a }'; }

# Where only a notice is right there is nothing to wait for but acts.
settled() {
	if [ -n "$acts" ]; then
		[ -n "$was_ill$(acted)" ] && [ -n "$healthy_at" ] && [ "$(seconds_from "$healthy_at")" -ge 3 ]
	else
		[ "$(seconds_from "$injected")" -ge 12 ]
	fi
}

report() {
	judge peer.jq --arg detected "$(since "$(told)")" --arg acted "$(since "$(acted | head -n 1 | cut -d' ' -f1)")" \
		--argjson "done" "$(acted | cut -d' ' -f2 | jq -Rn '[inputs]')"
}
