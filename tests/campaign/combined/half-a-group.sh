# SPDX-License-Identifier: MIT
# Two of four die at once, where one may be away: both come back.
causes='process_gone' acts='service-restart' most=2
one_more() {
	cat <<-END
	  web$1:
	    pidfile: $S/web$1.pid
	    start: [$S/patient, "809$1", $S/web$1.pid, $S/web$1]
	    checks: [{http: "http://127.0.0.1:809$1/", status: 200, timeout: 1s}]
	    mode: act
	    group: webs
	END
}
web_site() {
	echo '    group: webs'
	for n in 2 3 4; do one_more $n; done
}
site() { printf 'groups:\n  webs: {max_unavailable: 1}\n'; }
setup() {
	for n in 2 3 4; do
		mkdir $S/web$n
		echo page >$S/web$n/index.html
		setsid $S/patient 809$n $S/web$n.pid $S/web$n >/dev/null 2>&1 &
	done
}
inject() { kill -9 "$(web_pid)" "$(cat $S/web2.pid)"; }
well() { answers 8080 && answers 8092; }
sound() { answers 8093 && answers 8094; }
