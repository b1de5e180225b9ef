# SPDX-License-Identifier: MIT
# Others, each of a session of its own, use all processors, and a service that has work to do hardly gets one.
causes='cpu_bottleneck cpu_hog'
patience=90
inject() {
	tell 'work 100'
	for _ in $(seq $((16 * $(nproc)))); do setsid sh -c 'while :; do :; done' & done
}
well() { :; }
