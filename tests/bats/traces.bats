#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Spans of traces: calls between services summed up, and as evidence of a cause.
load helper

from() {
	SH_HOST=here sh-collect -o ndjson --from "$@"
}

# Traces of 20 requests a minute, shop to cart and to pay, pay to a database without spans:
# FORM (otlp, jaeger), how many minutes, from which on pay takes PAY ms longer, or (FAIL) fails.
traces() {
	python3 - "$@" <<-'EOF'
	import json, sys
	form, minutes, worse, pay, fail = sys.argv[1], *map(int, sys.argv[2:6])
	START, MS = 1795222800 * 10**9, 10**6
	spans = []
	for minute in range(minutes):
	    bad, more = fail and minute >= worse, pay * (minute >= worse)
	    for i in range(20):
	        at, trace = START + (60 * minute + i) * 10**9, f"{minute * 100 + i + 1:032x}"
	        noise = i % 3
	        for span, parent, service, kind, begin, end, peer, failed in (
	                ("a", "", "shop", "server", 0, 100 + more + noise, None, bad),
	                ("b", "a", "shop", "client", 10, 40, "cart", False),
	                ("c", "b", "cart", "server", 12, 38 - noise, None, False),
	                ("d", "a", "shop", "client", 20, 60 + more, "pay", bad),
	                ("e", "d", "pay", "server", 21, 59 + more, None, bad),
	                ("f", "e", "pay", "client", 45, 50, "postgresql", False)):
	            spans.append((trace, span, parent, service, kind, at + begin * MS, at + end * MS, peer, failed))
	if form == "otlp":
	    kinds = {"server": 2, "client": 3}
	    for service in ("shop", "cart", "pay"):
	        print(json.dumps({"resourceSpans": [{"resource": {"attributes": [
	            {"key": "service.name", "value": {"stringValue": service}}]}, "scopeSpans": [{"spans": [
	            {"traceId": s[0], "spanId": s[1], "parentSpanId": s[2], "kind": kinds[s[4]],
	             "startTimeUnixNano": str(s[5]), "endTimeUnixNano": str(s[6]),
	             "attributes": [{"key": "peer.service", "value": {"stringValue": s[7]}}] if s[7] else [],
	             "status": {"code": 2} if s[8] else {}} for s in spans if s[3] == service]}]}]}))
	else:
	    by = {}
	    for s in spans:
	        by.setdefault(s[0], []).append(s)
	    print(json.dumps({"data": [{"traceID": t, "processes": {p: {"serviceName": p} for p in ("shop", "cart", "pay")},
	        "spans": [{"traceID": t, "spanID": s[1], "processID": s[3], "startTime": s[5] // 1000,
	                   "duration": (s[6] - s[5]) // 1000,
	                   "references": [{"refType": "CHILD_OF", "traceID": t, "spanID": s[2]}] if s[2] else [],
	                   "tags": [{"key": "span.kind", "value": s[4]}] +
	                           ([{"key": "peer.service", "value": s[7]}] if s[7] else []) +
	                           ([{"key": "error", "type": "bool", "value": True}] if s[8] else [])}
	                  for s in one]} for t, one in by.items()]}))
	EOF
}

@test "otlp and jaeger: calls of a minute, their own time, and who needs whom" {
	need jq
	need python3
	for form in otlp jaeger; do
		traces $form 1 1 0 0 >in
		from $form=in >out
		catalogued <out
		jq -r 'select(.kind == "edge") | [.from, .type, .to] | join(" ")' out | sort >got
		printf 'service:%s depends_on service:%s\n' pay postgresql shop cart shop pay | diff - got
		jq -c 'select(.kind == "sample") | [.entity, .dims.caller, (.metrics.calls | .requests, .errors,
			.own_latency_p50_ms, .own_latency_p90_ms, .waited_latency_p90_ms)]' out | sort >got
		# Of 100 to 102 ms the shop waits from 10 to 60; of 38 ms pay waits 5.
		sort <<-'EOF' | diff - got
		["service:cart","service:shop",20,0,25,26,null]
		["service:pay","service:shop",20,0,33,33,null]
		["service:postgresql","service:pay",20,0,null,null,5]
		["service:shop",null,20,0,51,52,null]
		EOF
	done
}

@test "otlp: who failed is who fails without a call of its own that failed" {
	need jq
	need python3
	traces otlp 1 0 0 1 >in
	from otlp=in >out
	jq -c 'select(.kind == "sample") | [.entity, (.metrics.calls | .errors, .error_percent)]' out | sort >got
	sort <<-'EOF' | diff - got
	["service:cart",0,0]
	["service:pay",20,100]
	["service:postgresql",0,0]
	["service:shop",0,0]
	EOF
}

# A span of a service on a host, in either form.
span() {
	local at=1795222800000000000
	if [ "$1" = otlp ]; then
		printf '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"%s"}},{"key":"host.name","value":{"stringValue":"%s"}}]},"scopeSpans":[{"spans":[{"traceId":"1","spanId":"%s%s","startTimeUnixNano":"%s","endTimeUnixNano":"%s"}]}]}]}\n' \
			"$2" "$3" "$2" "$3" $at $((at + 1000000))
	else
		printf '{"data":[{"traceID":"1","processes":{"p":{"serviceName":"%s","tags":[{"key":"hostname","value":"%s"}]}},"spans":[{"traceID":"1","spanID":"%s%s","processID":"p","startTime":%s,"duration":1000}]}]}\n' \
			"$2" "$3" "$2" "$3" $((at / 1000))
	fi
}

