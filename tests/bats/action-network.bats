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
		# A command after "!" alone fails no script.
		not() { if "\$@"; then echo "unwanted: \$*" >&2; return 1; fi; }
		act() { "${abs_top_builddir:?}/tests/faults/boxed" "\$1" "\$2" <<<"\$3"; }
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
		not reaches 127.0.0.1 8080
		Q=$(R "{\"ports\":[8080],\"firewall\":true}")
		state firewall-allow "$Q" not_done
		ok firewall-allow run "$Q"
		reaches 127.0.0.1 8080
		state firewall-allow "$Q" done
		[ "$(nft list ruleset | grep -c drop)" = 3 ]
		refused firewall-allow run "$Q" "no rule blocks"
		ok firewall-allow undo "$Q"
		not reaches 127.0.0.1 8080
		[ "$(nft list ruleset | grep -c drop)" = 4 ]'
}

@test "a run that took only some rules away is undone, and no rule comes back twice" {
	need nft
	in_network '
		nft add table inet f
		nft add chain inet f in "{ type filter hook input priority 0; policy accept; }"
		nft add rule inet f in tcp dport 8080 counter drop
		nft add rule inet f in udp dport 8080 drop
		nft add rule inet f in tcp dport 8080 reject
		before=$(nft list ruleset)
		Q=$(R "{\"ports\":[8080],\"firewall\":true}")
		ok firewall-allow run "$Q"
		# As if it had been killed after the two that go first.
		nft add rule inet f in tcp dport 8080 counter drop
		ok firewall-allow undo "$Q"
		[ "$(nft list ruleset)" = "$before" ]
		ok firewall-allow run "$Q"
		nft add rule inet f in tcp dport 8080 drop
		refused firewall-allow undo "$Q" "blocked again"
		[ "$(nft list chain inet f in | grep -c dport)" = 1 ]'
}

