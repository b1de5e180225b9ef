# SPDX-License-Identifier: MIT
# As clock-ahead.sh, and the clock is set back ten minutes. Until it is what it was, nothing
# that is seen can be told from what was seen before: nothing is done, and it is told.
# shellcheck source=/dev/null
. "$here/combined/clock-ahead.sh"
jump='-600' most=0 outcome='told' tells='a clock was set'
