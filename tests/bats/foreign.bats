#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Documents of other tools as records: sysstat, OpenTelemetry, CloudEvents.
load helper

from() {
	SH_HOST=here sh-collect -o ndjson --from "$@"
}

@test "sadf: a file that sar wrote just now, each section under its own name and units" {
	need sar sadf jq
	timeout 20 sar -o data 1 2 >/dev/null
	sadf -j data -- -A >sadf.json
	from sadf=sadf.json >out
	[ -s out ]
	# Every number of the sections is there, with the time of its interval.
	jq '[.sysstat.hosts[].statistics[]["cpu-load"][] | select(.cpu == "all") | .usr]' sadf.json >want
	jq -s '[.[] | select((.entity | test("^host:")) and .metrics.sar_cpu_load) | .metrics.sar_cpu_load.usr]' out >got
	diff want got
	[ "$(jq length want)" -ge 1 ] # sadf leaves out an interval that the clock cut short
	jq -r '.sysstat.hosts[].statistics[].timestamp | .date + "T" + .time + ".000000Z"' sadf.json >want
	jq -r 'select(.entity | test("^host:")) | select(.metrics.sar_queue) | .time' out >got
	diff want got
	jq -e -s 'any(.metrics.sar_queue.ldavg_1 != null)' out
	jq -e -s 'any(.entity | test("^cpu:0@"))' out
	jq -e -s 'any(.metrics.sar_memory.memused_percent != null)' out
	jq -e -s 'any(.entity | test("^net:lo@"))' out
	catalogued <out
}

@test "sadf: all that was a number under statistics is a number in the records" {
	need sar sadf jq
	timeout 20 sar -o data 1 2 >/dev/null
	sadf -j data -- -A >sadf.json
	from sadf=sadf.json >out
	jq '[.sysstat.hosts[].statistics[] | del(.timestamp) | [paths(type == "number") | select(.[-1] as $k
		| ["number", "line", "bus_number"] | index($k) | not)] | length] | add' sadf.json >want
	[ "$(cat want)" -gt 100 ]
	jq -s '[.[].metrics // {} | [paths(type == "number")] | length] | add' out >got
	diff want got
}

@test "sadf: another machine is named, restarts are events, local times are told" {
	need jq
	cat >in.json <<-'EOF'
	{"sysstat":{"hosts":[{"nodename":"db7","statistics":[
	 {"timestamp":{"date":"2026-11-20","time":"23:00:01","utc":1,"interval":600},
	  "queue":{"runq-sz":1,"ldavg-1":0.25},"io":{"tps":3.5,"io-reads":{"rtps":1.5}},
	  "disk":[{"disk-device":"sda","util-percent":97.1}],
	  "filesystems":[{"filesystem":"/dev/sda1","%fsused":71.5}],
	  "power-management":{"fan-speed":[{"number":2,"rpm":900,"device":"chip-isa"}]}},
	 {"timestamp":{"date":"2026-11-20","time":"23:10:01","utc":0},"queue":{"runq-sz":9}}],
	 "restarts":[{"boot":{"date":"2026-11-20","time":"22:59:00","utc":1}}]}]}}
	EOF
	run -3 --separate-stderr from sadf=in.json
	[[ $stderr == *'in.json:1: the time is local to some zone'* ]]
	[[ ${lines[0]} == *'"time":"2026-11-20T23:00:01.000000Z","host":"db7","entity":"host:db7"'* ]]
	jq -e -s 'any(.entity == "disk:sda@db7" and .metrics.sar_disk.util_percent == 97.1)' <<<"$output"
	jq -e -s 'any(.metrics.sar_io == {tps: 3.5}) and any(.metrics.sar_io_reads == {rtps: 1.5})' <<<"$output"
	jq -e -s 'any(.dims == {filesystem: "/dev/sda1"} and .metrics.sar_filesystems.fsused_percent == 71.5)' <<<"$output"
	jq -e -s 'any(.dims == {number: "2", device: "chip-isa"} and .metrics.sar_fan_speed == {rpm: 900})' <<<"$output"
	jq -e -s 'any(.kind == "event" and .type == "reboot" and .time == "2026-11-20T22:59:00.000000Z")' <<<"$output"
	jq -e -s 'all(.metrics.sar_queue.runq_sz != 9)' <<<"$output"
	run -3 --separate-stderr from sadf=- <<<'{"hosts":[]}'
	[[ $stderr == *'there is no sysstat.hosts'* ]]
}

