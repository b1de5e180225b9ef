# SPDX-License-Identifier: MIT
# The device below the file system fails writes, as thin storage does that is full.
causes='disk_failing filesystem_corrupted filesystem_error'
setup() {
	mkdir $S/thin && mount -t tmpfs -o size=24m tmpfs $S/thin || return 77
	truncate -s 64M $S/thin/image && mkfs.ext4 -q $S/thin/image && mount -o loop,errors=remount-ro $S/thin/image $D || return 77
	mkdir -p $D/cache $D/www && echo page >$D/www/index.html && sync -f $D
}
inject() {
	head -c 32m /dev/zero >$S/thin/filler
	head -c 16m /dev/urandom >$D/cache/new
	sync -f $D
} 2>/dev/null
leave() { umount -l $D; }
