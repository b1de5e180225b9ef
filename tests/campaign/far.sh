# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Another machine for faults: "make_far" joins a network namespace to this one by near0, with
# 10.8.0.1 behind its 10.9.0.2; "reached" asks whether it answers.
make_far() {
	unshare --net sleep 1000 &
	far=$!
	for _ in $(seq 50); do
		[ "$(readlink /proc/$far/ns/net)" = "$(readlink /proc/self/ns/net)" ] || break
		sleep 0.1
	done
	ip link add near0 type veth peer name far0 2>/dev/null || return
	ip link set far0 netns $far &&
		nsenter --target $far --net sh -c 'ip addr add 10.9.0.2/24 dev far0 && ip addr add 10.8.0.1/32 dev lo && ip link set lo up && ip link set far0 up' &&
		ip addr add 10.9.0.1/24 dev near0 && ip link set near0 up && ip route add 10.8.0.0/24 via 10.9.0.2
}

reached() { ping -c 1 -W 1 10.8.0.1 >/dev/null 2>&1; }
