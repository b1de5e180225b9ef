/* SPDX-License-Identifier: MIT */
/* hog - who takes most of the processors, or of memory, just now, of those that may be touched */
#ifndef SH_ACTION_HOG_H
#define SH_ACTION_HOG_H

#include <jansson.h>

#include "action/proc.h"
#include "base/error.h"

/*
 * WHAT: "cpu", measured for half a second, or "memory", resident. ALLOW: shell
 * patterns of names. 1 found, 0 when nobody of those takes a quarter of a
 * processor or a twentieth of memory, -1 with an error. *SHARE becomes percent
 * of one processor, or of memory.
 */
int sh_hog_find(const char *what, const json_t *allow, struct sh_proc *out, double *share,
		struct sh_error *err);

#endif
