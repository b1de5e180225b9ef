/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/past.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* What changes all the time is looked at again after so long, where the series does not come oftener. */
#define LOOK_AGAIN SH_MIN
/* For which a fault keeps models of what it is not about from learning. */
#define OTHERS_WAIT SH_HOUR

/* The first state at or above NUMBER. */
static size_t position(const struct sh_subject *s, uint32_t number)
{
	size_t i = 0;

	while (i < s->pasts && s->past[i].recall < number)
		i++;
	return i;
}

struct sh_recalled *sh_past_state(struct sh_subject *s, uint32_t number)
{
	size_t i = position(s, number);

	return i < s->pasts && s->past[i].recall == number ? &s->past[i] : NULL;
}

static struct sh_recalled *make_state(struct sh_subject *s, const struct sh_rulebook *p, uint32_t number)
{
	const struct sh_past_terms *t = &p->recalls.item[number].terms;
	size_t i = position(s, number);

	if (i < s->pasts && s->past[i].recall == number)
		return &s->past[i];
	s->past = sh_reallocn(s->past, s->pasts + 1, sizeof(*s->past));
	memmove(&s->past[i + 1], &s->past[i], (s->pasts - i) * sizeof(*s->past));
	s->past[i] = (struct sh_recalled){ number, INT64_MIN, sh_calloc(1, t->kind->size(t)) };
	s->pasts++;
	return &s->past[i];
}

