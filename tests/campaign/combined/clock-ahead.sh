# SPDX-License-Identifier: MIT
# The clock of all four programs jumps an hour ahead in the second in which a service
# dies: what was seen before is not acted on, and the service is healed when it is seen anew.
causes='process_gone' acts='service-restart' most=1
jump='+3600'
setup() {
	local library
	library=$(find /usr/lib /usr/lib64 -name libfaketime.so.1 2>/dev/null | head -n 1)
	[ -n "$library" ] || return
	echo '+0' >$S/clock
	loop_env=("LD_PRELOAD=$library" "FAKETIME_TIMESTAMP_FILE=$S/clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1)
}
inject() {
	echo "$jump" >$S/clock
	kill -9 "$(web_pid)"
}
