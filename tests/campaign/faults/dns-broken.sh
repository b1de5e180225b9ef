# SPDX-License-Identifier: MIT
# The name server is gone; the service itself is well, and must not be restarted.
causes='name_resolution_failed' acts='dns-fallback'
web_name=app.test
web_site() { echo '    dns: {fallback: [127.0.0.54], name: app.test}'; }
name_server() { # ADDRESS
	dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces --user=root --pid-file= \
		--listen-address="$1" --address=/app.test/127.0.0.1 2>/dev/null &
}
setup() {
	command -v dnsmasq >/dev/null || return
	cp -a /etc $S/etc 2>/dev/null
	mount --bind $S/etc /etc || return
	rm -f /etc/resolv.conf
	echo 'nameserver 127.0.0.53' >/etc/resolv.conf
	name_server 127.0.0.54
	name_server 127.0.0.53
	named=$!
	for _ in $(seq 50); do
		! getent hosts app.test >/dev/null || return 0
		sleep 0.1
	done
	return 1
}
inject() { kill "$named"; web_before=$(identity "$(web_pid)"); }
well() { answers 8080 && getent hosts app.test >/dev/null; }
sound() { [ "$(identity "$(web_pid)")" = "$web_before" ]; }
