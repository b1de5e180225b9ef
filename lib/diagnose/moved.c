/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/moved.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/change.h"

struct moved {
	const char *name;
	struct sh_change change;
};

static int compare(double x, double y)
{
	return (x < y) - (x > y);
}

static int most_first(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;
	int order = compare(x->change.departure, y->change.departure);

	if (!order)
		order = compare(x->change.deviation, y->change.deviation);
	return order ? order : strcmp(x->name, y->name);
}

static size_t measure(const struct sh_past_entity *e, const struct sh_moment *when,
		      struct moved *out)
{
	const struct sh_track *t;
	size_t i = 0, n = 0;

	while ((t = sh_history_next(e, &i))) {
		out[n].name = t->name;
		if (sh_clue_change(t, when, &out[n].change) && out[n].change.deviation > 0)
			n++;
	}
	return n;
}

json_t *sh_moved(const struct sh_past_entity *e, const struct sh_moment *when)
{
	struct moved *list;
	json_t *out;
	size_t n;

	if (!e)
		return NULL;
	list = sh_calloc(e->tracks.live + 1, sizeof(*list));
	n = measure(e, when, list);
	qsort(list, n, sizeof(*list), most_first);
	out = n ? json_array() : NULL;
	for (size_t i = 0; i < n && i < SH_MOVED_MOST; i++)
		json_array_append_new(
			out, json_pack("{s:s,s:f,s:f,s:f,s:f,s:f}", "metric", list[i].name,
				       "departure", list[i].change.departure, "exceedance",
				       list[i].change.exceedance, "deviation",
				       list[i].change.deviation, "before", list[i].change.before,
				       "after", list[i].change.after));
	free(list);
	return out;
}
