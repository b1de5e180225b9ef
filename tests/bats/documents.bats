#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Documents of storage, clusters, machines, containers and servers: --from FORMAT.
load helper
# shellcheck disable=SC2154 # stderr comes from run, abs_top_* from make

DOCUMENTS=$abs_top_srcdir/tests/data/documents
STORAGE=conformance/storage

# from FORMAT [FILE]: entity, dimensions, metrics and error of what comes out, one a line
from() {
	sh-collect -o ndjson --no-stock --from "$1=${2:--}" |
		jq -c 'select(.kind != "edge") | [.entity, .dims, .metrics, .error] | map(select(.))'
}

# all: what comes of each document of ours, its name before it
all() {
	local file
	for file in "$DOCUMENTS"/*; do
		echo "${file##*/}"
		from "$(format_of "$file")" "$file"
	done
}

# The files are named FORMAT-REST.
format_of() {
	local name=${1##*/}
	echo "${name%%-*}"
}

# Those that we have documents of, with "|" between.
formats_of_documents() {
	local file
	for file in "$DOCUMENTS"/*; do
		format_of "$file"
	done | sort -u | paste -s -d '|'
}

# until_done COMMAND...: within 5 s
until_done() {
	local i
	for i in {1..50}; do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	"$@"
}

pid=
teardown() {
	[ -z "$pid" ] || kill "$pid"
}

@test "each document of ours gives what it says, and nothing else" {
	export SH_HOST=h
	all >got
	diff -u "$abs_top_srcdir/tests/data/documents.expected" got
}

@test "all of it, with --detail too, is in the catalogue, and nothing else is" {
	local file detail c metric
	for file in "$DOCUMENTS"/*; do
		for detail in '' --detail; do
			sh-collect -o ndjson --no-stock $detail --from "$(format_of "$file")=$file" >>out
		done
	done
	catalogued <out
	paths <out | sort -u >emitted
	# What is listed with stars stands for some that are emitted.
	sh-collect --list | awk -v formats="^($(formats_of_documents)):" '
		/^[a-z_-]+: / { c = $0 ~ formats ? $1 : ""; sub(":", "", c) }
		c && /^  [a-z0-9_*]+[.][^ ]/ { print c, $1 }' >listed
	[ "$(wc -l <listed)" -gt 300 ]
	while read -r c metric; do
		metric=${metric//./[.]}
		grep -qE "^$c ${metric//\*/.*}$" emitted || echo "$c $metric"
	done <listed >unseen
	cat unseen
	[ ! -s unseen ]
}

