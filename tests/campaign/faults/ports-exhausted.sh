# SPDX-License-Identifier: MIT
# No port is left to connect from: both services are well, and left alone.
causes='ports_exhausted'
inject() {
	local port
	echo '40000 40015' >/proc/sys/net/ipv4/ip_local_port_range
	for port in $(seq 40000 40015); do socat "TCP-LISTEN:$port" - </dev/null >/dev/null & done
	web_before=$(identity "$(web_pid)")
}
answers() { [ "$(curl -s -m 2 --local-port 50000-50999 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$1/")" = 200 ]; }
sound() { [ "$(identity "$(web_pid)")" = "$web_before" ]; }
