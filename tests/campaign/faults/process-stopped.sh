# SPDX-License-Identifier: MIT
causes='process_stopped' acts='service-continue service-restart'
inject() { kill -STOP "$(web_pid)"; }
