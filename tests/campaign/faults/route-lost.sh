# SPDX-License-Identifier: MIT
# The way to another machine is taken away.
. "$here/far.sh"
causes='route_lost' acts='route-restore'
site() {
	cat <<-END
	hosts: {"*": {mode: act, routes: [{to: 10.8.0.0/24, via: 10.9.0.2, dev: near0}]}}
	checks: {far: {ping: 10.8.0.1, timeout: 1s}}
	END
}
setup() { make_far; }
inject() { ip route del 10.8.0.0/24; }
well() { answers 8080 && reached; }
