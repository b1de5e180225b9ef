# SPDX-License-Identifier: MIT
# The link to another machine is set down; the route by it goes with it.
. "$here/far.sh"
causes='interface_set_down link_lost' acts='link-up route-restore'
site() {
	cat <<-END
	interfaces: {near0: {mode: act, up: true}}
	hosts: {"*": {mode: act, routes: [{to: 10.8.0.0/24, via: 10.9.0.2, dev: near0}]}}
	checks: {far: {ping: 10.8.0.1, timeout: 1s}}
	END
}
setup() { make_far; }
inject() { ip link set near0 down; }
well() { answers 8080 && reached; }
