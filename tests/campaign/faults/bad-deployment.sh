# SPDX-License-Identifier: MIT
# A new version of its program and of its configuration came, and does not work.
causes='configuration_changed' acts='file-restore service-restart'
web_command[0]=$S/patient.web
web_files() { echo "      - {path: $S/patient.web, baseline: true}"; }
setup() { cp $S/patient $S/patient.web; }
inject() {
	printf '#!/bin/sh\necho new >&2\nexit 1\n' >$S/new && chmod 755 $S/new
	mv $S/new $S/patient.web && echo 'version 2' >$S/web.conf
	kill "$(web_pid)"
}
well() { answers 8080 && cmp -s $S/patient $S/patient.web; }
