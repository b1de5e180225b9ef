# SPDX-License-Identifier: MIT
# Nothing that is known brings the data back: the restart is tried, fails, and a person is told.
causes='process_gone check_failed http_error service_error data_missing'
inject() { mv $D/www/index.html $S/lost; }
well() { :; }