@test "undo puts rules of nftables in their places, behind those that let somebody through" {
	need nft
	in_network '
		nft add table inet f
		nft add chain inet f other
		nft add rule inet f other tcp dport 8080 drop
		nft add chain inet f in "{ type filter hook input priority 0; policy accept; }"
		nft add rule inet f in ip saddr 192.0.2.1 tcp dport 8080 accept
		nft add rule inet f in tcp dport 8080 drop
		nft add rule inet f in udp dport 8080 drop
		nft add rule inet f in tcp dport 9090 drop
		nft add rule inet f in tcp dport 8080 reject
		before=$(nft list ruleset)
		Q=$(R "{\"ports\":[8080],\"firewall\":true}")
		ok firewall-allow run "$Q"
		[ "$(nft list chain inet f in | grep -c dport)" = 2 ]
		ok firewall-allow undo "$Q"
		[ "$(nft list ruleset)" = "$before" ]'
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
		not reaches 127.0.0.1 8080
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

@test "strangers with more sockets than anybody counts are all found" {
	need python3
	in_network '
		many() {
			python3 -c "import socket, sys, time
open(\"/proc/self/comm\", \"w\").write(\"stranger\")
all = []
for i in range(100):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind((\"127.0.0.1\", int(sys.argv[1]))); s.listen(1); all.append(s)
open(\"listening\", \"w\").write(\"x\")
time.sleep(60)" "$1" & server="$! ${server-}"
			until [ -e listening ]; do sleep 0.05; done; rm listening
		}
		many 8080; many 8081
		ok port-free run "$(R "{\"ports\":[8080,8081],\"takeover\":[\"stranger\"]}")"
		jq -e ".output.ended | length == 2" <<<"$output"
		not reaches 127.0.0.1 8080; not reaches 127.0.0.1 8081'
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
		ip -j link show d0 | jq -e ".[0].flags | index(\"UP\") | not"'
}

@test "a link whose other end is down has no carrier, and that is no success" {
	in_network '
		refused link-up run "$(R "{\"interface\":\"d0\",\"up\":true}")" "no carrier"
		refused link-up run "$(R "{\"interface\":\"none\",\"up\":true}")" "no interface"
		refused link-up run "$(R "{\"interface\":\"d0\",\"up\":false}")" "does not allow"'
}

@test "what shapes an interface goes where the site names its kind, and is told" {
	need tc
	in_network '
		ip link set d0 up
		Q=$(R "{\"interface\":\"d0\",\"shaping\":[\"tbf\"]}")
		state shaping-remove "$Q" done
		refused shaping-remove run "$Q" "nothing that may go"
		tc qdisc add dev d0 root tbf rate 1mbit burst 32k latency 400ms
		refused shaping-remove run "$(R "{\"interface\":\"d0\",\"shaping\":[\"netem\"]}")" "nothing that may go"
		state shaping-remove "$Q" not_done
		ok shaping-remove run "$Q"
		jq -e ".output.removed | .kind == \"tbf\" and .options.rate == 125000" <<<"$output"
		not grep -q tbf <<<"$(tc qdisc show dev d0)"
		state shaping-remove "$Q" done
		refused shaping-remove run "$(R "{\"interface\":\"-all\",\"shaping\":[\"tbf\"]}")" "no name of an interface"'
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

@test "a route that could not be added is not ours, and undo lets be what is there later" {
	in_network '
		ip addr add 192.0.2.1/24 dev d0; ip link set d0 up
		Q=$(R "{\"routes\":[{\"to\":\"198.51.100.0/24\",\"via\":\"192.0.2.2\"},{\"to\":\"default\",\"via\":\"203.0.113.1\"}]}")
		refused route-restore run "$Q" "invalid gateway"
		jq -e ".output.added | length == 1" <<<"$output"
		ip addr add 203.0.113.2/24 dev d0; ip route add default via 203.0.113.1
		ok route-restore undo "$Q"
		ip route show default | grep -q 203.0.113.1
		[ -z "$(ip route show 198.51.100.0/24)" ]'
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

# A second network behind d1, with 192.0.2.2, an operator's, and 192.0.2.3; in $other its process.
peer='
	unshare -n sleep 60 & other=$!
	until [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
	ip link set d1 netns $other
	there() { nsenter -t $other -n "$@"; }
	ip addr add 192.0.2.1/24 dev d0; ip link set d0 up
	there ip link set lo up; there ip addr add 192.0.2.2/24 dev d1; there ip addr add 192.0.2.3/24 dev d1
	there ip link set d1 up
	trap "kill $other \$server 2>/dev/null || :" EXIT
	from() { there ping -c 1 -W 1 -I "$1" 192.0.2.1 >/dev/null 2>&1; }
	until from 192.0.2.3; do sleep 0.1; done'

@test "an isolated host speaks to its operators alone, and to all when it is undone" {
	need nft nsenter ping
	in_network "$peer"'
		Q=$(R "{\"isolate\":{\"keep\":[\"192.0.2.2\",\"2001:db8::/32\"],\"for\":\"60s\"}}")
		state host-isolate "$Q" not_done
		ok host-isolate run "$Q"
		from 192.0.2.2
		not from 192.0.2.3
		ping -c 1 -W 1 127.0.0.1 >/dev/null
		state host-isolate "$Q" done
		refused host-isolate run "$Q" "isolated already"
		ok host-isolate undo "$Q"
		from 192.0.2.3
		[ -z "$(nft list tables)" ]'
}

@test "the kernel itself ends an isolation when its time is over" {
	need nft nsenter ping
	in_network "$peer"'
		Q=$(R "{\"isolate\":{\"keep\":[\"192.0.2.2\"],\"for\":\"2s\"}}")
		ok host-isolate run "$Q"
		not from 192.0.2.3
		for i in $(seq 50); do ! from 192.0.2.3 || break; sleep 0.1; done
		from 192.0.2.3
		state host-isolate "$Q" not_done
		ok host-isolate run "$Q"
		not from 192.0.2.3'
}

@test "a host is not isolated from everybody, nor from nobody" {
	need nft
	in_network '
		refused host-isolate run "$(R "{\"isolate\":{\"keep\":[]}}")" "nobody who stays"
		refused host-isolate run "$(R "{\"isolate\":{\"keep\":[\"0.0.0.0/0\"]}}")" "no address"
		refused host-isolate run "$(R "{\"isolate\":{\"keep\":[\"192.0.2.2; flush ruleset\"]}}")" "no address"
		refused host-isolate run "$(R "{\"isolate\":{\"keep\":[\"192.0.2.2\"],\"for\":\"0s\"}}")" "from 1s"
		[ -z "$(nft list tables)" ]'
}

# serve ADDRESS: a name server there that knows no name at all.
name_server='
	serve() {
		python3 -c "import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((sys.argv[1], 53))
open(\"serving\", \"w\").write(\"x\")
while True:
    q, a = s.recvfrom(512); s.sendto(q[:2] + bytes([0x81, 0x83]) + q[4:6] + bytes(6) + q[12:], a)" "$1" & server="$server $!"
		until [ -e serving ]; do sleep 0.05; done; rm serving
	}
	trap "kill \$server" EXIT
	Q=$(R "{\"dns\":{\"fallback\":[\"127.0.0.8\",\"127.0.0.9\"],\"name\":\"example.org\",\"file\":\"$PWD/resolv.conf\"}}")
	printf "search x\nnameserver 127.0.0.7\n" >resolv.conf; chmod 644 resolv.conf'

@test "when the name servers are silent another that answers goes before them, and back by undo" {
	need python3
	in_network "$name_server"'
		serve 127.0.0.9
		state dns-fallback "$Q" not_done
		ok dns-fallback run "$Q"
		[ "$(jq -r .output.server <<<"$output")" = 127.0.0.9 ]
		[ "$(head -n 1 resolv.conf)" = "nameserver 127.0.0.9" ]
		[ "$(tail -n 1 resolv.conf)" = "nameserver 127.0.0.7" ] && [ "$(stat -c %a resolv.conf)" = 644 ]
		state dns-fallback "$Q" done
		ok dns-fallback undo "$Q"
		[ "$(cat resolv.conf)" = "$(printf "search x\nnameserver 127.0.0.7")" ]'
}

@test "nothing is changed while a name server answers, or when no other does" {
	need python3
	in_network "$name_server"'
		refused dns-fallback run "$Q" "no other name server answers"
		serve 127.0.0.9; serve 127.0.0.7
		refused dns-fallback run "$Q" "127.0.0.7 answers"
		not grep -q 127.0.0.9 resolv.conf
		refused dns-fallback run "${Q/127.0.0.8/127.0.0.8 options}" "no address"
		printf "nameserver fe80::1%%lo\n" >resolv.conf
		refused dns-fallback run "$Q" "fe80::1%lo answers cannot be told"
		mv resolv.conf real; ln -s real resolv.conf
		refused dns-fallback run "$Q" "symbolic link"'
}

@test "a resolv.conf that was changed since is not put back" {
	need python3
	in_network "$name_server"'
		serve 127.0.0.8
		ok dns-fallback run "$Q"
		echo "# mine" >>resolv.conf
		refused dns-fallback undo "$Q" "changed since"'
}

# tell ADDRESS OFFSET: a time server there whose clock is that many seconds before ours.
time_server='
	tell() {
		python3 -c "import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((sys.argv[1], 123))
open(\"serving\", \"w\").write(\"x\")
while True:
    q, a = s.recvfrom(48)
    t = time.time() + float(sys.argv[2]) + 2208988800
    t = struct.pack(\"!II\", int(t), int((t % 1) * 2**32))
    s.sendto(bytes([0x24, 2, 0, 0]) + bytes(20) + q[40:48] + t + t, a)" "$1" "$2" & server="$server $!"
		until [ -e serving ]; do sleep 0.05; done; rm serving
	}
	trap "kill \$server" EXIT
	Q=$(R "{\"time\":{\"servers\":[\"127.0.0.5\",\"127.0.0.6\"],\"max_step\":\"1h\"}}")'

@test "a clock that is right, one server alone, servers that differ, and too large a step" {
	need python3
	in_network "$time_server"'
		state time-step "$Q" unknown
		tell 127.0.0.5 0
		refused time-step run "$Q" "fewer than two"
		tell 127.0.0.6 0
		state time-step "$Q" done
		refused time-step run "$Q" "is right to"
		kill $server; server=
		tell 127.0.0.5 100; tell 127.0.0.6 107
		refused time-step run "$Q" "differ by 7.0 s"
		state time-step "$Q" unknown
		kill $server; server=
		tell 127.0.0.5 7300; tell 127.0.0.6 7300
		refused time-step run "$Q" "more than the site allows"
		state time-step "$Q" not_done
		refused time-step run "$(R "{\"time\":{\"servers\":[\"127.0.0.5\"]}}")" "two or more"'
}

# Where the kernel does not let us, so that this machine keeps its time.
@test "a step that the kernel refuses is an error, and the clock is as it was" {
	need python3 setpriv
	in_network "$time_server"'
		tell 127.0.0.5 100; tell 127.0.0.6 100.2
		before=$(date +%s)
		output=$(setpriv --bounding-set -sys_time --inh-caps -sys_time \
			"'"$abs_top_builddir"'/bin/actions/time-step" run <<<"$Q" 2>/dev/null)
		[[ $(jq -r .error <<<"$output") == "cannot set the clock: Operation not permitted" ]]
		jq -e ".output.offset_s > 99 and .output.offset_s < 101" <<<"$output"
		[ $(($(date +%s) - before)) -lt 50 ]'
}
