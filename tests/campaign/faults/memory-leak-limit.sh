# SPDX-License-Identifier: MIT
# It grows, slowly enough to be seen, to the limit of its control group.
. "$here/groups.sh"
causes='memory_leak' acts='service-restart'
patience=60
setup() { make_group memory; }
inject() {
	limit_memory 100M
	enter "$(web_pid)"
	tell 'leak 3000000'
}
well() { renewed; }
leave() { remove_group; }
