#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What becomes of records on their way out: chosen, converted, labelled, thinned.

load helper

# sample SECOND READ BUSY [MEMBERS]
sample() {
	printf '{"kind":"sample","time":"2026-01-01T00:%02d:%02d.000000Z","host":"%s","entity":"disk:a@h1",%s"metrics":{"disk":{"read_bytes":%s,"busy":%s}}}\n' \
		$(($1 / 60)) $(($1 % 60)) "${host:-h1}" "${4-}" "$2" "$3"
}

input() {
	sample 1 1048576 50 '"labels":{"zone":"eu-1"},'
	sample 30 3145728 10
	echo '{"kind":"log","time":"2026-01-01T00:00:31.000000Z","host":"h1","entity":"host:h1","severity":"high","text":"x"}'
	sample 70 2097152 100
	echo '{"kind":"tick","time":"2026-01-01T00:02:00.000000Z","host":"h1","interval":10}'
}

# out OPTION...: what comes of input, in out
out() {
	input | sh-collect -o ndjson --from json=- "$@" > out
}

@test "without an option, and where none changes anything, records go on as they are" {
	input > in
	sh-collect -o ndjson --from json=in > plain
	out --select 'disk.busy >= 0'
	cmp out plain
	out --drop 'disk.busy > 1000' --relabel 'a=labels.nothing' --convert 'cpu.usage:ratio'
	cmp out plain
}

@test "--select and --drop choose by an expression" {
	out --select 'disk.busy > 20'
	jq -es 'map(.kind) == ["sample","log","sample","tick"]' out
	out --select 'kind == "sample"' --drop 'entity_type == "disk" && disk.busy >= 50'
	jq -es 'map(.metrics.disk.busy) == [10, null]' out
	out --drop 'severity == "high"'
	jq -es 'map(.kind) == ["sample","sample","sample","tick"]' out
	out --select 'labels.zone == "eu-1"'
	jq -es 'map(.kind) == ["sample","log","tick"]' out
	run -2 --separate-stderr sh-collect --select '(' load
	[[ $stderr == *'--select: 1:2: '* ]]
	[ -z "$output" ]
}

@test "--convert gives a metric in another unit" {
	out --convert 'disk.read_mib=disk.read_bytes:MiB/s' --convert disk.busy:ratio
	jq -es 'map(.metrics.disk | select(.)) == [{"busy":0.5,"read_mib":1},{"busy":0.1,"read_mib":3},{"busy":1,"read_mib":2}]' out
	out --convert disk.read_bytes:kbit/s
	jq -es '.[0].metrics.disk.read_bytes == 8388.608' out
	run -2 sh-collect --convert disk.busy:MiB load
	[[ $output == *"'disk.busy' is in '%', which cannot be converted to 'MiB'"* ]]
	run -2 sh-collect --convert disk.nothing:MiB load
	run -2 sh-collect --convert disk.busy load
}

@test "--label and --relabel set, rename and remove labels" {
	out --label rack=r1 --relabel 'region=labels.zone.substring(0, 2)' --relabel 'zone=null'
	jq -es 'map(.labels) == [{"rack":"r1","region":"eu"},{"rack":"r1"},{"rack":"r1"},{"rack":"r1"},null]' out
	out --relabel 'zone=null'
	[ "$(jq -c .labels out | sort -u)" = null ]
	out --relabel 'size=disk.busy > 20 ? "busy" : "idle"'
	jq -es 'map(.labels.size) == ["busy","idle",null,"busy",null]' out
	run -2 sh-collect --label rack load
	run -2 sh-collect --relabel '=1' load
}

@test "--every keeps the last sample of each window" {
	out --every 1m
	jq -es 'map([.kind, .metrics.disk.busy]) == [["log",null],["sample",10],["sample",100],["tick",null]]' out
}

@test "--aggregate gives functions of each window" {
	out --aggregate 1m=avg,max,p95
	jq -es 'map(select(.kind == "sample")) | length == 2 and .[0].time == "2026-01-01T00:01:00.000000Z"
		and .[0].metrics.disk.busy_avg == 30 and .[0].metrics.disk.busy_max == 50 and .[0].metrics.disk.busy_p95 == 48
		and .[0].window == {"seconds":60,"n":2} and .[1].window.n == 1' out
	out --aggregate 1m=max
	jq -es 'map(select(.kind == "sample").metrics.disk.busy) == [50, 100]' out
	# After what was converted; a window that has not ended has the time of its last sample.
	input | head -2 | sh-collect -o ndjson --from json=- --convert disk.busy:ratio --aggregate 1h=sum > out
	jq -es '.[0].metrics.disk.busy == 0.6 and .[0].time == "2026-01-01T00:00:30.000000Z"' out
	for bad in 1m=mean 1m avg x=avg 1m= 0s=avg; do
		run -2 sh-collect --aggregate "$bad" load
	done
	run -2 sh-collect --every 1m --aggregate 1m=avg load
	run -2 sh-collect --source '{"collector":"load","target":"h"}' --every 1m
}