@test "values that other collectors expect, but for the differences that are listed" {
	local suite suites=()
	need python3 jq
	need_data $STORAGE
	for suite in smartctl ceph k8s docker; do
		[ ! -e "$SH_DATA/$STORAGE/$suite.ndjson" ] && [ ! -e "$SH_DATA/$STORAGE/$suite/testcases" ] ||
			suites+=("$suite")
	done
	python3 "$abs_top_srcdir/tests/conformance/documents.py" "$SH_DATA/$STORAGE" "${suites[@]}" >out
	awk -F '\t' -v list="$abs_top_srcdir/tests/data/document-differences.tsv" '
		BEGIN {
			while ((getline line < list) > 0)
				if (line !~ /^#/) { split(line, f, "\t"); suite[++n] = f[1]; pattern[n] = f[2] }
		}
		$2 ~ /^[0-9]+$/ { print "# " $1 ": " $3 " of " $2 " values agree"; total += $2; next }
		{
			for (i = 1; i <= n; i++)
				if ($1 == suite[i] && ($2 " " $3) ~ pattern[i]) next
			print "not listed:", $0
			bad = 1
		}
		END { exit bad || !total }' out >summary || { cat summary; false; }
	sed 's/^/# /; s/^# # /# /' summary >&3
	grep -q "^# smartctl: \([0-9]*\) of \1 values agree" summary
}

@test "gluster's documents are understood, and a brick that cannot be asked tells no number" {
	local file
	need_data $STORAGE/gluster
	for file in "$SH_DATA/$STORAGE"/gluster/*.xml; do
		run -0 --separate-stderr sh-collect -o ndjson --no-stock --from "gluster=$file"
		[ -z "$stderr" ]
		printf '%s\n' "$output" >>out
	done
	catalogued <out
	from gluster "$SH_DATA/$STORAGE/gluster/gluster_volume_heal_info_err_node1.xml" >heal
	grep -F '["brick:node1.example.com:/mnt/gluster/gv_test",{"heal":{"connected":1,"entries":5}}]' heal
	grep -F '["brick:node2.example.com:/mnt/gluster/gv_test",{"heal":{"connected":0}}]' heal
	from gluster "$SH_DATA/$STORAGE/gluster/gluster_peer_status.xml" |
		grep -F '{"cluster":{"online_nodes":4,"total_nodes":4}}'
	from gluster "$SH_DATA/$STORAGE/gluster/gluster_volume_profile_gv_test_info.xml" |
		grep '"volume:gv_test".*"read_avg":0.3236509868936794'
}

@test "every number of libvirt's statistics comes out under its own name" {
	local group
	need_data $STORAGE/libvirt/domstats_params.tsv
	# The list has two machines; the first value of a name stands for both.
	awk -F '\t' 'BEGIN { print "Domain: '\''d'\''" } !seen[$1]++ { print "  " $1 "=" $3 }' \
		"$SH_DATA/$STORAGE/libvirt/domstats_params.tsv" >in
	sh-collect -o ndjson --no-stock --detail --from domstats=in |
		jq -r 'select(.dims.source == "domstats") | .metrics | to_entries[] | .key as $g
			| .value | to_entries[] | "\($g).\(.key)\t\(.value)"' | sort >got
	awk -F '\t' '$2 != "String" && !seen[$1]++ {
		dot = index($1, "."); rest = tolower(substr($1, dot + 1)); gsub(/[^a-z0-9]/, "_", rest)
		print substr($1, 1, dot) rest "\t" $3 }' "$SH_DATA/$STORAGE/libvirt/domstats_params.tsv" | sort >want
	[ "$(wc -l <want)" -gt 40 ]
	diff -u want got
}

# detected FORMAT FILE: the rules whose incidents are open after three readings
detected() {
	local i
	for i in 1 2 3; do
		sh-collect -o ndjson --from "$1=$2"
	done | sh-detect -o ndjson | jq -r 'select(.kind == "fault") | "\(.rule_id) \(.entity)"' | sort -u
}

@test "the stock rules fire on a cluster as they do on a machine" {
	detected ceph "$DOCUMENTS/ceph-status.json" >got
	grep -Fx 'node_offline cluster:ceph' got
	grep -Fx 'disk_full cluster:ceph' got
	sed 's/"num_up_osds":7/"num_up_osds":8/; s/"bytes_used":93/"bytes_used":89/' "$DOCUMENTS/ceph-status.json" >well.json
	run -0 detected ceph well.json
	[ -z "$output" ]
	detected ceph "$DOCUMENTS/ceph-osd-perf.json" >got
	grep -Fx 'high_latency cluster:ceph' got
	grep -Fx 'high_latency osd:ceph/1' got
	detected gluster "$DOCUMENTS/gluster-peers.xml" >got
	grep -Fx 'node_offline cluster:gluster' got
	detected gluster "$DOCUMENTS/gluster-profile.xml" >got
	grep -Fx 'high_latency volume:home' got
	SH_HOST=h detected zpool "$DOCUMENTS/zpool-status.txt" >got
	grep -Fx 'node_offline pool:tank@h' got
	SH_HOST=h detected zpool "$DOCUMENTS/zpool-list.txt" >got
	grep -Fx 'disk_full pool:tank@h' got
	detected kubectl "$DOCUMENTS/kubectl-list.json" >got
	grep -Fx 'node_offline cluster:kubernetes' got
	SH_HOST=h detected lvm "$DOCUMENTS/lvm-lvs.json" >got
	grep -Fx 'disk_full lv:vg0/pool@h' got
	run ! grep -F thin got
}

@test "--entity names a cluster, and what a document does not name" {
	from_entity() { sh-collect -o ndjson --no-stock --entity "$1" --from "$2"; }
	from_entity cluster:prod "ceph=$DOCUMENTS/ceph-df.json" | jq -r .entity | sort -u >got
	printf '%s\n' cluster:prod pool:prod/rbd | diff - got
	SH_HOST=h from_entity service:cache "redis=$DOCUMENTS/redis-info.txt" | grep -F '"entity":"service:cache@h"'
	from_entity volume:home "gluster=$DOCUMENTS/gluster-error.xml" | grep -F '"entity":"volume:home"'
}

# Either all of it is one value and a part of it none, or it is lines of text.
is_tree() {
	case ${1##*/} in
	docker-stats.json | docker-ps.json) false ;;
	*.json | *.xml) true ;;
	*) false ;;
	esac
}

