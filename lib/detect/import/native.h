/* SPDX-License-Identifier: MIT */
/*
 * native - PromQL as an expression of our own language, where one record says it all
 *
 * All metrics of one label set of one scrape are in one record, so arithmetic,
 * comparison and set operators between equal label sets are arithmetic and logic
 * within a record, and functions over a range are functions over the past. What
 * looks at several label sets, at what is absent, or at what a record does not
 * say (instance, job) is not translated: such a rule stays PromQL.
 *
 * A division by zero is no error in PromQL: infinite, or NaN for 0 / 0. The
 * translation of a comparison says the same.
 */
#ifndef SH_DETECT_IMPORT_NATIVE_H
#define SH_DETECT_IMPORT_NATIVE_H

#include <stdbool.h>

#include "base/map.h"
#include "detect/prom/promql.h"

struct sh_import_native {
	const char *expr;   /* in the arena */
	const char *value;  /* the number behind it, for texts; NULL when there is not just one */
	bool needs_past;
	const struct sh_prom_ast *why; /* after false: the part that is the reason */
};

/* RECORDED has the names that recording rules make. */
bool sh_import_native(const struct sh_promql *p, const struct sh_map *recorded,
		      struct sh_arena *arena, struct sh_import_native *out);

#endif
