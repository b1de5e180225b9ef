/* SPDX-License-Identifier: MIT */
/* watched - one rule on one series: its watch, and what to write of it */
#ifndef SH_DETECT_WATCHED_H
#define SH_DETECT_WATCHED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "detect/watch.h"

/* Of a fault that was written last as suppressed: see hushed.h. */
struct sh_hushed {
	int64_t again; /* when it is looked at again; 0: it is not suppressed */
	bool ended;    /* the reason has ended, an answer is waited for */
	bool told;     /* it was written without a reason before */
};

struct sh_watched {
	struct sh_watched *next;
	uint32_t rule;  /* its number */
	bool broken;    /* its failure was told */
	int64_t interval; /* between its last two answers, 0 not known */
	struct sh_watch watch;
	struct sh_hushed hushed;
	json_t *shown;  /* the fault as it was last written; owned, NULL none */
	char *line;     /* the record of the latest hit that was not written; owned, NULL none */
	size_t len, cap;
};

/* Keep a copy of the record's line, without newline. */
void sh_watched_keep(struct sh_watched *w, struct sh_span line);
void sh_watched_free(struct sh_watched *w);

/* In the list of a series: of RULE, NULL when there is none. MAKE: put in its place. */
struct sh_watched *sh_watched_find(struct sh_watched *list, uint32_t rule);
struct sh_watched *sh_watched_make(struct sh_watched **list, uint32_t rule);
/* Take out those that remember nothing. */
void sh_watched_prune(struct sh_watched **list);

#endif
