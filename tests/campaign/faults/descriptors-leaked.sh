# SPDX-License-Identifier: MIT
causes='descriptor_leak file_descriptor_leak descriptors_exhausted fd_leak' acts='service-restart'
setup() { ulimit -n 256; }
inject() { tell 'descriptors 1000'; }