@test "otlp and jaeger: what runs on a host is a member of the service" {
	need jq
	for form in otlp jaeger; do
		{ span $form pay h1; span $form pay h2; span $form shop here; } >in
		from $form=in >out
		jq -r 'select(.kind == "edge") | [.time, .host, .from, .type, .to] | join(" ")' out | sort >got
		sed 's/^/2026-11-21T01:00:00.001000Z here /' <<-'EOF' | diff - got
		service:pay@h1 member_of service:pay
		service:pay@h2 member_of service:pay
		service:shop@here member_of service:shop
		EOF
	done
}

@test "otlp: a span that is its own parent, one without a service, and one told twice" {
	need jq
	local span='"startTimeUnixNano":"1795222800000000000","endTimeUnixNano":"1795222801000000000"'
	cat >in <<-EOF
	{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeSpans":[{"spans":[
	{"traceId":"1","spanId":"1","parentSpanId":"1",$span},{"traceId":"1","spanId":"2","kind":"SPAN_KIND_SERVER",$span},
	{"traceId":"1","spanId":"2","kind":"SPAN_KIND_SERVER",$span},
	{"traceId":"1","spanId":"3","parentSpanId":"4",$span},{"traceId":"1","spanId":"4","parentSpanId":"3",$span}]}]},
	{"scopeSpans":[{"spans":[{"traceId":"1","spanId":"5",$span}]}]}]}
	EOF
	run -3 --separate-stderr from otlp=in
	[[ $stderr == *'a span without service, id or time'* ]]
	[ "$(jq -c '[.entity, .metrics.calls.requests, .metrics.calls.own_latency_p50_ms]' <<<"$output")" = '["service:a",1,1000]' ]
}

# The first cause of a fault of the shop from the minute 18 on, which shows in METRIC.
first_cause() {
	from otlp=in >past
	jq -nc --arg metric "$1" '{kind: "fault", time: "2026-11-21T01:22:00.000000Z", host: "here",
		entity: "service:shop", id: "f-1", fingerprint: "f-1", status: "open", fault_type: "slow",
		rule_id: "r", severity: "high", affected_metrics: [$metric],
		evidence: {since: "2026-11-21T01:18:00.000000Z"}}' >>past
	sh-diagnose --no-stock <past | jq -c 'select(.kind == "diagnosis")' >diagnosis
	jq -c '.ranking[0] | [.entity, .root_cause, .evidence[0].source, .evidence[0].caller]' diagnosis
}

@test "sh-diagnose: whose own time rose, not who waits for it" {
	need jq
	need python3
	traces otlp 22 18 300 0 >in
	[ "$(first_cause http.latency_p90)" = '["service:pay","abnormal_latency","trace","service:shop"]' ]
	jq -e '.ranking[0].evidence[0].text | test("^own time of (half|90 %) of the calls from service:shop rose from 33 to 333 ms$")' diagnosis
	jq -e '[.ranking[1:][] | select(.score > 0.2)] == []' diagnosis
}

@test "sh-diagnose: who fails by itself, not who passes it on" {
	need jq
	need python3
	traces otlp 22 18 0 1 >in
	[ "$(first_cause http.errors)" = '["service:pay","abnormal_errors","trace","service:shop"]' ]
}

@test "sh-diagnose: what is short for one that runs of a slow service" {
	need jq
	need python3
	traces otlp 22 18 300 0 >calls
	for host in h1 h2; do
		span otlp pay $host >>calls
	done
	from otlp=calls >past
	for minute in $(seq -w 0 21); do
		for host in h1 h2; do
			usage=$((20 + 10#$minute % 3))
			[ $host != h2 ] || [ "$minute" -lt 18 ] || usage=97
			printf '{"kind":"sample","time":"2026-11-21T01:%s:30Z","host":"%s","entity":"service:pay@%s","metrics":{"pool":{"usage":%s}}}\n' \
				"$minute" $host $host $usage
		done
	done >>past
	jq -nc '{kind: "fault", time: "2026-11-21T01:22:00.000000Z", host: "here", entity: "service:shop",
		id: "f-1", fingerprint: "f-1", status: "open", fault_type: "slow", rule_id: "r", severity: "high",
		affected_metrics: ["http.latency_p90"], evidence: {since: "2026-11-21T01:18:00.000000Z"}}' >>past
	sh-diagnose --no-stock <past | jq -c 'select(.kind == "diagnosis")' >diagnosis
	jq -e '[.ranking[:2][].entity] | sort == ["service:pay", "service:pay@h2"]' diagnosis
	jq -e 'all(.ranking[2:][]; .confidence < 0.1)' diagnosis
	jq -e '.ranking[] | select(.entity == "service:pay@h2") | .evidence[0].metric == "pool.usage"' diagnosis
}
