#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Which entities need which, on trees that the tests build.
# shellcheck disable=SC2154 # stderr comes from run, abs_top_* from make
load helper
load topology

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
