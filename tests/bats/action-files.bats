#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# stale-remove, permission-restore and certificate-renew on real files
load helper
load action

stale() { # stale PATH... [-- MORE]
	jq -nc --arg d "$PWD" --args '{parameters:{locks:[$ARGS.positional[] | $d + "/" + .], pidfile:($d + "/svc.pid")}}' "$@"
}

dead_pid() { (exec sleep 0) 3>&- & wait $!; echo $!; }

@test "a lock of a dead process is put aside, check tells, and undo brings it back" {
	need_root
	dead_pid >app.lock
	R=$(stale app.lock none.lock)
	ok stale-remove check "$R"
	answer '.output.state == "not_done"'
	ok stale-remove run "$R"
	done=$output
	answer ".output.removed == [\"$PWD/app.lock\"]"
	[ ! -e app.lock ]
	ok stale-remove check "$R"
	answer '.output.state == "done"'
	U=$(jq -c --argjson o "$(jq .output <<<"$done")" '. + {output:$o}' <<<"$R")
	ok stale-remove undo "$U"
	[ -s app.lock ]
	rm app.lock
	refused stale-remove undo "$U" 'cannot bring'
	refused stale-remove undo "$R" 'nothing is known'
}

@test "one that was put aside before makes way, and what is not ours does not" {
	need_root
	dead_pid >app.lock
	echo older >app.lock.selfheal-stale
	ok stale-remove run "$(stale app.lock)"
	[ "$(cat app.lock.selfheal-stale)" != older ]
	dead_pid >app.lock
	rm app.lock.selfheal-stale
	ln -s /nowhere app.lock.selfheal-stale
	refused stale-remove run "$(stale app.lock)" 'cannot put'
	[ -s app.lock ]
	[ -L app.lock.selfheal-stale ]
}

@test "a lock that the service makes while undo brings the old one back stays" {
	need_root
	[ "${BUILD_KIND-}" != sanitizers ] || skip 'the sanitizer wants to be loaded first'
	dead_pid >app.lock
	ok stale-remove run "$(stale app.lock)"
	U=$(jq -c --argjson o "$(jq .output <<<"$output")" '. + {output:$o}' <<<"$(stale app.lock)")
	run -0 --separate-stderr env LD_PRELOAD="$abs_top_builddir/tests/faults/meanwhile.so" \
		MEANWHILE="echo new >$PWD/app.lock" "$abs_top_builddir/bin/actions/stale-remove" undo <<<"$U"
	answer '.success == false'
	[ "$(cat app.lock)" = new ]
}

@test "a lock whose process lives stays; one whose pid is another's since goes" {
	need_root
	/bin/sleep 300 3>&- &
	remember $!
	echo $! >app.lock
	refused stale-remove run "$(stale app.lock)" "is of process $! (sleep), which lives"
	touch -d '1 hour ago' app.lock
	ok stale-remove run "$(stale app.lock)"
	kill $!
}

@test "a lock that is held or open stays, whatever it says" {
	need_root
	need flock
	dead_pid >app.lock
	flock app.lock sleep 300 3>&- &
	holder=$!
	until ! flock -n app.lock true; do sleep 0.02; done
	refused stale-remove run "$(stale app.lock)" ''
	kill "$(cat "/proc/$holder/task/$holder/children")"
	wait "$holder" || :
	exec 8<>app.lock
	refused stale-remove run "$(stale app.lock)" 'open'
	exec 8>&-
	ok stale-remove run "$(stale app.lock)"
}

@test "while the service runs nothing of it is stale" {
	need_root
	cp "$(command -v sleep)" svc
	"$PWD/svc" 300 3>&- &
	service=$!
	remember "$service"
	echo "$service" >svc.pid
	dead_pid >app.lock
	refused stale-remove run "$(stale app.lock)" "the service runs, as process $service"
	[ -s app.lock ]
}

@test "what is no file, and a path with a link in it, is no lock" {
	need_root
	mkdir dir real
	ln -s real link
	echo 1 >real/lock
	refused stale-remove run "$(stale dir)" 'no regular file'
	refused stale-remove run "$(stale link/lock)" 'cannot open'
	[ -s real/lock ]
}

permissions() {
	jq -nc --arg d "$PWD" --argjson more "$1" '{plan:"p", state:($d + "/st"), parameters:({path:($d + "/f")} + $more)}'
}

@test "owner and permissions come back, check tells, and undo takes them back" {
	need_root
	echo x >f
	chmod 600 f
	chown 1:1 f
	R=$(permissions '{"mode":"0644","owner":"root:0"}')
	ok permission-restore check "$R"
	answer '.output.state == "not_done"'
	ok permission-restore run "$R"
	[ "$(stat -c %u:%g:%a f)" = 0:0:644 ]
	ok permission-restore check "$R"
	answer '.output.state == "done"'
	ok permission-restore undo "$R"
	[ "$(stat -c %u:%g:%a f)" = 1:1:600 ]
	ok permission-restore run "$R"
	chmod 640 f
	refused permission-restore undo "$R" 'changed since'
}

@test "a run that ended half way is undone too" {
	need_root
	R=$(permissions '{"mode":"0644","owner":"root:0"}')
	echo x >f
	chown 1:1 f
	chmod 4755 f
	ok permission-restore run "$R"
	chmod 755 f # as after the new owner, before the new permissions
	ok permission-restore undo "$R"
	[ "$(stat -c %u:%g:%a f)" = 1:1:4755 ]
}

