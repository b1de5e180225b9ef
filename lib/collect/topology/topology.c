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
/* All is told again after two such times at most: what is not is over after three. */
#define VALID	      "1h"
#define OFTEN	      (10 * SH_MIN)
#define TOO_MANY "there are more than 20000 edges: only so many are told"

static const struct {
	const char *name; /* the target of --source */
	void (*find)(struct sh_survey *s);
} finders[] = {
	{ "mounts", sh_survey_mounts }, { "blocks", sh_survey_block_devices },
	{ "places", sh_survey_places }, { "files", sh_survey_files },
	{ "sockets", sh_survey_sockets }, { "unix", sh_survey_unix },
	{ "proxies", sh_survey_proxies }, { "checks", sh_survey_checks },
	{ "libvirt", sh_survey_libvirt },
};

static struct sh_topology *told_before(struct sh_collect *c)
{
	if (!c->topology) {
		c->topology = sh_calloc(1, sizeof(*c->topology));
		sh_map_init(&c->topology->told, NULL);
	}
	return c->topology;
}

static void forget_old(struct sh_topology *t)
{
	int64_t now = sh_clock_mono();

	if (t->told_all && now - t->told_all < TELL_ALL_EVERY)
		return;
	sh_map_release(&t->told);
	sh_map_init(&t->told, NULL);
	t->told_all = now;
}

static void tell(struct sh_collect *c, const char *key, int64_t time, const struct sh_topology_edge *e)
{
	struct sh_topology *t = c->topology;

	if (sh_map_gets(&t->told, key))
		return;
	sh_edge_write(&c->out, c->host, time ? time : sh_collect_time(c), e->from, e->type, e->to,
		      &e->terms, e->collector, e->target);
	if (t->told.live < SH_TOPOLOGY_MOST)
		sh_map_puts(&t->told, key, t);
}

void sh_topology_tell(struct sh_collect *c, int64_t time, const struct sh_topology_edge *e)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;

	if (!sh_edge_is_one(e->from, e->to))
		return;
	forget_old(told_before(c));
	sh_edge_key(&key, e->from, e->type, e->to);
	tell(c, sh_buf_str(&key), time, e);
}

void sh_topology_free(struct sh_topology *t)
{
	if (!t)
		return;
	sh_map_release(&t->told);
	free(t);
}

/* For how long whoever reads may believe what this look tells: until it ends, where looks go on often. */
static const char *validity(const struct sh_collect *c)
{
	return c->endless && c->interval && c->interval <= OFTEN ? VALID : NULL;
}

/* In rounds on a live machine; a mount is news at once. */
static bool is_resting(struct sh_collect *c, const struct sh_topology *t)
{
	struct sh_error none = SH_ERROR_INIT;

	return c->interval && c->live && t->looked && sh_clock_mono() - t->looked < LOOK_EVERY &&
	       sh_collect_mounts(c, &none) && c->mounts_version == t->mounts;
}

static void tell_all(struct sh_collect *c, const struct sh_edge_set *found)
{
	const struct sh_map_entry *entry;
	size_t i = 0;

	forget_old(c->topology);
	while ((entry = sh_map_next(&found->map, &i))) {
		const struct sh_edge_fact *fact = entry->value;
		SH_CLEANUP_FREE char *text = sh_strdup(entry->key);
		struct sh_topology_edge e = { .terms = { fact->need, validity(c) }, .collector = c->current->name,
					      .target = fact->finder };

		sh_edge_key_split(text, &e.from, &e.type, &e.to);
		tell(c, entry->key, 0, &e);
	}
	if (found->refused)
		sh_collect_say_once(c, TOO_MANY);
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
	tell_all(c, &s.edges);
	sh_survey_release(&s);
	return 0;
}
