# SPDX-License-Identifier: MIT
causes='memory_leak' acts='service-restart'
web_site() { echo '    limits: {memory: 150M}'; }
inject() { tell 'leak 10000000'; }
well() { renewed; }
