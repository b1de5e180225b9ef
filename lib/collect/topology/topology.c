/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/topology.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/table.h"
#include "collect/topology/survey.h"
#include "record/sample.h"

/* To look at all descriptors costs more than a round of all else. */
#define LOOK_EVERY (5 * SH_MIN)
#define TELL_ALL_EVERY (10 * SH_MIN)
#define TOO_MANY "there are more than 20000 edges: only so many are told"

static const struct {
	const char *name; /* the target of --source */
	void (*find)(struct sh_survey *s);
} finders[] = {
	{ "mounts", sh_survey_mounts }, { "blocks", sh_survey_block_devices },
	{ "places", sh_survey_places }, { "files", sh_survey_files },
	{ "sockets", sh_survey_sockets },
};

static void forget(struct sh_topology *t)
{
	sh_map_release(&t->told);
	sh_map_init(&t->told, NULL);
}

void sh_topology_free(struct sh_topology *t)
{
	if (!t)
		return;
	sh_map_release(&t->told);
	free(t);
}

/* In rounds on a live machine; a mount is news at once. */
static bool is_resting(struct sh_collect *c, const struct sh_topology *t)
{
	struct sh_error none = SH_ERROR_INIT;

	return c->interval && c->live && t->looked && sh_clock_mono() - t->looked < LOOK_EVERY &&
	       sh_collect_mounts(c, &none) && c->mounts_version == t->mounts;
}

static void write_edge(struct sh_collect *c, const char *key, const struct sh_edge_fact *fact)
{
	SH_CLEANUP_FREE char *text = sh_strdup(key);
	const char *from, *type, *to;

	sh_edge_key_split(text, &from, &type, &to);
	sh_edge_write(&c->out, c->host, sh_collect_time(c), from, type, to, fact->need,
		      c->current->name, fact->finder);
}

static void tell(struct sh_collect *c, struct sh_topology *t, const struct sh_edge_set *found)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	if (!t->told_all || t->looked - t->told_all >= TELL_ALL_EVERY) {
		forget(t);
		t->told_all = t->looked;
	}
	while ((e = sh_map_next(&found->map, &i))) {
		if (sh_map_gets(&t->told, e->key))
			continue;
		write_edge(c, e->key, e->value);
		sh_map_puts(&t->told, e->key, t);
	}
	if (found->refused)
		sh_collect_say_once(c, TOO_MANY);
}

static struct sh_topology *told_before(struct sh_collect *c)
{
	if (!c->topology) {
		c->topology = sh_calloc(1, sizeof(*c->topology));
		sh_map_init(&c->topology->told, NULL);
	}
	return c->topology;
}

int sh_collect_topology(struct sh_collect *c, struct sh_error *err)
{
	struct sh_topology *t = told_before(c);
	struct sh_survey s;

	(void)err;
	/* One look at what is, for a person, is not asked for edges without being told so. */
	if ((!c->remembers && !c->named && !c->target) || is_resting(c, t))
		return 0;
	sh_survey_init(&s, c);
	for (size_t i = 0; i < sizeof(finders) / sizeof(finders[0]); i++) {
		s.finder = finders[i].name;
		if (sh_collect_wants(c, s.finder) || sh_collect_wants(c, c->host))
			finders[i].find(&s);
	}
	t->looked = sh_clock_mono();
	t->mounts = c->mounts_version;
	tell(c, t, &s.edges);
	sh_survey_release(&s);
	return 0;
}