static bool is_among(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

/* Whether RULE is about what the function NUMBER is told of. */
static bool reads(const struct sh_rulebook *p, size_t rule, uint32_t number)
{
	const struct sh_rule *r = &p->rules->rule[rule];
	const char *metric = p->recalls.item[number].path, *path;

	for (size_t i = 0; i < p->rule[rule].recalls; i++)
		if (p->rule[rule].recall[i] == number)
			return true;
	for (size_t i = 0; metric && (path = sh_expr_path(r->expr, i)); i++)
		if (!strcmp(path, metric))
			return true;
	return metric && is_among(r->affected, metric);
}

/*
 * A model does not learn the fault that its rule, or another, has found; but what
 * nobody mended in a day is how things are now, or it would stay a fault for ever.
 * What no open fault is about is as it is without it after an hour: it would only
 * become unusual by what is usual changing meanwhile.
 */
static bool learns(const struct sh_rulebook *p, const struct sh_subject *s, uint32_t number, int64_t time)
{
	int64_t open = s->whole->open ? time - sh_subject_opened(s->whole) : SH_DAY;

	if (open < OTHERS_WAIT || open >= SH_DAY)
		return open >= SH_DAY;
	for (const struct sh_watched *w = s->watch; w; w = w->next)
		if (w->watch.open && reads(p, w->rule, number))
			return false;
	return true;
}

/* Texts have no size and no sum, but they can change, come and stay away. */
static double measured(const struct sh_rulebook *p, const struct sh_past_kind *kind, size_t slot)
{
	double v = p->pick.value[slot];

	return isnan(v) && (kind->is_truth || kind->is_timed) ? p->pick.text[slot] : v;
}

static void note(const struct sh_rulebook *p, struct sh_subject *s, uint32_t number, double v, int64_t time)
{
	const struct sh_past_terms *t = &p->recalls.item[number].terms;
	struct sh_recalled *state = make_state(s, p, number);

	/* Two collectors may measure the same: times have to rise. */
	if (time <= state->noted)
		return;
	state->noted = time;
	if (t->kind->judge && !learns(p, s, number, time))
		t->kind->judge(state->state, t, time, v);
	else
		t->kind->note(state->state, t, time, v);
}

static void note_row(const struct sh_past_terms *t, struct sh_recalled *state, json_t *groups, bool is_learned)
{
	SH_CLEANUP_BUF struct sh_buf path = SH_BUF_INIT;
	const char *group, *name;
	json_t *members, *value;

	json_object_foreach(groups, group, members) {
		json_object_foreach(members, name, value) {
			double v = json_number_value(value);

			if (!json_is_number(value) || !isfinite(v))
				continue;
			sh_buf_clear(&path);
			sh_buf_addf(&path, "%s.%s", group, name);
			t->kind->note_metric(state->state, t, (struct sh_span){ path.data, path.len }, v,
					     is_learned);
		}
	}
	t->kind->end_row(state->state, t, is_learned);
}

void sh_past_note_row(const struct sh_rulebook *p, struct sh_subject *s, const struct sh_record *r)
{
	const struct sh_route *route = s->route;
	json_t *groups = sh_record_metrics(r);
	size_t slot = route->all_metrics - 1;

	for (uint32_t k = route->start[slot]; k < route->start[slot + 1]; k++) {
		struct sh_recalled *state = make_state(s, p, route->recall[k]);

		/* Two collectors may speak of one entity at the same time, each of its own metrics. */
		if (r->time < state->noted)
			continue;
		state->noted = r->time;
		note_row(&p->recalls.item[route->recall[k]].terms, state, groups,
			 learns(p, s, route->recall[k], r->time));
	}
	json_decref(groups);
}

bool sh_past_note(const struct sh_rulebook *p, struct sh_subject *s, const struct sh_route *route,
		  int64_t time)
{
	bool timed = false;

	for (size_t i = 0; i < p->pick.n; i++) {
		size_t slot = p->pick.found[i];

		for (uint32_t k = route->start[slot]; k < route->start[slot + 1]; k++) {
			uint32_t number = route->recall[k];
			double v = measured(p, p->recalls.item[number].terms.kind, slot);

			if (isnan(v))
				continue;
			note(p, s, number, v, time);
			timed = timed || p->recalls.item[number].terms.kind->is_timed;
		}
	}
	return timed;
}

struct sh_past_answer sh_past_ask(const struct sh_rulebook *p, struct sh_subject *s, uint32_t number,
				  int64_t now)
{
	const struct sh_past_terms *t = &p->recalls.item[number].terms;
	const struct sh_recalled *state = sh_past_state(s, number);

	if (!state)
		return (struct sh_past_answer){ .why = "never measured" };
	return t->kind->ask(state->state, t, now > state->noted ? now : state->noted);
}

int64_t sh_past_due(const struct sh_rulebook *p, const struct sh_subject *s, int64_t now)
{
	int64_t due = INT64_MAX, again = s->interval > LOOK_AGAIN ? s->interval : LOOK_AGAIN;

	for (size_t i = 0; i < s->pasts; i++) {
		const struct sh_past_terms *t = &p->recalls.item[s->past[i].recall].terms;
		int64_t own = INT64_MAX;

		if (t->kind->is_timed)
			own = t->kind->due ? t->kind->due(s->past[i].state, t) : now;
		if (own <= now)
			own = now + again;
		due = own < due ? own : due;
	}
	return due;
}

void sh_past_release(const struct sh_rulebook *p, struct sh_subject *s)
{
	for (size_t i = 0; i < s->pasts; i++) {
		const struct sh_past_kind *kind = p->recalls.item[s->past[i].recall].terms.kind;

		if (kind->release)
			kind->release(s->past[i].state);
		free(s->past[i].state);
	}
	s->pasts = 0;
}

void sh_past_store(const struct sh_rulebook *p, const struct sh_subject *s, struct sh_buf *out)
{
	sh_bytes_put(out, s->pasts, 4);
	for (size_t i = 0; i < s->pasts; i++) {
		const struct sh_recall *r = &p->recalls.item[s->past[i].recall];
		SH_CLEANUP_BUF struct sh_buf state = SH_BUF_INIT;

		r->terms.kind->store(s->past[i].state, &r->terms, &state);
		sh_bytes_put(out, strlen(r->text), 4);
		sh_buf_addstr(out, r->text);
		sh_bytes_put(out, (uint64_t)s->past[i].noted, 8);
		sh_bytes_put(out, state.len, 4);
		sh_buf_add(out, state.data, state.len);
	}
}

static bool take_span(struct sh_bytes *in, struct sh_bytes *out)
{
	uint64_t len;

	if (!sh_bytes_take(in, 4, &len) || len > in->len)
		return false;
	*out = (struct sh_bytes){ in->p, (size_t)len };
	in->p += len;
	in->len -= len;
	return true;
}

/* A state that does not fit begins anew; the series keeps the others. */
static void load_one(const struct sh_rulebook *p, struct sh_subject *s, uint32_t number, int64_t noted,
		     struct sh_bytes *in)
{
	const struct sh_past_terms *t = &p->recalls.item[number].terms;
	struct sh_recalled *state = make_state(s, p, number);
	struct sh_error ignored = SH_ERROR_INIT;

	state->noted = noted;
	(void)t->kind->load(state->state, t, in, &ignored);
}

bool sh_past_load(const struct sh_rulebook *p, struct sh_subject *s, struct sh_bytes *in)
{
	struct sh_bytes text, state;
	uint64_t n, noted;

	if (!sh_bytes_take(in, 4, &n))
		return false;
	for (uint64_t i = 0; i < n; i++) {
		long number;

		if (!take_span(in, &text) || !sh_bytes_take(in, 8, &noted) || !take_span(in, &state))
			return false;
		number = sh_recalls_named(&p->recalls, text.p, text.len);
		if (number >= 0)
			load_one(p, s, (uint32_t)number, (int64_t)noted, &state);
	}
	return true;
}
