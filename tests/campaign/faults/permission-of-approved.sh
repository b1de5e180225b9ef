# SPDX-License-Identifier: MIT
# Of what was approved the owner and the mode are known too.
causes='permission_changed configuration_changed' acts='permission-restore file-restore'
inject() { chmod 000 $S/web.conf; chown 12345 $S/web.conf; }
well() { answers 8080 && [ "$(stat -c %a:%u $S/web.conf)" = 644:0 ]; }
