/* SPDX-License-Identifier: MIT */
/* version - versions of packages in the order of dpkg: [epoch:]upstream[-revision], "~" before all */
#ifndef SH_COLLECT_VERSION_H
#define SH_COLLECT_VERSION_H

/* <0, 0, >0 as A is older, the same, newer. */
int sh_version_compare(const char *a, const char *b);

#endif
