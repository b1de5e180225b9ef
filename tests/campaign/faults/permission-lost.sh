# SPDX-License-Identifier: MIT
# The service has not root's right to pass over permissions, and cannot read its page any more.
causes='permission_changed configuration_changed' acts='permission-restore file-restore'
bounded=(/usr/bin/setpriv --inh-caps=-all --bounding-set=-dac_override,-dac_read_search)
web_command=("${bounded[@]}" "${web_command[@]}")
setup() { "${bounded[@]}" true; }
web_files() { echo "      - {path: $D/www/index.html, mode: \"0644\", owner: root}"; }
monit() {
	cat <<-END
	check file page path $D/www/index.html
	  if failed permission 644 then exec $(may permission-restore chmod 644 $D/www/index.html) repeat every 5 cycles
	END
}
inject() { chmod 000 $D/www/index.html; }
well() { answers 8080 && [ "$(stat -c %a $D/www/index.html)" = 644 ]; }
