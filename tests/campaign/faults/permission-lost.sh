# SPDX-License-Identifier: MIT
# The service has not root's right to pass over permissions, and cannot read its page any more.
causes='permission_changed configuration_changed' acts='permission-restore file-restore'
bounded=(/usr/bin/setpriv --inh-caps=-all --bounding-set=-dac_override,-dac_read_search)
web_command=("${bounded[@]}" "${web_command[@]}")
setup() { "${bounded[@]}" true; }
web_files() { echo "      - {path: $D/www/index.html, mode: \"0644\", owner: root}"; }
inject() { chmod 000 $D/www/index.html; }
well() { answers 8080 && [ "$(stat -c %a $D/www/index.html)" = 644 ]; }
