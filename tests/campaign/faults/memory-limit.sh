# SPDX-License-Identifier: MIT
# It grows to the limit of its control group, and the kernel kills it.
. "$here/groups.sh"
causes='out_of_memory_killed memory_leak' acts='service-restart'
setup() { make_group memory; }
inject() {
	limit_memory 100M
	enter "$(web_pid)"
	tell 'leak 50000000'
}
well() { renewed; }
leave() { remove_group; }
