# SPDX-License-Identifier: MIT
# The clock and that of a time server are an hour apart. Whose is wrong one server does not prove: it is told.
causes='clock_wrong clock_not_synchronised time_server_wrong'
site() { echo 'checks: {time: {ntp: 127.0.0.1, timeout: 1s, mode: act}}'; }
time_server() { # COMMAND...
	"$@" chronyd -U -x -d 'port 123' 'local stratum 1' allow "bindaddress 127.0.0.1" "pidfile $S/chronyd.pid" 'cmdport 0' 'bindcmdaddress /' >/dev/null 2>&1 &
}
setup() {
	command -v chronyd >/dev/null && command -v faketime >/dev/null || return
	time_server
	for _ in $(seq 50); do
		[ ! -s $S/chronyd.pid ] || return 0
		sleep 0.1
	done
	return 1
}
inject() {
	kill "$(cat $S/chronyd.pid)"
	for _ in $(seq 50); do
		[ -e $S/chronyd.pid ] || break
		sleep 0.1
	done
	time_server faketime -f +1h
}
