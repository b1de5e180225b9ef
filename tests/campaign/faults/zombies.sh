# SPDX-License-Identifier: MIT
causes='children_not_reaped' acts='service-restart'
inject() { tell 'zombies 300'; }
well() { renewed; }
