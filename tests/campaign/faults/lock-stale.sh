# SPDX-License-Identifier: MIT
# What it locks against itself is still there when it was killed.
causes='process_gone program_crash stale_lock' acts='service-clear-locks service-restart'
web_command=(/usr/bin/env "PATIENT_LOCK=$S/web.lock" "${web_command[@]}")
web_site() { printf '    %s\n' "locks: [$S/web.lock]" "env: {PATIENT_LOCK: $S/web.lock}"; }
inject() { kill -9 "$(web_pid)"; }
# The bystander has no lock, and nothing else there went.
sound() { [ -s $S/web.conf ]; }
