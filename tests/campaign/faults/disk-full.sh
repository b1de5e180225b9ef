# SPDX-License-Identifier: MIT
causes='storage_space_exhausted memory_filesystem_full directory_holds_space' acts='disk-clean'
inject() {
	local n=0
	while dd if=/dev/zero of=$D/cache/$((n++)).tmp bs=1M count=1 status=none 2>/dev/null; do :; done
}
