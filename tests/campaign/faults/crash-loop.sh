# SPDX-License-Identifier: MIT
# It ends a moment after each start: started again some times, but not for ever, and told.
causes='process_gone program_crash crash_at_start crash_loop' tries='service-restart'
inject() { : >$D/www/poison; tell crash; }
well() { :; }
# Not more often than the guards allow.
sound() { [ "$(after $log/repairs '.kind == "repair" and (.steps | length > 0)' | wc -l)" -le 3 ]; }
