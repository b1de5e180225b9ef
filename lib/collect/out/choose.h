/* SPDX-License-Identifier: MIT */
/*
 * choose - which records go on, and with what labels, by expressions on them
 *
 * An expression sees what rules see: the groups of a sample, or the members of
 * another record; and kind, entity, entity_type, entity_name, hostname, labels,
 * dims, collector and target.
 */
#ifndef SH_COLLECT_OUT_CHOOSE_H
#define SH_COLLECT_OUT_CHOOSE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "expr/expr.h"
#include "record/record.h"

struct sh_out_options;

struct sh_choose_label {
	char *name;         /* owned */
	char *value;        /* owned; NULL: by the expression */
	struct sh_expr *expr;
};

struct sh_choose {
	struct sh_expr **select, **drop; /* owned, NULL-terminated; NULL none */
	struct sh_choose_label *label;   /* owned; in the order in which they are set */
	size_t labels;
	struct sh_arena arena;
};

/* -1 with SH_ERRC_USAGE. To be released in any case. */
int sh_choose_init(struct sh_choose *c, const struct sh_out_options *opt, struct sh_error *err);
void sh_choose_release(struct sh_choose *c);
/* Samples, logs, events and edges; others go on untouched. */
bool sh_choose_applies(const struct sh_record *r);
/*
 * A sample goes on when every select is true of it; another record unless one is
 * false; neither when a drop is true.
 */
bool sh_choose_wants(struct sh_choose *c, const struct sh_record *r);
static inline bool sh_choose_labels(const struct sh_choose *c)
{
	return c->labels > 0;
}
/* Set labels of RECORD, which R is the view of; whether any changed. Null removes, unknown leaves as it is. */
bool sh_choose_label(struct sh_choose *c, const struct sh_record *r, json_t *record);

/* Of a NULL-terminated list; NULL has none. */
static inline size_t sh_out_count(char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

#endif
