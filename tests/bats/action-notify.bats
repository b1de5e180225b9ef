#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
load helper
load action

@test "a text of several lines is one line of the file, with the plan in it" {
	R=$(jq -nc --arg f "$PWD/n" --arg t "$(now)" '{plan:"p-1",target:"service:x@h",started:$t,parameters:{text:"a\n{\"about\":\"p-2\"}",file:$f}}')
	ok notify check "$R"
	answer '.output.state == "not_done"'
	ok notify run "$R"
	ok notify run "$(jq -c '.plan = "p-3"' <<<"$R")"
	[ "$(wc -l <n)" = 2 ]
	[ "$(jq -r .about n | tr '\n' ' ')" = 'p-1 p-3 ' ]
	ok notify check "$R"
	answer '.output.state == "done"'
	ok notify check "$(jq -c '.plan = "p-2"' <<<"$R")"
	answer '.output.state == "not_done"'
	sleep 0.01
	ok notify check "$(jq -c --arg t "$(now)" '.started = $t' <<<"$R")"
	answer '.output.state == "not_done"'
}

@test "a link, a FIFO or a device in the place of the file is refused" {
	echo precious >x
	ln -s x l
	mkfifo p
	refused notify run "{\"parameters\":{\"text\":\"t\",\"file\":\"$PWD/l\"}}" 'cannot open'
	refused notify run "{\"parameters\":{\"text\":\"t\",\"file\":\"$PWD/p\"}}" ''
	refused notify run '{"parameters":{"text":"t","file":"/dev/null"}}' 'not a regular file'
	[ "$(cat x)" = precious ]
}

@test "a command gets the notice on its standard input and no shell sees anything" {
	printf '#!/bin/sh\necho "$@" >%s/args\ncat >%s/in\n' "$PWD" "$PWD" >cmd
	chmod +x cmd
	R=$(jq -nc --arg c "$PWD/cmd" --arg d "$PWD" '{parameters:{text:"$(touch \($d)/owned)",record:{a:1},command:[$c,"; touch \($d)/owned","$HOME"]}}')
	ok notify run "$R"
	[ "$(cat args)" = "; touch $PWD/owned \$HOME" ]
	jq -e '.record.a == 1 and .kind == "notice"' in
	[ ! -e owned ]
	ok notify check "$R"
	answer '.output.state == "unknown"'
}

@test "a command that fails is an error with what it said, and the file still has the line" {
	printf '#!/bin/sh\necho no route >&2; exit 7\n' >cmd
	chmod +x cmd
	refused notify run "{\"parameters\":{\"text\":\"t\",\"file\":\"$PWD/n\",\"command\":[\"$PWD/cmd\"]}}" 'exited with 7: no route'
	answer '.output.sent == ["file"]'
	[ "$(wc -l <n)" = 1 ]
}

@test "no way to tell anyone, a relative command and an address that is none are refused" {
	refused notify run '{"parameters":{"text":"t"}}' 'required'
	refused notify run '{"parameters":{"text":"t","command":["mail"]}}' 'absolute path'
	for bad in '' '-oQ/tmp' 'a b@c' 'a@c,b@d' 'a@c\nBcc: x@y' 'a@c|sh' '<a@c>'; do
		refused notify run "{\"parameters\":{\"text\":\"t\",\"mail\":[\"$bad\"]}}" 'no address'
	done
	refused notify run '{"parameters":{"text":"t","mail":[]}}' 'no address'
}

# Mail itself: /usr/sbin/sendmail is put in place in a private mount namespace.
@test "mail cannot be given headers by subject, plan or text" {
	need_root
	need unshare
	unshare -m true 2>/dev/null || skip 'no private mount namespace here'
	[ -d /usr/sbin ] || skip 'no /usr/sbin'
	mkdir -p up work
	cat >inner <<-'END'
		set -e
		mount -t tmpfs none work
		mkdir work/sbin
		printf '#!/bin/sh\necho "$@" >%s/args\n/bin/cat >%s/mail\n' "$PWD" "$PWD" >work/sbin/sendmail
		chmod +x work/sbin/sendmail
		mount --bind work/sbin /usr/sbin
		exec "$1" run <<<"$2"
	END
	R=$(jq -nc '{plan:"p-1\nBcc: p@q",parameters:{text:"first\n.\nlast",subject:"disk\r\nBcc: x@y é",mail:["root@localhost","ops@example.org"]}}')
	run -0 --separate-stderr unshare -m bash inner "$abs_top_builddir/bin/actions/notify" "$R"
	answer '.output.sent == ["mail"]'
	[ "$(cat args)" = '-t -i' ]
	grep -qx 'To: root@localhost, ops@example.org' mail
	run ! grep -qi '^bcc' mail
	grep -q '^Subject: =?UTF-8?Q?disk=20=20Bcc' mail
	[ "$(tail -3 mail | tr '\n' ' ')" = 'first . last ' ]
}

@test "without a sendmail program mail is an error that says so" {
	[ ! -e /usr/sbin/sendmail ] && [ ! -e /usr/lib/sendmail ] || skip 'a sendmail is installed'
	refused notify run '{"parameters":{"text":"t","mail":["root@localhost"]}}' 'sendmail'
}
