/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/clue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/change.h"
#include "diagnose/clue_log.h"

#define OF_CALLEE 0.3 /* what a client measures is what it calls, most of it */
#define WORTH 0.05    /* a clue of less is not told */
#define EVENT_REACH (3600 * INT64_C(1000000000))
#define EVENT_FADES 600.0 /* s */

void sh_clue_add(struct sh_clues *out, struct sh_clue clue)
{
	if (clue.score <= WORTH)
		return;
	sh_grow(out->clue, out->n, out->cap);
	out->clue[out->n++] = clue;
}

/* The first point not before T. */
static size_t first_from(const struct sh_track *t, int64_t time)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->point[mid].time < time)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static double *values(const struct sh_track *t)
{
	double *v = sh_malloc((t->n + 1) * sizeof(*v));

	for (size_t i = 0; i < t->n; i++)
		v[i] = t->point[i].value;
	return v;
}

bool sh_clue_change(const struct sh_track *t, const struct sh_moment *when, struct sh_change *out)
{
	size_t onset = first_from(t, when->onset), before = first_from(t, when->onset - when->guard);
	SH_CLEANUP_FREE double *v = NULL;

	if (before < SH_CHANGE_LEAST)
		before = onset;
	if (before < SH_CHANGE_LEAST || onset == t->n)
		return false;
	v = values(t);
	return sh_change_measure(v, before, v + onset, t->n - onset, sh_family_direction(t->name),
				 out);
}

static void add_metric(struct sh_clues *out, const struct sh_track *t,
		       const struct sh_moment *when)
{
	struct sh_clue clue = { .kind = SH_CLUE_METRIC, .name = t->name };
	struct sh_change c;

	if (!sh_clue_change(t, when, &c))
		return;
	clue.family = sh_family_of(t->name);
	clue.score = c.score * (sh_family_is_of_callee(t->name) ? OF_CALLEE : 1);
	clue.before = c.before;
	clue.after = c.after;
	clue.exceedance = c.exceedance;
	out->family[clue.family] = fmax(out->family[clue.family], clue.score);
	sh_clue_add(out, clue);
}

double sh_clue_event_weight(const char *type)
{
	static const struct {
		const char *word;
		double weight;
	} known[] = {
		{ "deploy", 0.5 },   { "release", 0.5 }, { "config", 0.5 },  { "file_", 0.5 },
		{ "oom", 0.5 },	     { "package", 0.4 }, { "upgrade", 0.4 }, { "service_", 0.3 },
		{ "restart", 0.3 },  { "reboot", 0.3 },	 { "scale", 0.3 },   { "mount", 0.3 },
		{ "clock_set", 0.3 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strstr(type, known[i].word))
			return known[i].weight;
	return 0;
}

/* What is not measured itself (a file, a package) concerns its host. */
static bool concerns(const struct sh_history *h, const struct sh_past_event *event,
		     const struct sh_past_entity *e)
{
	if (!strcmp(event->entity, e->name))
		return true;
	return !strncmp(e->name, "host:", 5) && !strcmp(e->name + 5, event->host) &&
	       !sh_history_find(h, sh_span_of(event->entity));
}

static void add_events(struct sh_clues *out, const struct sh_history *h,
		       const struct sh_past_entity *e, const struct sh_moment *when)
{
	for (size_t i = 0; i < h->events; i++) {
		const struct sh_past_event *event = &h->event[i];
		int64_t age = when->onset - event->time;
		struct sh_clue clue = { .kind = SH_CLUE_EVENT,
					.name = event->type,
					.time = event->time,
					.text = event->text };
		double weight;

		if (age < 0 || age > EVENT_REACH || !concerns(h, event, e))
			continue;
		weight = sh_clue_event_weight(event->type) * exp(-(double)age / 1e9 / EVENT_FADES);
		clue.score = -log1p(-weight);
		out->event = fmax(out->event, clue.score);
		sh_clue_add(out, clue);
	}
}

static int best_first(const void *a, const void *b)
{
	const struct sh_clue *x = a, *y = b;

	if (x->score > y->score || x->score < y->score)
		return x->score < y->score ? 1 : -1;
	if (x->kind != y->kind)
		return (x->kind > y->kind) - (x->kind < y->kind);
	return strcmp(x->name, y->name);
}

void sh_clues_gather(struct sh_clues *out, const struct sh_history *h,
		     const struct sh_past_entity *e, const struct sh_moment *when)
{
	const struct sh_track *t;
	size_t i = 0;

	memset(out, 0, sizeof(*out));
	if (!e)
		return;
	while ((t = sh_history_next(e, &i)))
		add_metric(out, t, when);
	sh_clue_logs(out, h, e, when);
	add_events(out, h, e, when);
	if (out->n)
		qsort(out->clue, out->n, sizeof(*out->clue), best_first);
}

void sh_clues_release(struct sh_clues *c)
{
	free(c->clue);
	memset(c, 0, sizeof(*c));
}
