# SPDX-License-Identifier: MIT
# One write a second for a service that has each request on the disk before it answers.
. "$here/groups.sh"
causes='io_limit_too_low' acts='service-release'
web_site() { echo '    release: {io: true}'; }
setup() {
	truncate -s 32M $S/image && mkfs.ext4 -q $S/image && mount -o loop $S/image $D || return 77
	mkdir -p $D/cache $D/www && echo page >$D/www/index.html
	device=$(mountpoint -d $D)
	make_group blkio
}
inject() {
	tell sync
	enter "$(web_pid)"
	if [ -e "$group/io.max" ]; then
		echo "$device wiops=1" >"$group/io.max"
	else
		echo "$device 1" >"$group/blkio.throttle.write_iops_device"
	fi
}
leave() {
	remove_group
	umount -l $D
}
