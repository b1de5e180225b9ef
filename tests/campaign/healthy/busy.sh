# SPDX-License-Identifier: MIT
# A machine with much to do, on which nothing is wrong: processors, memory and disks under
# load, bursts of log lines, a backup, and an operator who starts the service anew by its own
# command. Nothing may be done, and nothing be called an error but a service that was away
# for the moment of such a start.
seconds=${CAMPAIGN_BUSY:-3600} patience=$seconds
site() { printf 'checks:\n  web-log: {log: %s/web.log}\n' $log; }

setup() {
	command -v stress-ng >/dev/null || return
	mkdir $S/many
	head -c 50m /dev/urandom | split -b 20k -a 4 - $S/many/part
}

# An hour of samples would fill what the namespaces have.
stamp() {
	local line
	while IFS= read -r line; do
		[[ $1 == */samples ]] || printf '%s %s\n' "$EPOCHREALTIME" "$line" >>"$1"
		printf '%s\n' "$line"
	done
}

for_ever() { # PAUSE COMMAND...
	local pause=$1
	shift
	while :; do
		"$@"
		sleep "$pause"
	done &
}

stress() { stress-ng --temp-path $D --cpu "$(nproc)" --vm 1 --vm-bytes 256m --hdd 1 --hdd-bytes 4m --fork 2 --sock 2 --timeout 15s >/dev/null 2>&1; }
backup() { tar -czf $S/backup.new -C $S many && mv $S/backup.new $S/backup.tar.gz; }
chatter() {
	local n
	[ ! -s $log/web.log ] || [ "$(stat -c %s $log/web.log)" -lt 10000000 ] || mv $log/web.log $log/web.log.1
	for n in {1..5000}; do printf '%(%FT%TZ)T INFO request %d answered\n' -1 "$n"; done >>$log/web.log
	printf '%(%FT%TZ)T WARN slow request\n' -1 >>$log/web.log
}
operator() { # stops it, waits until it is gone, starts it
	local pid
	pid=$(web_pid)
	printf '%s ' "$EPOCHREALTIME" >>$log/operator
	kill "$pid"
	while [ "$(web_pid)" = "$pid" ] && [ -n "$(identity "$pid")" ] && ! grep -q ') Z' "/proc/$pid/stat" 2>/dev/null; do sleep 0.02; done
	setsid "${web_command[@]}" >>$log/web 2>&1 &
	while [ "$(web_pid)" = "$pid" ] || ! answers 8080; do sleep 0.05; done
	echo "$EPOCHREALTIME" >>$log/operator
}

inject() {
	touch $log/operator
	for_ever 5 stress
	for_ever 20 backup
	for_ever 7 chatter
	for_ever "$((seconds < 60 ? 8 : 45))" operator
}

settled() { false; }

# "TIME LINE" of a file as {at, record}, of those since the load began
timed() { after "$1" "$2" | jq -Rc 'capture("^(?<at>[0-9.]+) (?<record>.*)$") | {at: (.at | tonumber), record: (.record | fromjson)}'; }

report() {
	jq -cn --arg fault busy --argjson seconds "$seconds" --argjson cost "$cost" --argjson well "$(well && echo true || echo false)" \
		--slurpfile faults <(timed $log/faults '.kind == "fault" and .status == "open"') \
		--slurpfile repairs <(timed $log/repairs '.kind == "repair" and (.steps | length > 0)') \
		--slurpfile plans <(timed $log/repairs '.kind == "plan" or (.kind == "repair" and (.steps | length == 0))') \
		--slurpfile notices <(timed $log/repairs '.kind == "notice"') \
		--rawfile operator $log/operator -f "$here/busy.jq"
}
