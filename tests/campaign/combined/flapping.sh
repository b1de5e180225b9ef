# SPDX-License-Identifier: MIT
# Somebody changes the configuration again as often as it is put back: that is not
# fought for ever, and is told.
causes='configuration_changed' acts='file-restore' most=3 outcome='told'
tells='a person is needed' patience=200
inject() {
	(
		for n in $(seq 1000); do
			echo "version two $n" >$S/web.conf
			sleep 3
		done
	) &
}
well() { [ "$(cat $S/web.conf)" = 'version 1' ]; }
