# SPDX-License-Identifier: MIT
# A service that begins one process after the other, until its control group allows no more.
. "$here/groups.sh"
causes='thread_leak' acts='service-restart'
setup() { make_group pids; }
inject() {
	enter "$(web_pid)"
	echo 40 >"$group/pids.max"
	tell 'children 100'
}
leave() { remove_group; }
