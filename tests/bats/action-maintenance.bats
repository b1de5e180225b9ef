#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# index-optimize and backup-verify on real files.
load helper
load action

optimize() { jq -nc --arg f "$PWD/$1" '{parameters: {databases: [$f]}}'; }
backup() { jq -nc --argjson b "$1" --arg s "$PWD/scratch" '{parameters: {backups: [$b], scratch: $s}}'; }
directory() { backup "$(jq -nc --arg p "$PWD" '{directory: ($p + "/d"), manifest: ($p + "/sums")}')"; }
archive() { backup "$(jq -nc --arg p "$PWD" --arg a "$1" '{archive: ($p + "/" + $a), manifest: ($p + "/sums")}')"; }

fill() {
	mkdir -p d/sub scratch
	head -c 70000 /dev/urandom >d/a
	echo b >d/sub/b
	printf x >$'d/odd\nname'
	(cd d && find . -type f -exec sha256sum {} + >../sums)
}

@test "indexes are rebuilt and statistics made, with sizes before and after" {
	need sqlite3
	sqlite3 a.db 'CREATE TABLE t (a); CREATE INDEX i ON t (a); INSERT INTO t SELECT hex(randomblob(50))
		FROM generate_series(1, 3000); DELETE FROM t WHERE rowid % 2'
	ok index-optimize run "$(optimize a.db)"
	answer '.output.databases[0] | .before.pages > .after.pages - 1 and .after.bytes > 0 and .seconds >= 0'
	[ "$(sqlite3 a.db 'SELECT count(*) FROM sqlite_stat1')" = 1 ]
	ok index-optimize run "$(optimize a.db | jq -c '.parameters.vacuum = true')"
	answer '.output.databases[0] | .after.free_pages == 0 and .after.bytes < .before.bytes'
	ok index-optimize check "$(optimize a.db)"
	answer '.output.state == "not_done"'
}

@test "a damaged database is named and left as it is; the others have their turn" {
	need sqlite3
	sqlite3 a.db 'CREATE TABLE t (a); CREATE INDEX i ON t (a); INSERT INTO t SELECT hex(randomblob(50))
		FROM generate_series(1, 3000)'
	cp a.db good.db
	head -c 20000 /dev/urandom | dd of=a.db bs=4096 seek=10 conv=notrunc status=none
	sha256sum a.db >before
	refused index-optimize run "$(jq -nc --arg p "$PWD" '{parameters: {databases: [$p + "/a.db", $p + "/good.db"]}}')" 'a.db'
	answer '.output.databases[1].after.pages > 0 and (.output.databases[0] | has("error"))'
	sha256sum -c before
}

@test "what is no database, a link or missing is refused and nothing is made" {
	echo text >no.db
	ln -s no.db link.db
	refused index-optimize run "$(optimize no.db)" 'not a database'
	refused index-optimize run "$(optimize link.db)" 'link.db'
	refused index-optimize run "$(optimize none.db)" 'none.db'
	[ ! -e none.db ]
	refused index-optimize run '{"parameters":{"databases":["a.db"]}}' 'absolute path'
	ok index-optimize run '{"parameters":{"databases":[]}}'
}

