/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/incidents_parts.h"
#include "record/json.h"

/* What is said of a fault now. */
struct verdict {
	const struct sh_diagnosis *d;
	const char *root, *cause; /* borrowed */
	double confidence;
	bool elsewhere; /* the ranking is sure of an entity */
	int64_t onset;
};

/* The incidents that a fault may belong to. */
struct related {
	struct sh_incident_group **common; /* whose root is the fault's, or needs it; owned */
	size_t n, cap;
	struct sh_incident_group
		*above; /* whose root the fault's needs: its own, else the oldest */
	struct sh_incident_group *closed; /* the last that was closed */
	const struct sh_incident_group *own;
};

static struct verdict judge(const struct sh_diagnosis *d)
{
	const json_t *first = json_array_get(d->ranking, 0);
	struct verdict v = { .d = d,
			     .cause = sh_json_str(first, "root_cause", "unknown"),
			     .confidence = sh_json_num(first, "confidence", 0) };
	const char *entity = sh_json_str(first, "entity", NULL);

	v.elsewhere = entity && v.confidence >= SH_INCIDENT_SURE;
	v.root = v.elsewhere ? entity : d->fault.entity;
	v.onset = d->onset ? d->onset : sh_fault_onset(&d->fault);
	return v;
}

static bool is_older(const struct sh_incident_group *a, const struct sh_incident_group *b)
{
	return a->began != b->began ? a->began < b->began : strcmp(a->id, b->id) < 0;
}

static bool closed_later(const struct sh_incident_group *a, const struct sh_incident_group *b)
{
	return a->over != b->over ? a->over > b->over : is_older(a, b);
}

static bool is_among(const struct related *r, const struct sh_incident_group *in)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->common[i] == in)
			return true;
	return in == r->above;
}

static void consider(struct related *r, struct sh_incident_group *in, bool needed, int64_t onset)
{
	if (onset < in->first - SH_INCIDENT_WINDOW || onset > in->last + SH_INCIDENT_WINDOW)
		return;
	if (in->over) {
		if (!r->closed || in == r->own ||
		    (r->closed != r->own && closed_later(in, r->closed)))
			r->closed = in;
	} else if (is_among(r, in)) {
		return; /* they need each other */
	} else if (!needed) {
		sh_grow(r->common, r->n, r->cap);
		r->common[r->n++] = in;
	} else if (!r->above || in == r->own || (r->above != r->own && is_older(in, r->above))) {
		r->above = in;
	}
}

static void consider_at(struct sh_incidents *s, struct related *r, uint32_t place, bool needed,
			int64_t onset)
{
	for (struct sh_incident_group *in = s->upstream.place[place].user; in; in = in->same)
		consider(r, in, needed, onset);
}

static void relate(struct sh_incidents *s, struct related *r, const struct verdict *v)
{
	uint32_t place = sh_upstream_hold(&s->upstream, v->root);
	const struct sh_upstream_place *p = sh_upstream_place(&s->upstream, place);

	consider_at(s, r, place, false, v->onset);
	for (uint32_t i = 0; i < p->needed_by.n; i++)
		consider_at(s, r, p->needed_by.place[i], false, v->onset);
	for (uint32_t i = 0; i < p->needs.n; i++)
		consider_at(s, r, p->needs.place[i], true, v->onset);
	sh_upstream_drop(&s->upstream, place);
}

static struct sh_incident_group *oldest(const struct related *r)
{
	struct sh_incident_group *best = r->above;

	for (size_t i = 0; i < r->n; i++)
		if (!best || is_older(r->common[i], best))
			best = r->common[i];
	return best;
}

static void move(struct sh_incidents *s, struct sh_incident_member *m, struct sh_incident_group *to)
{
	SH_CLEANUP_FREE char *root = sh_strdup(s->upstream.place[m->root->place].name);

	sh_member_detach(s, m);
	sh_member_take_out(m);
	sh_member_insert(to, m);
	sh_member_attach(s, m, root);
}

static void widen(struct sh_incident_group *in, int64_t first, int64_t last)
{
	in->first = first < in->first ? first : in->first;
	in->last = last > in->last ? last : in->last;
}

/* All but JUDGED, which has no root just now, and goes its own way. */
static void merge(struct sh_incidents *s, struct sh_incident_group *from,
		  struct sh_incident_group *to, const struct sh_incident_member *judged)
{
	struct sh_incident_member *next;

	sh_grouped_changed(from, "merged", "into", to->id);
	sh_grouped_tell(s, from, to->id);
	sh_grouped_changed(to, "merged", "incident", from->id);
	for (struct sh_incident_member *m = from->oldest; m; m = next) {
		next = m->next;
		if (m != judged)
			move(s, m, to);
	}
	to->total += from->total;
	widen(to, from->first, from->last);
	if (!from->members)
		sh_grouped_forget(s, from);
}

/*
 * Where the fault belongs, NULL: to none that there is. OWN has it just now. What is
 * left in R becomes one with that.
 */
