/* SPDX-License-Identifier: MIT */
/* keys - the nearest known name to one that was mistyped */
#ifndef SH_CONFIG_KEYS_H
#define SH_CONFIG_KEYS_H

/*
 * The word of a NULL-terminated list with the smallest edit distance to TEXT
 * (neighbours swapped count one), or NULL when none is near. Borrowed.
 */
const char *sh_keys_nearest(const char *text, const char *const *known);

#endif
