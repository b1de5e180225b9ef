# SPDX-License-Identifier: MIT
causes='process_gone' acts='service-restart'
inject() { kill -9 "$(web_pid)"; }
