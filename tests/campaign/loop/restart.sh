# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034 # variables are those of one.sh
# What Restart=always of systemd would do with the two services, by its defaults
# (RestartSec=100ms, five starts in ten seconds): a loop that stands for it, not systemd.
log_acts=$log/acts

patience=12 # it acts at once or never

prepare() { :; }

supervise() { # WRITTEN-AS COMMAND...
	local name=$1 starts=()
	shift
	while :; do
		starts+=($SECONDS)
		[ ${#starts[@]} -le 5 ] || [ $((SECONDS - starts[-6])) -ge 10 ] || return
		setsid "$@" >>$log/web 2>&1
		sleep 0.1
		echo "$EPOCHREALTIME $name" >>$log_acts
	done
}

start_services() {
	supervise service-restart "${web_command[@]}" &
	echo $! >$S/loop/web
	supervise bystander-restart "${other_command[@]}" &
	echo $! >$S/loop/other
}

start_loop() { :; }

told() { awk -v since="$injected" '$1 >= since { print $1; exit }' $log_acts 2>/dev/null; }

# shellcheck source=/dev/null
. "$here/loop/peer.sh"
