# SPDX-License-Identifier: MIT
causes='memory_leak' acts='service-restart'
inject() { tell 'leak 10000000'; }
well() { renewed; }
