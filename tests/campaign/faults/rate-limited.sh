# SPDX-License-Identifier: MIT
# A rule lets through only a connection now and then. It may be meant so: it is told, and the service is left alone.
causes='firewall_blocks rate_limited'
inject() {
	nft 'add table inet t; add chain inet t i { type filter hook input priority 0; }
		add rule inet t i tcp dport 8080 tcp flags syn limit rate over 1/minute burst 1 packets drop'
	web_before=$(identity "$(web_pid)")
}
well() { :; }
sound() { nft list chain inet t i >/dev/null && [ "$(identity "$(web_pid)")" = "$web_before" ]; }
