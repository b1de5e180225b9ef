/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/incidents_parts.h"
#include "record/json.h"

void sh_member_free(struct sh_incident_member *m)
{
	free(m->id);
	free(m->entity);
	free(m->cause);
	free(m->fingerprint);
	free(m);
}

static void free_group(void *arg)
{
	struct sh_incident_group *in = arg;
	struct sh_incident_member *next;

	for (struct sh_incident_member *m = in->oldest; m; m = next) {
		next = m->next;
		sh_member_free(m);
	}
	for (struct sh_incident_root *r = in->roots, *after; r; r = after) {
		after = r->next;
		free(r);
	}
	json_decref(in->changes);
	free(in->told.cause);
	free(in->told.entity);
	free(in->id);
	free(in->host);
	free(in);
}

struct sh_incidents *sh_incidents_new(const struct sh_graph *graph, sh_incident_emit_fn *emit,
				      void *arg)
{
	struct sh_incidents *s = sh_calloc(1, sizeof(*s));

	*s = (struct sh_incidents){ .emit = emit, .arg = arg, .due = INT64_MAX };
	sh_upstream_init(&s->upstream, graph);
	sh_map_init(&s->groups, free_group);
	sh_map_init(&s->members, NULL);
	sh_map_init(&s->prints, NULL);
	return s;
}

void sh_incidents_free(struct sh_incidents *s)
{
	if (!s)
		return;
	sh_map_release(&s->members);
	sh_map_release(&s->prints);
	sh_map_release(&s->groups);
	sh_upstream_release(&s->upstream);
	sh_rows_release(&s->rows);
	free(s);
}

/* The incidents whose elected root is at a place, in no order that matters. */
static struct sh_incident_group **there(struct sh_incidents *s, uint32_t place)
{
	return (struct sh_incident_group **)&s->upstream.place[place].user;
}

static void unelect(struct sh_incidents *s, struct sh_incident_group *in)
{
	struct sh_incident_group **at;

	if (!in->elected)
		return;
	for (at = there(s, in->elected->place); *at != in; at = &(*at)->same)
		;
	*at = in->same;
	in->elected = NULL;
}

static struct sh_incident_root *root_at(struct sh_incident_group *in, uint32_t place)
{
	struct sh_incident_root *r = in->roots;

	while (r && r->place != place)
		r = r->next;
	return r;
}

/* IN's root for an entity, made where there is none. */
static struct sh_incident_root *root_of(struct sh_incidents *s, struct sh_incident_group *in,
					const char *entity)
{
	uint32_t place = sh_upstream_hold(&s->upstream, entity);
	struct sh_incident_root *r = root_at(in, place);

	if (r) {
		sh_upstream_drop(&s->upstream, place);
		return r;
	}
	r = sh_calloc(1, sizeof(*r));
	r->place = place;
	r->next = in->roots;
	return in->roots = r;
}

void sh_member_detach(struct sh_incidents *s, struct sh_incident_member *m)
{
	struct sh_incident_root *r = m->root, **at = &m->in->roots;

	m->root = NULL;
	if (--r->members)
		return;
	if (m->in->elected == r)
		unelect(s, m->in);
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	sh_upstream_drop(&s->upstream, r->place);
	free(r);
}

/* What members are unsure of goes to the roots that theirs need. */
static void explain(struct sh_incidents *s, const struct sh_incident_root *r)
{
	const struct sh_upstream_place *p = sh_upstream_place(&s->upstream, r->place);

	for (uint32_t i = 0; r->unsure && i < p->needs.n; i++) {
		struct sh_incident_root *other = s->upstream.place[p->needs.place[i]].mark;

		if (other)
			other->explains += r->unsure;
	}
}

static void count(struct sh_incident_root *r, double confidence)
{
	r->explains += 1000;
	r->unsure += 1000 - (uint64_t)lround(1000 * fmin(fmax(confidence, 0), 1));
	r->confidence = fmax(r->confidence, confidence);
}

static void weigh(struct sh_incidents *s, struct sh_incident_group *in)
{
	for (struct sh_incident_root *r = in->roots; r; r = r->next) {
		r->explains = r->unsure = 0;
		r->confidence = 0;
		s->upstream.place[r->place].mark = r;
	}
	for (const struct sh_incident_member *m = in->oldest; m; m = m->next)
		if (m->root)
			count(m->root, m->confidence);
	for (struct sh_incident_root *r = in->roots; r; r = r->next)
		explain(s, r);
	for (struct sh_incident_root *r = in->roots; r; r = r->next)
		s->upstream.place[r->place].mark = NULL;
}

