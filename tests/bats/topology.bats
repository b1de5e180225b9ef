#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Which entities need which: on trees that the tests build, and on this machine with sockets and
# mounts that are really there.
# shellcheck disable=SC2154 # stderr comes from run, abs_top_* from make
load helper

teardown() {
	if [ -s pids ]; then
		mapfile -t started < pids
		kill -KILL "${started[@]}" 2>/dev/null || true
		wait "${started[@]}" 2>/dev/null || true
	fi
}

equal() {
	[ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$2" "$1"; return 1; }
}

# The edges that sh-collect tells: "FROM TYPE TO", sorted.
edges() {
	SH_HOST=h sh-collect --no-stock -o ndjson "$@" topology > seen.ndjson
	jq -r 'select(.kind == "edge") | "\(.from) \(.type) \(.to)\(if .need then " \(.need)" else "" end)"' \
		seen.ndjson | sort
}

# put FILE TEXT...: a file of the tree, a line each
put() {
	mkdir -p "t/$(dirname "$1")"
	printf '%s\n' "${@:2}" > "t/$1"
}

# disk NAME NUMBER [SLAVE...]
disk() {
	local slave
	put "sys/block/$1/dev" "$2"
	mkdir -p "t/sys/block/$1/slaves"
	for slave in "${@:3}"; do ln -s "../../$slave" "t/sys/block/$1/slaves/$slave"; done
}

part() {
	put "sys/block/$1/$2/dev" "$3"
	put "sys/block/$1/$2/partition" 1
}

mounted() {
	mkdir -p t/proc/self
	printf '%s\n' "$@" > t/proc/self/mountinfo
}

# process PID NAME CGROUP [START]: one of the tree
process() {
	put "proc/$1/stat" "$1 ($2) S 1 $1 $1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 ${4-100} 1000000 100 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"
	put "proc/$1/cgroup" "0::$3"
	mkdir -p "t/proc/$1/fd" "t/proc/$1/fdinfo"
}

# holds PID FD TARGET [FLAGS MOUNT]
holds() {
	ln -s "$3" "t/proc/$1/fd/$2"
	[ -z "${4-}" ] || put "proc/$1/fdinfo/$2" "pos:	0" "flags:	$4" "mnt_id:	$5"
}

tcp_line() { # LOCAL REMOTE STATE INODE
	echo "   0: $1 $2 $3 00000000:00000000 00:00000000 00000000     0        0 $4 1 0000000000000000 20 4 30 10 -1"
}

@test "a file system is on its device, that on the disks below it, of an array and of LVM too" {
	need jq
	disk sda 8:0; part sda sda1 8:1; part sda sda2 8:2
	disk sdb 8:16; part sdb sdb2 8:18
	disk md0 9:0 sda2 sdb2; put sys/block/md0/md/level raid1; put sys/block/md0/md/raid_disks 2
	disk dm-0 253:0 md0
	put sys/block/dm-0/dm/name vg--a-data
	put sys/block/dm-0/dm/uuid LVM-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
	mounted '21 1 8:1 / / rw - ext4 /dev/sda1 rw' '22 21 253:0 / /srv rw - xfs /dev/mapper/vg--a-data rw' \
		'23 21 253:0 /part /opt rw - xfs /dev/mapper/vg--a-data rw' '24 21 0:5 / /proc rw - proc proc rw'
	equal "$(edges --root t)" 'disk:dm-0@h stores_on disk:md0@h
disk:dm-0@h stores_on lv:vg-a/data@h
disk:md0@h stores_on md:md0@h
disk:sda1@h stores_on disk:sda@h
disk:sda2@h member_of md:md0@h 1
disk:sda2@h stores_on disk:sda@h
disk:sdb2@h member_of md:md0@h 1
disk:sdb2@h stores_on disk:sdb@h
filesystem:/@h stores_on disk:sda1@h
filesystem:/srv@h stores_on disk:dm-0@h
lv:vg-a/data@h stores_on vg:vg-a@h
vg:vg-a@h stores_on disk:md0@h'
	jq -es 'all(.host == "h" and .source.collector == "topology" and (.time | length) == 27)
		and (map(.source.target) | unique == ["blocks", "mounts"])' seen.ndjson
}

@test "an array needs as many disks as its level says" {
	need jq
	local level
	for level in 'raid1 4 1' 'raid4 4 3' 'raid5 4 3' 'raid6 4 2' 'raid10 4 2' 'raid10 5 3'; do
		# shellcheck disable=SC2086 # words
		set -- $level
		rm -rf t
		disk sda 8:0; disk md7 9:7 sda
		put sys/block/md7/md/level "$1"; put sys/block/md7/md/raid_disks "$2"
		equal "$(edges --root t | grep member_of)" "disk:sda@h member_of md:md7@h $3"
	done
	# Without redundancy each disk is needed, and what is not known is not made up.
	for level in raid0 linear novel; do
		put sys/block/md7/md/level "$level"
		equal "$(edges --root t | grep md:md7@h | tail -n 1)" 'md:md7@h stores_on disk:sda@h'
	done
}

@test "multipath devices, NVMe controllers, loop devices, Btrfs and what a device is called otherwise" {
	need jq
	disk sdc 8:32; disk sdd 8:48; disk dm-1 253:1 sdc sdd
	put sys/block/dm-1/dm/name mpatha; put sys/block/dm-1/dm/uuid mpath-3600
	disk nvme0n1 259:0; ln -s ../../nvme0 t/sys/block/nvme0n1/device
	disk 'cciss!c0d0' 104:0
	disk loop3 7:3; put sys/block/loop3/loop/backing_file '/srv/images/a b.img'
	disk loop4 7:4
	mkdir -p t/sys/fs/btrfs/features t/sys/fs/btrfs/aa-bb/devices/nvme0n1 t/sys/fs/btrfs/aa-bb/devices/sdz
	mounted '21 1 104:0 / / rw - ext4 /dev/cciss/c0d0 rw' '22 21 0:40 / /srv rw - btrfs /dev/nvme0n1 rw' \
		'23 21 7:3 / /mnt ro - squashfs /dev/loop3 ro'
	equal "$(edges --root t)" 'btrfs:aa-bb@h stores_on disk:nvme0n1@h
btrfs:aa-bb@h stores_on disk:sdz@h
disk:dm-1@h stores_on multipath:mpatha@h
disk:loop3@h stores_on filesystem:/srv@h
disk:nvme0n1@h runs_on disk:nvme0@h
disk:sdc@h member_of multipath:mpatha@h 1
disk:sdd@h member_of multipath:mpatha@h 1
filesystem:/@h stores_on disk:cciss/c0d0@h
filesystem:/mnt@h stores_on disk:loop3@h
filesystem:/srv@h stores_on btrfs:aa-bb@h'
}

@test "file systems of the network are on their hosts, where there is one" {
	need jq
	mounted '30 1 0:50 / /n4 rw - nfs4 nas:/export/a rw' '31 1 0:51 / /n6 rw - nfs [fd00::1]:/x rw' \
		'32 1 0:52 / /win rw - cifs //files/share\040x rw' '33 1 0:53 / /ssh rw - fuse.sshfs joe@box:/home rw' \
		'34 1 0:54 / /c1 rw - ceph mon1:6789:/ rw' '35 1 0:55 / /c3 rw - ceph mon1:6789,mon2:6789:/ rw' \
		'36 1 0:56 / /g rw - fuse.glusterfs gl1:/vol rw' '37 1 0:57 / /z rw - zfs tank/home rw' \
		'38 1 0:58 / /r rw - fuse.rclone cloud:dir rw' '39 1 0:59 / /t rw - tmpfs tmpfs rw'
	equal "$(edges --root t)" 'filesystem:/c1@h mounts host:mon1
filesystem:/g@h mounts volume:vol
filesystem:/n4@h mounts host:nas
filesystem:/n6@h mounts host:fd00::1
filesystem:/ssh@h mounts host:box
filesystem:/win@h mounts host:files
filesystem:/z@h stores_on pool:tank@h'
}

id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

@test "containers, pods and machines are called as their managers call them, and run here" {
	need jq
	local uid=12345678-1234-1234-1234-123456789abc
	process 10 nginx "/system.slice/docker-$id.scope"
	put "var/lib/docker/containers/$id/config.v2.json" '{"Name":"/web"}'
	process 11 redis "/machine.slice/libpod-${id/0123/beef}.scope/container"
	put var/lib/containers/storage/overlay-containers/containers.json \
		"[{\"id\":\"x\",\"names\":[\"n\"]},{\"id\":\"${id/0123/beef}\",\"names\":[\"cache\"]}]"
	process 12 app "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid//-/_}.slice/cri-containerd-$id.scope"
	mkdir -p "t/var/log/pods/shop_cart-0_$uid"
	process 13 qemu-system-x86 '/machine.slice/machine-qemu\x2d3\x2ddb\x2d1.scope/libvirt/emulator'
	process 14 init '/lxc.payload.old'
	process 15 postgres "/docker/${id/0123/dead}"
	process 16 qemu-system-x86 /
	printf 'qemu-system-x86_64\0-name\0guest=lone,debug-threads=on\0-m\0%s\0' 1024 > t/proc/16/cmdline
	process 17 systemd '/machine.slice/machine-fedora.scope/init.scope'
	equal "$(edges --root t)" 'container:cache@h runs_on host:h
container:dead456789ab@h runs_on host:h
container:fedora@h runs_on host:h
container:old@h runs_on host:h
container:web@h runs_on host:h
pod:shop/cart-0 runs_on host:h
vm:db-1 runs_on host:h
vm:lone runs_on host:h'
}

@test "what is written is on the file system that shows it, out of containers too" {
	need jq
	disk sda 8:0; disk sdb 8:16; disk sdc 8:32
	mounted '21 1 8:0 / / rw - ext4 /dev/sda rw' '22 21 8:16 / /srv rw - ext4 /dev/sdb rw' \
		'23 21 0:60 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw,lowerdir=/l,upperdir=/srv/up\040per,workdir=/w'
	process 10 postgres /system.slice/postgres@14-main.service
	holds 10 3 /srv/pg/1 0100002 22
	holds 10 4 /srv/pg/2 0100002 22
	holds 10 5 /usr/lib/x.so 0100000 21 # only read
	holds 10 6 /dev/null 0100002 25
	holds 10 7 /dev/sdc 0100002 25
	holds 10 8 '/memfd:x (deleted)' 0100002 99
	process 11 app "/docker/$id"
	holds 11 3 /log/app.log 0101001 77
	put proc/11/mountinfo '77 70 0:60 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/srv/up\040per,workdir=/w'
	process 12 vi /user.slice/user-1000.slice/session-1.scope
	holds 12 3 /srv/joe.txt 0100002 22
	process 13 cron /
	holds 13 3 /var/spool/x 0100002 21
	equal "$(edges --root t | grep -v '^disk\|^filesystem\|runs_on')" 'container:0123456789ab@h stores_on filesystem:/srv@h
service:postgres%4014-main@h stores_on disk:sdc@h
service:postgres%4014-main@h stores_on filesystem:/srv@h'
}

@test "who connects with whom: here, in containers, on other machines" {
	need jq
	process 10 web /system.slice/web.service
	process 11 postgres /system.slice/db.service
	process 12 app "/docker/$id"
	process 13 curl /
	process 14 ssh /user.slice/user-1000.slice/session-1.scope
	mkdir -p t/proc/self/ns t/proc/12/ns t/proc/12/net t/proc/net
	ln -s 'net:[1]' t/proc/self/ns/net
	ln -s 'net:[2]' t/proc/12/ns/net
	{
		echo '  sl  local_address rem_address   st'
		tcp_line 0100007F:1538 00000000:0000 0A 900 # db listens on 127.0.0.1:5432
		tcp_line 0100007F:C001 0100007F:1538 01 901 # web -> db
		tcp_line 0100007F:1538 0100007F:C001 01 902
		tcp_line 00000000:0050 00000000:0000 0A 903 # web listens on :80
		tcp_line 0500000A:0050 0900000A:D000 01 904 # from elsewhere
		tcp_line 0500000A:C002 0700000A:0CEA 01 905 # web -> 10.0.0.7:3306
		tcp_line 0500000A:C003 0800000A:01BB 01 906 # web -> 10.0.0.8:443
		tcp_line 0500000A:C004 0600000A:0019 01 907 # web -> 10.0.0.6:25
		tcp_line 0100007F:C005 0100007F:0050 01 908 # curl -> web
		tcp_line 0100007F:0050 0100007F:C005 01 909
		tcp_line 0500000A:C006 0600000A:0016 01 910 # ssh -> 10.0.0.6
		tcp_line 0500000A:C007 0600000A:0050 01 911 # curl -> 10.0.0.6
		tcp_line 010011AC:1538 020011AC:C001 01 912 # db <- container 172.17.0.2
		tcp_line 010011AC:1538 00000000:0000 0A 913
		tcp_line 0500000A:C008 0600000A:0051 06 0   # over
	} > t/proc/net/tcp
	tcp_line 020011AC:C001 010011AC:1538 01 920 > t/proc/12/net/tcp
	{
		tcp_line 0000000000000000FFFF00000500000A:C009 0000000000000000FFFF00000600000A:0019 01 930
		tcp_line 000000FD000000000000000001000000:C009 000000FD000000000000000002000000:0050 01 931
	} > t/proc/net/tcp6
	put etc/hosts '127.0.0.1 localhost' '10.0.0.6 mail.example.org mail # ours' '::1 localhost'
	holds 10 3 'socket:[901]'; holds 10 4 'socket:[903]'; holds 10 5 'socket:[904]'
	holds 10 6 'socket:[905]'; holds 10 7 'socket:[906]'; holds 10 8 'socket:[907]'
	holds 10 9 'socket:[909]'; holds 10 10 'socket:[930]'; holds 10 11 'socket:[931]'
	holds 11 3 'socket:[900]'; holds 11 4 'socket:[902]'; holds 11 5 'socket:[912]'
	holds 11 6 'socket:[913]'
	holds 12 3 'socket:[920]'
	holds 13 3 'socket:[908]'; holds 13 4 'socket:[911]'
	holds 14 3 'socket:[910]'
	cat > site.yaml <<- 'END'
	checks:
	  mysql: {tcp: "10.0.0.7:3306"}
	  api: {http: "https://10.0.0.8/health"}
	END
	equal "$(edges --root t -c site.yaml | grep connects)" 'check:api@h connects host:10.0.0.8
check:mysql@h connects host:10.0.0.7
container:0123456789ab@h connects service:db@h
process:curl@h connects service:web@h
service:web@h connects check:api@h
service:web@h connects check:mysql@h
service:web@h connects host:fd00::2
service:web@h connects host:mail
service:web@h connects service:db@h'
	# The name that is as long as our own.
	SH_HOST=h.example.org sh-collect --no-stock -o ndjson --root t topology |
		jq -es 'any(.to == "host:mail.example.org")'
}

@test "trees that are empty or broken give nothing, and no failure" {
	need jq
	mkdir t
	run -0 --separate-stderr sh-collect --no-stock --root t -o ndjson topology
	[ -z "$output" ] || { echo "$output"; false; }
	mounted '' '21' '21 1 8:0 / /a' '21 1 8:0 / /b rw -' 'x 1 8:0 / /c rw - ext4 /dev/sda rw'
	put sys/block/sda/dev junk; put sys/block/dm-0/dm/uuid 'LVM-'
	put sys/block/loop0/loop/backing_file relative
	process 10 a /docker/; put proc/10/cgroup '' : :: 0: '0::' '0::/docker-zz.scope' '/../machine-.scope' 'machine-qemu-.scope'
	mkdir -p t/proc/net; printf '\377 a: b\n0: 0:0 0:0 01 0 0 0 0 0 1\n' > t/proc/net/tcp
	put etc/hosts '' '#' '1.2.3.4' 'x'
	holds 10 3 'socket:[' ; holds 10 4 'socket:[]'; holds 10 5 '/'
	run -0 --separate-stderr sh-collect --no-stock --root t -o ndjson topology
	[ -z "$stderr" ]
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "in rounds all is told once, what is new is told when it comes; one look must be asked for" {
	need jq
	disk sda 8:0
	mounted '21 1 8:0 / / rw - ext4 /dev/sda rw'
	sh-collect --no-stock --root t -o ndjson -i 20ms -n 5 topology > out.ndjson
	jq -es 'map(select(.kind == "edge")) | length == 1' out.ndjson
	{ sh-collect --no-stock --root t -o ndjson -i 20ms -n 40 topology & echo $! > pids; } > out.ndjson
	sleep 0.3
	mounted '21 1 8:0 / / rw - ext4 /dev/sda rw' '22 1 0:9 / /n rw - nfs nas:/x rw'
	wait "$(cat pids)"
	jq -es 'map(select(.kind == "edge") | .to) | length == 2 and .[1] == "host:nas"' out.ndjson
	sh-collect --no-stock --root t -o ndjson > out.ndjson
	jq -es 'all(.kind != "edge")' out.ndjson
	sh-collect --no-stock --root t -o ndjson --state s > out.ndjson
	jq -es 'any(.kind == "edge")' out.ndjson
	# The same again by its source.
	SH_HOST=h sh-collect --no-stock --source '{"collector":"topology","target":"mounts"}' > out.ndjson
	jq -es 'length > 0 and all(.source.target == "mounts")' out.ndjson
}

@test "in rounds without an end an edge holds for an hour, and what vanished is not believed for long" {
	need jq
	disk sda 8:0
	mounted '21 1 8:0 / / rw - ext4 /dev/sda rw' '22 1 0:9 / /n rw - nfs nas:/x rw'
	SH_HOST=h sh-collect --no-stock --root t -o ndjson -i 20ms topology | head -n 3 > out.ndjson
	jq -es 'map(select(.kind == "edge") | .valid) == ["1h", "1h"]' out.ndjson
	for seldom in '-i 20ms -n 3' '-i 11m -n 1' ''; do
		# shellcheck disable=SC2086 # options
		sh-collect --no-stock --root t -o ndjson $seldom topology > once.ndjson
		jq -es 'map(select(.kind == "edge")) | length == 2 and all(has("valid") | not)' once.ndjson
	done
	# An hour and a half later one of the two was told again.
	jq -c 'select(.to != "host:nas") | .time = "'"$(date -u -d '+50 minutes' +%FT%T.000000Z)"'"' out.ndjson > again.ndjson
	echo '{"kind":"tick","host":"h","time":"'"$(date -u -d '+90 minutes' +%FT%T.000000Z)"'"}' > later.ndjson
	equal "$(sh-diagnose --no-stock --query needs:filesystem:/n@h -o text out.ndjson | grep -c host:nas)" 1
	run ! bash -c 'sh-diagnose --no-stock --query needs:filesystem:/n@h -o text out.ndjson again.ndjson later.ndjson | grep host:nas'
	sh-diagnose --no-stock --query needs:filesystem:/@h -o text out.ndjson again.ndjson later.ndjson | grep disk:sda@h
}

@test "declared services that really talk, and the file system they write, are found here" {
	need jq python3
	cat > server.py <<- 'END'
	import socket, sys, time
	s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
	log = open("server.log", "w")
	print(s.getsockname()[1], file=open("port.new", "w"), flush=True)
	import os; os.rename("port.new", "port")
	kept = []
	while True: kept.append(s.accept()[0])
	END
	cat > client.py <<- 'END'
	import socket, sys, time
	s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	open("connected", "w").close()
	time.sleep(60)
	END
	python3 server.py 3>&- & echo $! >> pids; echo $! > server.pid
	for _ in $(seq 100); do [ -e port ] && break; sleep 0.05; done
	python3 client.py "$(cat port)" 3>&- & echo $! >> pids; echo $! > client.pid
	for _ in $(seq 100); do [ -e connected ] && break; sleep 0.05; done
	cat > site.yaml <<- END
	services:
	  front: {pidfile: $PWD/client.pid, mode: observe}
	  back: {pidfile: $PWD/server.pid, mode: observe}
	END
	edges -c site.yaml > out
	grep -qx 'service:front@h connects service:back@h' out
	run ! grep -q 'service:back@h connects' out
	grep -q '^service:back@h stores_on filesystem:' out
	# It is the one that the collector of file systems tells of.
	SH_HOST=h sh-collect --no-stock -o ndjson filesystem > fs.ndjson
	jq -es --arg of "$(sed -n 's/^service:back@h stores_on //p' out | head -n 1)" 'any(.entity == $of)' fs.ndjson
}

@test "edges as records are valid" {
	need jq python3
	disk sda 8:0; disk md0 9:0 sda; put sys/block/md0/md/level raid1; put sys/block/md0/md/raid_disks 2
	edges --root t > /dev/null
	run python3 "$abs_top_srcdir/tests/bats/validate.py" "$abs_top_srcdir/share/schema" edge < seen.ndjson
	[ "$status" != 77 ] || skip "$output"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
}

@test "a fault of a service is explained by the disk below its file system, by what was found alone" {
	need jq
	disk sda 8:0; disk sdb 8:16; part sdb sdb1 8:17
	mounted '21 1 8:0 / / rw - ext4 /dev/sda rw' '22 21 8:17 / /srv rw - ext4 /dev/sdb1 rw'
	process 10 postgres /system.slice/db.service
	holds 10 3 /srv/pg/1 0100002 22
	process 11 web /system.slice/web.service
	mkdir -p t/proc/net
	{
		tcp_line 0100007F:1538 00000000:0000 0A 900
		tcp_line 0100007F:C001 0100007F:1538 01 901
		tcp_line 0100007F:1538 0100007F:C001 01 902
	} > t/proc/net/tcp
	holds 11 3 'socket:[901]'; holds 10 4 'socket:[900]'; holds 10 5 'socket:[902]'
	cat > rules.yaml <<- 'END'
	rules:
	  slow: {on: [service], expr: latency.p90 > 100, severity: high, count: 3, affected_metrics: [latency.p90]}
	END
	# All are slow at the end, and the disk has no more to do than before: it is the one to blame.
	samples() {
		local now i bad
		now=$(date +%s)
		for ((i = 0; i < 70; i++)); do
			bad=$((i < 60 ? 0 : 1))
			at() {
				printf '{"kind":"sample","time":%d,"host":"h","entity":"%s","metrics":{"%s":{"%s":%d}}}\n' \
					$((now + 10 * i)) "$@"
			}
			at service:web@h latency p90 $((10 + i % 3 + bad * 390))
			at service:db@h latency p90 $((5 + i % 3 + bad * 300))
			at disk:sdb@h latency write_avg $((2 + i % 3 + bad * 200))
			at disk:sda@h latency write_avg $((2 + i % 3))
			at filesystem:/srv@h storage utilization 40
		done
	}
	diagnosed() {
		sh-detect --no-stock -c rules.yaml --pass | sh-diagnose --no-stock |
			jq -c 'select(.kind == "diagnosis" and .fault.entity == "service:web@h")' | head -n 1
	}
	{ SH_HOST=h sh-collect --no-stock --root t -o ndjson topology; samples; } | diagnosed > out
	equal "$(jq -r '.ranking[0].entity' out)" disk:sdb@h
	jq -e '.ranking[0].affected | contains(["service:db@h", "service:web@h"])' out
	jq -e 'all(.ranking[]; .entity != "disk:sda@h")' out
	jq -e 'any(.ranking[0].evidence[]; .source == "graph")' out
	# Without the edges the disk is one of those that changed, and no more.
	samples | diagnosed > alone
	jq -e 'all(.ranking[].evidence[]; .source != "graph")' alone
	jq -es '(.[0].ranking[0].confidence) > (.[1].ranking[] | select(.entity == "disk:sdb@h").confidence)' out alone
}

# The edges of a document on standard input.
imported() {
	SH_HOST=h sh-collect --no-stock -o ndjson --from "$1=-" > seen.ndjson
	jq -r 'select(.kind == "edge") | "\(.from) \(.type) \(.to)\(if .need then " \(.need)" else "" end)"' \
		seen.ndjson | sort
}

@test "objects of Kubernetes: owners, nodes, claims, services by selector and by end points, routes" {
	need jq
	equal "$(imported kubectl <<- 'END'
	{"kind": "List", "items": [
	{"kind": "Node", "metadata": {"name": "n1"}, "status": {"addresses": [
		{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": "worker1"}],
		"conditions": [{"type": "Ready", "status": "True"}]}},
	{"kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 2}},
	{"kind": "ReplicaSet", "metadata": {"name": "web-1", "namespace": "shop", "ownerReferences": [
		{"kind": "Deployment", "name": "web", "controller": true}]}, "spec": {"replicas": 2}},
	{"kind": "ReplicaSet", "metadata": {"name": "web-0", "namespace": "shop", "ownerReferences": [
		{"kind": "Deployment", "name": "web", "controller": true}]}, "spec": {"replicas": 0}},
	{"kind": "Pod", "metadata": {"name": "web-1-a", "namespace": "shop", "labels": {"app": "web", "v": "1"},
		"ownerReferences": [{"kind": "ReplicaSet", "name": "web-1", "controller": true},
			{"kind": "Thing", "name": "t"}]},
		"spec": {"nodeName": "n1", "volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
			{"name": "n", "nfs": {"server": "nas"}}, {"name": "e", "emptyDir": {}}]},
		"status": {"phase": "Running"}},
	{"kind": "Pod", "metadata": {"name": "done", "namespace": "shop", "labels": {"app": "web"}},
		"status": {"phase": "Succeeded"}},
	{"kind": "Pod", "metadata": {"name": "other", "namespace": "else", "labels": {"app": "web"}}},
	{"kind": "Pod", "metadata": {"name": "static-n1", "namespace": "kube-system", "ownerReferences": [
		{"kind": "Node", "name": "n1", "controller": true}]}, "spec": {"nodeName": "n1"}},
	{"kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": {"app": "web"}}},
	{"kind": "Service", "metadata": {"name": "outer", "namespace": "shop"}, "spec": {}},
	{"kind": "Endpoints", "metadata": {"name": "old", "namespace": "shop"}, "subsets": [
		{"addresses": [{"ip": "10.1.0.1", "targetRef": {"kind": "Pod", "name": "p1", "namespace": "shop"}}],
		"notReadyAddresses": [{"targetRef": {"kind": "Pod", "name": "p2"}}]}]},
	{"kind": "EndpointSlice", "metadata": {"name": "new-x", "namespace": "shop",
		"labels": {"kubernetes.io/service-name": "new"}}, "endpoints": [
		{"targetRef": {"kind": "Pod", "name": "p3"}}, {"targetRef": {"kind": "Node", "name": "n1"}}]},
	{"kind": "Ingress", "metadata": {"name": "front", "namespace": "shop"}, "spec": {"rules": [{"http": {"paths": [
		{"backend": {"service": {"name": "web"}}}, {"backend": {"serviceName": "old"}}]}}]}},
	{"kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"}, "spec": {"volumeName": "pv7"}, "status": {"phase": "Bound"}},
	{"kind": "PersistentVolume", "metadata": {"name": "pv7"}, "spec": {"nfs": {"server": "nas", "path": "/x"}}, "status": {"phase": "Bound"}},
	{"kind": "ConfigMap", "metadata": {"name": "c", "namespace": "shop"}}
	]}
	END
	)" 'ingress:shop/front depends_on service:shop/old
ingress:shop/front depends_on service:shop/web
node:n1 runs_on host:worker1
persistentvolume:pv7 mounts host:nas
persistentvolumeclaim:shop/data stores_on persistentvolume:pv7
pod:kube-system/static-n1 runs_on node:n1
pod:shop/p1 member_of service:shop/old 1
pod:shop/p2 member_of service:shop/old 1
pod:shop/p3 member_of service:shop/new 1
pod:shop/web-1-a member_of replicaset:shop/web-1 1
pod:shop/web-1-a member_of service:shop/web 1
pod:shop/web-1-a mounts host:nas
pod:shop/web-1-a runs_on node:n1
pod:shop/web-1-a stores_on persistentvolumeclaim:shop/data
replicaset:shop/web-1 member_of deployment:shop/web 1'
	# The pods and the volumes are those that samples are about.
	jq -es 'map(select(.kind == "sample").entity) | contains(["pod:shop/web-1-a", "node:n1",
		"replicaset:shop/web-1", "persistentvolumeclaim:shop/data", "persistentvolume:pv7"])' seen.ndjson
	# One object alone, and one that says nothing.
	equal "$(imported kubectl <<< '{"kind":"Pod","metadata":{"name":"p","namespace":"s"},"spec":{"nodeName":"n"}}')" \
		'pod:s/p runs_on node:n'
	run -3 --separate-stderr sh-collect --from kubectl=- <<< '{"kind":"ConfigMap","metadata":{"name":"c"}}'
}

