#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Stock rules, diagnoses and playbooks with a site file, on real faults in a mount
# namespace of their own: from the measurement to a repair that was measured again.
load helper
: "${abs_top_srcdir:?}" "${abs_top_builddir:?}"

# heal SITE COMMANDS: the commands break something; the last repair record goes to $output.
heal() {
	need_root
	need unshare
	printf '%s\n' "$1" >site.yaml
	cat >run.sh <<-END
		set -e
		cd "$PWD"
		export SH_HOST=h SH_STOCK=$abs_top_srcdir/share SH_BINDIR=$abs_top_builddir/bin SH_LIBEXEC=$abs_top_builddir/bin
		export SH_STATE=$PWD/state
		# A command after "!" alone fails no script.
		not() { if "\$@"; then echo "unwanted: \$*" >&2; return 1; fi; }
		repair() {
			SH_STATE= sh-collect -c site.yaml -n "\${1:-5}" -i 200ms 2>collect.err | sh-detect -c site.yaml 2>detect.err |
				tee faults.ndjson | sh-diagnose -c site.yaml 2>diagnose.err | tee diagnoses.ndjson |
				sh-repair -c site.yaml --apply 2>repair.err >repairs.ndjson || :
			jq -c 'select(.kind == "repair")' repairs.ndjson | tail -1
		}
		# An hour of a writable file system and two minutes of a read-only one, in records.
		past() {
			for ago in 4000 3000 2000 1000 500 120 60 0; do
				printf '{"kind":"sample","time":"%s","host":"h","entity":"filesystem:%s@h","source":{"collector":"filesystem","target":"%s"},"metrics":{"storage":{"read_only":%d,"image":0,"utilization":5}}}\\n' \
					"\$(date -u -d "-\$ago seconds" +%FT%T.%6NZ)" "\$1" "\$1" \$((ago < 200))
			done | sh-detect -c site.yaml 2>detect.err | tee faults.ndjson | sh-diagnose -c site.yaml 2>diagnose.err |
				sh-repair -c site.yaml --apply 2>repair.err >repairs.ndjson || :
			jq -c 'select(.kind == "repair")' repairs.ndjson | tail -1
		}
		$2
	END
	run -0 --separate-stderr unshare -m --propagation private bash run.sh
}

answer() {
	jq -e "$1" <<<"$output" >/dev/null || {
		printf 'not %s: %s\n' "$1" "$output"
		cat repair.err repairs.ndjson 2>/dev/null
		return 1
	}
}

@test "a file system that a deleted log fills is healed by its holder" {
	need python3
	mkdir -p t
	cat >writer.py <<-'END'
		import os, signal, sys, time
		open('/proc/self/comm', 'w').write('writer')
		def fresh(*_):
		    global f
		    os.close(f); f = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
		f = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
		signal.signal(signal.SIGHUP, fresh)
		os.write(f, b'x' * (30 << 20)); os.unlink(sys.argv[1])
		open('ready', 'w').write('x')
		end = time.time() + 60
		while time.time() < end: time.sleep(0.05)
	END
	heal "filesystems: {$PWD/t: {mode: act, limit: 80, deleted: {allow: [writer], match: [$PWD/t/*], signal: HUP}}}" '
		mount -t tmpfs -o size=32m x t
		python3 writer.py "$PWD/t/log" & writer=$!
		until [ -e ready ]; do sleep 0.05; done
		repair
		kill $writer'
	answer '.verified == "fixed" and .playbook == "deleted-release"'
}

@test "what the site has no means for is passed over; the log that grows is begun anew" {
	mkdir -p t
	heal "filesystems: {$PWD/t: {mode: act, limit: 80, rotate: [{path: $PWD/t/app.log, keep: 0}]}}" '
		mount -t tmpfs -o size=32m x t
		head -c 30M /dev/zero >t/app.log
		repair'
	answer '.verified == "fixed" and .playbook == "log-rotate"'
}

@test "a file system that became read-only without errors is writable again" {
	mkdir -p t
	heal "filesystems: {$PWD/t: {mode: act, remount: true}}" '
		mount -t tmpfs -o size=32m x t
		mount -o remount,ro t
		past "$PWD/t"
		touch t/x'
	answer '.verified == "fixed" and .playbook == "filesystem-remount"'
}

@test "without a word of the site on it nothing is done" {
	mkdir -p t
	heal "filesystems: {$PWD/t: {mode: act}}" '
		mount -t tmpfs -o size=32m x t
		mount -o remount,ro t
		past "$PWD/t"
		not touch t/x 2>/dev/null'
	answer '.decision == "none" and (.reason | contains("remount"))'
}

@test "a service whose port the firewall blocks is reached again, and was not restarted" {
	need nft python3 ip
	cat >web.py <<-'END'
		import http.server, os, signal
		open('web.pid', 'w').write(str(os.getpid()))
		signal.alarm(90)
		class H(http.server.BaseHTTPRequestHandler):
		    def do_GET(self): self.send_response(200); self.send_header('Content-Length', '0'); self.end_headers()
		    def log_message(self, *a): pass
		http.server.HTTPServer(('127.0.0.1', 8080), H).serve_forever()
	END
	heal "services: {web: {pidfile: $PWD/web.pid, start: [$(readlink -f "$(command -v python3)"), $PWD/web.py], directory: $PWD, mode: act, ports: [8080], firewall: true, checks: [{http: 'http://127.0.0.1:8080/', timeout: 300ms}]}}" '
		if [ -z "${ALONE-}" ]; then ALONE=1 exec unshare -n bash run.sh; fi
		ip link set lo up
		python3 "$PWD/web.py" & web=$!
		trap "kill $web" EXIT
		until [ -s web.pid ]; do sleep 0.05; done
		nft add table inet f
		nft add chain inet f in "{ type filter hook input priority 0; }"
		nft add rule inet f in tcp dport 8080 drop
		repair 12
		[ "$(cat web.pid)" = "$web" ]
		not grep -q drop <<<"$(nft list ruleset)"'
	answer '.verified == "fixed" and .playbook == "firewall-allow"'
}