metrics() {
	cat <<-'EOF'
	{"resourceMetrics":[{"resource":{"attributes":[
	 {"key":"service.name","value":{"stringValue":"shop"}},
	 {"key":"service.instance.id","value":{"stringValue":"i-1"}},
	 {"key":"host.name","value":{"stringValue":"web3"}},
	 {"key":"process.pid","value":{"intValue":"77"}}]},
	 "scopeMetrics":[{"scope":{"name":"x"},"metrics":[
	 {"name":"queue.length","unit":"1","gauge":{"dataPoints":[
	  {"attributes":[{"key":"queue","value":{"stringValue":"in"}}],"timeUnixNano":"1795222923000001000","asInt":"9007199254740993"},
	  {"attributes":[{"key":"queue","value":{"stringValue":"out"}}],"timeUnixNano":"1795222923000001000","asDouble":0.5}]}},
	 {"name":"http.requests","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
	  {"timeUnixNano":"1795222924000000000","asInt":4},{"timeUnixNano":"1795222924000000000","flags":1}]}},
	 {"name":"latency","unit":"ms","histogram":{"dataPoints":[
	  {"timeUnixNano":"1795222925000000000","count":"6","sum":40.5,"min":1,"max":20,"explicitBounds":[5,10],"bucketCounts":["3","2","1"]}]}},
	 {"name":"old","summary":{"dataPoints":[
	  {"timeUnixNano":"1795222926000000000","count":"2","sum":3,"quantileValues":[{},{"quantile":0.99,"value":2.5}]}]}},
	 {"name":"gone","gauge":{"dataPoints":[{"timeUnixNano":"1795222926000000000","asDouble":"NaN"}]}}]}]}]}
	EOF
}

@test "otlp: data points are samples of the service, attributes are dimensions" {
	need jq
	metrics | from otlp=- >out
	catalogued <out
	jq -e -s 'all(.entity == "service:shop@web3" and .host == "web3")' out
	jq -e -s 'all(.dims["service.instance.id"] == "i-1" and .labels["process.pid"] == "77")' out
	jq -e -s 'any(.metrics.otlp["queue.length"] == 0.5 and .dims.queue == "out" and .labels.unit == "1"
		and .time == "2026-11-21T01:02:03.000001Z")' out
	grep -q '"queue.length":9007199254740992' out
	[ "$(grep -c '"http.requests"' out)" = 1 ]
	jq -c 'select(.metrics.otlp.latency_bucket) | [.dims.le, .metrics.otlp.latency_bucket]' out >got
	printf '%s\n' '["5",3]' '["10",5]' '["+Inf",6]' | diff - got
	jq -e -s 'any(.metrics.otlp.latency_count == 6) and any(.metrics.otlp.latency_sum == 40.5)' out
	jq -e -s 'any(.metrics.otlp.latency_min == 1) and any(.metrics.otlp.latency_max == 20)' out
	jq -c 'select(.metrics.otlp.old != null) | [.dims.quantile, .metrics.otlp.old]' out >got
	printf '%s\n' '["0",0]' '["0.99",2.5]' | diff - got
	run ! grep -q gone out
}

@test "otlp: without a service it is the host or what --entity says" {
	need jq
	local one='{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]}'
	run -0 from otlp=- <<<"$one"
	[ "$(jq -r .entity <<<"$output")" = host:here ]
	run -0 from otlp=- --entity vm:v1 <<<"$one"
	[ "$(jq -r .entity <<<"$output")" = vm:v1@here ]
}