@test "servers of HAProxy belong to their backends, volumes to their groups, containers to others" {
	need jq
	equal "$(imported haproxy <<- 'END'
	# pxname,svname,status,addr,
	web,FRONTEND,OPEN,,
	app,a1,UP,10.0.0.7:80,
	app,a2,DOWN,127.0.0.1:8080,
	app,BACKEND,UP,,
	END
	)" 'server:app/a1@h connects host:10.0.0.7
server:app/a1@h member_of backend:app@h 1
server:app/a2@h member_of backend:app@h 1'
	equal "$(imported lvm <<- 'END'
	{"report": [{"lv": [{"lv_name": "data", "vg_name": "vg0"}], "vg": [{"vg_name": "vg0"}],
		"pv": [{"pv_name": "/dev/sda2", "vg_name": "vg0"}, {"pv_name": "/dev/mapper/x", "vg_name": "vg0"},
		{"pv_name": "/dev/sdz"}]}]}
	END
	)" 'lv:vg0/data@h stores_on vg:vg0@h
pv:/dev/sda2@h stores_on disk:sda2@h
pv:/dev/sdz@h stores_on disk:sdz@h
vg:vg0@h stores_on pv:/dev/mapper/x@h
vg:vg0@h stores_on pv:/dev/sda2@h'
	equal "$(imported docker <<- 'END'
	[{"Id": "0f", "Name": "/web", "State": {"Status": "running"}, "HostConfig": {"NetworkMode": "container:vpn", "Links": ["/db:/web/database"]}}]
	END
	)" 'container:web@h depends_on container:db@h
