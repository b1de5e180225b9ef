# SPDX-License-Identifier: MIT
# What holds the port is none of ours: it is told, and left alone.
causes='port_conflict port_taken'
inject() {
	kill -9 "$(web_pid)"
	socat TCP-LISTEN:8080,fork,reuseaddr EXEC:/bin/true &
	stranger=$!
}
well() { :; }
sound() { kill -0 "$stranger"; }