@test "otlp: no dimension comes twice" {
	need jq
	cat >in <<-'EOF'
	{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.instance.id","value":{"stringValue":"i"}},{"key":"unit","value":{"stringValue":"u"}}]},"scopeMetrics":[{"metrics":[{"name":"a","unit":"s","histogram":{"dataPoints":[{"attributes":[{"key":"le","value":{"stringValue":"x"}},{"key":"service.instance.id","value":{"stringValue":"j"}}],"count":"1","explicitBounds":[],"bucketCounts":["1"]}]}}]}]}]}
	EOF
	run -0 from otlp=in
	[ "${#lines[@]}" = 1 ]
	[[ $output == *'"dims":{"service.instance.id":"i","le":"x"},"labels":{"unit":"u"}'*'"a_count":1'* ]]
}

@test "otlp: a line of the file exporter each, bad ones are told, log records are logs" {
	need jq
	cat >in <<-'EOF'
	{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1795222923000000000","severityNumber":17,"severityText":"Error","body":{"stringValue":"out of stock"},"attributes":[{"key":"sku","value":{"intValue":"12"}},{"key":"a","value":{"arrayValue":{"values":[{"boolValue":true},{"doubleValue":1.5}]}}}],"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"}]}]}]}
	{"resourceProfiles":[]}
	{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"observedTimeUnixNano":"1795222924000000000","severityText":"WARN","body":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}}]}]}]}
	{"resourceLogs":
	EOF
	run -3 --separate-stderr from otlp=in
	[[ $stderr == *'in:2: has neither resourceMetrics nor resourceLogs'* ]]
	[[ $stderr == *'in:4:'* ]]
	[ "${#lines[@]}" = 2 ]
	jq -e '.kind == "log" and .text == "out of stock" and .severity == "high" and .program == "shop"
		and .time == "2026-11-21T01:02:03.000000Z"
		and .fields == {sku: 12, a: [true, 1.5], trace_id: "5b8efff798038103d269b633813fc60c", span_id: "eee19b7ec3c1b174"}' <<<"${lines[0]}"
	jq -e '.text == "{\"k\":\"v\"}" and .severity == "medium" and .time == "2026-11-21T01:02:04.000000Z"' <<<"${lines[1]}"
}

@test "cloudevents: one, a batch, and bad ones told" {
	need jq
	cat >in <<-'EOF'
	{"specversion":"1.0","id":"7","source":"/ci","type":"com.example.deploy","time":"2026-11-21T01:02:03Z","subject":"shop","data":{"message":"shop 1.2","by":"ann"}}
	[{"specversion":"1.0","id":"8","source":"/ci","type":"t","time":"2026-11-21T02:02:04+01:00"},{"specversion":"0.3","id":"9"}]
	{"specversion":"1.0","id":"10","source":"/ci"}
	{"specversion":"1.0","id":"11","source":"/ci","type":"t","time":"yesterday"}
	EOF
	run -3 --separate-stderr from cloudevents=in --entity service:shop
	[ "${#lines[@]}" = 2 ]
	jq -e '.kind == "event" and .type == "com.example.deploy" and .text == "shop 1.2" and .entity == "service:shop@here"
		and .labels == {source: "/ci", subject: "shop"} and .id == "7" and .data.by == "ann"
		and .time == "2026-11-21T01:02:03.000000Z"' <<<"${lines[0]}"
	jq -e '.text == "t" and .time == "2026-11-21T01:02:04.000000Z" and .id == "8"' <<<"${lines[1]}"
	[[ $stderr == *"in:2: no event of specversion 1"* ]]
	[[ $stderr == *"in:3: the event has no 'type'"* ]]
	[[ $stderr == *"in:4: 'yesterday' is no time"* ]]
}