container:web@h depends_on container:vpn@h
container:web@h runs_on host:h'
}

@test "edges of a document that a check reads again and again are told once" {
	need jq
	echo '{"kind":"Pod","metadata":{"name":"p","namespace":"s"},"spec":{"nodeName":"n"},"status":{"phase":"Running"}}' > pod.json
	echo "checks: {k: {read: $PWD/pod.json, format: kubectl}}" > site.yaml
	sh-collect --no-stock -c site.yaml -o ndjson -i 50ms -n 4 check > out.ndjson
	jq -es '(map(select(.kind == "edge")) | length == 1)
		and (map(select(.kind == "edge"))[0].source == {collector: "check", target: "k"})
		and (map(select(.entity == "pod:s/p")) | length > 1)' out.ndjson
}

@test "nginx: upstreams and what is passed to, through includes; what is a variable is left out" {
	need jq
	process 10 nginx /system.slice/nginx.service
	process 11 nginx /system.slice/nginx.service
	process 12 app /system.slice/app.service
	process 13 php-fpm /system.slice/php.service
	mkdir -p t/proc/net
	tcp_line 0100007F:1F90 00000000:0000 0A 900 > t/proc/net/tcp # app listens on 127.0.0.1:8080
	holds 12 3 'socket:[900]'
	{
		echo 'Num       RefCount Protocol Flags    Type St Inode Path'
		echo '0000000000000000: 00000002 00000000 00010000 0001 01 950 /run/php.sock'
		echo '0000000000000000: 00000003 00000000 00000000 0001 03 951 /run/other.sock'
	} > t/proc/net/unix
	holds 13 3 'socket:[950]'
	put etc/hosts '10.0.0.9 cache'
	put etc/nginx/nginx.conf 'user www; # proxy_pass http://comment;' 'http {' \
		' log_format x "a;b{ $c }"; include conf.d/*.conf; include /etc/nginx/missing.conf;' \
		' server { location ~ "\.php$" { fastcgi_pass unix:/run/php.sock; }' \
		'  location / { proxy_pass http://app/x?y; proxy_set_header Host "$host; }"; }' \
		'  location /v { proxy_pass http://$where/; } location /w { proxy_pass http://${app}; }' \
		'  content_by_lua_block { if x then s = "it'"'"'s { }" end; proxy_pass http://lua; }' \
		'  location /o { proxy_pass https://api.example.org/v1/; }' \
		'  location /6 { grpc_pass grpc://[fd00::7]:99; } } }' \
		'stream { upstream sql { server 10.0.0.6:3306; server 10.0.0.7:3306 down; }' \
		' server { listen 3306; proxy_pass sql; } }'
	put etc/nginx/conf.d/10-app.conf 'upstream app { least_conn; server 127.0.0.1:8080 weight=5;' \
		' server cache:8081 backup; keepalive 8; }' 'upstream unused { server 10.0.0.8; }'
	put etc/nginx/conf.d/20-loop.conf 'include conf.d/20-loop.conf; include conf.d/*.conf;'
	put etc/nginx/conf.d/cut.conf 'upstream half { server 10.0.0.99; server "10.0.0.98'
	put etc/nginx/conf.d/not.txt 'upstream not { server 10.0.0.97; }'
	equal "$(edges --root t | grep 'upstream\|service:nginx')" 'host:10.0.0.6 member_of upstream:sql@h 1
host:10.0.0.8 member_of upstream:unused@h 1
host:10.0.0.99 member_of upstream:half@h 1
host:cache member_of upstream:app@h 1
service:app@h member_of upstream:app@h 1
service:nginx@h connects host:api.example.org
service:nginx@h connects host:fd00::7
service:nginx@h connects service:php@h
service:nginx@h depends_on upstream:app@h
service:nginx@h depends_on upstream:sql@h'
	# Where it was told another file, not the default one.
	printf 'nginx: master process /usr/sbin/nginx -c /srv/n.conf\0' > t/proc/10/cmdline
	put srv/n.conf 'http { upstream o { server 10.0.0.1; } server { location / { proxy_pass http://o; } } }'
	rm -r t/proc/11
	equal "$(edges --root t | grep 'upstream\|service:nginx')" 'host:10.0.0.1 member_of upstream:o@h 1
service:nginx@h depends_on upstream:o@h'
	# Without the program its files say nothing of what runs here.
	rm -r t/proc/10
	equal "$(edges --root t | grep -c 'upstream\|nginx')" 0
}