@test "a document that is cut off anywhere is refused, or told up to there" {
	local file format size i rc
	for file in "$DOCUMENTS"/*; do
		format=$(format_of "$file")
		size=$(wc -c <"$file")
		for i in {0..15}; do
			head -c $((size * i / 16)) "$file" >part
			rc=0
			sh-collect -o ndjson --no-stock --detail --from "$format=part" >out 2>err || rc=$?
			[ $rc = 0 ] || [ $rc = 3 ] || { echo "$file $i/16: exit status $rc"; cat err; false; }
			cat out >>all
			if is_tree "$file"; then
				[ ! -s out ] || { echo "$file $i/16 gave something"; cat out; false; }
				[ $rc = 3 ]
			fi
		done
	done
	jq -c . all >/dev/null
}

@test "wrong types, huge numbers and deep nesting invent nothing" {
	local file format n=0 rc
	for file in "$DOCUMENTS"/*.json; do
		format=$(format_of "$file")
		for change in '(.. | numbers) = {"a":[]}' '(.. | strings) = 7' '(.. | booleans) = "maybe"' \
			'(.. | objects) |= with_entries(.key as $k | .value = (if (.value | type) == "object" then [.value] else .value end))' \
			'(.. | arrays) |= {"0": .}' '(.. | numbers) = null' 'del(.. | numbers)'; do
			jq -c "$change" "$file" >changed 2>/dev/null || continue
			rc=0
			sh-collect -o ndjson --no-stock --detail --from "$format=changed" >out 2>err || rc=$?
			[ $rc = 0 ] || [ $rc = 3 ] || { echo "$file: $change: exit status $rc"; cat err; false; }
			cat out >>all
			n=$((n + 1))
		done
		sed 's/":[0-9][0-9]*/":1e999/g' "$file" >huge
		sh-collect -o ndjson --no-stock --detail --from "$format=huge" >out 2>err || [ $? = 3 ]
		run ! grep -iE '":-?(inf|nan|1e999)' out
	done
	[ $n -gt 100 ]
	jq -c . all >/dev/null
	for format in ceph docker kubectl kubelet lvm nats smartctl zpool; do
		{ printf '%0100000d' 0 | tr 0 '['; } >deep
		run -3 sh-collect -o ndjson --no-stock --from "$format=deep"
		{ printf '%0100000d' 0 | sed 's/0/{"a":/g'; } >deep
		run -3 sh-collect -o ndjson --no-stock --from "$format=deep"
	done
}

@test "XML: no document types, no entities, no depths" {
	cat >laughs <<-'XML'
		<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "&l;&l;">]>
		<cliOutput><opRet>&m;</opRet></cliOutput>
	XML
	run -3 --separate-stderr sh-collect -o ndjson --no-stock --from gluster=laughs
	[[ $stderr == *'document types are refused'* ]]
	[ -z "$output" ]
	{ for i in {1..100}; do printf '<a>'; done; } >deep
	run -3 --separate-stderr sh-collect -o ndjson --no-stock --from gluster=deep
	[[ $stderr == *'deeper than 64'* ]]
	echo '<cliOutput><opRet>0</opRet>' >open
	run -3 sh-collect -o ndjson --no-stock --from gluster=open
	echo '<other/>' >other
	run -3 --separate-stderr sh-collect -o ndjson --no-stock --from gluster=other
	[[ $stderr == *'no document of gluster'* ]]
}

@test "a document of something else is told as such by each format" {
	local format
	for format in ceph docker domstats gluster haproxy kubectl kubelet lvm mdadm nats nginx redis smartctl zpool; do
		run -3 --separate-stderr sh-collect -o ndjson --no-stock --from "$format=-" <<<'{"some":{"thing":"else"}}'
		[ -z "$output" ] && [ -n "$stderr" ] || { echo "$format: $output"; false; }
		run -3 --separate-stderr sh-collect -o ndjson --no-stock --from "$format=/dev/null"
		[ -z "$output" ] && [ -n "$stderr" ] || { echo "$format: $output"; false; }
	done
}

