# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# --part K/N: several processes share the hosts of one stream.
load helper

rules() {
	cat > rules.yaml << 'EOF'
rules:
  high: {expr: cpu.usage > 90, count: 2}
  low_for: {expr: mem.free < 10, count: 1, for: 40s, clear_count: 2}
  rising: {expr: "rate(net.errors, 2m) > 3", count: 1}
  gone: {expr: "absent(app.up, 90s)", count: 1}
  tight: {expr: cpu.usage > 70 && host.mem.free < 20, count: 1, stale_after: 50s}
EOF
}

# Random lines: hosts that come and go, times in steps small and large, records of
# other kinds, some that are broken, early or late, and some that name no host. Lines
# that are broken behind their time are late: where only their beginning is looked at,
# their time counts when it is less than a second ahead.
stream() {
	awk -v seed="$1" -v n="${2-1500}" '
	function below(k) { return int(rand() * k) }
	function stamp(t,  s) { s = int(t); return sprintf("2026-11-21T%02d:%02d:%02d.%03dZ",
		int(s / 3600) % 24, int(s / 60) % 60, s % 60, int((t - s) * 1000 + 0.5)) }
	BEGIN {
		srand(seed)
		for (t = 3600; i < n; i++) {
			k = below(40)
			t += k < 20 ? 0 : k < 30 ? below(900) / 1000 : k < 38 ? below(20) : 100
			h = "node" below(12)
			k = below(60)
			when = stamp(below(20) && k != 2 && k != 3 ? t : t - 1 - below(30))
			who = "\"time\":\"" when "\",\"host\":\"" h "\""
			sample = "{\"kind\":\"sample\"," who ",\"entity\":\"host:" h "\",\"metrics\":{\"cpu\":{\"usage\":" below(100) \
				"},\"mem\":{\"free\":" below(30) "},\"net\":{\"errors\":" (errors[h] += below(90)) "}"
			if (k == 0) print "{\"kind\":\"tick\"," who "}"
			else if (k == 1) print "{\"kind\":\"event\"," who ",\"text\":\"" i "\"}"
			else if (k == 2) print substr(sample, 1, below(length(sample)) + 1)
			else if (k == 3) print "{\"kind\":\"sample\"," who ",\"dims\":5}"
			else if (k == 4) print "{\"time\":\"" when "\",\"cpu\":{\"usage\":" below(100) "}}"
			else if (k == 5) print "{\"host\":\"" h "\",\"time\":\"" when "\",\"mem\":{\"free\":" below(30) "}}"
			else if (k == 6) print "{\"kind\":\"sample\",\"time\":\"" when "\",\"host\":\"n\\u006fde1\",\"metrics\":{\"cpu\":{\"usage\":99}}}"
			else if (k == 7) print "{\"kind\":\"sample\",\"time\":\"no\",\"host\":\"" h "\"}"
			else if (k == 8) print "{\"kind\":\"sample\"," who ",\"entity\":\"service:a@" h "\",\"metrics\":{\"app\":{\"up\":1}}}"
			else print sample "}}"
		}
	}'
}

detect() {
	SH_HOST=here sh-detect --no-stock -c rules.yaml --now 2026-11-21T01:00:00Z "$@"
}

# The lines of FILE in the order in which each host has them
by_host() {
	jq -rc '[.host, .] | "\(.[0])\t\(.[1] | tojson)"' "$1" | sort -s -t$'\t' -k1,1
}

@test "--part: the parts together write what one process writes, host by host in the same order" {
	need jq
	rules
	for seed in $(seq 12); do
		stream "$seed" > in
		detect in > whole 2> errors || true
		[ "$(grep -c '"kind":"fault"' whole)" -gt 20 ]
		for n in 2 3; do
			: > union
			: > said
			for ((k = 0; k < n; k++)); do
				detect --part $k/$n in > part 2> part.said || true
				[ -s part ]
				cat part >> union
				grep 'in:[0-9]*:' part.said >> said || true
			done
			diff <(sort whole) <(sort union)
			diff <(by_host whole) <(by_host union)
			diff <(grep 'in:[0-9]*:' errors | sort) <(sort said)
		done
	done
	grep -q '"status":"stale"' whole
}

@test "--part: with state directories and runs that end anywhere, too" {
	need jq
	rules
	for seed in $(seq 21 26); do
		stream "$seed" 600 > in
		detect in > whole 2> /dev/null || true
		: > union
		for k in 0 1; do
			rm -rf state
			head -n $((seed * 17)) in > one
			tail -n +$((seed * 17 + 1)) in > two
			detect --part $k/2 --state state one >> union 2> /dev/null || true
			detect --part $k/2 --state state two >> union 2> /dev/null || true
		done
		diff <(sort whole) <(sort union)
	done
}

@test "--part: bad lines are rejected by one part" {
	rules
	stream 31 > in
	detect --reject whole in > /dev/null 2>&1 || true
	detect --reject first --part 0/2 in > /dev/null 2>&1 || true
	detect --reject second --part 1/2 in > /dev/null 2>&1 || true
	[ -s first ] && [ -s second ]
	diff <(sort whole) <(sort first second)
	head -c 5000 /dev/zero | tr '\0' x > long
	for k in 0 1; do
		run detect --part $k/2 --max-record 4k --reject rejected.$k long
	done
	[ "$status" = 0 ]
	cmp long <(head -c 5000 rejected.0)
	[ ! -s rejected.1 ]
}

@test "--part: state of other hosts is refused, and what is no part is a usage error" {
	rules
	stream 5 100 > in
	detect --part 0/2 --state state in > /dev/null 2>&1 || true
	run -2 --separate-stderr detect --part 1/2 --state state in
	[[ $stderr = *'the state is that of --part 0/2, not of 1/2: every part needs a directory of its own' ]]
	[ -z "$output" ]
	run -2 --separate-stderr detect --state state in
	for part in 2/2 1 /2 1/ -1/2 a/b 0/0 1/2/3; do
		run -2 --separate-stderr detect --part "$part" in
		[[ $stderr = *"--part is K/N"* ]]
		[ -z "$output" ]
	done
}

@test "--part: a byte order mark belongs to the beginning of each file, whoever has its first lines" {
	rules
	line() { printf '{"kind":"sample","time":"2026-11-21T01:00:01.000000Z","host":"%s","metrics":{"cpu":{"usage":%d}}}\n' "$@"; }
	for host in n1 n2 n3; do
		line "$host" 1 > one
		# Lines that go on as those of the file before, and one that has the mark but is not the first.
		{ line "$host" 2; line "$host" 3; printf '\xEF\xBB\xBF'; line "$host" 4; } > two
		for k in 0 1; do
			detect --part $k/2 one two > /dev/null 2> said.$k || true
		done
		cat said.0 said.1 > said
		[ "$(grep -c 'two:3:' said)" = 1 ]
	done
}