@test "HAProxy: frontends, backends and their servers, as its statistics call them" {
	need jq
	process 10 haproxy /system.slice/haproxy.service
	process 12 app /system.slice/app.service
	mkdir -p t/proc/net
	tcp_line 0100007F:1F90 00000000:0000 0A 900 > t/proc/net/tcp
	holds 12 3 'socket:[900]'
	put etc/haproxy/haproxy.cfg 'global' '  log /dev/log local0' 'defaults http' '  mode http # x' \
		'frontend www' '  bind :80' '  use_backend %[req.hdr(x)] if x' '  use_backend img if { path_beg /i }' \
		'  default_backend app' 'backend app' '  server a1 127.0.0.1:8080 check' '  server a2 10.0.0.7:80 check backup' \
		'  server a3 10.0.0.8:80 disabled' '  server a4 ipv4@10.0.0.9:80' '  server-template t 3 x:80' 'backend img' \
		'listen stats' '  server s /run/s.sock' 'peers mine' '  server other 10.0.0.99:1' 'frontend' '  default_backend none'
	equal "$(edges --root t | grep 'frontend\|backend\|^server')" 'frontend:stats@h depends_on backend:stats@h
frontend:stats@h runs_on service:haproxy@h
frontend:www@h depends_on backend:app@h
frontend:www@h depends_on backend:img@h
frontend:www@h runs_on service:haproxy@h
server:app/a1@h connects service:app@h
server:app/a1@h member_of backend:app@h 1
server:app/a2@h connects host:10.0.0.7
server:app/a2@h member_of backend:app@h 1
server:app/a4@h connects host:10.0.0.9
server:app/a4@h member_of backend:app@h 1
server:stats/s@h member_of backend:stats@h 1'
}

