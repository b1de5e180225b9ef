#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# certificate-check on certificates of openssl's, and update-list beside the apt of this machine.
load helper
load action

# certificate NAME DAYS
certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key -out "$1" \
		-days "$2" -subj /CN=localhost 2>/dev/null
}

certificates() { jq -nc --arg p "$PWD" --argjson c "$1" '{parameters: {certificates: [$c[] | .file |= $p + "/" + .]}}'; }

@test "a certificate that is valid for long enough is good, one that is not is named with its days" {
	need openssl
	certificate long 90
	certificate short 5
	ok certificate-check run "$(certificates '[{"file":"long"}]')"
	answer '.output.certificates[0] | .days_left > 89.9 and .days_left < 90 and (.valid_until | test("^20.*Z$"))'
	refused certificate-check run "$(certificates '[{"file":"short"},{"file":"long"}]')" "short' ends in 5.0 days"
	answer '.output.certificates[1].days_left > 89 and (.output.certificates[0] | has("error"))'
	ok certificate-check run "$(certificates '[{"file":"short","min_days":3}]')"
	refused certificate-check run "$(certificates '[{"file":"long","min_days":91}]')" 'ends in'
	ok certificate-check check "$(certificates '[{"file":"long"}]')"
	answer '.output.state == "not_done"'
}

@test "one that has ended, and what is no certificate, fail" {
	need openssl
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key -out request -subj /CN=x 2>/dev/null
	openssl x509 -req -in request -signkey key -days -1 -out ended 2>/dev/null
	refused certificate-check run "$(certificates '[{"file":"ended"}]')" "ended' has ended"
	echo text >no
	refused certificate-check run "$(certificates '[{"file":"no"}]')" 'openssl'
	refused certificate-check run "$(certificates '[{"file":"none"}]')" 'openssl'
	refused certificate-check run '{"parameters":{"certificates":[{"file":"a"}]}}' 'file'
	ok certificate-check run "$(certificates '[]')"
}

@test "updates are those that apt would install, security updates with their versions" {
	[ -x /usr/bin/apt-get ] || skip 'no apt here'
	apt-get --simulate -qq dist-upgrade >said 2>/dev/null || skip 'apt does not work here'
	ok update-list run '{"parameters":{}}'
	answer ".output.security_updates + .output.other_updates == $(grep -cE '^Inst [^ ]+ \[' said || :)"
	answer ".output.security_updates == $(grep -E '^Inst [^ ]+ \[' said | grep -ci -- '-security' || :)"
	[ "$(jq -r '.output.security[].package' <<<"$output")" = \
		"$(awk '/^Inst [^ ]+ \[/ && tolower($0) ~ /-security/ { print $2 }' said | head -200)" ]
	if [ "$(jq .output.security_updates <<<"$output")" -gt 0 ]; then
		answer '.output.security[0].installed as $i | .output.security[0].available != $i'
		refused update-list run '{"parameters":{"max_security":0}}' 'security updates are not installed'
	fi
	ok update-list check '{"parameters":{}}'
	refused update-list run '{"parameters":{"install":true}}' 'install'
}
