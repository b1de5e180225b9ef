# SPDX-License-Identifier: MIT
causes='filesystem_error filesystem_read_only' acts='filesystem-remount'
disk_site() { echo '    remount: true'; }
inject() { mount -o remount,ro $D; }
monit_disk() {
	printf '#!/bin/sh\nfindmnt -no OPTIONS %s | grep -q "^ro" && mount -o remount,rw %s\n' $D $D >$S/remount
	chmod 755 $S/remount
	echo "  if changed fsflags then exec $(may filesystem-remount $S/remount)"
}