@test "an nginx that runs here, with a file of the site's, and what it passes to" {
	need jq python3 nginx
	python3 -u -c 'import http.server as h
s = h.HTTPServer(("127.0.0.1", 0), h.SimpleHTTPRequestHandler)
open("app.port", "w").write(str(s.server_port)); s.serve_forever()' > /dev/null 2>&1 3>&- &
	echo $! >> pids; echo $! > app.pid
	for _ in $(seq 100); do [ -s app.port ] && break; sleep 0.05; done
	cat > nginx.conf <<- END
	daemon off; pid $PWD/nginx.pid; error_log $PWD/error.log;
	events {}
	http {
	  access_log off; client_body_temp_path $PWD/b; proxy_temp_path $PWD/p; fastcgi_temp_path $PWD/f;
	  uwsgi_temp_path $PWD/u; scgi_temp_path $PWD/s;
	  upstream app { server 127.0.0.1:$(cat app.port); }
	  server { listen unix:$PWD/front.sock; location / { proxy_pass http://app; } }
	}
	END
	nginx -t -q -c "$PWD/nginx.conf" -p "$PWD" || skip 'nginx does not start here'
	nginx -c "$PWD/nginx.conf" -p "$PWD" 3>&- & echo $! >> pids
	# Its worker is to be gone too when the master is killed.
	for _ in $(seq 100); do pgrep -P "$(tail -n 1 pids)" >> pids && break; sleep 0.05; done
	cat > site.yaml <<- END
	services:
	  front: {pidfile: $PWD/nginx.pid, mode: observe}
	  app: {pidfile: $PWD/app.pid, mode: observe}
	END
	edges -c site.yaml > out
	grep -qx 'service:front@h depends_on upstream:app@h' out
	grep -qx 'service:app@h member_of upstream:app@h 1' out
}

@test "libvirt's machines run here, and lie where the sources of their disks are" {
	need jq
	disk sda 8:0; disk sdb 8:16; disk dm-2 253:2 sdb
	put sys/block/dm-2/dm/name vg0-vm--a
	put sys/block/dm-2/dm/uuid LVM-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
	mounted '21 1 8:0 / / rw - ext4 /dev/sda rw' '22 21 8:16 / /var/lib/libvirt rw - xfs /dev/sdb rw'
	put run/libvirt/qemu/db.xml '<!-- generated --><domstatus state="running"><domain type="kvm" id="3">' \
		'<name>db</name><devices><disk type="file" device="disk"><source file="/var/lib/libvirt/images/a.qcow2"/>' \
		'<backingStore><source file="/nowhere"/></backingStore></disk>' \
		'<disk><source dev="/dev/vg0/vm-a"/></disk><disk><source dev="/dev/sdz"/></disk>' \
		'<disk type="network"><source protocol="rbd" name="fast/img"><host name="mon1"/></source></disk>' \
		'<disk type="network"><source protocol="gluster" name="vol/img"/></disk>' \
		'<disk type="network"><source protocol="iscsi" name="iqn"><host name="target1"/></source></disk>' \
		'<interface><source bridge="br0"/></interface></devices></domain></domstatus>'
	put etc/libvirt/qemu/off.xml '<domain><devices><disk><source file="/srv/x"/></disk></devices><name>off</name></domain>'
	put etc/libvirt/qemu/networks.txt '<domain><name>no</name></domain>'
	put etc/libvirt/qemu/net.xml '<network><name>default</name></network>'
	put etc/libvirt/qemu/bad.xml '<!DOCTYPE d [<!ENTITY a "b">]><domain><name>&a;</name></domain>'
	put etc/libvirt/qemu/cut.xml '<domain><name>cut</name>'
	equal "$(edges --root t | grep '^vm:')" 'vm:db runs_on host:h
vm:db stores_on disk:dm-2@h
vm:db stores_on filesystem:/var/lib/libvirt@h
vm:db stores_on host:target1
vm:db stores_on pool:ceph/fast
vm:db stores_on volume:vol
vm:off stores_on filesystem:/@h'
}

@test "checks of the site connect with what is at their address" {
	need jq
	process 10 app /system.slice/app.service
	mkdir -p t/proc/net
	tcp_line 00000000:1F90 00000000:0000 0A 900 > t/proc/net/tcp
	holds 10 3 'socket:[900]'
	put etc/hosts '10.0.0.9 db1'
	cat > site.yaml <<- 'END'
	services:
	  front: {unit: front.service, checks: [{tcp: "10.0.0.5:443"}], mode: observe}
	checks:
	  a: {http: "http://localhost:8080/"}
	  b: {tcp: "db1:5432"}
	  c: {tcp: "10.0.0.5:443"}
	  d: {ping: 10.0.0.6}
	  e: {http: "https://[fd00::1]/x"}
	  f: {tcp: "127.0.0.1:1"}
	  g: {postgres: "10.0.0.9:5432"}
	END
	equal "$(edges --root t -c site.yaml | grep '^check')" 'check:a@h connects service:app@h
check:b@h connects host:db1
check:c@h connects service:front@h
check:e@h connects host:fd00::1
check:g@h connects host:db1'
}

@test "who is connected by a Unix socket is found here" {
	need jq python3
	cat > server.py <<- 'END'
	import socket
	s = socket.socket(socket.AF_UNIX); s.bind("app.sock"); s.listen()
	open("ready", "w").close()
	kept = []
	while True: kept.append(s.accept()[0])
	END
	cat > client.py <<- 'END'
	import socket, time
	s = socket.socket(socket.AF_UNIX); s.connect("app.sock"); pair = socket.socketpair()
	open("connected", "w").close()
	time.sleep(60)
	END
	python3 server.py 3>&- & echo $! >> pids; echo $! > server.pid
	for _ in $(seq 100); do [ -e ready ] && break; sleep 0.05; done
	python3 client.py 3>&- & echo $! >> pids; echo $! > client.pid
	for _ in $(seq 100); do [ -e connected ] && break; sleep 0.05; done
	cat > site.yaml <<- END
	services:
	  front: {pidfile: $PWD/client.pid, mode: observe}
	  back: {pidfile: $PWD/server.pid, mode: observe}
	END
	edges -c site.yaml > out
	jq -es 'any(.source.target == "unix")' seen.ndjson || skip 'the kernel does not tell of Unix sockets'
	grep -qx 'service:front@h connects service:back@h' out
	run ! grep -q 'service:back@h connects' out
}

@test "file systems and disks that are really here are called as their collectors call them" {
	need jq
	edges | grep '^filesystem:\|^disk:' > out || skip 'nothing is mounted from a device here'
	SH_HOST=h sh-collect --no-stock --detail --gap 0s -o ndjson filesystem disk |
		jq -r .entity | sort -u > known
	tr ' ' '\n' < out | grep '^filesystem:\|^disk:' | sort -u > named
	comm -23 named known > unknown
	cat unknown
	[ ! -s unknown ]
}

@test "what is written below a bind mount is on the file system that it shows" {
	need jq
	need_root
	unshare -m true 2> /dev/null || skip 'no mount namespaces'
	mkdir data work
	cat > site.yaml <<- END
	services:
	  writer: {pidfile: $PWD/pid, mode: observe}
	END
	cat > inside <<- 'END'
	mount -t tmpfs -o size=1m data data && mkdir data/part && mount --bind data/part work || exit 9
	sleep 60 9> work/log & echo $! > pid
	SH_HOST=h sh-collect --no-stock -c site.yaml -o ndjson topology > out.ndjson
	kill $!
	END
	run unshare -m bash inside
	[ "$status" != 9 ] || skip 'no tmpfs here'
	equal "$(jq -r 'select(.kind == "edge" and .from == "service:writer@h" and (.to | test("/data@|/work@"))).to' out.ndjson)" \
		"filesystem:$PWD/data@h"
}
