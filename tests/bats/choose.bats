#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# sh-repair: which cause of a ranking, and which playbook for it.
load helper
load repair

# ranked ITEM...: the diagnosis of the thing with these [CAUSE, CONFIDENCE] or [CAUSE, CONFIDENCE, ENTITY].
ranked() {
	local items
	items=$(printf '%s\n' "$@" | jq -cs 'map({root_cause: .[0], confidence: .[1], evidence: []} + if .[2] then {entity: .[2]} else {} end)')
	diagnose | jq -c --argjson items "$items" 'if .kind == "diagnosis" then .ranking = $items else . end'
}

simple() { # ID CAUSE [MORE]: a playbook
	printf 'playbooks:\n  %s:\n    for: {causes: [%s]%s}\n    steps: [{name: make, action: do, with: {path: "{site.path}"}}]\n' \
		"$1" "$2" "${3-}" >"stock/playbooks/$1.yaml"
}

@test "a cause without a playbook leaves the next one its turn, as the plan says" {
	area
	ranked '["no_use", 0.97]' '["thing_gone", 0.9]' >d
	run -0 mend d
	is '.decision == "act" and .playbook == "mend" and .cause == "thing_gone" and .confidence == 0.9'
}

@test "the likelier of two causes with playbooks is repaired" {
	area
	simple better other_cause
	ranked '["other_cause", 0.97]' '["thing_gone", 0.9]' >d
	run -0 mend d
	is '.playbook == "better" and .cause == "other_cause" and .confidence == 0.97'
	ranked '["thing_gone", 0.9]' '["other_cause", 0.8]' >d
	run -0 mend d
	is '.playbook == "mend" and .cause == "thing_gone"'
}

@test "a playbook that is not for a likelier cause is not taken for a lesser one" {
	area
	simple mend thing_gone ', not_causes: [taken]'
	ranked '["taken", 0.97]' '["thing_gone", 0.9]' >d
	run mend d
	is '.decision == "none" and (.reason == "playbook '"'mend' is not for cause 'taken', which is likelier than 'thing_gone'"'")'
	ranked '["thing_gone", 0.9]' '["taken", 0.8]' >d
	run -0 mend d
	is '.decision == "act" and .playbook == "mend"'
}

@test "who is ill because of another is left alone, unless the playbook is for that" {
	area
	ranked '["thing_gone", 0.97, "service:db@h1"]' '["thing_gone", 0.9]' >d
	run mend d
	is '.decision == "none" and (.reason | startswith("the cause '"'thing_gone' is at 'service:db@h1'"'"))'
	simple mend thing_gone ', targets: [file]'
	run -0 mend d
	is '.decision == "act" and .playbook == "mend"'
	ranked '["thing_gone", 0.97, "file:/y@h1"]' >d
	run mend d
	is '.decision == "none"'
}

@test "what is less likely than not is no reason to act, and without a ranking what was merged counts" {
	area
	ranked '["no_use", 0.97]' '["thing_gone", 0.4]' >d
	run mend d
	is '.decision == "none" and (.reason | startswith("no playbook for cause '"'no_use'"'"))'
	ranked >d
	run -0 mend d
	is '.decision == "act" and .cause == "thing_gone" and .confidence == 0.9'
}

needy() { # ID CAUSE: a playbook for which the site has no words
	simple "$1" "$2"
	sed -i 's/{path: /{words: "{site.words}", path: /' "stock/playbooks/$1.yaml"
	sed -i 's/words: {type: list/words: {type: list, required: true/' stock/actions/do.yaml
	cp stock/actions/do.yaml stock/actions/other.yaml
	sed 's/words: {type: list, required: true/words: {type: list/' stock/actions/other.yaml >stock/actions/plain.yaml
	rm stock/actions/other.yaml
	sed -i 's/action: do/action: plain/' stock/playbooks/mend.yaml
}

@test "a cause whose playbooks lack a word of the site leaves the next one its turn, in which they count" {
	area
	needy better other_cause
	ranked '["other_cause", 0.97]' '["thing_gone", 0.9]' >d
	run -0 mend d
	is '.decision == "act" and .playbook == "mend" and .cause == "thing_gone" and .confidence == 0.9'
	sed -i 's/causes: \[thing_gone\]/&, not_causes: [other_cause]/' stock/playbooks/mend.yaml
	run mend d
	is '.decision == "none" and .cause == "other_cause" and (.reason | contains("words"))'
}

@test "that no playbook fits is told once, with the reason" {
	area
	needy better other_cause
	ranked '["other_cause", 0.97]' >d
	run mend --apply d
	is '.decision == "none"'
	jq -se 'map(select(.kind == "notice")) | length == 1 and (.[0].text | contains("words"))' <<<"$output"
	run mend --apply d
	is '.decision == "none"'
	jq -se 'all(.[]; .kind != "notice")' <<<"$output"
	sh-ledger history | jq -se 'map(select(.note == "not_repaired")) | length == 1 and .[0].would == "none"'
}
