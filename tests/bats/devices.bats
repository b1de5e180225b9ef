#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Arrays, pools, NFS, sensors and other devices: against node_exporter's own tree and values, and
# on trees that are broken.
load helper
: "${abs_top_srcdir:?}"

collectors='md zfs nfs nfsd xfs btrfs bcache drbd multipath nvme hwmon thermal
	power
	rapl edac cgroup'

@test "node_exporter's values of its tree, but for the differences that are listed" {
	# Not rapl, whose rows have the path of the directory that stood for sysfs in that run.
	local group only=() groups='mdadm zfs nfs nfsd mountstats xfs btrfs bcache drbd
		dmmultipath nvme
		hwmon thermal_zone edac powersupplyclass cgroups'
	need python3 jq
	need_data conformance/node_root/proc/stat
	# shellcheck disable=SC2086 # words
	ROOT=$SH_DATA/conformance/node_root "$abs_top_srcdir/tests/conformance/node-adapter" \
		$collectors >values
	for group in $groups; do only+=(--only "$group"); done
	python3 "$SH_DATA/conformance/check.py" node "${only[@]}" --cmd "cat $PWD/values" --fails fails >out
	cat out
	for group in $groups; do grep -q "^$group  *pass  *[1-9]" out; done
	sed "s/^('\\([^']*\\)', '\\(.*\\)')\\t.*/\\1\\t\\2/" fails | sort >got
	grep -v '^#' "$abs_top_srcdir/tests/data/devices-differences.tsv" | cut -f 1,2 | sort >want
	diff -u want got
}

@test "more groups than are looked at are told, once" {
	mkdir -p root/sys/fs/cgroup root/proc
	touch root/sys/fs/cgroup/cgroup.controllers
	(cd root/sys/fs/cgroup && seq -f 'g%.0f' 4095 | xargs mkdir)
	mkdir root/sys/more
	for group in root/sys/fs/cgroup root/sys/fs/cgroup/g* root/sys/more; do
		echo 7 > "$group/pids.current"
	done
	sh-collect --no-stock --root root -o ndjson cgroup > out.ndjson
	jq -es 'length == 4096 and all(.kind == "sample")' out.ndjson
	mv root/sys/more root/sys/fs/cgroup/g1
	sh-collect --no-stock --root root -o ndjson -i 10ms -n 2 cgroup > out.ndjson
	jq -es 'map(select(.kind == "sample")) | length == 8192' out.ndjson
	jq -es 'map(select(.kind == "notice" and (.text | startswith("skipped") | not)).text)
		== ["there are more than 4096 control groups: only so many are looked at"]' out.ndjson
}

@test "more devices than are looked at are told" {
	need_root
	unshare -m true 2> /dev/null || skip 'no mount namespaces'
	mkdir -p root/sys/block root/proc
	# In memory: so many directories take other file systems long.
	run -0 unshare -m bash -c 'mount -t tmpfs none root/sys/block || exit 0
		(cd root/sys/block && seq -f "md%.0f" 65537 | xargs mkdir)
		sh-collect --no-stock --root root --detail -o ndjson md > out.ndjson'
	[ -e out.ndjson ] || skip 'no tmpfs here'
	jq -es 'map(select(.kind == "notice").text)
		== ["'"'"'sys/block'"'"' has more than 65536 entries: only so many are looked at"]' out.ndjson
}

@test "all that is emitted is in the catalogue" {
	local tree
	need jq
	for tree in "$abs_top_srcdir/tests/data/devices-before" "${SH_DATA-}/conformance/node_root"; do
		[ -d "$tree" ] || continue
		# shellcheck disable=SC2086 # words
		sh-collect --no-stock --root "$tree" --detail -o ndjson $collectors >out.ndjson
		[ "$(wc -l <out.ndjson)" -gt 50 ]
		catalogued <out.ndjson
		sh-collect --no-stock --root "$tree" -o ndjson $collectors >out.ndjson
		catalogued <out.ndjson
	done
}

@test "a machine without any of it has no records, no failures" {
	mkdir -p empty/proc empty/sys/class
	# shellcheck disable=SC2086 # words
	run -0 --separate-stderr sh-collect --no-stock --root empty --detail -o ndjson $collectors
	[ "$output" = '' ]
	[ "$stderr" = '' ]
}

@test "absence costs a few system calls for each collector" {
	need strace
	mkdir -p empty/proc empty/sys/class
	strace -f -o trace sh-collect --no-stock --root empty -o ndjson load 2>/dev/null || skip 'no ptrace'
	base=$(wc -l <trace)
	# shellcheck disable=SC2086 # words
	strace -f -o trace sh-collect --no-stock --root empty -o ndjson $collectors
	(( $(wc -l <trace) - base <= 40 ))
}

