# SPDX-License-Identifier: MIT
causes='inodes_exhausted' acts='disk-clean'
setup() {
	mount -t tmpfs -o mode=755,size=24m,nr_inodes=2000 tmpfs $D
	mkdir -p $D/cache $D/www && echo page >$D/www/index.html
}
inject() {
	local n=0
	while : 2>/dev/null >"$D/cache/$n.tmp"; do n=$((n + 1)); done
	rm -f $D/www/journal
}
