# SPDX-License-Identifier: MIT
# Half of what is sent to the service is lost on the way.
causes='network_loss faulty_link network_congestion packet_loss'
site() { echo 'checks: {way: {ping: 127.0.0.1, count: 10, timeout: 800ms, mode: act}}'; }
inject() {
	nft 'add table inet t; add chain inet t i { type filter hook input priority 0; }
		add rule inet t i meta l4proto icmp numgen random mod 100 < 50 drop'
}
sound() { nft list chain inet t i >/dev/null; }
