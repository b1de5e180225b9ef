# SPDX-License-Identifier: MIT
causes='configuration_changed' acts='file-restore'
inject() { : >$S/web.conf; }
well() { answers 8080 && [ "$(cat $S/web.conf)" = 'version 1' ]; }
