# SPDX-License-Identifier: MIT
causes='configuration_changed configuration_error bad_configuration' acts='file-restore service-restart'
inject() { head -c 64 /dev/urandom >$S/web.conf; kill "$(web_pid)"; }
well() { answers 8080 && [ "$(cat $S/web.conf)" = 'version 1' ]; }