@test "a service whose control group was frozen goes on, and was not restarted" {
	need python3 ip
	mount=$(awk '$3 == "cgroup" && ("," $4 ",") ~ /,freezer,/ {print $2; exit}' /proc/mounts)
	group=$mount/playbook-test-$$
	[ -n "$mount" ] && mkdir "$group" 2>/dev/null || skip 'no group can be made in a freezer'
	cat >web.py <<-'END'
		import http.server, os, signal
		open('web.pid', 'w').write(str(os.getpid()))
		signal.alarm(90)
		class H(http.server.BaseHTTPRequestHandler):
		    def do_GET(self): self.send_response(200); self.send_header('Content-Length', '0'); self.end_headers()
		    def log_message(self, *a): pass
		http.server.HTTPServer(('127.0.0.1', 8080), H).serve_forever()
	END
	heal "services: {web: {pidfile: $PWD/web.pid, start: [$(readlink -f "$(command -v python3)"), $PWD/web.py], directory: $PWD, mode: act, release: {freezer: true}, checks: [{http: 'http://127.0.0.1:8080/', timeout: 300ms}]}}" '
		if [ -z "${ALONE-}" ]; then ALONE=1 exec unshare -n bash run.sh; fi
		ip link set lo up
		python3 "$PWD/web.py" & web=$!
		trap "echo THAWED >'"$group"'/freezer.state; kill $web; sleep 0.3; rmdir '"$group"'" EXIT
		until [ -s web.pid ]; do sleep 0.05; done
		echo $web >'"$group"'/cgroup.procs
		echo FROZEN >'"$group"'/freezer.state
		repair 12
		[ "$(cat web.pid)" = "$web" ] && [ "$(cat '"$group"'/freezer.state)" = THAWED ]'
	answer '.verified == "fixed" and .playbook == "service-release"'
}

# planned SITE FAULT: the plan for a fault of now, by the stock configuration and the site, in $output.
planned() {
	need jq
	printf '%s\n' "$1" >site.yaml
	jq -nc --arg now "$(date -u +%FT%T.%6NZ)" --argjson f "$2" '{kind: "fault", time: $now, host: "h", id: "f-1",
		fingerprint: "f-0", status: "open", severity: "high", description: "as told",
		evidence: {since: $now, until: $now, hits: 3, values: {}}} + $f' |
		SH_HOST=h sh-diagnose -c site.yaml | SH_HOST=h sh-repair -c site.yaml --state state >plan || :
	output=$(jq -c 'select(.kind == "plan")' plan)
}

@test "a service that answers with errors is asked about: the mildest rung first, and drained while it starts" {
	planned "services: {web: {pidfile: /run/web.pid, start: [/bin/true], reload: [/bin/true], mode: act}}" '{"entity":"service:web@h","fault_type":"service_unresponsive",
		"rule_id":"service_unresponsive","context":{"metrics":{"check":{"status":500}},"host":{}}}'
	answer '.cause == "application_error" and .ladder == "service-escalate" and .playbook == "service-reload" and .rung == 1 and .mode == "ask"'
	run -0 sh-repair --list
	grep -q '^service-restart-drained ' <<<"$output"
}

@test "a host at which passwords are guessed is cut off by a person's word alone" {
	sh-ledger --state state promote rule:log_failed_password playbook:service-restart --to act --reason 'watched for a month'
	planned "hosts: {'*': {mode: act, isolate: {keep: [192.0.2.2]}}}" '{"entity":"host:h","fault_type":"log_failed_password",
		"rule_id":"log_failed_password","context":{"metrics":{},"host":{}},"description":"Failed password for root from 203.0.113.5"}'
	answer '.cause == "password_guessing" and .playbook == "host-isolate" and .mode == "ask"'
}

@test "a service may be given back to its balancer whatever is unavailable, and not be taken from it" {
	local book
	need jq
	cat >site.yaml <<-'E'
		services:
		  web: {pidfile: /run/web.pid, group: g, mode: act, backend: {socket: /run/haproxy.sock, server: b/web}}
		  two: {pidfile: /run/two.pid, group: g}
		groups:
		  g: {max_unavailable: 0}
	E
	for book in backend-drain backend-return; do
		jq -nc --arg now "$(date -u +%FT%T.%6NZ)" --arg b $book '{kind: "plan", time: $now, host: "h", entity: "service:web@h",
			playbook: $b, decision: "act", parameters: {}, steps: []}' |
			SH_HOST=h sh-repair -c site.yaml --state state >plan.$book || :
	done
	jq -e '.decision == "refuse" and (.reason | contains("0 may be"))' plan.backend-drain
	jq -e '.decision == "act"' plan.backend-return
}
