#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Crontabs and timers to tasks and back, and the service manager.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export HOME=$BATS_TEST_TMPDIR SH_HOST=h1 TZ=UTC
	need jq
}

@test "a crontab becomes tasks with the same times, and what has none is named with its line" {
	cat >table <<-'EOF'
		# comment
		MAILTO=root
		30 2 * * * /usr/bin/backup --all
		*/10 * */2 * 1-5	check "a b" %x
		@reboot boot
		@daily daily
		61 * * * * bad
		CRON_TZ="Asia/Tokyo"
		0 5 1,15 * * tokyo
		5 5 * * *
	EOF
	run -3 --separate-stderr sh-schedule import crontab table
	[[ $stderr == *'table:5: @reboot is no time'* ]]
	[[ $stderr == *"table:7: '61' is no minute"* ]]
	[[ $stderr == *'table:10: there is no command'* ]]
	printf '%s\n' "$output" >site.yaml
	run -0 sh-schedule --no-stock -c site.yaml check
	run -0 sh-schedule --no-stock -c site.yaml --state state status --now 2026-11-22T12:00:00Z
	[ "$(jq -r '.task + " " + .schedule + " " + .due[:16]' <<<"$output" | sort)" = "$(
		cat <<-'EOF'
			table-1 30 2 * * * 2026-11-23T02:30
			table-2 */10 * */2 * 1-5 2026-11-23T00:00
			table-3 @daily 2026-11-23T00:00
			table-4 0 5 1,15 * * 2026-11-30T20:00
		EOF
	)" ]
	run -0 sh-schedule --no-stock -c site.yaml export crontab
	[ "$(sed 's| [^ ]*/sh-schedule run|:|' <<<"$output")" = "$(
		cat <<-'EOF'
			30 2 * * *: table-1
			*/10 * */2 * 1-5: table-2
			@daily: table-3
			# table-4: cron has no time zone of its own
		EOF
	)" ]
}

@test "a system table has a user in each line" {
	printf '17 * * * * root cd / && run-parts /etc/cron.hourly\n' >hourly
	run -0 sh-schedule import cron.d hourly
	[[ $output == *'"title":"cd / && run-parts /etc/cron.hourly","cron":"17 * * * *"'* ]]
}

@test "timers become tasks, and tasks timers that say the same" {
	cat >logs.timer <<-'EOF'
		[Unit]
		Description=Rotate "logs"
		[Timer]
		OnCalendar=Mon..Fri 03:00
		OnCalendar=monthly
		RandomizedDelaySec=1h 30min
		Persistent=true
	EOF
	printf '[Timer]\nOnUnitActiveSec=1d\nOnBootSec=15min\n' >clean.timer
	run -3 --separate-stderr sh-schedule import timer logs.timer clean.timer
	[[ $stderr == *'clean.timer:3: a time after boot is not taken over'* ]]
	printf '%s\n' "$output" >site.yaml
	run -0 sh-schedule --no-stock -c site.yaml check
	[ "$(grep -c '"missed":"once"' site.yaml)" = 2 ]
	grep -q '"jitter":"1h30m"' site.yaml
	run -0 sh-schedule --no-stock -c site.yaml export timer
	[ "$(grep -E '^(OnCalendar|OnUnitActiveSec|RandomizedDelaySec|Persistent)' <<<"$output" | xargs)" = \
		'OnCalendar=Mon..Fri 03:00 RandomizedDelaySec=5400000ms Persistent=true OnCalendar=monthly RandomizedDelaySec=5400000ms Persistent=true OnUnitActiveSec=86400000ms Persistent=false' ]
	command -v systemd-analyze >/dev/null || return 0
	grep '^OnCalendar=' <<<"$output" | cut -d = -f 2 | while read -r line; do
		systemd-analyze calendar "$line" >/dev/null
	done
}

@test "what the other side cannot say is told, not said wrongly" {
	cat >site.yaml <<-'EOF'
		playbooks: {p: {}}
		tasks:
		  a: {cron: "0 0 L * *", playbook: p}
		  b: {cron: "0 0 */2 * 1", playbook: p}
		  c: {cron: "0 0 1 * 1", playbook: p}
		  d: {cron: "0 0 * * *", after: c, playbook: p}
		  e: {cron: "5/15 * * * *", playbook: p}
		  f: {every: daily, playbook: p}
	EOF
	run -0 sh-schedule --no-stock -c site.yaml export crontab
	[ "$(grep -v '^#' <<<"$output" | awk '{ print $NF }' | xargs)" = c ]
	[[ $output == *'# d: it waits for others'* && $output == *'# f: its time is not one of cron'* ]]
	run -0 sh-schedule --no-stock -c site.yaml export timer
	[[ $output == *'# a: its time is not written as a calendar expression'* && $output == *OnUnitActiveSec=86400000ms* ]]
	run -2 sh-schedule --no-stock -c site.yaml export anacron
}

@test "the service manager hears that it is ready, alive and stopping" {
	need python3
	printf 'playbooks: {p: {}}\ntasks: {a: {cron: "0 0 1 1 *", playbook: p}}\n' >site.yaml
	cat >listen.py <<-'EOF'
		import os, signal, socket, subprocess, sys, time
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("sock")
		s.settimeout(10)
		p = subprocess.Popen(["sh-schedule", "--no-stock", "-c", "site.yaml", "--state", "state"],
		    env=dict(os.environ, NOTIFY_SOCKET=os.getcwd() + "/sock", WATCHDOG_USEC="400000"))
		heard = [s.recv(100).decode() for _ in range(4)]
		p.send_signal(signal.SIGTERM)
		heard.append(s.recv(100).decode())
		print(" ".join(heard), p.wait())
	EOF
	run -0 python3 listen.py
	[ "$output" = 'READY=1 WATCHDOG=1 WATCHDOG=1 WATCHDOG=1 STOPPING=1 0' ]
}

@test "the units and tables that are installed are well formed" {
	grep -q 'Type=notify' "$EXAMPLES/selfheal-schedule.service"
	sh-schedule import cron.d "$EXAMPLES/selfheal-schedule.cron" | grep -qF '"cron":"* * * * *"'
}
