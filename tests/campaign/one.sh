#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# one.sh PREFIX PATIENT FAULT [KEEP] - one fault of the campaign, inside its own namespaces.
# Prints one JSON object. KEEP is a directory that gets what the programs wrote.
#
# faults/FAULT.sh sets
#   causes   root causes that are right, by words
#   acts     playbooks that are right, by words; none where only a notice is right
# and may define
#   site     prints more of the site file; web_site and disk_site more of what is declared
#   setup    makes what it needs, before the loop starts; 77 when this machine cannot
#   inject   makes the fault
#   well     the witness: true when the service does its work, seen from outside
#   sound    true when nothing was touched that is not ill (besides the bystander)
#   leave    what namespaces do not take back
set -u
prefix=$1 patient=$2 fault=$3 keep=${4-}
here=$(cd "$(dirname "$0")" && pwd)
patience=${CAMPAIGN_PATIENCE:-45} interval=${CAMPAIGN_INTERVAL:-1s}
export PATH=$prefix/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
ip link set lo up
mount -t tmpfs -o mode=755,size=512m tmpfs /mnt || exit 1
S=/mnt log=/mnt/log D=/mnt/disk
mkdir -p $log $D $S/state $S/other
cp "$patient" $S/patient
mount -t tmpfs -o mode=755,size=24m tmpfs $D
mkdir -p $D/cache $D/www

causes='' acts=''
site() { :; }
web_site() { :; }
disk_site() { :; }
setup() { :; }
inject() { :; }
well() { answers 8080; }
sound() { :; }
leave() { :; }

answers() { [ "$(curl -s -m 2 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$1/")" = 200 ]; }
tell() { printf '%s' "$1" | socat -u - "UNIX-SENDTO:$D/www/control"; }
web_pid() { cat $S/web.pid; }
identity() { awk -v pid="$1" '{ print pid, $22 }' "/proc/$1/stat" 2>/dev/null; }

base_site() {
	cat <<-END
	services:
	  web:
	    pidfile: $S/web.pid
	    start: [$S/patient, "8080", $S/web.pid, $D/www, $S/web.conf]
	    checks: [{http: "http://127.0.0.1:8080/", status: 200, timeout: 1s}]
	    files: [{path: $S/web.conf, baseline: true, validate: [/usr/bin/grep, -qx, version 1, "{path}"]}]
	    mode: act
	$(web_site)
	  other:
	    pidfile: $S/other.pid
	    start: [$S/patient, "8081", $S/other.pid, $S/other]
	    checks: [{http: "http://127.0.0.1:8081/", status: 200, timeout: 1s}]
	    mode: act
	filesystems:
	  $D:
	    limit: 90
	    clean: [{root: $D/cache, match: "*.tmp", older: 0s}]
	    mode: act
	$(disk_site)
	END
}

# Each line with the time it came by.
stamp() {
	local line
	while IFS= read -r line; do
		printf '%s %s\n' "$EPOCHREALTIME" "$line" >>"$1"
		printf '%s\n' "$line"
	done
}

start_loop() {
	{
		echo "$BASHPID" >$S/collect.pid
		exec sh-collect -c $S/site.yaml --state $S/state -i "$interval"
	} 2>>$log/messages | stamp $log/samples |
		sh-detect -c $S/site.yaml --state $S/state 2>>$log/messages | stamp $log/faults |
		sh-diagnose -c $S/site.yaml --state $S/state --look 2>>$log/messages | stamp $log/diagnoses |
		sh-repair -c $S/site.yaml --state $S/state --apply 2>>$log/messages | stamp $log/repairs >/dev/null &
}

# after FILE FILTER: "TIME LINE" of those lines since the injection for which FILTER holds.
after() {
	[ -s "$1" ] || return 0
	awk -v since="$injected" '$1 >= since' "$1" | sed 's/^[0-9.]* /&\t/' |
		jq -Rr "split(\" \\t\") as [\$at, \$line] | (\$line | fromjson? // {}) | select($2) | \"\(\$at) \(.)\""
}

since() { # TIME: seconds from the injection
	[ -z "$1" ] || awk -v at="$1" -v from="$injected" 'BEGIN { printf "%.2f", at - from }'
}

watch() {
	local until=$((SECONDS + patience))
	healthy_at=''
	while [ $SECONDS -lt $until ]; do
		if [ -n "$acts" ]; then
			[ -z "$(after $log/repairs '.kind == "repair" and .verified == "fixed"')" ] || { well && healthy_at=$EPOCHREALTIME && break; }
		else
			[ -z "$(after $log/diagnoses '.kind == "diagnosis"')" ] || { sleep 6; break; }
		fi
		sleep 0.25
	done
	sleep 2 # whoever acts twice does it now
}

list() { tr ' ' '\n' | jq -Rn '[inputs | select(. != "")]'; }

report() {
	local detected diagnosed acted verified
	detected=$(after $log/faults '.kind == "fault" and .status != "resolved"' | head -n 1)
	diagnosed=$(after $log/diagnoses '.kind == "diagnosis"')
	acted=$(after $log/repairs '.kind == "repair" and (.steps | length > 0)')
	verified=$(after $log/repairs '.kind == "repair" and .verified == "fixed"' | head -n 1)
	jq -cn --arg fault "$fault" --argjson causes "$(list <<<"$causes")" --argjson right "$(list <<<"$acts")" \
		--arg detected "$(since "${detected%% *}")" --arg acted "$(since "$(head -n 1 <<<"$acted" | cut -d' ' -f1)")" \
		--arg verified "$(since "${verified%% *}")" --arg healthy "$(since "$healthy_at")" \
		--slurpfile diagnoses <(cut -d' ' -f2- <<<"$diagnosed") --slurpfile repairs <(cut -d' ' -f2- <<<"$acted") \
		--argjson well "$(well && echo true || echo false)" --argjson sound "$(unharmed && echo true || echo false)" \
		-f "$here/judge.jq"
}

# The bystander is the process that it was.
unharmed() { [ "$(identity "$(cat $S/other.pid)")" = "$bystander" ] && answers 8081 && sound; }

save() {
	[ -z "$keep" ] || { mkdir -p "$keep/$fault" && cp -r $log/. $S/site.yaml "$keep/$fault/"; }
}

# shellcheck source=/dev/null
. "$here/faults/$fault.sh"
trap 'leave' EXIT
echo page >$D/www/index.html
echo page >$S/other/index.html
echo 'version 1' >$S/web.conf
{ base_site; site; } >$S/site.yaml
setup || { jq -cn --arg fault "$fault" '{$fault, outcome: "impossible"}'; exit; }
sh-ledger --state $S/state baseline $S/web.conf >/dev/null || exit 1
setsid $S/patient 8080 $S/web.pid $D/www $S/web.conf >$log/web 2>&1 &
setsid $S/patient 8081 $S/other.pid $S/other >$log/other 2>&1 &
for _ in $(seq 50); do
	[ -s $S/web.pid ] && [ -s $S/other.pid ] && break
	sleep 0.1
done
start_loop
sleep "${CAMPAIGN_BEFORE:-5}"
bystander=$(identity "$(cat $S/other.pid)")
injected=$EPOCHREALTIME
inject
watch
save
report
