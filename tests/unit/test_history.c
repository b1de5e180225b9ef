/* SPDX-License-Identifier: MIT */
/* What passes by is bounded: those not heard of the longest are forgotten, in the state too. */
#include "config.h"

#include "diagnose/history.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "diagnose/history_state.h"
#include "scratch.h"
#include "tap.h"
#include "topology/graph.h"

#define START (INT64_C(1790000000) * SH_SEC)
#define MOST  16

static void measure(struct sh_history *h, unsigned entity, int64_t second)
{
	char name[32];
	struct sh_past_entity *e;
	struct sh_track *t;

	snprintf(name, sizeof(name), "disk:d%02u@h", entity);
	e = sh_history_entity(h, sh_span_of(name), sh_span_of("h"));
	e->dirty = true;
	t = sh_history_track(h, e, sh_span_of("disk.busy"));
	sh_history_point(h, t, (struct sh_point){ START + second * SH_SEC, 1 });
}

static void count_gone(void *arg, struct sh_span entity)
{
	(void)entity;
	++*(unsigned *)arg;
}

/* The numbers of the entities that are there, in the order in which they were first seen. */
static void list(const struct sh_history *h, char out[256])
{
	const struct sh_map_entry *entry;
	size_t i = 0, len = 0, n = 0;

	out[0] = '\0';
	while ((entry = sh_map_next(&h->entities, &i))) {
		const struct sh_past_entity *e = entry->value;

		len += (size_t)snprintf(out + len, 256 - len, "%s%.2s", len ? " " : "", e->name + 6);
		if (e->number != n++)
			snprintf(out + len, 256 - len, "?");
	}
}

static void save(struct sh_history *h, struct sh_state *s, bool unsaved)
{
	struct sh_error err = SH_ERROR_INIT;

	OK(sh_history_save(h, s, &err) == 0, "saved");
	if (!unsaved)
		return;
	sh_history_unsaved(h);
	OK(sh_history_save(h, s, &err) == 0, "saved once more, all of it");
}

/* What is read back is what there is. */
static void compare(const struct sh_history *h, struct sh_state *s, const char *what)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_graph *g = sh_graph_new();
	char here[256], there[256];
	struct sh_history other;

	sh_history_init(&other);
	OK(sh_history_load(&other, g, s, &err) == 0, "%s: loaded", what);
	list(h, here);
	list(&other, there);
	OK(other.entities.live == h->entities.live, "%s: as many are stored", what);
	OK(strlen(here) == strlen(there), "%s: '%s' are stored as '%s'", what, here, there);
	sh_history_release(&other);
	sh_graph_free(g);
}

static void forget_some(struct sh_state *s, bool unsaved)
{
	struct sh_history h;
	unsigned gone = 0;
	char there[256];

	sh_history_init(&h);
	h.most = MOST;
	for (unsigned i = 0; i < MOST; i++) {
		OK(!sh_history_is_full(&h), "there is room for number %u", i);
		measure(&h, i, i);
	}
	measure(&h, 0, 100);
	save(&h, s, unsaved);
	OK(sh_history_is_full(&h), "then there is none");
	sh_history_forget(&h, count_gone, &gone);
	OK(gone == MOST / 8, "an eighth went");
	list(&h, there);
	OK(!strcmp(there, "00 03 04 05 06 07 08 09 10 11 12 13 14 15"), "those not heard of the longest went");
	OK((long)(h.tracks) == (long)(h.entities.live), "their metrics too");
	OK(h.points == h.entities.live + 1, "and points");
	/* One of them comes again. */
	measure(&h, 1, 101);
	save(&h, s, unsaved);
	compare(&h, s, "after forgetting");
	measure(&h, 2, 102);
	save(&h, s, unsaved);
	compare(&h, s, "after one more");
	sh_history_release(&h);
}

int main(void)
{
	struct sh_error err = SH_ERROR_INIT;

	for (int unsaved = 0; unsaved < 2; unsaved++) {
		char *dir = scratch_make();
		struct sh_state *s = NULL;

		OK(sh_state_open(&s, dir, "diagnose", 0, &err) == 0, "a state");
		forget_some(s, unsaved);
		sh_state_close(s);
		scratch_remove(dir);
	}
	return plan_done();
}
