# SPDX-License-Identifier: MIT
# Each is healed, once, by what is right for it.
every='directory_holds_space configuration_changed process_stopped' causes=$every
acts='disk-clean file-restore service-continue' most=3
inject() {
	local n=0
	kill -STOP "$(web_pid)"
	echo 'version two' >$S/web.conf
	while dd if=/dev/zero of=$D/cache/$((n++)).tmp bs=1M count=1 status=none 2>/dev/null; do :; done
}
well() { answers 8080 && [ "$(cat $S/web.conf)" = 'version 1' ] && [ "$(df --output=pcent $D | tr -dc 0-9)" -lt 90 ]; }
