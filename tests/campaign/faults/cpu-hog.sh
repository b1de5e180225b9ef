# SPDX-License-Identifier: MIT
# Others use all processors, and a service that has work to do hardly gets one.
causes='cpu_bottleneck cpu_hog'
patience=90
inject() {
	tell 'work 100'
	for _ in $(seq $((24 * $(nproc)))); do sh -c 'while :; do :; done' & done
}
well() { :; }