@test "several documents follow each other, and a bad one between loses none" {
	{
		cat "$DOCUMENTS/smartctl-nvme.json"
		echo '{"bad":'
		echo ']'
		cat "$DOCUMENTS/smartctl-nvme.json"
	} >in
	run -3 --separate-stderr sh-collect -o ndjson --no-stock --from smartctl=in
	[ "$(grep -c '"entity":"disk:nvme0' <<<"$output")" -ge 1 ]
	[[ $stderr == *in:* ]]
}

@test "smartctl of this machine: what it can say, or why it cannot" {
	need smartctl
	smartctl --json --scan >scan || true
	run -0 sh-collect -o ndjson --no-stock --from smartctl=scan
	smartctl --json -a "$PWD/none" >none || true
	run -0 sh-collect -o ndjson --no-stock --from smartctl=none
	jq -e '.metrics.smart.exit_status > 0 and .error' <<<"$output"
	catalogued <<<"$output"
}

@test "lvs of this machine" {
	need lvs
	lvs --reportformat json >out 2>/dev/null || skip 'lvs does not run here'
	run -0 sh-collect -o ndjson --no-stock --from lvm=out
}

@test "mdadm of this machine: what it prints of no array is none" {
	need mdadm
	mdadm --detail "$PWD/none" >out 2>&1 || true
	[ -s out ]
	run -3 --separate-stderr sh-collect -o ndjson --no-stock --from mdadm=out
	[[ $stderr == *'no document of mdadm'* ]]
	mdadm --examine /dev/null >out 2>&1 || true
	run -3 sh-collect -o ndjson --no-stock --from mdadm=out
}

@test "a real nginx" {
	need nginx curl
	mkdir logs
	cat >nginx.conf <<-CONF
		daemon off; pid $PWD/pid; error_log $PWD/logs/error.log; worker_processes 1;
		events { worker_connections 16; }
		http {
			access_log off;
			client_body_temp_path $PWD/t1; proxy_temp_path $PWD/t2; fastcgi_temp_path $PWD/t3;
			uwsgi_temp_path $PWD/t4; scgi_temp_path $PWD/t5;
			server { listen unix:$PWD/n.sock; location / { stub_status; } }
		}
	CONF
	nginx -p "$PWD" -c "$PWD/nginx.conf" 3>&- 2>/dev/null &
	pid=$!
	until_done curl -sf --unix-socket n.sock http://localhost/
	curl -sf --unix-socket n.sock http://localhost/ | from nginx >got
	jq -e '.[1].nginx | .connections == 1 and .writing == 1 and .requests_total >= 2 and .dropped_total == 0' got
}

@test "a real redis" {
	need redis-server redis-cli
	redis-server --port 0 --unixsocket "$PWD/r.sock" --save '' --maxmemory 8mb --dir "$PWD" >log 3>&- &
	pid=$!
	until_done redis-cli -s r.sock ping
	redis-cli -s r.sock set a b >/dev/null
	redis-cli -s r.sock info >info
	from redis info >got
	jq -e '.[1] | .memory.limit_bytes == 8388608 and .memory.usage > 0 and .redis.keys == 1
		and .redis.clients == 1 and .redis.master == 1 and .redis.commands_total >= 2' got
	sh-collect -o ndjson --no-stock --detail --from redis=info | catalogued
}

@test "a real haproxy" {
	need haproxy python3
	cat >haproxy.cfg <<-CONF
		global
			stats socket $PWD/h.sock mode 600 level user
		defaults
			mode http
			timeout connect 1s
			timeout client 1s
			timeout server 1s
		frontend web
			bind unix@$PWD/web.sock
			default_backend app
		backend app
			server one unix@$PWD/none.sock check inter 100ms fall 1
			server two unix@$PWD/none.sock
	CONF
	haproxy -db -f haproxy.cfg >log 2>&1 3>&- &
	pid=$!
	cat >ask.py <<-'PY'
		import socket
		s = socket.socket(socket.AF_UNIX)
		s.connect('h.sock')
		s.sendall(b'show stat\n')
		while data := s.recv(65536):
		    print(data.decode(), end='')
	PY
	# A server is down as soon as its check has failed once.
	is_down() { python3 ask.py >stat && grep -q '^app,one,.*DOWN' stat; }
	until_done is_down
	SH_HOST=h from haproxy stat >got
	grep '^\["server:app/one@h".*"up":0' got
	grep '^\["server:app/two@h".*"up":1' got
	jq -se 'any(.[]; .[0] == "backend:app@h" and (.[1].haproxy | .servers == 2 and .servers_up == 1))' got
	jq -se 'any(.[]; .[0] == "frontend:web@h" and (.[1].haproxy | .up == 1 and .sessions == 0))' got
	sh-collect -o ndjson --no-stock --from haproxy=stat | catalogued
}