@test "windows are divided host by host; what comes too late is said" {
	{ sample 1 1 1; host=h2 sample 130 1 2; sample 20 1 3; host=h2 sample 100 1 4; sample 70 1 5; } > in
	run -0 --separate-stderr sh-collect -o ndjson --from json=in --every 1m
	jq -es 'map([.host, .metrics.disk.busy]) == [["h1",3],["h1",5],["h2",2]]' <<< "$output"
	[ "$stderr" = 'sh-collect: 1 samples came after their window had ended and were left out' ]
}

# at SECOND BUSY: seconds may be many.
at() {
	sample 0 1 "$2" | sed "s/2026-01-01T00:00:00/$(date -u -d "2026-01-01 +$1 seconds" +%Y-%m-%dT%H:%M:%S)/"
}

@test "a sample whose time is far ahead makes no others late; two that agree do" {
	{ at 1 1; at 70 2; at 80000 3; at 80 4; at 130 5; } > in
	run -0 --separate-stderr sh-collect -o ndjson --from json=in --every 1m
	jq -es 'map(.metrics.disk.busy) == [1,3,4,5]' <<< "$output"
	[ "$stderr" = 'sh-collect: 1 samples went on as they were: their time was far ahead' ]
	# The first of all.
	{ at 80000 1; at 1 2; at 70 3; } > in
	run -0 --separate-stderr sh-collect -o ndjson --from json=in --every 1m
	jq -es 'map(.metrics.disk.busy) == [1,2,3]' <<< "$output"
	[ -z "$stderr" ]
	# A machine that slept: what the second says is believed.
	{ at 1 1; at 80000 2; at 80010 3; at 80020 4; at 70 5; } > in
	run -0 --separate-stderr sh-collect -o ndjson --from json=in --every 1m
	jq -es 'map(.metrics.disk.busy) == [2,1,4]' <<< "$output"
	[[ $stderr == *'1 samples came after their window had ended'*'1 samples went on as they were: their time was far ahead' ]]
	# Two clocks that are wrong in different ways agree on nothing; ten windows may be long.
	{ at 1 1; at 40000 2; at 80000 3; at 2 4; } > in
	run -0 --separate-stderr sh-collect -o ndjson --from json=in --every 1m
	jq -es 'map(.metrics.disk.busy) == [2,3,4]' <<< "$output"
	run -0 --separate-stderr sh-collect -o ndjson --from json=in --every 3h
	jq -es 'map(.metrics.disk.busy) == [1,2,3]' <<< "$output"
}

@test "series beyond the bound go on as they are, and that is said" {
	awk 'BEGIN { for (i = 0; i < 50010; i++)
		printf "{\"kind\":\"sample\",\"time\":\"2026-01-01T00:00:01.000000Z\",\"host\":\"h\",\"entity\":\"a:%d\",\"metrics\":{\"a\":{\"b\":1}}}\n", i }' > in
	run -0 --separate-stderr sh-collect -o ndjson --from json=in --aggregate 1m=avg
	[ "$(wc -l <<< "$output")" = 50010 ]
	[ "$(grep -c '"window"' <<< "$output")" = 50000 ]
	[ "$stderr" = 'sh-collect: 10 samples went on as they were: there are too many series or metrics' ]
}

@test "a sample with more metrics than are counted goes on as it is, at once" {
	awk 'BEGIN { for (r = 0; r < 10; r++) {
		printf "{\"kind\":\"sample\",\"time\":\"2026-01-01T00:00:%02dZ\",\"host\":\"h\",\"entity\":\"host:h\",\"metrics\":{\"a\":{\"b\":%d", r, r
		for (i = 0; r % 2 && i < 30000; i++) printf ",\"m%d_%d\":1", r, i
		print "}}}" } }' > in
	run -0 --separate-stderr timeout 20 sh-collect -o ndjson --from json=in --aggregate 1m=max
	[ "$stderr" = 'sh-collect: 5 samples went on as they were: there are too many series or metrics' ]
	jq -es 'map(select(.window)) | length == 1 and .[0].window.n == 5 and .[0].metrics == {a: {b: 8}}' <<< "$output"
	# Where there is not one before it either.
	sed -n 2p in > one
	run -0 --separate-stderr sh-collect -o ndjson --from json=one --aggregate 1m=max
	[ "$(jq -c 'has("window")' <<< "$output")" = false ]
}

@test "rounds are thinned as streams are" {
	sh-collect -o ndjson -i 20ms -n 20 --aggregate 10s=max,last load > out
	jq -es 'map(select(.kind == "tick")) | length == 20' out
	jq -es 'map(select(.kind == "sample")) | length <= 2 and (map(.window.n) | add) == 20' out
	jq -es 'map(select(.kind == "sample")) | all(.metrics.load.one_max >= .metrics.load.one_last)' out
	sh-collect -o ndjson -n 2 -i 10ms --drop true load > out
	# On a busy machine there may be notices of rounds that were left out.
	[ "$(jq -r .kind out | grep -v notice | sort -u)" = tick ]
}
