# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034 # variables are those of one.sh
# The pipeline as a user runs it: the stock files, and a site file that names the services.
base_site() {
	cat <<-END
	services:
	  web:
	    pidfile: $S/web.pid
	    start: [$(printf '"%s", ' "${web_command[@]}")]
	    checks: [{http: "http://$web_name:8080/", status: 200, timeout: 1s}]
	    files:
	      - {path: $S/web.conf, baseline: true, validate: [/usr/bin/grep, -qx, version 1, "{path}"]}
	$(web_files)
	    mode: act
	$(web_site)
	  other:
	    pidfile: $S/other.pid
	    start: [$S/patient, "8081", $S/other.pid, $S/other]
	    checks: [{http: "http://127.0.0.1:8081/", status: 200, timeout: 1s}]
	    mode: act
	filesystems:
	  $D:
	    limit: 90
	    clean: [{root: $D/cache, match: "*.tmp", older: 0s}]
	    mode: act
	$(disk_site)
	END
}

prepare() {
	{ base_site; site; } >$S/site.yaml
	cp $S/site.yaml $log/
	sed -n 's/.*{path: \([^,]*\), baseline: true.*/\1/p' $S/site.yaml |
		xargs -n 1 sh-ledger --state $S/state baseline >/dev/null
}

start_loop() {
	{
		echo "$BASHPID" >$S/collect.pid
		member collect sh-collect -c $S/site.yaml --state $S/state -i "${CAMPAIGN_INTERVAL:-1s}"
	} 2>>$log/messages | stamp $log/samples |
		member detect sh-detect -c $S/site.yaml --state $S/state 2>>$log/messages | stamp $log/faults |
		member diagnose sh-diagnose -c $S/site.yaml --state $S/state --look 2>>$log/messages | stamp $log/diagnoses |
		member repair sh-repair -c $S/site.yaml --state $S/state --apply 2>>$log/messages | stamp $log/repairs >/dev/null &
}

# after FILE FILTER: "TIME LINE" of those lines since the injection for which FILTER holds.
after() {
	[ -s "$1" ] || return 0
	awk -v since="$injected" '$1 >= since' "$1" | sed 's/^[0-9.]* /&\t/' |
		jq -Rr "split(\" \\t\") as [\$at, \$line] | (\$line | fromjson? // {}) | select($2) | \"\(\$at) \(.)\""
}

settled() {
	if [ -n "$outcome" ]; then
		false
	elif [ -n "$tries" ]; then
		[ -n "$(after $log/repairs '.kind == "notice" and (.text | contains("a person is needed"))')" ]
	elif [ -n "$acts" ]; then
		[ -n "$healthy_at" ] && [ -n "$(after $log/repairs '.kind == "repair" and .verified == "fixed"')" ]
	else
		[ -n "$(after $log/diagnoses '.kind == "diagnosis"')" ] && sleep 6
	fi
}

report() {
	local detected diagnosed acted verified notices
	detected=$(after $log/faults '.kind == "fault" and .status != "resolved"' | head -n 1)
	diagnosed=$(after $log/diagnoses '.kind == "diagnosis"')
	acted=$(after $log/repairs '.kind == "repair" and (.steps | length > 0)')
	verified=$(after $log/repairs '.kind == "repair" and .verified == "fixed"' | head -n 1)
	notices=$(after $log/repairs '.kind == "notice"' | cut -d' ' -f2-)
	judge judge.jq --argjson every "$(list <<<"$every")" --argjson most "${most:-null}" --arg wanted "$outcome" --arg tells "$tells" \
		--slurpfile notices <(printf '%s\n' "$notices") \
		--rawfile messages $log/messages \
		--arg detected "$(since "${detected%% *}")" --arg acted "$(since "$(head -n 1 <<<"$acted" | cut -d' ' -f1)")" \
		--arg verified "$(since "${verified%% *}")" \
		--slurpfile diagnoses <(cut -d' ' -f2- <<<"$diagnosed") --slurpfile repairs <(cut -d' ' -f2- <<<"$acted")
}
