# SPDX-License-Identifier: MIT
causes='cpu_hog'
inject() { for _ in $(seq "$(nproc)"); do sh -c 'while :; do :; done' & done; }
well() { :; }
