/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/calls.h"

#include <stdlib.h>
#include <string.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "collect/format/calls_parts.h"

struct sh_calls *sh_calls_new(void)
{
	struct sh_calls *c = sh_calloc(1, sizeof(*c));

	sh_map_init(&c->places, free);
	return c;
}

void sh_calls_free(struct sh_calls *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		free(c->step[i].parent_key);
	sh_map_release(&c->by_id);
	sh_map_release(&c->names);
	sh_map_release(&c->places);
	free(c->step);
	free(c->call);
	free(c->wait);
	free(c);
}

/* One of each name, so that equal ones are the same pointer. */
static const char *name_of(struct sh_calls *c, const char *name)
{
	const char *kept = sh_map_gets(&c->names, name);

	if (!kept && *name) {
		kept = sh_map_puts(&c->names, name, NULL);
		sh_map_puts(&c->names, name, (void *)(uintptr_t)kept);
	}
	return kept;
}

static void note_place(struct sh_calls *c, const struct sh_step *s)
{
	SH_CLEANUP_FREE char *key = sh_asprintf("%s\t%s", s->service, s->host ? s->host : "");
	int64_t *seen;

	if (!s->host || !*s->host || strchr(s->service, '\t'))
		return;
	seen = sh_map_gets(&c->places, key);
	if (!seen) {
		seen = sh_calloc(1, sizeof(*seen));
		sh_map_puts(&c->places, key, seen);
	}
	*seen = s->end > *seen ? s->end : *seen;
}

int sh_calls_add(struct sh_calls *c, const struct sh_step *said, struct sh_error *err)
{
	SH_CLEANUP_FREE char *key = sh_asprintf("%s/%s", said->trace, said->id);
	struct sh_call_step *s;

	if (!*said->service || !*said->id || said->start <= 0 || said->end < said->start)
		return sh_error_set(err, SH_ERRC_INPUT, "a span without service, id or time");
	if (c->n == SH_CALLS_STEPS)
		return sh_error_set(err, SH_ERRC_INPUT, "more than %d spans", SH_CALLS_STEPS);
	if (sh_map_gets(&c->by_id, key))
		return 0; /* told twice */
	sh_grow(c->step, c->n, c->cap);
	s = &c->step[c->n++];
	*s = (struct sh_call_step){ .role = said->role, .failed = said->failed,
				    .start = said->start, .end = said->end };
	s->service = name_of(c, said->service);
	s->peer = name_of(c, said->peer);
	if (*said->parent)
		s->parent_key = sh_asprintf("%s/%s", said->trace, said->parent);
	sh_map_puts(&c->by_id, key, (void *)(uintptr_t)c->n);
	note_place(c, said);
	return 0;
}

/* Parents may come after their children. */
static void find_parents(struct sh_calls *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct sh_call_step *s = &c->step[i];
		uintptr_t found = s->parent_key ? (uintptr_t)sh_map_gets(&c->by_id, s->parent_key) : 0;

		s->parent = found ? &c->step[found - 1] : NULL;
	}
}

/* A call begins with it: what it belongs to is of another service, or outside. */
static bool is_entry(const struct sh_call_step *s)
{
	if (s->role == SH_STEP_CALLS)
		return false;
	if (s->role == SH_STEP_SERVES || !s->parent_key)
		return true;
	return s->parent && s->parent->service != s->service;
}

/* The call that made this one; NULL when it is not known, or part of another that was made. */
static struct sh_call_step *maker(const struct sh_call_step *s)
{
	struct sh_call_step *p = s->parent;

	for (int depth = 0; p && depth < SH_CALLS_DEPTH; depth++, p = p->parent) {
		if (p->role == SH_STEP_CALLS)
			return NULL;
		if (is_entry(p))
			return p;
	}
	return NULL;
}

static void note_waits(struct sh_calls *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct sh_call_step *s = &c->step[i], *by;

		if (is_entry(s) && s->parent)
			s->parent->answered = true;
		if (s->role != SH_STEP_CALLS && !is_entry(s))
			continue;
		by = maker(s);
		if (!by || by == s)
			continue;
		by->failed_below |= s->failed;
		sh_grow(c->wait, c->waits, c->wait_cap);
		c->wait[c->waits++] = (struct sh_call_wait){
			by, s->start > by->start ? s->start : by->start,
			s->end < by->end ? s->end : by->end
		};
	}
}

static int by_call_and_time(const void *a, const void *b)
{
	const struct sh_call_wait *x = a, *y = b;

	if (x->by != y->by)
		return x->by < y->by ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

/* The time in which any call was under way, of each that made some. */
static void sum_waits(struct sh_calls *c)
{
	if (c->waits)
		qsort(c->wait, c->waits, sizeof(*c->wait), by_call_and_time);
	for (size_t i = 0; i < c->waits;) {
		struct sh_call_step *by = c->wait[i].by;
		int64_t until = by->start;

		for (; i < c->waits && c->wait[i].by == by; i++) {
			int64_t from = c->wait[i].start > until ? c->wait[i].start : until;

			if (c->wait[i].end <= from)
				continue;
			by->waited += c->wait[i].end - from;
			until = c->wait[i].end;
		}
	}
}

static void add_call(struct sh_calls *c, const struct sh_call call)
{
	sh_grow(c->call, c->calls, c->call_cap);
	c->call[c->calls++] = call;
}

void sh_calls_find(struct sh_calls *c)
{
	find_parents(c);
	note_waits(c);
	sum_waits(c);
	for (size_t i = 0; i < c->n; i++) {
		const struct sh_call_step *s = &c->step[i];
		double ms = (double)(s->end - s->start - s->waited) / 1e6;

		if (is_entry(s))
			add_call(c, (struct sh_call){ s->service, s->parent ? s->parent->service : NULL,
						      s->end / SH_CALLS_EACH, s->end, ms, false,
						      s->failed && !s->failed_below });
	}
	/* Who is only waited for. */
	for (size_t i = 0; i < c->n; i++) {
		const struct sh_call_step *s = &c->step[i];

		if (s->role == SH_STEP_CALLS && s->peer && !s->answered && s->peer != s->service)
			add_call(c, (struct sh_call){ s->peer, s->service, s->end / SH_CALLS_EACH,
						      s->end, (double)(s->end - s->start) / 1e6, true,
						      s->failed });
	}
}
