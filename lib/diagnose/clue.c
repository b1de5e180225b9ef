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
#define FREE 75.0     /* percent of a resource in use: enough is left */
#define USED_UP 90.0 /* whoever needs more of it waits */
#define ALL 101.0    /* measured a bit off; what goes beyond is no share of a whole */
#define EVENT_REACH (3600 * INT64_C(1000000000))
#define EVENT_FADES 600.0 /* s */

void sh_clues_add(struct sh_clues *out, struct sh_clue clue)
{
	if (clue.score <= SH_CLUE_WORTH)
		return;
	sh_grow(out->clue, out->n, out->cap);
	out->clue[out->n++] = clue;
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
	size_t onset = sh_track_before(t, when->onset), before = sh_track_before(t, when->onset - when->guard);
	SH_CLEANUP_FREE double *v = NULL;

	if (before < SH_CHANGE_LEAST)
		before = onset;
	if (before < SH_CHANGE_LEAST || onset == t->n)
		return false;
	v = values(t);
	return sh_change_measure(v, before, v + onset, t->n - onset, t->direction, out);
}

/* Between which onsets none of the points changes sides. */
static void narrow(struct sh_clues *out, const struct sh_track *t, int64_t edge, int64_t guard)
{
	size_t at = sh_track_before(t, edge);

	if (at && t->point[at - 1].time + guard > out->from)
		out->from = t->point[at - 1].time + guard;
	if (at < t->n && t->point[at].time + guard < out->until)
		out->until = t->point[at].time + guard;
}

static void add_metric(struct sh_clues *out, const struct sh_track *t,
		       const struct sh_moment *when)
{
	struct sh_clue clue = { .kind = SH_CLUE_METRIC, .name = t->name };
	struct sh_change c;

	narrow(out, t, when->onset, 0);
	narrow(out, t, when->onset - when->guard, when->guard);
	if (!sh_clue_change(t, when, &c))
		return;
	clue.family = t->family;
	clue.score = c.score * (t->of_callee ? OF_CALLEE : 1);
	clue.before = c.before;
	clue.after = c.after;
	clue.exceedance = c.exceedance;
	out->family[clue.family] = fmax(out->family[clue.family], clue.score);
	if (t->share && c.before < FREE && c.after > USED_UP && c.after <= ALL)
		out->exhausted = fmax(out->exhausted, clue.score);
	sh_clues_add(out, clue);
}

/* What an event of a type is worth at its time, as a probability; 0: it changes nothing. */
static double event_weight(const char *type)
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

const struct sh_past_entity *sh_clue_of_event(const struct sh_history *h,
					      const struct sh_past_event *event, int64_t onset,
					      struct sh_clue *clue)
{
	double weight = event_weight(event->type);
	const struct sh_past_entity *e;
	int64_t age = onset - event->time;
	SH_CLEANUP_FREE char *host = NULL;

	if (age < 0 || age > EVENT_REACH || weight <= 0)
		return NULL;
	weight *= exp(-(double)age / 1e9 / EVENT_FADES);
	*clue = (struct sh_clue){ .kind = SH_CLUE_EVENT,
				  .name = event->type,
				  .time = event->time,
				  .text = event->text,
				  .score = -log1p(-weight) };
	e = sh_history_find(h, sh_span_of(event->entity));
	if (e)
		return e;
	host = sh_asprintf("host:%s", event->host);
	return sh_history_find(h, sh_span_of(host));
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

void sh_clues_order(struct sh_clues *c)
{
	if (c->n)
		qsort(c->clue, c->n, sizeof(*c->clue), best_first);
}

void sh_clues_measure(struct sh_clues *out, const struct sh_history *h,
		      const struct sh_past_entity *e, const struct sh_moment *when)
{
	const struct sh_track *t;
	size_t i = 0;

	memset(out, 0, sizeof(*out));
	out->from = INT64_MIN;
	out->until = INT64_MAX;
	while ((t = sh_history_next(e, &i)))
		add_metric(out, t, when);
	sh_clue_logs(out, h, e, when);
	sh_clues_order(out);
}

void sh_clues_release(struct sh_clues *c)
{
	free(c->clue);
	memset(c, 0, sizeof(*c));
}
