# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034 # variables are those of one.sh
# Monit alone, at its shortest interval, with what somebody who knows it well would write for
# the same services: the site file's promises, and every test of Monit's that fits them.
log_acts=$log/acts

# may PLAYBOOK COMMAND...: the command for Monit; that it was run is written down by that name.
may() {
	local name=$1
	shift
	printf '"%s/act %s %s"' $S "$name" "$*"
}

# What stops and starts a service looks at the program of a process, not only at its number.
# Monit asks no port before its start timeout is over, which counts from when the process began.
monit_service() { # NAME PORT WRITTEN-AS COMMAND...
	local name=$1 port=$2 act=$3 command=$4
	shift 4
	cat <<-END
	check process $name with pidfile $S/$name.pid
	  start program = $(may "$act" /sbin/start-stop-daemon --start --quiet --background --pidfile $S/$name.pid --exec $S/patient --startas "$command" -- "$@") with timeout 3 seconds
	  stop program = "/sbin/start-stop-daemon --stop --quiet --oknodo --retry TERM/2/KILL/2 --remove-pidfile --pidfile $S/$name.pid --exec $S/patient" with timeout 5 seconds
	  if failed port $port protocol http with timeout 1 seconds for 2 cycles then restart
	  if totalmem > 100 MB for 2 cycles then restart
	  if children > 200 for 2 cycles then restart
	  if filedescriptors > 90% for 2 cycles then restart
	  if 5 restarts within 30 cycles then unmonitor
	END
}

monit_config() {
	cat <<-END
	set daemon 1
	set pidfile $S/monit.pid
	set statefile $S/monit.state
	set idfile $S/monit.id
	check system host
	  if cpu usage > 95% for 5 cycles then alert
	  if memory usage > 90% for 3 cycles then alert
	  if swap usage > 50% for 3 cycles then alert
	  if filedescriptors > 90% then alert
	$(monit_service web 8080 service-restart "${web_command[@]}")
	$(monit_web)
	$(monit_service other 8081 bystander-restart "${other_command[@]}")
	check file web.conf path $S/web.conf
	  if failed checksum and expect the sum $(md5sum <$S/web.conf | cut -c1-32) then exec $(may file-restore cp -p $S/approved $S/web.conf) repeat every 5 cycles
	  if failed permission $(stat -c %a $S/web.conf) then exec $(may permission-restore chmod "$(stat -c %a $S/web.conf)" $S/web.conf) repeat every 5 cycles
	  if failed uid root then exec $(may permission-restore chown root:root $S/web.conf) repeat every 5 cycles
	check filesystem disk with path $D
	  if space usage > 90% then exec $(may disk-clean find $D/cache -name '*.tmp' -delete) repeat every 5 cycles
	  if inode usage > 90% then exec $(may disk-clean find $D/cache -name '*.tmp' -delete) repeat every 5 cycles
	$(monit_disk)
	$(monit)
	END
}

prepare() {
	command -v monit >/dev/null || return
	cat >$S/act <<-END
	#!/bin/sh
	echo "\$(date +%s.%N) \$1" >>$log_acts
	shift
	exec "\$@"
	END
	chmod 755 $S/act
	cp -p $S/web.conf $S/approved
	monit_config >$S/monitrc
	chmod 600 $S/monitrc
	cp $S/monitrc $log/
	monit -t -c $S/monitrc >&2
}

start_loop() { member monit monit -c $S/monitrc -I 2>&1 | stamp $log/monit >/dev/null & }

# It writes a line when something changes, and none while all is well.
told() { awk -v since="$injected" '$1 >= since { print $1; exit }' $log/monit; }

# shellcheck source=/dev/null
. "$here/loop/peer.sh"
