# SPDX-License-Identifier: MIT
# The site does not say that rules may be taken away: it is told, and the service is left alone.
causes='firewall_blocks'
inject() { nft 'add table inet t; add chain inet t i { type filter hook input priority 0; }; add rule inet t i tcp dport 8080 reject with tcp reset'; }
