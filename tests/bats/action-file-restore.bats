#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
load helper
load action

prepare() {
	printf 'listen 80\n' >web.conf
	chmod 640 web.conf
	mkdir -p s
	"$abs_top_builddir/tests/action/approve" "$PWD/s" "$PWD/web.conf"
	printf 'listen 6666\n' >web.conf
	chmod 666 web.conf
}

request() { # request [VALIDATE JSON]
	jq -nc --arg s "$PWD/s" --arg p "$PWD/web.conf" --argjson v "${1-null}" \
		'{state:$s, parameters:{path:$p, validate:$v}}'
}

undo_request() { jq -c --argjson o "$(jq .output <<<"$1")" '. + {output:$o}' <<<"$2"; }

@test "the approved content, mode and owner come back, and undo puts the other back" {
	prepare
	ok file-restore check "$(request)"
	answer '.output.state == "not_done"'
	ok file-restore run "$(request)"
	done=$output
	answer '.output.sha256_before != .output.sha256_after and .output.kept'
	[ "$(cat web.conf)" = 'listen 80' ]
	[ "$(stat -c %a web.conf)" = 640 ]
	ok file-restore check "$(request)"
	answer '.output.state == "done"'
	ok file-restore undo "$(undo_request "$done" "$(request)")"
	[ "$(cat web.conf)" = 'listen 6666' ]
	[ "$(stat -c %a web.conf)" = 666 ]
	[ -z "$(ls -A | grep '^\.selfheal')" ]
}

@test "a file that was deleted comes back, and undo deletes it" {
	prepare
	rm web.conf
	ok file-restore run "$(request)"
	answer '.output.sha256_before == null and .output.kept == null'
	done=$output
	[ "$(cat web.conf)" = 'listen 80' ]
	ok file-restore undo "$(undo_request "$done" "$(request)")"
	[ ! -e web.conf ]
}

@test "a file that is as approved is not touched" {
	prepare
	ok file-restore run "$(request)"
	before=$(stat -c '%i %Y %Z' web.conf)
	ok file-restore run "$(request)"
	answer '.output.changed == false'
	[ "$(stat -c '%i %Y %Z' web.conf)" = "$before" ]
}

@test "a changed mode alone is restored" {
	prepare
	printf 'listen 80\n' >web.conf
	ok file-restore check "$(request)"
	answer '.output.state == "not_done"'
	ok file-restore run "$(request)"
	[ "$(stat -c %a web.conf)" = 640 ]
}

@test "validation sees the candidate, and its refusal leaves the file as it was" {
	prepare
	printf '#!/bin/sh\ncat "$1" >seen; ls -la "$1" >>seen; echo "line 1: bad" >&2; exit 3\n' >v
	sed -i "s|seen|$PWD/seen|g" v
	chmod +x v
	refused file-restore run "$(request "[\"$PWD/v\",\"{path}\"]")" 'refused the content with 3: line 1: bad'
	grep -qx 'listen 80' seen
	[ "$(cat web.conf)" = 'listen 6666' ]
	[ -z "$(ls -A | grep '^\.selfheal')" ]
	ok file-restore run "$(request '["/bin/grep","-q","listen 80","{path}"]')"
}

@test "a validation without {path} is run on the file in place, and its refusal puts the old one back" {
	prepare
	refused file-restore run "$(request "[\"/bin/grep\",\"-q\",\"6666\",\"$PWD/web.conf\"]")" 'refused'
	[ "$(cat web.conf)" = 'listen 6666' ]
	[ "$(stat -c %a web.conf)" = 666 ]
	rm web.conf
	refused file-restore run "$(request '["/bin/false"]')" 'refused'
	[ ! -e web.conf ]
}

@test "a link in the place of the file or of its directory is refused and not followed" {
	prepare
	mkdir other
	echo precious >other/web.conf
	rm web.conf
	ln -s other/web.conf web.conf
	refused file-restore run "$(request)" 'symbolic link'
	[ "$(cat other/web.conf)" = precious ]
	mkdir d
	echo approved >d/x
	"$abs_top_builddir/tests/action/approve" "$PWD/s" "$PWD/d/x"
	mv d moved
	ln -s other d
	refused file-restore run "{\"state\":\"$PWD/s\",\"parameters\":{\"path\":\"$PWD/d/x\"}}" 'symbolic link'
	[ ! -e other/x ]
}

@test "without a baseline, with a damaged one, or in the place of a directory nothing happens" {
	prepare
	refused file-restore run "{\"state\":\"$PWD/s\",\"parameters\":{\"path\":\"$PWD/other\"}}" 'nobody approved'
	rm web.conf
	mkdir web.conf
	refused file-restore run "$(request)" 'not a regular file'
	rmdir web.conf
	for f in s/baselines/*.data; do echo evil >"$f"; done
	refused file-restore run "$(request)" ''
	[ ! -e web.conf ]
}

@test "undo refuses when a person changed the file since, or what was kept is damaged" {
	prepare
	ok file-restore run "$(request)"
	done=$output
	for f in s/replaced/*.data; do echo evil >"$f"; done
	refused file-restore undo "$(undo_request "$done" "$(request)")" 'damaged'
	echo mine >web.conf
	refused file-restore undo "$(undo_request "$done" "$(request)" | jq -c '.output.before = null')" 'changed since'
	[ "$(cat web.conf)" = mine ]
	refused file-restore undo "$(undo_request "$done" "$(request)" | jq -c '.output.kept = "../../web.conf"')" 'nothing kept'
}

@test "undo of a run that changed nothing changes nothing" {
	prepare
	ok file-restore run "$(request)"
	ok file-restore run "$(request)"
	ok file-restore undo "$(undo_request "$output" "$(request)")"
	[ "$(cat web.conf)" = 'listen 80' ]
}
