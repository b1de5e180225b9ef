/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/timers.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "detect/damage.h"

void sh_timers_release(struct sh_timers *t)
{
	free(t->heap);
	*t = (struct sh_timers){ NULL, 0, 0 };
}

static bool is_before(const struct sh_timer *a, const struct sh_timer *b)
{
	return a->due != b->due ? a->due < b->due : sh_subject_order(a->subject, b->subject) < 0;
}

static void swap(struct sh_timers *t, size_t i, size_t k)
{
	struct sh_timer kept = t->heap[i];

	t->heap[i] = t->heap[k];
	t->heap[k] = kept;
}

static void rise(struct sh_timers *t, size_t i)
{
	for (; i && is_before(&t->heap[i], &t->heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(t, i, (i - 1) / 2);
}

static void sink(struct sh_timers *t, size_t i)
{
	for (;;) {
		size_t first = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < t->n; k++)
			if (is_before(&t->heap[k], &t->heap[first]))
				first = k;
		if (first == i)
			return;
		swap(t, i, first);
		i = first;
	}
}

static size_t find(const struct sh_timers *t, const struct sh_subject *s)
{
	size_t i = 0;

	while (i < t->n && t->heap[i].subject != s)
		i++;
	return i;
}

static void take_out(struct sh_timers *t, size_t i)
{
	t->heap[i].subject->queued = false;
	t->heap[i] = t->heap[--t->n];
	if (i < t->n) {
		rise(t, i);
		sink(t, i);
	}
}

void sh_timers_put(struct sh_timers *t, struct sh_subject *s)
{
	if (s->queued && s->due >= s->rare->queued_due)
		return;
	if (s->queued)
		take_out(t, find(t, s));
	if (s->due == INT64_MAX)
		return;
	sh_grow(t->heap, t->n, t->cap);
	t->heap[t->n] = (struct sh_timer){ s->due, s };
	s->queued = true;
	sh_subject_rare(s)->queued_due = s->due;
	rise(t, t->n++);
}

struct sh_subject *sh_timers_take(struct sh_timers *t, int64_t now)
{
	while (t->n && t->heap[0].due <= now) {
		struct sh_timer first = t->heap[0];
		struct sh_subject *s = first.subject;

		take_out(t, 0);
		/* One that moved on comes in the order of its own time, also where that is not after NOW. */
		if (s->due <= first.due)
			return s;
		sh_timers_put(t, s);
	}
	return NULL;
}

void sh_timers_remove(struct sh_timers *t, struct sh_subject *s)
{
	if (s->queued)
		take_out(t, find(t, s));
}

void sh_timers_move(struct sh_timers *t, int64_t by)
{
	for (size_t i = 0; i < t->n; i++) {
		t->heap[i].due = sh_damage_moved(t->heap[i].due, by);
		t->heap[i].subject->rare->queued_due = t->heap[i].due;
	}
}
