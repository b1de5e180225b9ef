# SPDX-License-Identifier: MIT
# What holds the port is none of ours: it is told, and left alone.
causes='port_conflict port_taken'
# It waits for the port, so that nobody is there before it; ended by a signal it is not begun again.
take() {
	local status=1
	while [ $status = 1 ]; do
		socat TCP-LISTEN:8080,fork,reuseaddr EXEC:/bin/true 2>/dev/null
		status=$?
	done
}
inject() {
	take &
	stranger=$!
	sleep 0.2
	kill -9 "$(web_pid)"
}
well() { :; }
sound() { kill -0 "$stranger" && ! answers 8080; }
