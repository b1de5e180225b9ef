# SPDX-License-Identifier: MIT
# No byte is left where the state lies: what was put by for that is used, and the service
# comes back.
causes='process_gone' acts='service-restart' most=1
setup() { mount -t tmpfs -o mode=700,size=40m tmpfs $S/state; }
inject() {
	head -c 40m /dev/zero >$S/state/filler 2>/dev/null
	kill -9 "$(web_pid)"
}
