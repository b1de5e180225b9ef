# SPDX-License-Identifier: MIT
causes='firewall_blocks' acts='firewall-allow'
web_site() { printf '    %s\n' 'firewall: true' 'ports: [8080]'; }
inject() { nft 'add table inet t; add chain inet t i { type filter hook input priority 0; }; add rule inet t i tcp dport 8080 drop'; }
sound() { nft list chain inet t i >/dev/null; }
