# SPDX-License-Identifier: MIT
causes='deleted_file_open' acts='deleted-release'
disk_site() { echo "    deleted: {allow: [sleep], match: [$D/cache/*], truncate: true}"; }
inject() {
	(exec 7>>$D/cache/held.log && head -c 23m /dev/zero >&7; rm $D/cache/held.log; exec sleep 1000) &
}
