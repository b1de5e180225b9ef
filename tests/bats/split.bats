#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-detect: a run cut in pieces, with a state directory, writes what one run writes.
load helper

# COUNT records by the seed: hosts, entities, dims, two collectors, late ones, gaps, ticks.
stream() {
	awk -v n="$1" -v seed="$2" '
		function r(m) { seed = (seed * 16807) % 2147483647; return int(seed / 7) % m }
		BEGIN {
			t = 1795222800
			for (i = 0; i < n; i++) {
				t += r(r(3) ? 10 : 100)
				if (!r(60)) t += 700 * (1 + r(1500))
				if (!r(20)) { printf "{\"kind\":\"tick\",\"time\":%d}\n", t; continue }
				printf "{\"time\":%d,\"host\":\"h%d\"", t - (r(15) ? 0 : r(90)), r(3)
				if (r(3)) printf ",\"entity\":\"service:s%d\"", r(4)
				if (!r(3)) printf ",\"dims\":{\"d\":\"%d\"}", r(2)
				if (r(2)) printf ",\"source\":{\"collector\":\"c%d\"}", r(2)
				printf ",\"a\":{\"x\":%d.%d,\"y\":%d}", r(20), r(4), r(40)
				printf r(3) ? "}\n" : ",\"cpu\":{\"usage\":%d}}\n", r(100)
			}
		}'
}

setup_file() {
	cat > "$BATS_FILE_TMPDIR/rules.yaml" <<-'RULES'
	rules:
	  plain: {expr: a.x > 10, count: 2, clear: a.x < 5}
	  host: {expr: a.x > 5 && host.cpu.usage > 50, hits: 2 of 4, clear_for: 1m}
	  window: {expr: 'avg(a.x, 5m) > 9 && max(a.y, 1m) > 30', eager: true, count: 1, repeat: 1m}
	  rate: {expr: 'increase(a.y, 2m) > 60', count: 1, flap: true, description: '{entity}: {increase(a.y, 2m)}'}
	  gone: {expr: 'absent(a.x, 3m)', count: 1, stale_after: 0s}
	  old: {expr: 'age(cpu.usage) > 2m', count: 2, keep_firing: 5m, warmup: 1m}
	  moved: {expr: 'changed(a.x) && quantile(a.y, 0.5, 10m) > 20', for: 30s, severity: high}
	RULES
}

detect() {
	sh-detect --no-stock -c "$BATS_FILE_TMPDIR/rules.yaml" --pending "$@"
}

# in_pieces LINES FILE: one run for each so many lines, all with one state; only the last is asked what is pending.
in_pieces() {
	local piece
	rm -rf pieces state && mkdir pieces
	split -l "$1" -a 4 "$2" pieces/
	for piece in pieces/*; do
		sh-detect --no-stock -c "$BATS_FILE_TMPDIR/rules.yaml" --state state < "$piece" || return 1
	done
	detect --state state < /dev/null
}

@test "cut after any so many records, the pieces write the bytes of the whole" {
	local seed lines
	for seed in 1 22 333; do
		stream 700 $seed > in
		detect in > whole
		[ "$(wc -l < whole)" -gt 50 ]
		for lines in 7 31 100 350 699; do
			in_pieces $lines in > pieced
			cmp whole pieced || { echo "seed $seed, $lines lines"; return 1; }
		done
	done
}

@test "a state directory alone changes nothing, nor does --explain" {
	stream 1500 4 > in
	detect in > whole
	detect --state state in > kept
	cmp whole kept
	detect --explain in > explained 2> /dev/null
	cmp whole explained
}

@test "pieces of bytes are as good as whole lines: 1, 7, 4093 at a time, and from a file" {
	local size
	stream 300 5 > in
	detect in > whole
	for size in 1 7 4093; do
		dd if=in bs=$size status=none | detect > again
		cmp whole again
	done
	(head -c 1000 in; sleep 0.2; tail -c +1001 in | head -c 5; sleep 0.2; tail -c +1006 in) | detect > again
	cmp whole again
}

@test "a state file that is damaged anywhere is set aside and named, or costs single series, and the run goes on" {
	local at size
	stream 400 6 > in
	detect --state good < <(head -n 300 in)  > /dev/null
	size=$(stat -c %s good/detect.db)
	for at in 0 17 100 1000 5000 $((size / 2)) $((size - 3000)) cut; do
		rm -rf state && cp -r good state
		if [ $at = cut ]; then
			truncate -s $((size / 2)) state/detect.db
		else
			awk -v seed="$at" 'BEGIN { srand(seed); for (i = 0; i < 200; i++) printf "%c", 1 + int(255 * rand()) }' |
				dd of=state/detect.db bs=1 seek=$at conv=notrunc status=none
		fi
		run --separate-stderr sh-detect --no-stock -c "$BATS_FILE_TMPDIR/rules.yaml" --state state < <(tail -n 100 in)
		echo "at $at: $status $stderr"
		[ "$status" = 0 ] || { [ "$status" = 4 ] && [[ $stderr == *'was damaged: it '* ]]; }
		if [[ $stderr == *"is now '"* ]]; then
			[ -s "$(sed -n "s/.*is now '\([^']*\)'.*/\1/p" <<< "$stderr")" ]
		fi
		sh-detect --no-stock -c "$BATS_FILE_TMPDIR/rules.yaml" --state state < /dev/null
	done
}

