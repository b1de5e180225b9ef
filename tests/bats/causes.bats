#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Services that really went down: why they did is told from what looks the same.
load helper
load causes

# A service as they are: it has a port, a configuration and a file that it writes.
service() {
	cat >web.py <<-'END'
		import faulthandler, http.server, json, sys
		faulthandler.enable()
		try:
		    config = json.load(open("web.conf"))
		except ValueError as error:
		    sys.exit("ERROR cannot parse configuration web.conf: %s" % error)
		unknown = set(config) - {"port", "data"}
		if unknown:
		    sys.exit("ERROR unknown option %s in web.conf" % unknown)
		class Handler(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        if self.path == "/bug":
		            import ctypes
		            ctypes.string_at(0)
		        with open(config["data"], "ab", 0) as data:
		            try:
		                data.write(b"x" * 65536)
		            except OSError as error:
		                print("ERROR", error, flush=True)
		                server.server_close()
		                sys.stderr.flush()
		                import os
		                os._exit(1)
		        self.send_response(200)
		        self.end_headers()
		    def log_message(self, *_):
		        print("INFO request", flush=True)
		http.server.HTTPServer.allow_reuse_address = True
		try:
		    server = http.server.HTTPServer(("127.0.0.1", config["port"]), Handler)
		except OSError as error:
		    sys.exit("ERROR cannot listen: %s" % error)
		server.serve_forever()
	END
	port=$(ports 1)
	echo "{\"port\": $port, \"data\": \"data\"}" >web.conf
	cat >site.yaml <<-END
		services:
		  web:
		    pidfile: $PWD/pid
		    files: [{path: $PWD/web.conf}]
		    checks: [{log: $PWD/log, from: start}, {http: "http://127.0.0.1:$port/", timeout: 1s}]
	END
	start
	await_port "$port"
	# shellcheck disable=SC2086 # an option, or none
	pipeline 'service file check event' ${look-}
	await 20 '.entity == "service:web@h" and .metrics.service.running == 1'
	await 20 '.kind == "log" and .text == "INFO request"'
}

start() {
	begin python3 -u web.py >>log 2>&1
	echo $! >pid
}

# said TEXT: the best rule's reason is that its log says that
said() {
	last service_down | jq -e --arg text "$1" '.merged_result.root_cause as $cause |
		.results[] | select(.root_cause == $cause) | .evidence | any(contains($text))'
}

# The service ends, and no one waits for it but us.
ended() {
	wait "$(cat pid)" || true
}

@test "a service that was killed is gone, and no more is said than that" {
	service
	kill -9 "$(cat pid)"
	ended
	caused service_down process_gone
	await 20 '.kind == "diagnosis" and .fault.fault_type == "service_down" and .fault.status == "ongoing"'
	caused service_down process_gone
	last service_down | jq -e 'all(.ranking[]; .root_cause | IN("port_conflict", "bad_configuration", "storage_space_exhausted", "program_crash") | not)'
}

@test "a service that crashed by a defect of its own" {
	service
	(exec 4<>"/dev/tcp/127.0.0.1/$port" && printf 'GET /bug HTTP/1.0\r\n\r\n' >&4 && cat <&4) || true
	ended
	caused service_down program_crash
	said 'Segmentation fault'
}

@test "a service that cannot start because another has its port" {
	service
	kill "$(cat pid)"
	ended
	begin python3 -c "import socket, time
s = socket.create_server(('127.0.0.1', $port))
time.sleep(60)"
	await_port "$port"
	start
	ended
	caused service_down port_conflict
	said 'already in use'
}

@test "who has the port that a service cannot get is found, where no log says that it cannot" {
	look=--look
	service
	kill "$(cat pid)"
	ended
	begin python3 -c "import ctypes, socket, time
ctypes.CDLL(None).prctl(15, b'squatter')
s = socket.create_server(('127.0.0.1', $port))
time.sleep(60)"
	squatter=$!
	await_port "$port"
	caused service_down port_conflict
	last service_down | jq -e --arg pid "$squatter" --arg at "127.0.0.1:$port" '.ranking[0] |
		.entity == "process:squatter@h" and .confidence > 0.95 and
		any(.evidence[]; .source == "look" and .pid == $pid and .address == $at)'
	# What its log said last is there to be read.
	last service_down | jq -e 'any(.look.found[]; .what == "log_line" and (.line | contains("INFO request")))'
}

@test "a service that cannot start after its configuration was changed" {
	service
	echo "{\"port\": $port, \"data\": \"data\", \"prot\": 1}" >web.conf
	await 20 '.kind == "event" and .type == "file_changed"'
	kill "$(cat pid)"
	ended
	start
	ended
	caused service_down bad_configuration
	said 'unknown option'
	# That it was changed shortly before speaks for it as well.
	last service_down | jq -e 'any(.ranking[].evidence[]; .source == "event" and .type == "file_changed")'
}

@test "a service that ends because the file system that it writes to is full" {
	need_root
	mkdir there
	mount -t tmpfs -o size=2m tmpfs there 2>/dev/null || skip 'cannot mount'
	ln -s there/data data
	service
	head -c 4M /dev/zero >there/other 2>/dev/null || true
	ended
	caused service_down storage_space_exhausted
	said 'No space left on device'
}
