/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/history.h"

/* So much goes at once that looking for the oldest is worth it. */
#define PART 8

struct aged {
	struct sh_past_entity *e;
	int64_t last;
};

bool sh_history_is_full(const struct sh_history *h)
{
	return h->entities.live >= h->most || h->tracks >= h->most;
}

static int64_t last_of(const struct sh_past_entity *e)
{
	int64_t last = e->lines ? e->line[e->lines - 1].time : INT64_MIN;
	const struct sh_track *t;
	size_t i = 0;

	while ((t = sh_history_next(e, &i)))
		if (t->n && t->point[t->n - 1].time > last)
			last = t->point[t->n - 1].time;
	return last;
}

static int by_age(const void *x, const void *y)
{
	const struct aged *a = x, *b = y;

	if (a->last != b->last)
		return a->last < b->last ? -1 : 1;
	return strcmp(a->e->name, b->e->name);
}

static struct aged *find_oldest(const struct sh_history *h)
{
	struct aged *list = sh_calloc(h->entities.live + 1, sizeof(*list));
	const struct sh_map_entry *entry;
	size_t i = 0, n = 0;

	while ((entry = sh_map_next(&h->entities, &i)))
		list[n++] = (struct aged){ entry->value, last_of(entry->value) };
	qsort(list, n, sizeof(*list), by_age);
	return list;
}

/* Its rows in the state are to go with the next save. */
static void bury(struct sh_history *h, const struct sh_past_entity *e)
{
	sh_buf_add(&h->graves, e->name, strlen(e->name) + 1);
}

static void forget(struct sh_history *h, struct sh_past_entity *e)
{
	const struct sh_track *t;
	size_t i = 0;

	if (e->stored)
		bury(h, e);
	while ((t = sh_history_next(e, &i)))
		h->points -= t->n;
	h->tracks -= e->tracks.live;
	h->lines -= e->lines;
	h->forgotten++;
	sh_map_remove(&h->entities, e->name, strlen(e->name));
}

/* Numbers stay those of the places in the order in which they were first seen. */
static void number(struct sh_history *h)
{
	const struct sh_map_entry *entry;
	uint32_t n = 0;
	size_t i = 0;

	while ((entry = sh_map_next(&h->entities, &i)))
		((struct sh_past_entity *)entry->value)->number = n++;
}

void sh_history_forget(struct sh_history *h, void (*gone)(void *arg, struct sh_span entity), void *arg)
{
	size_t most = h->most - h->most / PART, n = h->entities.live;
	struct aged *oldest = find_oldest(h);

	for (size_t i = 0; i < n && (h->entities.live > most || h->tracks > most); i++) {
		SH_CLEANUP_FREE char *name = sh_strdup(oldest[i].e->name);

		forget(h, oldest[i].e);
		gone(arg, sh_span_of(name));
	}
	free(oldest);
	number(h);
}
