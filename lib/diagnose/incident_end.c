/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/incidents_parts.h"
#include "record/json.h"

void sh_incidents_due(struct sh_incidents *s, int64_t time)
{
	s->due = time < s->due ? time : s->due;
}

static void end(struct sh_incidents *s, struct sh_incident_member *m, enum sh_member_state state,
		int64_t time)
{
	if (m->state == SH_MEMBER_THERE)
		m->in->there--;
	m->state = state;
	m->over = time;
	m->in->last = time > m->in->last ? time : m->in->last;
	sh_grouped_changed(m->in, state == SH_MEMBER_STALE ? "stale" : "resolved", "fault", m->id);
	sh_incidents_due(s, time + SH_INCIDENT_WINDOW);
}

/* How long what is over is kept, in case it returns. */
static int64_t kept(const struct sh_incident_group *in)
{
	return in->told.status == SH_INCIDENT_STALE ? SH_INCIDENT_SILENCE : SH_INCIDENT_WINDOW;
}

static void sweep_members(struct sh_incidents *s, struct sh_incident_group *in)
{
	struct sh_incident_member *next;

	for (struct sh_incident_member *m = in->oldest; m; m = next) {
		int64_t last = m->heard + SH_INCIDENT_SILENCE;

		next = m->next;
		if (m->state == SH_MEMBER_THERE && last <= s->now)
			end(s, m, SH_MEMBER_STALE, s->now);
		else if (m->state == SH_MEMBER_THERE)
			sh_incidents_due(s, last);
		else if (!in->over && in->there && m->over + SH_INCIDENT_WINDOW <= s->now)
			sh_member_forget(s, m);
		else if (!in->over)
			sh_incidents_due(s, m->over + SH_INCIDENT_WINDOW);
	}
}

static int by_age(const void *a, const void *b)
{
	const struct sh_incident_group *x = *(struct sh_incident_group *const *)a;
	const struct sh_incident_group *y = *(struct sh_incident_group *const *)b;

	if (x->began != y->began)
		return x->began < y->began ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* Whatever the order in which they are kept, it is told from the oldest on. */
static void tell_all(struct sh_incidents *s, struct sh_incident_group **in, size_t n)
{
	qsort(in, n, sizeof(*in), by_age);
	for (size_t i = 0; i < n; i++) {
		sh_grouped_elect(s, in[i]);
		sh_grouped_tell(s, in[i], NULL);
	}
}

static void sweep(struct sh_incidents *s)
{
	SH_CLEANUP_FREE struct sh_incident_group **in = sh_calloc(s->groups.live + 1, sizeof(*in));
	const struct sh_map_entry *entry;
	size_t i = 0, n = 0;

	s->due = INT64_MAX;
	while ((entry = sh_map_next(&s->groups, &i))) {
		struct sh_incident_group *g = entry->value;

		if (g->over && g->over + kept(g) <= s->now) {
			sh_grouped_forget(s, g);
			continue;
		}
		if (g->over)
			sh_incidents_due(s, g->over + kept(g));
		sweep_members(s, g);
		if (!g->elected)
			sh_grouped_elect(s, g); /* its root was forgotten */
		if (g->changes)
			in[n++] = g;
	}
	tell_all(s, in, n);
}

int64_t sh_incidents_time(struct sh_incidents *s, int64_t time, struct sh_span host)
{
	int64_t now = sh_leap_time(&s->leap, s->now, time, host);

	if (now <= s->now)
		return s->now;
	s->now = now;
	if (now >= s->due)
		sweep(s);
	return now;
}

int64_t sh_incidents_now(const struct sh_incidents *s)
{
	return s->now;
}

static bool is(const struct sh_record *r, const char *member, struct sh_buf *text)
{
	struct sh_slice value = sh_record_member(r, member);

	sh_buf_clear(text);
	if (value.type != SH_JSON_STRING)
		return false;
	sh_json_unescape(value, text);
	return true;
}

static void returned(struct sh_incidents *s, struct sh_incident_member *m, int64_t time)
{
	m->state = SH_MEMBER_THERE;
	m->over = 0;
	m->in->there++;
	sh_grouped_changed(m->in, "joined", "fault", m->id);
	sh_incidents_due(s, time + SH_INCIDENT_SILENCE);
}

void sh_incidents_fault(struct sh_incidents *s, const struct sh_record *r)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_incident_member *m =
		is(r, "id", &text) ? sh_map_gets(&s->members, sh_buf_str(&text)) : NULL;

	if (!m)
		sh_incidents_follow(s, r);
	if (!m || !is(r, "status", &text) || r->time < m->heard)
		return;
	m->heard = r->time;
	if (!strcmp(sh_buf_str(&text), "resolved")) {
		if (m->state != SH_MEMBER_RESOLVED)
			end(s, m, SH_MEMBER_RESOLVED, r->time);
	} else if (!strcmp(sh_buf_str(&text), "stale")) {
		if (m->state == SH_MEMBER_THERE)
			end(s, m, SH_MEMBER_STALE, r->time);
	} else if (m->state == SH_MEMBER_THERE) {
		m->in->dirty = true;
	} else if (!strcmp(sh_buf_str(&text), "flapping") && r->time > m->over) {
		returned(s, m, r->time);
	}
	sh_grouped_elect(s, m->in);
	sh_grouped_tell(s, m->in, NULL);
}

size_t sh_incidents_refused(const struct sh_incidents *s)
{
	return s->refused;
}

const char *sh_incidents_next_faulty(const void *incidents, size_t *i)
{
	const struct sh_incidents *s = incidents;
	const struct sh_map_entry *entry;

	while ((entry = sh_map_next(&s->members, i))) {
		const struct sh_incident_member *m = entry->value;

		if (m->state == SH_MEMBER_THERE)
			return m->entity;
	}
	return NULL;
}
