/* SPDX-License-Identifier: MIT */
/*
 * groups - the metric groups of a sample one after the other, as text
 *
 *	sh_groups_start(&g, r);
 *	while (sh_groups_next(&g))
 *		... g.name, g.object ...
 *	sh_groups_end(&g);
 *
 * What counts as a group is as in sh_record_metrics(), but that a group may turn
 * out to hold no number, and that a name may come twice (the last one counts).
 */
#ifndef SH_RECORD_GROUPS_H
#define SH_RECORD_GROUPS_H

#include "base/buf.h"
#include "record/record.h"

struct sh_groups {
	struct sh_span name;   /* decoded; dies with the next step */
	struct sh_span object; /* into the line */
	/* internal */
	const struct sh_record *record;
	const char *p;         /* in the text of "metrics"; NULL: the members of a bare record */
	size_t i;
	struct sh_buf text;
};

void sh_groups_start(struct sh_groups *g, const struct sh_record *r);
bool sh_groups_next(struct sh_groups *g);
void sh_groups_end(struct sh_groups *g);

#endif
