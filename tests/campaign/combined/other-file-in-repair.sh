# SPDX-License-Identifier: MIT
# While the service is started anew its configuration is spoilt as well.
every='process_gone configuration_changed' causes=$every
acts='service-restart file-restore' most=3
inject() {
	local first
	first=$(web_pid)
	kill -9 "$first"
	(
		for _ in $(seq 600); do
			[ "$(web_pid)" = "$first" ] || { echo 'version two' >$S/web.conf; break; }
			sleep 0.05
		done
	) &
}
well() { answers 8080 && [ "$(cat $S/web.conf)" = 'version 1' ] && [ "$(identity "$(web_pid)")" != "$ill" ]; }