static struct sh_incident_group *choose(struct related *r, const struct verdict *v,
					const struct sh_incident_member *m)
{
	struct sh_incident_group *own = m ? m->in : NULL, *best = oldest(r);

	if (!own)
		return best ? best : r->closed;
	if (is_among(r, own))
		return best;
	if (own->over)
		return best ? best : own;
	if (own->members == 1)
		return best && is_older(best, own) ? best : own;
	if (best && v->elsewhere && m->moves < SH_INCIDENT_MOVES)
		return best;
	r->n = 0;
	r->above = NULL;
	return own;
}

static void merge_all(struct sh_incidents *s, struct related *r, struct sh_incident_group *to,
		      struct sh_incident_member *judged)
{
	struct sh_incident_group *own = judged ? judged->in : NULL;
	bool alone = own && !own->over && own->members == 1;

	if (r->above && r->above != to)
		merge(s, r->above, to, judged);
	for (size_t i = 0; i < r->n; i++)
		if (r->common[i] != to)
			merge(s, r->common[i], to, judged);
	if (alone && own != to)
		merge(s, own, to, judged);
}

static struct sh_incident_group *begin(struct sh_incidents *s, const struct verdict *v)
{
	char id[SH_INCIDENT_ID_TEXT];
	struct sh_incident_group *in;

	sh_incident_id(id, v->d->fault.id, v->d->time);
	in = sh_grouped_new(s, id);
	in->host = sh_strdup(v->d->fault.host);
	in->began = v->d->time;
	in->first = in->last = v->onset;
	return in;
}

static void take_facts(struct sh_incidents *s, struct sh_incident_member *m,
		       const struct verdict *v)
{
	const struct sh_fault *f = &v->d->fault;

	if (!m->id)
		*m = (struct sh_incident_member){ .id = sh_strdup(f->id),
						  .entity = sh_strdup(f->entity),
						  .fingerprint = sh_strdup_or_null(f->fingerprint),
						  .onset = v->onset,
						  .number = ++s->number };
	free(m->cause);
	m->cause = sh_strdup(v->cause);
	m->confidence = v->confidence;
	m->severity = f->severity;
	m->hushed = false;
	m->state = SH_MEMBER_THERE;
	m->over = 0;
	m->heard = f->time > m->heard ? f->time : m->heard;
	sh_incidents_due(s, m->heard + SH_INCIDENT_SILENCE);
}

/* M, with what is said of it now, into TO; WAS is where it was, NULL nowhere. */
static void settle(struct sh_incidents *s, struct sh_incident_member *m,
		   struct sh_incident_group *to, const struct verdict *v)
{
	struct sh_incident_group *was = m->in;
	bool merged = was && was->told.status == SH_INCIDENT_MERGED;
	bool there = was && m->state == SH_MEMBER_THERE;

	if (was)
		sh_member_take_out(m);
	take_facts(s, m, v);
	if (!was)
		sh_member_list(s, m);
	sh_member_insert(to, m);
	sh_member_attach(s, m, v->root);
	widen(to, v->onset, v->onset);
	to->dirty = true;
	if (!there || (was != to && !merged))
		sh_grouped_changed(to, "joined", "fault", m->id);
	if (was == to || merged)
		return;
	to->total++;
	if (!was)
		return;
	m->moves++;
	was->total--;
	if (!was->over)
		sh_grouped_changed(was, "left", "fault", m->id);
}

/* After a fault has left it. */
static void leave(struct sh_incidents *s, struct sh_incident_group *in)
{
	if (!in->members) {
		sh_grouped_forget(s, in);
		return;
	}
	sh_grouped_elect(s, in);
	sh_grouped_tell(s, in, NULL);
}

static void release(struct related *r)
{
	free(r->common);
}

const char *sh_incidents_diagnosed(struct sh_incidents *s, const struct sh_diagnosis *d)
{
	struct verdict v = judge(d);
	__attribute__((cleanup(release))) struct related r = { 0 };
	struct sh_incident_member *m;
	struct sh_incident_group *was, *to;

	m = sh_map_gets(&s->members, d->fault.id);
	if (m && m->state != SH_MEMBER_THERE && d->time <= m->over)
		return m->in->id; /* it comes late */
	if (!m && s->members.live >= SH_INCIDENT_FAULTS) {
		s->refused++;
		return NULL;
	}
	was = m ? m->in : NULL;
	r.own = was;
	if (m) {
		sh_member_detach(s, m);
		sh_grouped_elect(s, was);
	}
	relate(s, &r, &v);
	to = choose(&r, &v, m);
	if (!to)
		to = begin(s, &v);
	merge_all(s, &r, to, m);
	settle(s, m ? m : sh_calloc(1, sizeof(*m)), to, &v);
	if (was && was != to)
		leave(s, was);
	sh_grouped_elect(s, to);
	sh_grouped_tell(s, to, NULL);
	return to->id;
}