@test "a row that makes no sense costs only itself: it is named, the status is 4, and the next run finds it mended" {
	local space key what
	need sqlite3
	{
		cat "$BATS_FILE_TMPDIR/rules.yaml"
		printf '%s\n' '  near: {expr: "peers(hostname).count(p, p.a.x > 0) > 0", count: 1}' \
			'  line: {expr: "log.count > 0", count: 1}' '  vector: {promql: "up > 0"}'
	} > more.yaml
	stream 200 6 > in
	cat >> in <<-'END'
	{"kind":"edge","time":1895222800,"host":"h","from":"service:a@h","to":"host:h"}
	{"kind":"log","time":1795222801,"host":"h","entity":"service:a@h","text":"line"}
	END
	sh-detect --no-stock -c more.yaml --state good in > whole
	sqlite3 good/detect.db 'update value set sum = null'
	while read -r space key what; do
		rm -rf state && cp -r good state
		[ "$(sqlite3 state/detect.db "update value set value = x'ff01ff' where space = '$space' and
			key = (select min(key) from value where space = '$space' and cast(key as text) like '$key');
			select changes()")" = 1 ]
		run --separate-stderr sh-detect --no-stock -c more.yaml --state state < /dev/null
		echo "$space $key: $status $stderr"
		[ "$status" = 4 ]
		[[ $stderr == *"the state of $what"*' was damaged: it begins anew'* ]]
		sh-detect --no-stock -c more.yaml --state state < /dev/null
	done <<-'END'
	subject % '
	peers % the peers of rule 'near'
	edge % what 'service:a@h' depends on
	log % the templates of logs
	meta clock the clock
	meta promql the rules in PromQL
	meta part which part it is
	END
}

@test "a number in a row that changed on the disk is not believed, however plausible it is" {
	need sqlite3
	detect --state good > /dev/null <<-'E'
	{"kind":"sample","time":"2026-11-21T01:00:00Z","host":"h","entity":"host:h","metrics":{"a":{"x":1}}}
	E
	for where in "space = 'subject'" "key = cast('clock' as blob)" "key = cast('part' as blob)"; do
		rm -rf state && cp -r good state
		sqlite3 state/detect.db "update value set value = cast(substr(value, 1, length(value) - 1) || x'33' as blob) where $where"
		run --separate-stderr sh-detect --no-stock -c "$BATS_FILE_TMPDIR/rules.yaml" --state state < /dev/null
		echo "$where: $status $stderr"
		[ "$status" = 4 ]
		[ "$(grep -c 'was damaged: it begins anew' <<< "$stderr")" = 1 ]
		sh-detect --no-stock -c "$BATS_FILE_TMPDIR/rules.yaml" --state state < /dev/null
	done
}
