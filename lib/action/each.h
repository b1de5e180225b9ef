/* SPDX-License-Identifier: MIT */
/* each - something done to every member of a list, whatever became of the others */
#ifndef SH_ACTION_EACH_H
#define SH_ACTION_EACH_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/* What is said of ITEM goes into ENTRY. */
typedef int sh_each_fn(void *arg, const json_t *item, json_t *entry, struct sh_error *err);

/*
 * FN for each of LIST (NULL: of none). The entries are appended to the list NAME of OUTPUT,
 * each with its "error"; with SKIPS what is SH_ERRC_UNAVAILABLE is "skipped", and no error.
 * -1 where there was one: ERR has the first, also of a call before.
 */
int sh_each(const json_t *list, json_t *output, const char *name, bool skips, sh_each_fn *fn, void *arg,
	    struct sh_error *err);

#endif