static bool better(const struct sh_incidents *s, const struct sh_incident_root *a,
		   const struct sh_incident_root *b)
{
	const struct sh_upstream_place *place = s->upstream.place;

	if (a->explains != b->explains)
		return a->explains > b->explains;
	if (a->confidence < b->confidence || a->confidence > b->confidence)
		return a->confidence > b->confidence;
	return strcmp(place[a->place].name, place[b->place].name) < 0;
}

static void make_elected(struct sh_incidents *s, struct sh_incident_group *in,
			 struct sh_incident_root *r)
{
	unelect(s, in);
	in->elected = r;
	in->same = *there(s, r->place);
	*there(s, r->place) = in;
}

void sh_grouped_elect(struct sh_incidents *s, struct sh_incident_group *in)
{
	struct sh_incident_root *best = NULL;

	weigh(s, in);
	for (struct sh_incident_root *r = in->roots; r; r = r->next)
		if (!best || better(s, r, best))
			best = r;
	if (best && best != in->elected)
		make_elected(s, in, best);
}

void sh_grouped_elected(struct sh_incidents *s, struct sh_incident_group *in, const char *entity)
{
	for (struct sh_incident_root *r = in->roots; r; r = r->next)
		if (!strcmp(s->upstream.place[r->place].name, entity)) {
			make_elected(s, in, r);
			return;
		}
	sh_grouped_elect(s, in);
}

struct sh_incident_group *sh_grouped_new(struct sh_incidents *s, const char *id)
{
	struct sh_incident_group *in = sh_calloc(1, sizeof(*in));

	in->id = sh_strdup(id);
	sh_map_puts(&s->groups, id, in);
	return in;
}

/* Into the list, by number: late ones are rare, so from its end. */
void sh_member_insert(struct sh_incident_group *in, struct sh_incident_member *m)
{
	struct sh_incident_member *after = in->newest;

	while (after && after->number > m->number)
		after = after->prev;
	m->prev = after;
	m->next = after ? after->next : in->oldest;
	*(m->next ? &m->next->prev : &in->newest) = m;
	*(after ? &after->next : &in->oldest) = m;
	m->in = in;
	in->members++;
	in->there += m->state == SH_MEMBER_THERE;
}

void sh_member_take_out(struct sh_incident_member *m)
{
	struct sh_incident_group *in = m->in;

	*(m->prev ? &m->prev->next : &in->oldest) = m->next;
	*(m->next ? &m->next->prev : &in->newest) = m->prev;
	in->members--;
	in->there -= m->state == SH_MEMBER_THERE;
	m->in = NULL;
}

void sh_member_attach(struct sh_incidents *s, struct sh_incident_member *m, const char *root)
{
	m->root = root_of(s, m->in, root);
	m->root->members++;
}

void sh_member_print(struct sh_incidents *s, struct sh_incident_member *m)
{
	const struct sh_incident_member *known = m->fingerprint ? sh_map_gets(&s->prints, m->fingerprint) : m;

	if (!known || known->number < m->number)
		sh_map_puts(&s->prints, m->fingerprint, m);
}

void sh_member_list(struct sh_incidents *s, struct sh_incident_member *m)
{
	sh_map_puts(&s->members, m->id, m);
	sh_member_print(s, m);
}

static void unlist(struct sh_incidents *s, const struct sh_incident_member *m)
{
	sh_map_remove(&s->members, m->id, strlen(m->id));
	if (m->fingerprint && sh_map_gets(&s->prints, m->fingerprint) == m)
		sh_map_remove(&s->prints, m->fingerprint, strlen(m->fingerprint));
}

void sh_grouped_add(struct sh_incidents *s, struct sh_incident_group *in,
		    struct sh_incident_member *m, const char *root)
{
	sh_member_insert(in, m);
	sh_member_attach(s, m, root);
	sh_member_list(s, m);
}

/* It is over, told, and nobody refers to it: no trace but the row in the state that is to go. */
void sh_grouped_forget(struct sh_incidents *s, struct sh_incident_group *in)
{
	unelect(s, in);
	for (struct sh_incident_member *m = in->oldest; m; m = m->next)
		unlist(s, m);
	for (struct sh_incident_root *r = in->roots; r; r = r->next)
		sh_upstream_drop(&s->upstream, r->place);
	if (in->stored)
		sh_rows_gone(&s->rows, in->id);
	sh_map_remove(&s->groups, in->id, strlen(in->id));
}

void sh_member_forget(struct sh_incidents *s, struct sh_incident_member *m)
{
	m->in->dirty = true;
	sh_member_detach(s, m);
	sh_member_take_out(m);
	unlist(s, m);
	sh_member_free(m);
}
