# SPDX-License-Identifier: MIT
causes='filesystem_error filesystem_read_only' acts='filesystem-remount'
inject() { mount -o remount,ro $D; }
