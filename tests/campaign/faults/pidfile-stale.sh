# SPDX-License-Identifier: MIT
# The service is dead, and its pid was given to somebody else's process.
causes='process_gone pidfile_stale' acts='service-restart'
inject() {
	local pid
	pid=$(web_pid)
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	for _ in $(seq 50); do
		echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
		sleep 1000 &
		stranger=$!
		[ "$stranger" != "$pid" ] || return 0
		kill "$stranger"
	done
}
sound() { kill -0 "$stranger" && [ "$(cat "/proc/$stranger/comm")" = sleep ]; }
