# SPDX-License-Identifier: MIT
causes='filesystem_error filesystem_read_only' acts='filesystem-remount'
disk_site() { echo '    remount: true'; }
inject() { mount -o remount,ro $D; }
