/* SPDX-License-Identifier: MIT */
/*
 * recall - calls of functions over time, as rules make them
 *
 * Rules that call the same function of the same metric with the same arguments
 * share one state in each series.
 */
#ifndef SH_DETECT_RECALL_H
#define SH_DETECT_RECALL_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/map.h"
#include "expr/expr.h"
#include "series/past.h"

struct sh_recall {
	struct sh_past_terms terms;
	char *path;  /* of the metric */
	char *text;  /* names it in stored state: "avg(cpu.usage,300000000000ns)" */
	char *shown; /* and to people: "avg(cpu.usage, 5m)" */
	size_t slot; /* of the metric among what is picked */
};

struct sh_recalls {
	struct sh_recall *item;
	size_t n, cap;
	struct sh_map by_text; /* -> 1 + number */
	struct sh_map names;   /* of metrics, for functions of all; none may move them: see sh_past_terms */
};

void sh_recalls_init(struct sh_recalls *rs);
void sh_recalls_release(struct sh_recalls *rs);

/* For parsing rules: every kind of lib/series as a function; owned. Calls answer through struct sh_look. */
struct sh_function *sh_recall_functions(void);

/* The number of a call with these arguments; added where it is new. -1 with SH_ERRC_CONFIG for bad ones. */
long sh_recalls_add(struct sh_recalls *rs, const struct sh_call_site *site, bool eager,
		    struct sh_error *err);
/* The number of a call under way, -1 when it was not added. */
long sh_recalls_find(const struct sh_recalls *rs, const struct sh_call *call, bool eager);
/* By its text. */
long sh_recalls_named(const struct sh_recalls *rs, const void *text, size_t len);

struct sh_value sh_recall_value(const struct sh_past_kind *kind, const struct sh_past_answer *a);

#endif
