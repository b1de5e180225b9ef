#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# firewall-allow, port-free, link-up, route-restore and host-isolate in a network
# namespace of their own
load helper
load action

# in_network COMMANDS: as root of a network of one's own, with a pair of interfaces d0 and d1.
in_network() {
	need_root
	need unshare ip
	cat >run.sh <<-END
		set -eE
		trap 'echo "line \$LINENO: \$BASH_COMMAND: \$output"' ERR
		cd "$PWD"
		act() { "${abs_top_builddir:?}/bin/actions/\$1" "\$2" <<<"\$3"; }
		ok() { output=\$(act "\$@" 2>/dev/null); jq -e .success <<<"\$output" >/dev/null; }
		refused() { output=\$(act "\$1" "\$2" "\$3" 2>/dev/null); jq -e '.success == false' <<<"\$output" >/dev/null
			[[ \$(jq -r .error <<<"\$output") == *"\$4"* ]]; }
		state() { ok "\$1" check "\$2"; [ "\$(jq -r .output.state <<<"\$output")" = "\$3" ]; }
		R() { jq -nc --arg d "$PWD" --argjson p "\$1" '{plan:"p", state:(\$d + "/st"), parameters:\$p}'; }
		listen() { # listen PORT NAME
			python3 -c 'import socket, sys, time
		open("/proc/self/comm", "w").write(sys.argv[2])
		s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
		open("listening", "w").write("x")
		time.sleep(60)' "\$1" "\$2" & server=\$!
			until [ -e listening ]; do sleep 0.05; done; rm listening
		}
		reaches() { timeout 1 bash -c "exec 3<>/dev/tcp/\$1/\$2" 2>/dev/null; }
		trap 'kill \$server 2>/dev/null || :' EXIT
		ip link set lo up
		ip link add d0 type veth peer name d1
		$1
	END
	run -0 unshare -n bash run.sh
}

@test "a rule of nftables that blocks the port goes, comes back by undo, and others stay" {
	need nft python3
	in_network '
		nft add table inet f
		nft add chain inet f in "{ type filter hook input priority 0; policy accept; }"
		nft add chain inet f other
		nft add rule inet f in tcp dport 8080 counter drop
		nft add rule inet f in tcp dport 9090 drop
		nft add rule inet f in ip saddr 192.0.2.1 tcp dport 8080 drop
		nft add rule inet f other tcp dport 8080 drop
		listen 8080 web
		! reaches 127.0.0.1 8080
		Q=$(R "{\"ports\":[8080],\"firewall\":true}")
		state firewall-allow "$Q" not_done
		ok firewall-allow run "$Q"
		reaches 127.0.0.1 8080
		state firewall-allow "$Q" done
		[ "$(nft list ruleset | grep -c drop)" = 3 ]
		refused firewall-allow run "$Q" "no rule blocks"
		ok firewall-allow undo "$Q"
		! reaches 127.0.0.1 8080
		[ "$(nft list ruleset | grep -c drop)" = 4 ]'
}

@test "a rule of iptables that blocks the port goes, and undo puts it in its place" {
	need iptables-legacy python3
	mkdir bin
	in_network '
		iptables -A INPUT -i lo -p udp -j ACCEPT
		iptables -A INPUT -p tcp --dport 8080 -j REJECT
		iptables -A INPUT -p tcp --dport 8081 -j DROP
		iptables -A INPUT -s 192.0.2.0/24 -p tcp --dport 8080 -j DROP
		before=$(iptables -S)
		listen 8080 web
		! reaches 127.0.0.1 8080
		Q=$(R "{\"ports\":[8080],\"firewall\":true}")
		ok firewall-allow run "$Q"
		reaches 127.0.0.1 8080
		[ "$(iptables -S | wc -l)" = $(($(wc -l <<<"$before") - 1)) ]
		ok firewall-allow undo "$Q"
		[ "$(iptables -S)" = "$before" ]'
}

