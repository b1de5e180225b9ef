/* SPDX-License-Identifier: MIT */
/* place - where the parts of an installation, or of a build tree, are */
#ifndef SH_COLLECT_PLACE_H
#define SH_COLLECT_PLACE_H

/*
 * The directory of helpers: as configured, or SH_LIBEXEC where that directory
 * and its parents are trusted (base/file.h). The caller frees it.
 */
char *sh_place_libexec(void);
/* A file of the stock directory (SH_STOCK, else as configured). The caller frees it. */
char *sh_place_stock(const char *name);

#endif
