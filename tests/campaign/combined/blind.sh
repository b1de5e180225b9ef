# SPDX-License-Identifier: MIT
# The collector stands still while a service dies: nothing is done in the dark, that
# nothing is heard is told, and when it sees again the service is healed, once.
causes='process_gone' acts='service-restart' most=1 tells='nothing was heard for'
inject() {
	kill -STOP "$(cat $S/collect.pid)"
	sleep 1
	kill -9 "$(web_pid)"
	sleep 15
	kill -CONT "$(cat $S/collect.pid)"
}
