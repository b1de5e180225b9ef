# SPDX-License-Identifier: MIT
# As by a snapshot that never came back.
causes='storage_stalled' acts='filesystem-thaw'
disk_site() { echo '    thaw: true'; }
setup() {
	truncate -s 32M $S/image && mkfs.ext4 -q $S/image && mount -o loop $S/image $D || return 77
	mkdir -p $D/cache $D/www && echo page >$D/www/index.html
}
inject() { fsfreeze -f $D; }
leave() {
	fsfreeze -u $D 2>/dev/null
	umount -l $D
}
