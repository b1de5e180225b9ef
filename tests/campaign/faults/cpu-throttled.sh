# SPDX-License-Identifier: MIT
# A service that needs 60 ms of a processor for each answer, and may use 2 % of one.
. "$here/groups.sh"
causes='cpu_limit_too_low' acts='service-release'
web_site() { echo '    release: {cpu: 0}'; }
setup() { make_group cpu; }
inject() {
	tell 'work 60'
	enter "$(web_pid)"
	if [ -e "$group/cpu.max" ]; then echo '2000 100000' >"$group/cpu.max"; else echo 2000 >"$group/cpu.cfs_quota_us"; fi
}
leave() { remove_group; }