@test "files that are empty, cut, garbage or directories: the rest is told" {
	local tree=$abs_top_srcdir/tests/data/devices-before file
	need jq
	cp -r "$tree" broken
	chmod -R u+w broken
	n=0
	while IFS= read -r file; do
		case $(( n++ % 5 )) in
		0) : >"$file" ;;
		1) head -c 20 "$file" >part && cp part "$file" ;;
		2) head -c 3000 /dev/urandom >"$file" ;;
		3) printf '%s' 999999999999999999999999999999 >"$file" ;;
		4) rm "$file" && mkdir "$file" ;;
		esac
	done < <(find broken -type f | sort)
	# shellcheck disable=SC2086 # words
	run -0 sh-collect --no-stock --root broken --detail -o ndjson $collectors
	jq -es 'all(.kind == "sample" and (.entity | length) > 0)' <<<"$output"
	# One broken file alone loses nothing else.
	rm -r broken
	cp -r "$tree" broken
	chmod -R u+w broken
	: >broken/proc/spl/kstat/zfs/arcstats
	rm -r broken/sys/class/hwmon/hwmon0/temp1_input
	mkdir broken/sys/class/hwmon/hwmon0/temp1_input
	sh-collect --no-stock --root broken -o ndjson zfs hwmon >out.ndjson
	jq -es 'any(.entity | startswith("pool:tank@"))' out.ndjson
	jq -es 'any(.metrics.fan.rpm == 1098)' out.ndjson
}

@test "a file that cannot be read makes a failure that names it" {
	need jq
	mkdir -p denied/proc/mdstat
	run -0 sh-collect --no-stock --root denied -o ndjson md
	jq -e '.metrics.collect.ok == 0 and (.error | contains("mdstat"))' <<<"$output"
}

@test "the sensors of this machine are those that sensors(1) shows" {
	need sensors jq
	compgen -G '/sys/class/hwmon/hwmon*/temp*_input' >/dev/null || skip 'no sensors here'
	sh-collect --no-stock -o ndjson hwmon | jq -s '[.[].metrics.temperature.celsius | values] | length' >got
	sensors -u 2>/dev/null | grep -c 'temp[0-9]*_input' >want
	diff want got
}

@test "a control group of version 1 is what the kernel says of it" {
	local group=/sys/fs/cgroup/memory/sh-test.$$ pid
	need jq
	need_root
	[ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] || skip 'no control groups of version 1'
	mkdir "$group" 2>/dev/null || skip 'cannot make a control group'
	# The group must be empty to be removed.
	cleanup() { rmdir "$group"; }
	if ! echo $((64 << 20)) >"$group/memory.limit_in_bytes"; then cleanup; skip 'cannot limit it'; fi
	# shellcheck disable=SC2016 # the inner shell's
	bash -c 'echo $$ >"$1/cgroup.procs" && exec sleep 60' - "$group" 3>&- &
	pid=$!
	for _ in $(seq 50); do grep -q "^$pid$" "$group/cgroup.procs" && break; sleep 0.1; done
	sh-collect --no-stock -o ndjson cgroup >out.ndjson
	used=$(cat "$group/memory.usage_in_bytes")
	kill "$pid"
	wait "$pid" || true
	for _ in $(seq 50); do [ -s "$group/cgroup.procs" ] || break; sleep 0.1; done
	cleanup
	jq -c --arg g "/sh-test.$$" 'select(.source.target == $g)' out.ndjson >mine
	jq -e '.metrics.cgroup.memory_limit_bytes == 67108864' mine
	jq -e --argjson u "$used" '.metrics.cgroup | (.memory_bytes - $u | fabs) < 4000000' mine
	jq -e '.metrics.cgroup | (.memory_usage - 100 * .memory_bytes / 67108864 | fabs) < 1e-9' mine
	jq -e '.metrics.cgroup.oom_kills == 0' mine
	[ "$(wc -l <mine)" = 1 ]
}

# Run a script with the file system TYPE of 300 MiB at ./m; nothing of it outlives the namespace.
on_filesystem() {
	need_root
	need "mkfs.$1" losetup unshare
	unshare -m true || skip 'no mount namespaces'
	truncate -s 300M image
	"mkfs.$1" -q image >/dev/null 2>&1
	mkdir m
	# shellcheck disable=SC2016 # the inner shell's
	unshare -m bash -c 'mount -o loop image m || exit 77; eval "$1"' - "$2" || {
		[ $? != 77 ] || skip "cannot mount $1"
		return 1
	}
}

