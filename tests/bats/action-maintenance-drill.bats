#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# restore-drill with a real service: an HTTP server that serves what was in the backup.
load helper
load action

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	need python3 curl
	mkdir -p scratch site
	chmod 755 "$PWD"
	echo 'back from the backup' >site/page
	tar -C site -czf site.tar.gz .
	(cd site && sha256sum page >../sums)
	cat >serve.py <<-'END'
		import http.server, os, subprocess, sys
		if len(sys.argv) > 2:  # a child that would outlive it
		    child = subprocess.Popen(["/bin/sleep", "300"])
		    open(sys.argv[2], "w").write(f"{os.getpid()} {child.pid} {os.getcwd()}\n")
		server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)
		server.serve_forever()
	END
}

teardown_file() { [ ! -s "$BATS_FILE_TMPDIR/place" ] || rm -rf "$(cat "$BATS_FILE_TMPDIR/place")"; }

# drill MORE: of the archive, with members added or replaced.
drill() {
	jq -nc --arg p "$PWD" --arg python "$(command -v python3)" --arg curl "$(command -v curl)" --argjson more "$1" '
		{parameters: {scratch: ($p + "/scratch"), drills: [
			{archive: ($p + "/site.tar.gz"), manifest: ($p + "/sums"),
			 start: [$python, $p + "/serve.py", "{port}"],
			 check: [$curl, "-sf", "http://127.0.0.1:{port}/page"]} + $more | with_entries(select(.value != null))]}}'
}

nothing_left() { [ -z "$(find scratch -mindepth 1)" ]; }

@test "a backup is restored, its service answers from the restored files, ends, and nothing is left" {
	ok restore-drill run "$(drill '{}')"
	answer '.output.drills[0] | .checked == 1 and .changed == 0 and .answered_s >= 0 and .port > 0 and .stopped'
	nothing_left
	ok restore-drill run "$(drill "{\"archive\":null,\"directory\":\"$PWD/site\"}")"
	nothing_left
	ok restore-drill check "$(drill '{}')"
	answer '.output.state == "not_done"'
}

@test "a backup without what the service needs fails its drill, and the next drill has its turn" {
	mkdir -p empty
	tar -C empty -czf bad.tar.gz .
	local two
	two=$(drill "{\"archive\":\"$PWD/bad.tar.gz\",\"manifest\":null,\"wait\":1}" |
		jq -c --argjson good "$(drill '{}')" '.parameters.drills += $good.parameters.drills')
	refused restore-drill run "$two" 'curl'
	answer '(.output.drills[0].error | test("failed with 22")) and (.output.drills[1] | .answered_s >= 0 and (has("error") | not))'
	refused restore-drill run "$(drill "{\"archive\":\"$PWD/bad.tar.gz\"}")" '1 are missing'
	refused restore-drill run "$(drill "{\"archive\":\"$PWD/none.tar\"}")" 'tar ended with'
	nothing_left
}

@test "a service that cannot start is told with its last words, at once" {
	refused restore-drill run "$(drill '{"start":["/bin/sh","-c","echo one; echo no such database >&2; exit 3"],"wait":300}')" \
		'the restored service ended with 3: no such database'
	refused restore-drill run "$(drill '{"start":["/nowhere/serverd"]}')" "cannot start '/nowhere/serverd'"
	refused restore-drill run "$(drill '{"start":["serverd"]}')" 'start'
	refused restore-drill run "$(drill '{"directory":"/etc"}')" 'either'
	nothing_left
}

@test "a port that another has is not taken for the restored service's" {
	python3 -c 'import http.server
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
open("port.new", "w").write(str(s.server_port))
__import__("os").rename("port.new", "port")
s.serve_forever()' >/dev/null 2>&1 3>&- &
	echo $! >other.pid
	for _ in $(seq 200); do [ -s port ] && break; sleep 0.05; done
	refused restore-drill run "$(drill "{\"port\":$(cat port)}")" 'cannot be had'
	kill "$(cat other.pid)"
	nothing_left
}

@test "killed in the middle, the service with its children and the place are gone soon" {
	local who
	(exec "${abs_top_builddir:?}/tests/faults/boxed" restore-drill run >out 3>&- \
		<<<"$(drill "{\"start\":[\"$(command -v python3)\",\"$PWD/serve.py\",\"{port}\",\"$PWD/scratch/who\"],\"check\":[\"/bin/false\"]}")") &
	local pid=$!
	for _ in $(seq 600); do [ -s scratch/who ] && break; sleep 0.05; done
	read -ra who <scratch/who
	[[ ${who[2]} == "$PWD"/scratch/selfheal-drill.*/data ]]
	kill -9 "$pid"
	wait "$pid" || true
	gone "${who[0]}"
	gone "${who[1]}"
	for _ in $(seq 600); do [ -e "${who[2]%/data}" ] || break; sleep 0.05; done
	rm scratch/who
	nothing_left
}

@test "the restored service runs as its user, may read what was restored, and nothing else may" {
	need_root
	id nobody >/dev/null 2>&1 || skip 'no user nobody'
	# In a place that everybody may enter: a build may lie in a private one.
	local at
	at=$(mktemp -d /tmp/sh-drill.XXXXXX)
	echo "$at" >"$BATS_FILE_TMPDIR/place"
	mkdir "$at/scratch"
	cp serve.py "$at"
	chmod 755 "$at" "$at/scratch"
	runuser -u nobody -- /usr/bin/python3 -c '' 2>/dev/null || skip 'nobody may not run /usr/bin/python3'
	ok restore-drill run "$(drill '{"user":"nobody","start":["/bin/sh","-c","id -un >who; ls -ld . | cut -c1-10 >>who; exec /usr/bin/python3 '"$at"'/serve.py {port}"],
		"check":["'"$(command -v curl)"'","-sf","-o","'"$at"'/scratch/who","http://127.0.0.1:{port}/who"]}' |
		jq -c --arg s "$at/scratch" '.parameters.scratch = $s')"
	run -0 xargs <"$at/scratch/who"
	[ "$output" = 'nobody drwx------' ] || { echo "$output" >&2; false; }
	[ "$(ls "$at/scratch")" = who ]
}
