#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# one.sh PREFIX PATIENT FAULT [KEEP] - one fault of the campaign, inside its own namespaces.
# Prints one JSON object. KEEP is a directory that gets what the programs wrote.
#
# faults/FAULT.sh sets
#   causes   root causes that are right, by words
#   acts     playbooks that are right, by words; none where only a notice is right
# and may set or define
#   tries    playbooks that may be tried in vain, where a person must be told in the end
#   web_command  what runs the service; web_name  the host that is asked for it
#   site     prints more of the site file; web_site, web_files and disk_site more of what is declared
#   monit    prints more of Monit's configuration; monit_web and monit_disk more of its checks
#            of those, in which $(may PLAYBOOK COMMAND...) is a command that is written down
#   setup    makes what it needs, before the loop starts; 77 when this machine cannot
#   inject   makes the fault
#   well     the witness: true when the service does its work, seen from outside
#   sound    true when nothing was touched that is not ill (besides the bystander)
#   leave    what namespaces do not take back
# A combination of faults, combined/FAULT.sh, may set besides
#   every    root causes of which each must be named
#   most     how many repairs may be begun
#   outcome  told: it cannot be healed for good, and a person must hear of it
#   tells    what a notice must say, a regular expression
#   loop_env variables of the environment for the programs
#
# loop/NAME.sh, for CAMPAIGN_LOOP=NAME, is who heals; it defines
#   prepare      writes its configuration
#   start_loop   starts it; in the directory $S/loop lies a file with the pid of each process
#   settled      true when there is nothing more to wait for
#   report       prints what came of it; says what judges it
# and may define start_services.
set -u
prefix=$1 patient=$2 fault=$3 keep=${4-} loop=${CAMPAIGN_LOOP:-selfheal}
here=$(cd "$(dirname "$0")" && pwd)
patience=${CAMPAIGN_PATIENCE:-45}
export PATH=$prefix/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
ip link set lo up
mount -t tmpfs -o mode=755,size=512m tmpfs /mnt || exit 1
S=/mnt log=/mnt/log D=/mnt/disk
mkdir -p $log $D $S/state $S/other $S/loop
cp "$patient" $S/patient
mount -t tmpfs -o mode=755,size=24m tmpfs $D
mkdir -p $D/cache $D/www

# shellcheck disable=SC2034 # those that are not read here are read by a loop
causes='' acts='' tries='' web_name=127.0.0.1 every='' most='' outcome='' tells='' loop_env=()
site() { :; }
web_site() { :; }
web_files() { :; }
disk_site() { :; }
monit() { :; }
monit_web() { :; }
monit_disk() { :; }
setup() { :; }
inject() { :; }
well() { answers 8080; }
sound() { :; }
leave() { :; }

answers() { [ "$(curl -s -m 2 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$1/")" = 200 ]; }
# It answers, and is not the process that was made ill: for faults that show late.
renewed() { answers 8080 && [ "$(identity "$(web_pid)")" != "${ill-}" ]; }
tell() { printf '%s' "$1" | socat -u - "UNIX-SENDTO:$D/www/control"; }
web_pid() { cat $S/web.pid; }
identity() { awk -v pid="$1" '{ print pid, $22 }' "/proc/$1/stat" 2>/dev/null; }

web_command=("$S/patient" 8080 "$S/web.pid" "$D/www" "$S/web.conf")
other_command=("$S/patient" 8081 "$S/other.pid" "$S/other")
start_services() {
	setsid "${web_command[@]}" >$log/web 2>&1 &
	setsid "${other_command[@]}" >$log/other 2>&1 &
}

# Each line with the time it came by.
stamp() {
	local line
	while IFS= read -r line; do
		printf '%s %s\n' "$EPOCHREALTIME" "$line" >>"$1"
		printf '%s\n' "$line"
	done
}

# member NAME COMMAND...: becomes it, as a process of the loop.
member() {
	echo "$BASHPID" >$S/loop/"$1"
	shift
	exec env "${loop_env[@]}" "$@"
}

since() { # TIME: seconds from the injection
	[ -z "$1" ] || awk -v at="$1" -v from="$injected" 'BEGIN { printf "%.2f", at - from }'
}

# Processor time of the loop in milliseconds, with the children that it waited for.
used() {
	local name
	for name in $S/loop/*; do cat "/proc/$(cat "$name")/stat"; done 2>/dev/null |
		awk -v tick="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); s += $12 + $13 + $14 + $15 } END { printf "%d", 1000 * s / tick }'
}
resident() { # KiB, what is shared being shared out
	local name
	for name in $S/loop/*; do cat "/proc/$(cat "$name")/smaps_rollup"; done 2>/dev/null |
		awk '/^Pss:/ { s += $2 } END { printf "%d", s }'
}
cost() {
	awk -v a="$used_before" -v b="$(used)" -v from="$injected" -v to="$EPOCHREALTIME" -v memory="$(resident)" \
		'BEGIN { printf "{\"cpu_percent\": %.2f, \"pss_kib\": %d}", (b - a) / (to - from) / 10, memory }'
}

# healthy_at is when the witness was first content since it last was not.
look() {
	if well; then
		healthy_at=${healthy_at:-$EPOCHREALTIME}
	else
		healthy_at='' was_ill=true
	fi
}

watch() {
	local until=$((SECONDS + patience))
	healthy_at='' was_ill=''
	while [ $SECONDS -lt $until ]; do
		look
		! settled || break
		sleep 0.25
	done
	sleep 2 # whoever acts twice does it now
	look
}

list() { tr ' ' '\n' | jq -Rn '[inputs | select(. != "")]'; }

# The bystander is the process that it was.
unharmed() { [ "$(identity "$(cat $S/other.pid)")" = "$bystander" ] && answers 8081 && sound; }

# judge PROGRAM ARGUMENT...: with what every loop is judged by
judge() {
	local program=$1
	shift
	jq -cn --arg fault "$fault" --arg loop "$loop" --argjson causes "$(list <<<"$causes")" --argjson right "$(list <<<"$acts")" \
		--argjson tries "$(list <<<"$tries")" \
		--arg healthy "$(since "$healthy_at")" --argjson cost "$cost" --argjson was_ill "${was_ill:-false}" \
		--argjson well "$([ -n "$healthy_at" ] && echo true || echo false)" --argjson sound "$(unharmed && echo true || echo false)" \
		"$@" -f "$here/$program"
}

save() {
	local to=$keep/$fault
	[ "$loop" = selfheal ] || to+=.$loop
	[ -z "$keep" ] || { mkdir -p "$to" && cp -r $log/. "$to/"; }
}

# shellcheck source=/dev/null
. "$here/loop/$loop.sh"
# shellcheck source=/dev/null
. "$(find "$here/faults/$fault.sh" "$here/combined/$fault.sh" "$here/healthy/$fault.sh" 2>/dev/null)"
trap 'leave' EXIT
echo page >$D/www/index.html
echo page >$S/other/index.html
echo 'version 1' >$S/web.conf
setup || { jq -cn --arg fault "$fault" '{$fault, outcome: "impossible"}'; exit; }
prepare || exit 1
start_services
for _ in $(seq 50); do
	[ -s $S/web.pid ] && [ -s $S/other.pid ] && break
	sleep 0.1
done
start_loop
sleep "${CAMPAIGN_BEFORE:-5}"
bystander=$(identity "$(cat $S/other.pid)")
ill=$(identity "$(web_pid)")
used_before=$(used)
injected=$EPOCHREALTIME
inject
watch
cost=$(cost)
save
report
