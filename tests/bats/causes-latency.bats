#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Services that are really slow: by what they call, or of themselves.
load helper
load causes

# A shop that asks a backend, each in a process of its own; a file makes either of them
# wait before it does anything.
services() {
	cat >server.py <<-'END'
		import http.server, os, sys, time, urllib.request
		port, behind, wait = int(sys.argv[1]), sys.argv[2], sys.argv[3]
		class Handler(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        if os.path.exists(wait):
		            time.sleep(0.6)
		        if behind != "-":
		            urllib.request.urlopen("http://127.0.0.1:%s/" % behind).read()
		        self.send_response(200)
		        self.end_headers()
		    def log_message(self, *_):
		        pass
		http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
	END
	read -r shop backend < <(ports 2)
	begin python3 server.py "$backend" - backend-waits
	echo $! >backend.pid
	begin python3 server.py "$shop" "$backend" shop-waits
	echo $! >shop.pid
	await_port "$backend"
	await_port "$shop"
	# The stock rule waits five minutes; here it is seen at once.
	cat >site.yaml <<-END
		services:
		  shop:
		    pidfile: $PWD/shop.pid
		    checks: [{http: "http://127.0.0.1:$shop/", timeout: 5s}]
		    depends_on: ["service:backend"]
		  backend:
		    pidfile: $PWD/backend.pid
		    checks: [{http: "http://127.0.0.1:$backend/", timeout: 5s}]
		rules:
		  service_slow:
		    on: [service]
		    expr: check.ok == 1 && check.time_ms > 500
		    description: "{entity_name} answers after {check.time_ms} ms"
		    affected_metrics: [response_time]
	END
	pipeline 'service check'
	# So much is known of how it is when it is well.
	for _ in $(seq 100); do
		[ "$(grep -c '"entity":"service:shop@h".*"time_ms"' out)" -ge 15 ] && return
		sleep 0.2
	done
	return 1
}

@test "a service that is slow because a peer that it calls is slow" {
	services
	: >backend-waits
	slow_by shop service:backend@h
}

@test "a service that is slow of itself, while its peer is well" {
	services
	: >shop-waits
	slow_by shop service:shop@h
	latest shop | jq -e 'all(.ranking[]; .entity != "service:backend@h" or .confidence < 0.3)'
}