@test "without the word of the site no rule goes, and a port is a number" {
	need nft
	in_network '
		nft add table inet f
		nft add chain inet f in "{ type filter hook input priority 0; }"
		nft add rule inet f in tcp dport 8080 drop
		refused firewall-allow run "$(R "{\"ports\":[8080],\"firewall\":false}")" "does not allow"
		refused firewall-allow run "$(R "{\"ports\":[],\"firewall\":true}")" "names no port"
		refused firewall-allow run "$(R "{\"ports\":[\"8080; drop\"],\"firewall\":true}")" "numbers from 1"
		nft list ruleset | grep -q drop'
}

@test "a stranger on the port ends where the site allows it, and is named where not" {
	need python3
	in_network '
		listen 8080 stranger
		Q=$(R "{\"ports\":[8080],\"takeover\":[\"other\"]}")
		refused port-free run "$Q" "($(cat /proc/$server/comm)) has the port"
		kill -0 $server
		Q=$(R "{\"ports\":[8080],\"takeover\":[\"strang*\"]}")
		state port-free "$Q" not_done
		ok port-free run "$Q"
		! kill -0 $server 2>/dev/null || [ "$(ps -o stat= -p $server)" = Z ]
		state port-free "$Q" done
		refused port-free run "$Q" "nobody has the port"'
}

@test "the service itself is no stranger on its port" {
	need python3
	in_network '
		listen 8080 web
		echo $server >web.pid
		refused port-free run "$(R "{\"ports\":[8080],\"takeover\":[\"*\"],\"pidfile\":\"$PWD/web.pid\"}")" "only the service itself"
		kill -0 $server'
}

@test "a link that was set down comes up, and goes down by undo" {
	in_network '
		ip link set d1 up
		Q=$(R "{\"interface\":\"d0\",\"up\":true}")
		state link-up "$Q" not_done
		ok link-up run "$Q"
		ip -j link show d0 | jq -e ".[0].flags | index(\"LOWER_UP\")"
		state link-up "$Q" done
		refused link-up run "$Q" "is up"
		ok link-up undo "$Q"
		! ip -j link show d0 | jq -e ".[0].flags | index(\"UP\")"'
}

@test "a link whose other end is down has no carrier, and that is no success" {
	in_network '
		refused link-up run "$(R "{\"interface\":\"d0\",\"up\":true}")" "no carrier"
		refused link-up run "$(R "{\"interface\":\"none\",\"up\":true}")" "no interface"
		refused link-up run "$(R "{\"interface\":\"d0\",\"up\":false}")" "does not allow"'
}

@test "a declared route that is lost comes back, and undo takes what it added" {
	in_network '
		ip addr add 192.0.2.1/24 dev d0; ip link set d0 up; ip link set d1 up
		ip -6 addr add 2001:db8::1/64 dev d0 nodad
		Q=$(R "{\"routes\":[{\"to\":\"default\",\"via\":\"192.0.2.254\"},{\"to\":\"198.51.100.0/24\",\"via\":\"192.0.2.2\",\"dev\":\"d0\"},{\"to\":\"2001:db8:1::/48\",\"via\":\"2001:db8::2\"}]}")
		ip route add 198.51.100.0/24 via 192.0.2.2
		state route-restore "$Q" not_done
		ok route-restore run "$Q"
		jq -e ".output.added | length == 2" <<<"$output"
		ip route show default | grep -q "via 192.0.2.254"
		ip -6 route show 2001:db8:1::/48 | grep -q via
		state route-restore "$Q" done
		ok route-restore undo "$Q"
		[ -z "$(ip route show default)" ]
		ip route show 198.51.100.0/24 | grep -q via'
}

@test "a route that somebody changed, and words that are no route, are let be" {
	in_network '
		ip addr add 192.0.2.1/24 dev d0; ip link set d0 up
		ip route add default via 192.0.2.7
		refused route-restore run "$(R "{\"routes\":[{\"to\":\"default\",\"via\":\"192.0.2.254\"}]}")" "another route"
		ip route show default | grep -q 192.0.2.7
		refused route-restore run "$(R "{\"routes\":[{\"to\":\"-6\",\"via\":\"192.0.2.254\"}]}")" "is no route"
		refused route-restore run "$(R "{\"routes\":[{\"to\":\"default\",\"dev\":\"d0 table 5\"}]}")" "is no route"
		refused route-restore run "$(R "{\"routes\":[{\"to\":\"default\"}]}")" "needs"'
}
