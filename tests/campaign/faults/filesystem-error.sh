# SPDX-License-Identifier: MIT
# The kernel found an error: to make it writable again would spoil more, though the site allows a remount.
causes='filesystem_error filesystem_corrupted'
disk_site() { echo '    remount: true'; }
setup() {
	truncate -s 32M $S/image && mkfs.ext4 -q $S/image && mount -o loop,errors=remount-ro $S/image $D || return
	mkdir -p $D/cache $D/www && echo page >$D/www/index.html
	trigger=/sys/fs/ext4/$(basename "$(findmnt -no SOURCE $D)")/trigger_fs_error
	[ -w "$trigger" ]
}
inject() { echo campaign >"$trigger"; }
leave() { umount -l $D; }
monit_disk() {
	printf '#!/bin/sh\nfindmnt -no OPTIONS %s | grep -q "^ro" && mount -o remount,rw %s\n' $D $D >$S/remount
	chmod 755 $S/remount
	echo "  if changed fsflags then exec $(may filesystem-remount $S/remount)"
}
