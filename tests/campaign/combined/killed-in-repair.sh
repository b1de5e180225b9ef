# SPDX-License-Identifier: MIT
# What the repair has just started dies before the repair was proved.
causes='process_gone' acts='service-restart' most=3
inject() {
	local first pid
	first=$(web_pid)
	kill -9 "$first"
	(
		for _ in $(seq 600); do
			pid=$(web_pid)
			[ "$pid" = "$first" ] || { kill -9 "$pid"; break; }
			sleep 0.05
		done
	) &
}
