/* SPDX-License-Identifier: MIT */
/*
 * descriptor - what a child does not take along
 */
#ifndef SH_BASE_DESCRIPTOR_H
#define SH_BASE_DESCRIPTOR_H

/*
 * Close every descriptor from FIRST on: by close_range(2), and on kernels before
 * 5.9 those that /proc/self/fd lists. Returns 0, or -1 with errno when it cannot
 * be known which are open; then none was closed.
 */
int sh_descriptors_close_from(int first);

#endif
