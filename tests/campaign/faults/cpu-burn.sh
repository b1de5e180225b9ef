# SPDX-License-Identifier: MIT
# A thread of the service runs in a circle; the site says how much of a processor it may use.
causes='busy_loop' acts='service-limit'
patience=60
web_site() { echo '    limits: {cpu: 10}'; }
inject() { tell spin; }
ticks() { awk '{ print $14 + $15 }' "/proc/$(web_pid)/stat"; }
well() {
	local before
	before=$(ticks)
	sleep 1
	answers 8080 && [ $(($(ticks) - before)) -lt 20 ]
}
leave() {
	local group
	for group in /sys/fs/cgroup/cpu/selfheal-* /sys/fs/cgroup/selfheal-*; do
		! grep -qx "$(web_pid)" "$group/cgroup.procs" || remove_group
	done 2>/dev/null
}
. "$here/groups.sh"
