#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Sentences in the reader's language, from a locale made for the test: the machine need have none.
load helper

setup_file() {
	command -v localedef >/dev/null && localedef --no-archive -f UTF-8 -i zh_CN "$BATS_FILE_TMPDIR/zh_CN.UTF-8" || true
}

chinese() {
	[ -e "$abs_top_builddir/po/zh_CN/LC_MESSAGES/selfheal.mo" ] || skip 'built without languages'
	[ -d "$BATS_FILE_TMPDIR/zh_CN.UTF-8" ] || skip 'localedef has no zh_CN or UTF-8 to make a locale of'
	export LOCPATH=$BATS_FILE_TMPDIR LC_ALL=zh_CN.UTF-8
}

# The seed's demo metrics: one fault of a full disk.
full() {
	local i
	for i in 0 1 2; do
		printf '{"time":%d,"host":"h","storage":{"utilization":95.2}}\n' $((1795222800 + 10 * i))
	done | sh-detect
}

@test "--explain speaks Chinese where the locale is, and the records are the same byte for byte" {
	full >in
	sh-diagnose --explain in >english 2>said
	grep -q 'Most likely cause: ' said
	chinese
	sh-diagnose --explain in >out 2>said
	cmp english out
	grep -qx 'host:h 发生 disk_full：存储使用率为 95.2 %' said
	grep -qx '  始于 2026-11-21T01:00:00Z，已持续 20s，出现 3 次；危急。' said
	grep -q '几乎可以肯定，95 %' said
	! grep -q 'Most likely' said
}

@test "LANGUAGE alone chooses among the languages of a locale; unknown ones are English" {
	full >in
	chinese
	LANGUAGE=en sh-diagnose --explain in 2>&1 >out | grep -q 'Most likely cause'
	LANGUAGE=xx:zh_CN sh-diagnose --explain in 2>&1 >out | grep -q '最可能的原因'
	LC_ALL=xx_XX.UTF-8 sh-diagnose --explain in 2>&1 >out | grep -q 'Most likely cause'
}

@test "a locale with a decimal comma changes no number" {
	full >in
	sh-diagnose --explain in >english 2>said
	localedef --no-archive -f UTF-8 -i de_DE "$BATS_TEST_TMPDIR/de_DE.UTF-8" || skip 'localedef has no de_DE or UTF-8'
	LOCPATH=$BATS_TEST_TMPDIR LC_ALL=de_DE.UTF-8 sh-diagnose --explain in >out 2>german
	cmp english out
	cmp said german
}

@test "--why and its trail speak Chinese as well" {
	chinese
	full >in
	sh-diagnose --why host:h in >out
	grep -qx '  disk_full，始于 2026-11-21T01:00:00Z，新发生；危急。' out
	grep -qx '  没有发现那里有任何变化。' out
	run ! grep -q ' is \| the ' <(grep -v 规则 out)
}

# A fault whose stock rule says its values, "process {host.io.top_pid} does {host.io.top_share} % of …".
hog() {
	printf '{"kind":"fault","time":"2026-11-21T01:00:00Z","host":"h","entity":"disk:vda@h","id":"f-1","fingerprint":"f-0",'
	printf '"status":"open","fault_type":"high_latency","rule_id":"r","severity":"high",'
	echo '"context":{"metrics":{},"host":{"io":{"top_pid":4711,"top_share":88.5,"top_bytes":5000000}}}}'
}

@test "what stock rules say is Chinese with its values in place, of a stored diagnosis as well" {
	chinese
	hog >in
	sh-diagnose --explain in >out 2>said
	run ! env LC_ALL=C grep -q $'[\x80-\xff]' out
	grep -q '有一个进程使存储持续繁忙（disk_hog）' said
	grep -q '进程 4711 占全部块 I/O 的 88.5 %' said
	grep -q '用 `ps -fp 4711` 查看是什么；用 `ionice -c3 -p 4711` 或其单元的 IOWeight= 降低优先级' said
	sh-diagnose --explain out >again 2>stored
	cmp out again
	cmp said stored
}

@test "what is not a stock rule's text any more, or its rule unknown, stays as it was stored" {
	chinese
	hog | sh-diagnose >out
	sed 's/process 4711 does/process 4711 did/g' out >other
	sh-diagnose --explain other 2>said >again
	grep -q 'process 4711 did 88.5 % of all block input and output' said
	grep -q '用 `ps -fp 4711` 查看是什么' said
	sh-diagnose --no-stock --explain out 2>said >again
	grep -q 'process 4711 does 88.5 %' said
	grep -q '有一个进程使存储持续繁忙' said
}

@test "the view of a diagnosis on a terminal is Chinese, and that of other programs is not" {
	full >in
	LC_ALL=C sh-diagnose -o text in >english
	grep -q 'recommended: remove data' english
	chinese
	sh-diagnose -o text in >out
	grep -q '^01:00:20 host:h 发生 disk_full：storage_space_exhausted (95 %)$' out
	grep -q '^ *存储空间耗尽$' out
	grep -q '^ *修复建议：清理无用数据或扩容存储$' out
	grep -q '^ *修复预案：disk-clean' out
	sh-diagnose in >records
	sh-detect -o text records >out
	run ! env LC_ALL=C grep -q $'[\x80-\xff]' out
}

@test "the impact is worded in Chinese" {
	printf '%s\n' 'topology:' '  group:db: {members: ["service:db@h", "service:db2@h", "service:db3@h"], need: 2}' \
		'  service:web@h: {depends_on: "service:db@h"}' >site.yaml
	echo '{"kind":"fault","time":"2026-11-21T01:02:00Z","host":"h","entity":"service:db@h","id":"f-1","fingerprint":"f-0","status":"open","fault_type":"service_down","rule_id":"r","severity":"high"}' >in
	chinese
	sh-diagnose -c site.yaml --explain in 2>said >out
	cat said
	grep -qx '  失去 service:db@h，当前受影响：service:db@h（不可用）。' said
	grep -qx '  失去 service:db@h，接下来有风险：service:web@h（不可用，面向用户）、group:db（3 个中剩 2 个，需要 2 个.*）。' said
	sh-diagnose -o text out >text
	grep -qx ' *当前受影响：service:db@h' text
	grep -qx ' *接下来有风险：service:web@h、group:db' text
}

@test "--explain names the incident, how many faults it has and since when" {
	echo '{"kind":"edge","time":"2026-11-21T00:59:00Z","host":"h","from":"service:web@h","to":"service:db@h","type":"depends_on"}' >in
	for entity in db web; do
		printf '{"kind":"fault","time":"2026-11-21T01:02:00Z","host":"h","entity":"service:%s@h","id":"f-%s","fingerprint":"f-0",' $entity $entity
		printf '"status":"open","fault_type":"service_down","rule_id":"r","severity":"high","detected_at":"2026-11-21T01:00:00Z"}\n'
	done >>in
	sh-diagnose --explain in >out 2>said
	id=$(jq -r 'select(.kind == "diagnosis") | .incident' out | uniq)
	grep -qx "Incident $id: 2 faults are there, 2 in all, since 2026-11-21T01:00:00Z, that is for 2m; high severity." said
	grep -q '^  What explains most of them: .* of service:db@h; [0-9]* %[.]$' said
	grep '"kind":"incident"' out | sh-diagnose --explain 2>stored >again
	diff <(grep -A1 '^Incident' said) stored
	chinese
	sh-diagnose --explain in 2>said >again
	grep -qx "事件 $id：现有 2 个故障，累计 2 个，始于 2026-11-21T01:00:00Z，已持续 2m；严重。" said
}
