# SPDX-License-Identifier: MIT
# A file system that nobody declared is frozen, and whoever writes there waits: the load grows.
causes='storage_stalled'
patience=100
setup() {
	truncate -s 32M $S/image && mkfs.ext4 -q $S/image && mkdir $S/elsewhere && mount -o loop $S/image $S/elsewhere || return 77
}
inject() {
	fsfreeze -f $S/elsewhere
	for i in $(seq 30); do touch "$S/elsewhere/$i" & done
}
leave() {
	fsfreeze -u $S/elsewhere 2>/dev/null
	umount -l $S/elsewhere
}
