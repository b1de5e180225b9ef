# SPDX-License-Identifier: MIT
. "$here/groups.sh"
causes='process_frozen' acts='service-release'
web_site() { echo '    release: {freezer: true}'; }
setup() { make_group freezer; }
inject() {
	enter "$(web_pid)"
	if [ -e "$group/freezer.state" ]; then echo FROZEN >"$group/freezer.state"; else echo 1 >"$group/cgroup.freeze"; fi
}
leave() { remove_group; }