@test "a link, another name of the file, and owners that do not exist are refused" {
	need_root
	echo x >g
	ln -s g f
	refused permission-restore run "$(permissions '{"mode":"0644"}')" ''
	rm f
	ln g f
	refused permission-restore run "$(permissions '{"mode":"0644"}')" '2 names'
	rm g
	refused permission-restore run "$(permissions '{"owner":"nosuchuser"}')" 'no user'
	refused permission-restore run "$(permissions '{"mode":"999"}')" 'octal'
	refused permission-restore run "$(permissions '{}')" "neither 'mode' nor 'owner'"
	ok permission-restore run "$(permissions '{"mode":"4755"}')"
	[ "$(stat -c %a f)" = 4755 ]
}

# A certificate of so many days in cert.pem, by the script "renew DAYS".
make_renewer() {
	need openssl
	cat >renew <<-'END'
		#!/bin/sh
		cd "${0%/*}" || exit 9
		[ "$1" != fail ] || { echo 'no answer from the authority' >&2; exit 3; }
		[ "$1" != none ] || exit 0
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=t \
			-days "$1" -keyout key.pem -out cert.pem 2>/dev/null
	END
	chmod +x renew
}

certificate() { # certificate ARGUMENT [MIN_DAYS]
	jq -nc --arg d "$PWD" --arg a "$1" --argjson m "${2-7}" '{plan:"p", state:($d + "/st"),
		parameters:{certificate:{file:($d + "/cert.pem"), renew:[$d + "/renew", $a], min_days:$m}}}'
}

@test "a certificate is renewed, and believed by its own dates" {
	make_renewer
	./renew 2
	ok certificate-renew check "$(certificate 90)"
	answer '.output.state == "not_done"'
	ok certificate-renew run "$(certificate 90)"
	answer '.output.valid_until > .output.was_valid_until'
	[ "$(jq -r '.output.valid_until[:10]' <<<"$output")" = "$(date -u -d "$(openssl x509 -in cert.pem -noout -enddate | cut -d= -f2)" +%F)" ]
	ok certificate-renew check "$(certificate 90)"
	answer '.output.state == "done"'
}

@test "a command that fails, renews nothing, or too little is no success" {
	make_renewer
	./renew 2
	refused certificate-renew run "$(certificate fail)" 'failed with 3: no answer from the authority'
	refused certificate-renew run "$(certificate none)" 'was not renewed'
	refused certificate-renew run "$(certificate 4)" 'not valid for long enough'
	ok certificate-renew check "$(certificate 4)"
	answer '.output.state == "not_done"'
	rm cert.pem
	refused certificate-renew run "$(certificate none)" 'cert.pem'
	ok certificate-renew run "$(certificate 30)"
}

# A package of two files and one of configuration, installed below root/.
make_package() {
	need_root
	need dpkg dpkg-deb dpkg-query
	mkdir -p p/DEBIAN p/usr/share/t p/etc archives root/var/lib/dpkg/{info,updates,triggers}
	touch root/var/lib/dpkg/{status,available}
	printf 'Package: t-test\nVersion: 1:2.0\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: t\n' >p/DEBIAN/control
	echo /etc/t.conf >p/DEBIAN/conffiles
	echo good >p/usr/share/t/one
	echo good >p/usr/share/t/two
	echo good >p/etc/t.conf
	(cd p && md5sum usr/share/t/* etc/t.conf >DEBIAN/md5sums)
	dpkg-deb -b p 'archives/t-test_1%3a2.0_all.deb' >/dev/null 2>&1
	dpkg --root="$PWD/root" --force-not-root -i archives/*.deb >/dev/null 2>&1 || skip 'dpkg cannot install below a directory'
}

packages() {
	jq -nc --arg d "$PWD" --argjson more "$1" \
		'{parameters:{packages:({names:["t-test"], root:($d + "/root"), archives:($d + "/archives")} + $more)}}'
}

@test "changed and missing files of a package come back, its configuration stays" {
	make_package
	R=$(packages '{}')
	ok package-restore check "$R"
	answer '.output.state == "done"'
	refused package-restore run "$R" 'as they were installed'
	echo bad >root/usr/share/t/one
	rm root/usr/share/t/two
	echo mine >root/etc/t.conf
	ok package-restore check "$R"
	answer '.output.state == "not_done"'
	ok package-restore run "$R"
	answer '.output.changed_files["t-test"] | length == 2'
	[ "$(cat root/usr/share/t/one root/usr/share/t/two)" = $'good\ngood' ]
	[ "$(cat root/etc/t.conf)" = mine ]
	ok package-restore check "$R"
	answer '.output.state == "done"'
}

@test "no archive of that version, no such package, and a name that is an option" {
	make_package
	echo bad >root/usr/share/t/one
	mv archives/*.deb archives/t-test_3.0_all.deb
	refused package-restore run "$(packages '{}')" 'cannot read'
	refused package-restore run "$(packages '{"names":["t-none"]}')" 't-none'
	refused package-restore run "$(packages '{"names":["--purge"]}')" 'no name of a package'
	[ "$(cat root/usr/share/t/one)" = bad ]
}
