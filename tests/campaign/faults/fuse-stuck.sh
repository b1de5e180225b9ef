# SPDX-License-Identifier: MIT
causes='storage_stalled' acts='fuse-abort'
disk_site() {
	cat <<-END
	  $D/share:
	    fuse_abort: true
	    mode: act
	END
}
setup() {
	[ -w /dev/fuse ] && mkdir $D/share && mount -t tmpfs tmpfs $D/share
}
inject() {
	umount $D/share
	"$(dirname "$patient")/mute" $D/share &
	sleep 0.2
}
well() { answers 8080 && timeout -s KILL 2 ls $D/share >/dev/null; }
leave() { umount -f -l $D/share 2>/dev/null; }