@test "a PostgreSQL database is reindexed and its indexes measured" {
	local bin=''
	for bin in /usr/lib/postgresql/*/bin; do :; done
	[ -x "$bin/initdb" ] || skip 'initdb not found'
	[ -x /usr/bin/reindexdb ] || skip 'reindexdb not found'
	[ "$(id -u)" != 0 ] || id postgres >/dev/null 2>&1 || skip 'no user postgres'
	local as=()
	[ "$(id -u)" != 0 ] || as=(runuser -u postgres --)
	local dir
	dir=$(mktemp -d /tmp/sh-pg.XXXXXX)
	[ "$(id -u)" != 0 ] || chown postgres "$dir"
	"${as[@]}" "$bin/initdb" -D "$dir/data" -A trust -U tester >/dev/null 2>&1 3>&- || { rm -rf "$dir"; skip 'initdb does not work here'; }
	"${as[@]}" "$bin/pg_ctl" -D "$dir/data" -w -t 20 -l "$dir/log" \
		-o "-c listen_addresses='' -k $dir" start >/dev/null 3>&-
	psql -h "$dir" -U tester -d postgres -qc 'CREATE TABLE t (a text PRIMARY KEY);
		INSERT INTO t SELECT md5(g::text) FROM generate_series(1, 5000) g; DELETE FROM t WHERE a < '"'8'"
	run --separate-stderr act index-optimize run "$(jq -nc --arg h "$dir" \
		'{parameters: {postgres: [{database: "postgres", host: $h, user: "tester"}]}}')"
	"${as[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 3>&-
	rm -rf "$dir"
	answer '.success and (.output.databases[0] | .before.index_bytes > .after.index_bytes and .after.index_bytes > 0)'
	refused index-optimize run '{"parameters":{"postgres":[{"database":"host=evil"}]}}' 'plain name'
}

@test "a backup as its manifest says is verified" {
	fill
	ok backup-verify run "$(directory)"
	answer '.output.backups[0] | .checked == 3 and .changed == 0 and .missing == 0'
	ok backup-verify check "$(directory)"
	answer '.output.state == "not_done"'
}

@test "changed and missing files are counted and named" {
	fill
	echo more >>d/a
	rm d/sub/b
	refused backup-verify run "$(directory)" 'of 3 files 1 are missing and 1 are not as noted'
	answer '.output.backups[0] | .changed_files == ["a"] and .missing_files == ["sub/b"]'
}

@test "a symbolic link in place of a file is not followed" {
	fill
	mv d/a elsewhere
	ln -s ../elsewhere d/a
	refused backup-verify run "$(directory)" '1 are not as noted'
}

@test "an archive is restored, compared and cleared away" {
	fill
	chmod 500 d/sub
	tar -C d -czf a.tar.gz .
	chmod 700 d/sub
	ok backup-verify run "$(archive a.tar.gz)"
	answer '.output.backups[0] | .restored and .checked == 3 and .unpacked_bytes >= 70000'
	[ -z "$(find scratch -mindepth 1)" ]
	if command -v zstd >/dev/null; then
		tar -C d --zstd -cf a.tar.zst .
		ok backup-verify run "$(archive a.tar.zst)"
	fi
}

@test "an archive that is cut off or does not hold what it should fails and leaves nothing" {
	fill
	tar -C d -czf a.tar.gz a
	refused backup-verify run "$(archive a.tar.gz)" '2 are missing'
	tar -C d -czf b.tar.gz .
	head -c 30000 b.tar.gz >cut.tar.gz
	refused backup-verify run "$(archive cut.tar.gz)" 'tar ended with'
	refused backup-verify run "$(archive none.tar)" 'tar ended with'
	[ -z "$(find scratch -mindepth 1)" ]
}

@test "an archive that would not fit is not unpacked" {
	fill
	truncate -s 2P d/huge 2>/dev/null || truncate -s 15T d/huge || skip 'no sparse files here'
	tar -C d --sparse -cf a.tar huge
	rm d/huge
	refused backup-verify run "$(archive a.tar)" 'no room to restore'
	[ -z "$(find scratch -mindepth 1)" ]
}

@test "a manifest that is empty, malformed or leads outside is refused" {
	fill
	: >sums
	refused backup-verify run "$(directory)" 'lists no file'
	echo 'd41d8cd98f00b204e9800998ecf8427e  a' >sums
	refused backup-verify run "$(directory)" 'sums:1: not a SHA-256 sum'
	printf '%064d  ../x\n' 0 >sums
	refused backup-verify run "$(directory)" 'sums:1: not a SHA-256 sum'
	printf '%064d  /etc/passwd\n' 0 >sums
	refused backup-verify run "$(directory)" 'sums:1: not a SHA-256 sum'
	refused backup-verify run "$(backup '{"manifest":"/a"}')" "either 'directory' or 'archive'"
}
