# SPDX-License-Identifier: MIT
# What stands in share/examples is right, and its ladder ends with a person.
load helper

examples() { echo "$abs_top_srcdir/share/examples"; }

@test "every example of configuration passes the check of each program that reads it" {
	mkdir -m 755 conf
	cp "$(examples)/site.yaml" conf/site.yaml
	cp "$(examples)/notify.yaml" conf/notify.yaml
	cp "$(examples)/sources.yaml" conf/sources.yaml
	cp "$(examples)/rules.yaml" conf/rules.yaml
	sed -e "s|@SCRATCH@|$PWD/area|g; s|@PORT@|8080|g; s|@BUSYBOX@|/bin/busybox|g" \
		"$(examples)/heal.yaml" >conf/heal.yaml
	for file in conf/*.yaml; do
		for p in sh-collect sh-detect sh-diagnose sh-repair sh-schedule; do
			run -0 "$p" --check -c "$file" </dev/null
			[ -z "$output" ]
		done
	done
}

@test "the tests beside the rules of the example pass" {
	install -m 644 "$(examples)/rules.yaml" rules.yaml
	run -0 sh-detect --no-stock -c rules.yaml --test
	[[ $output == *' 0 failed, 0 rules without tests' ]]
}

@test "a service that cannot be started ends with a word to a person" {
	command -v jq >/dev/null || skip 'jq not found'
	cat >site.yaml <<-E
		services:
		  web: {pidfile: $PWD/web.pid, start: [/bin/false], start_timeout: 1s, mode: act}
	E
	sed -e "s|mail: \[root\]|file: $PWD/told|" -e 's/within: 30s/within: 1s/' \
		"$(examples)/notify.yaml" >notify.yaml
	run -5 bash -c 'sh-collect -c site.yaml service | sh-detect | sh-diagnose |
		sh-repair -c site.yaml -c notify.yaml --state state --apply'
	jq -se 'map(select(.kind == "repair")) | .[0].playbook == "service-restart" and
		.[0].next == "tell-root" and .[1].playbook == "tell-root"' <<<"$output"
	grep -q 'no process of web is running' told
}
