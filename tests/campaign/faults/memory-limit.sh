# SPDX-License-Identifier: MIT
# It grows to the limit of its control group, and the kernel kills it.
. "$here/groups.sh"
causes='out_of_memory_killed memory_leak' acts='service-restart'
setup() { make_group memory; }
inject() {
	if [ -e "$group/memory.max" ]; then echo 100M >"$group/memory.max"; else echo 100M >"$group/memory.limit_in_bytes"; fi
	enter "$(web_pid)"
	tell 'leak 50000000'
}
well() { renewed; }
leave() { remove_group; }
