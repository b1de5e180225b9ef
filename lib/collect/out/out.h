/* SPDX-License-Identifier: MIT */
/*
 * out - what becomes of records on their way out
 *
 * In this order: chosen (select, drop), converted, labelled, thinned (every,
 * aggregate). A record that nothing changes goes on as its bytes; ticks, notices
 * and what steers the pipeline always do.
 */
#ifndef SH_COLLECT_OUT_OUT_H
#define SH_COLLECT_OUT_OUT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "collect/collector.h"
#include "record/stream.h"

struct sh_out;

/* Lists are NULL-terminated, or NULL. */
struct sh_out_options {
	char *const *select, *const *drop; /* expressions */
	char *const *label;                /* NAME=VALUE */
	char *const *relabel;              /* NAME=EXPRESSION */
	char *const *convert;              /* see convert.h */
	const char *every;                 /* DURATION */
	const char *aggregate;             /* DURATION=FUNCTION,... */
	const char *catalogue;             /* metrics.yaml */
};

/* *OUT is NULL when there is nothing to do. -1 with SH_ERRC_USAGE. */
int sh_out_new(struct sh_out **out, const struct sh_out_options *opt, struct sh_error *err);
void sh_out_free(struct sh_out *o); /* NULL is fine */
/* Hand the records that C has collected to W, by way of c->way_out, and forget them. */
void sh_out_write(struct sh_collect *c, struct sh_writer *w);
/* At the end: windows under way are written; what was left out is said in TEXT, empty when nothing was. */
void sh_out_end(struct sh_collect *c, struct sh_writer *w, struct sh_buf *text);

#endif
