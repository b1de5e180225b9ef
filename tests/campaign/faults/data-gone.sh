# SPDX-License-Identifier: MIT
# Nothing that is known brings the data back, and a restart would not help: a person is told.
causes='application_error'
inject() { mv $D/www/index.html $S/lost; }
