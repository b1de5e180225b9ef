/* SPDX-License-Identifier: MIT */
/* units - the failed units of systemd, from the JSON of systemctl list-units */
#ifndef SH_COLLECT_UNITS_H
#define SH_COLLECT_UNITS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Count the failed units in what systemctl wrote, and append the names of the
 * first of them to LIST, blanks between. -1 when it is not such a list.
 */
int sh_units_parse(const char *text, size_t len, size_t *failed, struct sh_buf *list,
		   struct sh_error *err);

#endif
