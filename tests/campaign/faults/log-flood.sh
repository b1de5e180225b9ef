# SPDX-License-Identifier: MIT
# A service that says the same thing all the time, until its log has filled the file system.
causes='log_growth runaway_log' acts='log-rotate'
web_site() { :; }
disk_site() { echo "    rotate: [{path: $D/log/web.log, keep: 0, min_bytes: 1M}]"; }
setup() { mkdir -p $D/log; }
inject() {
	sh -c 'i=0; while [ $i -lt 400 ]; do head -c 64k /dev/zero | tr "\0" x; i=$((i + 1)); sleep 0.002; done >>'$D/log/web.log' 2>/dev/null; exec sleep 1000' &
}
