/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/hours.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"

#define MAX_TURNS 1000 /* blackouts that follow each other without a gap */

static int load_time(struct sh_hours_item *i, const struct sh_node *node,
		     const struct sh_when_options *opt, struct sh_zones *zones, struct sh_error *err)
{
	static const char *const known[] = { "cron", "calendar", "rrule", "for", NULL };
	struct sh_error problem = SH_ERROR_INIT;
	const char *text = NULL;
	int found = -1;

	if (sh_node_check_keys(node, "time", known, err) < 0)
		return -1;
	for (int k = SH_WHEN_CRON; k < SH_WHEN_KINDS; k++)
		if (sh_node_get(node, sh_when_words[k]))
			found = found < 0 ? k : SH_WHEN_KINDS;
	if (found < 0 || found == SH_WHEN_KINDS)
		return sh_node_fail(node, err, "give one of cron, calendar and rrule, and 'for'");
	if (sh_node_string(node, sh_when_words[found], &text, err) < 0)
		return -1;
	if (sh_when_parse(&i->when, (enum sh_when_kind)found, text, opt, zones, &problem) < 0)
		return sh_node_fail(sh_node_get(node, sh_when_words[found]), err, "%s", problem.text);
	if (sh_node_duration(node, "for", &i->lasts, err) < 0)
		return -1;
	if (i->lasts <= 0)
		return sh_node_fail(node, err, "'for' says how long it lasts, such as 3h");
	return 0;
}

static int load_item(struct sh_hours_item *i, const struct sh_node *node,
		     const struct sh_when_options *opt, struct sh_zones *zones, struct sh_error *err)
{
	struct sh_error problem = SH_ERROR_INIT;
	const char *text = NULL;

	if (node->type == SH_NODE_MAP)
		return load_time(i, node, opt, zones, err);
	if (sh_node_text(node, &text, err) < 0)
		return -1;
	if (sh_window_parse(&i->window, text, &problem) < 0)
		return sh_node_fail(node, err, "%s", problem.text);
	return 0;
}

int sh_hours_load(struct sh_hours *h, const struct sh_node *map, const char *key,
		  const struct sh_when_options *opt, struct sh_zones *zones, struct sh_error *err)
{
	const struct sh_node *node = sh_node_get(map, key);
	size_t n = !node ? 0 : node->type == SH_NODE_LIST ? node->n : 1;

	*h = (struct sh_hours){ 0 };
	if (node && !n)
		return sh_node_fail(node, err, "'%s' is empty", key);
	if (!n)
		return 0;
	h->item = sh_calloc(n, sizeof(*h->item));
	for (size_t i = 0; i < n; i++, h->n++)
		if (load_item(&h->item[i], node->type == SH_NODE_LIST ? node->item[i] : node, opt, zones, err) < 0) {
			h->n++; /* what it holds by now is released with it */
			return -1;
		}
	return 0;
}

void sh_hours_release(struct sh_hours *h)
{
	for (size_t i = 0; i < h->n; i++) {
		sh_window_free(h->item[i].window);
		sh_when_release(&h->item[i].when);
	}
	free(h->item);
	*h = (struct sh_hours){ 0 };
}

static bool covers(const struct sh_hours_item *i, int64_t t, int64_t *end)
{
	int64_t start;

	if (i->window)
		return sh_window_covers(i->window, t, end);
	start = sh_when_next(&i->when, t - i->lasts);
	if (start > t)
		return false;
	*end = start + i->lasts;
	return true;
}

/* The end of what covers T, T itself when nothing does. */
static int64_t end_of(const struct sh_hours *h, int64_t t)
{
	int64_t last = t, end;

	for (size_t i = 0; i < h->n; i++)
		if (covers(&h->item[i], t, &end) && end > last)
			last = end;
	return last;
}

static int64_t next_start(const struct sh_hours *h, int64_t t)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < h->n; i++) {
		const struct sh_hours_item *item = &h->item[i];
		int64_t start = item->window ? sh_window_next(item->window, t) : sh_when_next(&item->when, t);

		if (start < first)
			first = start;
	}
	return first;
}

int64_t sh_hours_open(const struct sh_hours *allow, const struct sh_hours *block, int64_t t)
{
	for (int turn = 0; turn < MAX_TURNS && t < INT64_MAX; turn++) {
		int64_t end = end_of(block, t);

		if (end > t)
			t = end;
		else if (!allow->n || end_of(allow, t) > t)
			return t;
		else
			t = next_start(allow, t);
	}
	return INT64_MAX;
}
