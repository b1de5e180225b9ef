# SPDX-License-Identifier: MIT
causes='storage_space_exhausted memory_filesystem_full directory_holds_space' acts='disk-clean'
setup() {
	truncate -s 32M $S/image && mkfs.ext4 -q $S/image && mount -o loop $S/image $D || return
	mkdir -p $D/cache $D/www && echo page >$D/www/index.html
}
inject() {
	local n=0
	while dd if=/dev/zero of=$D/cache/$((n++)).tmp bs=1M count=1 status=none 2>/dev/null; do :; done
}
leave() { umount -l $D; }
