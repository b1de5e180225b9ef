# SPDX-License-Identifier: MIT
# The clock and that of a time server are an hour apart. Whose is wrong one server does not prove: it is told.
causes='clock_wrong clock_not_synchronised time_server_wrong'
site() { echo 'checks: {time: {ntp: 127.0.0.1, timeout: 1s, mode: act}}'; }
setup() {
	local faketime
	command -v chronyd >/dev/null && command -v faketime >/dev/null || return
	# The file says by how much; it goes on answering while that changes.
	faketime=$(faketime -f +0 sh -c 'echo "$LD_PRELOAD"')
	echo +0 >$S/clock
	LD_PRELOAD=$faketime FAKETIME_TIMESTAMP_FILE=$S/clock FAKETIME_CACHE_DURATION=1 DONT_FAKE_MONOTONIC=1 \
		chronyd -U -x -d 'port 123' 'local stratum 1' allow "bindaddress 127.0.0.1" "pidfile $S/chronyd.pid" \
		'cmdport 0' 'bindcmdaddress /' >/dev/null 2>&1 &
	for _ in $(seq 50); do
		[ ! -s $S/chronyd.pid ] || return 0
		sleep 0.1
	done
	return 1
}
inject() { echo +3600 >$S/clock; }
