/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

void sh_tally_init(struct sh_tally *t, size_t most)
{
	t->places = 16;
	while (t->places < 2 * most)
		t->places *= 2;
	t->place = sh_calloc(t->places, sizeof(*t->place));
	t->n = 0;
}

void sh_tally_release(struct sh_tally *t)
{
	free(t->place);
	*t = (struct sh_tally){ 0 };
}

/* Its place, or the free one where it belongs. */
static struct sh_tally_entry *place_of(const struct sh_tally *t, const char *name)
{
	size_t i = sh_hash64(name, strlen(name)) & (t->places - 1);

	for (;; i = (i + 1) & (t->places - 1))
		if (!t->place[i].name || !strcmp(t->place[i].name, name))
			return &t->place[i];
}

static double sum(double a, double b)
{
	if (isnan(a))
		return b;
	return isnan(b) ? a : a + b;
}

void sh_tally_add(struct sh_tally *t, const char *name, const struct sh_pstat *p, struct sh_use u)
{
	struct sh_tally_entry *e = place_of(t, name);

	if (!e->name) {
		*e = (struct sh_tally_entry){ .name = name, .cpu = NAN, .io = NAN, .largest = p };
		t->n++;
	}
	e->count++;
	e->threads += p->threads;
	e->memory += p->memory;
	e->cpu = sum(e->cpu, u.cpu);
	e->io = sum(e->io, u.io);
	if (p->memory > e->largest->memory)
		e->largest = p;
	if (!isnan(u.cpu) && (!e->busiest || u.cpu > e->busiest_cpu)) {
		e->busiest = p;
		e->busiest_cpu = u.cpu;
	}
}

const struct sh_tally_entry *sh_tally_find(const struct sh_tally *t, const char *name)
{
	const struct sh_tally_entry *e = place_of(t, name);

	return e->name ? e : NULL;
}
