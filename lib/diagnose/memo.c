/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/memo.h"

#include <string.h>

#include "base/mem.h"

/* What an entity said at a time. */
struct kept {
	struct sh_clues clues;
	double log_ratio;
	size_t reworded;
	uint32_t version;
	bool used;
};

struct of_entity {
	struct kept kept[SH_MEMO_KEPT];
	unsigned next; /* gives way */
};

struct sh_memo {
	const struct sh_history *h;
	struct of_entity *entity; /* by number */
	size_t entities;
	uint64_t forgotten; /* by the history, when they were looked at */
	struct sh_moment when;
};

struct sh_memo *sh_memo_new(const struct sh_history *h)
{
	struct sh_memo *m = sh_calloc(1, sizeof(*m));

	m->h = h;
	return m;
}

static void release(struct sh_memo *m)
{
	for (size_t i = 0; i < m->entities; i++)
		for (size_t k = 0; k < SH_MEMO_KEPT; k++)
			sh_clues_release(&m->entity[i].kept[k].clues);
	free(m->entity);
	m->entity = NULL;
	m->entities = 0;
}

void sh_memo_free(struct sh_memo *m)
{
	if (m)
		release(m);
	free(m);
}

void sh_memo_look(struct sh_memo *m, const struct sh_moment *when)
{
	size_t n = m->h->entities.live;

	m->when = *when;
	if (m->forgotten != m->h->forgotten)
		release(m); /* others may have their numbers */
	m->forgotten = m->h->forgotten;
	if (n <= m->entities)
		return;
	m->entity = sh_reallocn(m->entity, n, sizeof(*m->entity));
	memset(m->entity + m->entities, 0, (n - m->entities) * sizeof(*m->entity));
	m->entities = n;
}

/* How much all entities log matters to those that do; texts are the history's. */
static bool holds(const struct sh_memo *m, const struct kept *k, const struct sh_past_entity *e)
{
	if (!k->used || k->version != e->version || m->when.onset <= k->clues.from ||
	    m->when.onset > k->clues.until)
		return false;
	return !e->lines || (k->reworded == m->h->reworded && k->log_ratio <= m->when.log_ratio &&
			     k->log_ratio >= m->when.log_ratio);
}

const struct sh_clues *sh_memo_measured(struct sh_memo *m, const struct sh_past_entity *e)
{
	struct of_entity *of = &m->entity[e->number];
	struct kept *k;

	for (k = of->kept; k < of->kept + SH_MEMO_KEPT; k++)
		if (holds(m, k, e))
			return &k->clues;
	k = &of->kept[of->next];
	of->next = (of->next + 1) % SH_MEMO_KEPT;
	sh_clues_release(&k->clues);
	sh_clues_measure(&k->clues, m->h, e, &m->when);
	k->log_ratio = m->when.log_ratio;
	k->reworded = m->h->reworded;
	k->version = e->version;
	k->used = true;
	return &k->clues;
}

const struct sh_past_entity *sh_memo_event(const struct sh_memo *m, size_t *i, struct sh_clue *clue)
{
	while (*i < m->h->events) {
		const struct sh_past_entity *e =
			sh_clue_of_event(m->h, &m->h->event[(*i)++], m->when.onset, clue);

		if (e)
			return e;
	}
	return NULL;
}