@test "a Btrfs file system is what btrfs(8) says of it" {
	need btrfs jq
	on_filesystem btrfs 'head -c 50000000 /dev/urandom >m/file; sync; sync m
		btrfs filesystem usage -b m >usage; btrfs filesystem show m >show
		sh-collect --no-stock -o ndjson btrfs >out.ndjson'
	uuid=$(awk '/uuid:/ { print $NF }' show)
	jq -c --arg u "$uuid" 'select(.source.target == $u).metrics.btrfs' out.ndjson >mine
	[ "$(wc -l <mine)" = 1 ]
	size=$(awk '/Device size:/ { print $3 }' usage)
	allocated=$(awk '/Device allocated:/ { print $3 }' usage)
	missing=$(awk '/Device missing:/ { print $3 }' usage)
	data=$(sed -n 's/^Data,.*(\(.*\)%)/\1/p' usage)
	metadata=$(sed -n 's/^Metadata,.*(\(.*\)%)/\1/p' usage)
	jq -e --argjson a "$allocated" --argjson s "$size" '(.allocated - 100 * $a / $s | fabs) < 1e-9' mine
	jq -e --argjson d "$data" --argjson m "$metadata" \
		'(.data_usage - $d | fabs) < 0.01 and (.metadata_usage - $m | fabs) < 0.01' mine
	jq -e --argjson m "$missing" '.devices_missing == $m and .device_errors == 0' mine
}

@test "what XFS counts grows by what is done" {
	need jq
	on_filesystem xfs 'sh-collect --no-stock -o ndjson xfs >before.ndjson
		device=$(findmnt -no SOURCE m); echo "${device##*/}" >device
		for i in $(seq 20); do echo x >>m/file; done; mkdir m/d; : >m/d/a; : >m/d/b
		sh-collect --no-stock -o ndjson xfs >after.ndjson'
	for when in before after; do
		jq -c --arg d "$(cat device)" 'select(.source.target == $d).metrics.xfs' $when.ndjson >$when
		[ "$(wc -l <$when)" = 1 ]
	done
	[ $(( $(jq .write_calls_total after) - $(jq .write_calls_total before) )) = 20 ]
	[ $(( $(jq .directory_operation_create_total after) - $(jq .directory_operation_create_total before) )) = 4 ]
}

@test "a control group of version 2 is what the kernel says of it" {
	need_root
	need jq unshare
	unshare -m true || skip 'no mount namespaces'
	mkdir -p root/proc root/sys/fs/cgroup
	# shellcheck disable=SC2016 # the inner shell's
	run unshare -m bash -c '
		mount -t cgroup2 none root/sys/fs/cgroup || exit 77
		group=root/sys/fs/cgroup/sh-test.$$
		mkdir "$group" || exit 77
		( echo "$BASHPID" >"$group/cgroup.procs" || exit 77
		  for ((i = 0; i < 300000; i++)); do :; done )
		rc=$?
		sh-collect --no-stock --root root --detail -o ndjson cgroup >out.ndjson
		awk "/^usage_usec/ { print \$2 / 1e6 }" "$group/cpu.stat" >usage
		echo "/sh-test.$$" >name
		rmdir "$group"
		exit $rc'
	[ "$status" != 77 ] || skip 'no control groups of version 2'
	[ "$status" = 0 ]
	jq -c --arg g "$(cat name)" 'select(.source.target == $g)' out.ndjson >mine
	jq -e --argjson u "$(cat usage)" '.metrics.cgroup.cpu_seconds_total | . > 0 and (. - $u | fabs) < 1e-4' mine
}

@test "every number of ZFS's own texts is told" {
	local table kstat=root/proc/spl/kstat/zfs set=conformance/storage/zfs
	need jq
	need_data "$set/arcstatsContents.txt"
	mkdir -p $kstat/HOME
	for table in abdstats:abdstats arcstats:arcstats dmuTx:dmu_tx fm:fm zfetchstats:zfetchstats zil:zil; do
		cp "$SH_DATA/$set/${table%:*}Contents.txt" "$kstat/${table#*:}"
	done
	cp "$SH_DATA/$set/poolIoContents.txt" $kstat/HOME/io
	cp "$SH_DATA/$set/objsetContents.txt" $kstat/HOME/objset-1
	cp "$SH_DATA/$set/objsetV22Contents.txt" $kstat/HOME/objset-2
	sh-collect --no-stock --root root --detail -o ndjson zfs >out.ndjson
	catalogued <out.ndjson
	# All rows but those of texts; those of the cache again under the names that rules look at.
	awk 'FNR == 1 { begun = 0 } begun && $2 != 7 && NF == 3 { print $3 } $1 == "name" { begun = 1 }' \
		$kstat/[a-z]* $kstat/HOME/objset-* | sort >want
	jq -r 'select(.entity | startswith("pool:") | not).metrics.zfs | to_entries[] |
		select(.key | IN("arc_bytes", "arc_limit_bytes") | not) | .value' out.ndjson | sort >got
	diff want got
	jq -es 'any(.entity == "dataset:HOMEV22@" + .host)' out.ndjson
	[ "$(jq 'select(.metrics.zfs.zpool_reads).metrics.zfs.zpool_reads' out.ndjson)" = 22 ]
}
