/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/incidents_parts.h"
#include "series/bytes.h"

#define ROWS "incident"
#define SHARED "shared"
#define CLOCK "incidents"

static bool take_word(struct sh_bytes *in, uint64_t below, uint64_t *out)
{
	return sh_bytes_take(in, 1, out) && *out < below;
}

static void put_member(struct sh_buf *out, const struct sh_incidents *s,
		       const struct sh_incident_member *m)
{
	sh_bytes_put_span(out, sh_span_of(m->id));
	sh_bytes_put_span(out, sh_span_of(m->entity));
	sh_bytes_put_span(out, sh_span_of(m->cause));
	sh_bytes_put_span(out, sh_span_of(s->upstream.place[m->root->place].name));
	sh_bytes_put_double(out, m->confidence);
	sh_bytes_put(out, (uint64_t)m->severity, 1);
	sh_bytes_put(out, (uint64_t)m->state, 1);
	sh_bytes_put(out, (uint64_t)m->onset, 8);
	sh_bytes_put(out, (uint64_t)m->heard, 8);
	sh_bytes_put(out, (uint64_t)m->over, 8);
	sh_bytes_put(out, m->number, 8);
	sh_bytes_put(out, m->moves, 4);
}

static void put_group(struct sh_buf *out, const struct sh_incidents *s,
		      const struct sh_incident_group *in)
{
	const struct sh_told *t = &in->told;

	sh_bytes_put_span(out, sh_span_of(in->host));
	sh_bytes_put_span(out, sh_span_of(t->cause));
	sh_bytes_put(out, t->any, 1);
	sh_bytes_put_span(out, sh_span_of(t->entity));
	sh_bytes_put(out, (uint64_t)t->status, 1);
	sh_bytes_put(out, (uint64_t)t->severity, 1);
	sh_bytes_put_double(out, t->confidence);
	sh_bytes_put(out, (uint64_t)in->began, 8);
	sh_bytes_put(out, (uint64_t)in->first, 8);
	sh_bytes_put(out, (uint64_t)in->last, 8);
	sh_bytes_put(out, (uint64_t)in->over, 8);
	sh_bytes_put(out, in->total, 8);
	sh_bytes_put(out, in->reopened, 4);
	/* Which one was elected while somebody was there. */
	sh_bytes_put_span(out, sh_span_of(s->upstream.place[in->elected->place].name));
	sh_bytes_put(out, in->members, 4);
	for (const struct sh_incident_member *m = in->oldest; m; m = m->next)
		put_member(out, s, m);
	for (const struct sh_incident_member *m = in->oldest; m; m = m->next) {
		sh_bytes_put_span(out, sh_span_of(m->fingerprint ? m->fingerprint : ""));
		sh_bytes_put(out, m->hushed, 1);
	}
}

static int save_clock(const struct sh_incidents *s, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf row = SH_BUF_INIT;

	sh_bytes_put(&row, (uint64_t)s->now, 8);
	sh_bytes_put(&row, s->number, 8);
	sh_bytes_put(&row, (uint64_t)s->leap.time, 8);
	sh_bytes_put(&row, s->leap.host, 8);
	sh_bytes_put(&row, s->leap.only, 8);
	sh_bytes_put(&row, s->leap.many, 8);
	sh_bytes_put(&row, s->leap.count, 8);
	return sh_state_put(state, SHARED, CLOCK, strlen(CLOCK), row.data, row.len, err);
}

static int save_groups(struct sh_incidents *s, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf row = SH_BUF_INIT;
	const struct sh_map_entry *entry;
	size_t i = 0;

	while ((entry = sh_map_next(&s->groups, &i))) {
		const struct sh_incident_group *in = entry->value;

		if (!in->dirty)
			continue;
		sh_buf_clear(&row);
		put_group(&row, s, in);
		if (sh_state_put(state, ROWS, in->id, strlen(in->id), row.data, row.len, err) < 0)
			return -1;
	}
	return 0;
}

int sh_incidents_save(struct sh_incidents *s, struct sh_state *state, struct sh_error *err)
{
	if (sh_rows_remove(&s->rows, state, ROWS, &s->groups, err) < 0)
		return -1;
	if (save_groups(s, state, err) < 0 || save_clock(s, state, err) < 0)
		return -1;
	sh_incidents_settle(s);
	return 0;
}

static void mark(struct sh_incidents *s, bool stored)
{
	const struct sh_map_entry *entry;
	size_t i = 0;

	while ((entry = sh_map_next(&s->groups, &i))) {
		struct sh_incident_group *in = entry->value;

		in->dirty = !stored;
		in->stored = stored;
	}
}

void sh_incidents_settle(struct sh_incidents *s)
{
	sh_rows_settle(&s->rows, false);
	mark(s, true);
}

void sh_incidents_unsaved(struct sh_incidents *s)
{
	sh_rows_settle(&s->rows, true);
	mark(s, false);
}

static bool take_member(struct sh_incidents *s, struct sh_incident_group *in, struct sh_bytes *b)
{
	SH_CLEANUP_FREE char *root = NULL;
	struct sh_incident_member *m = sh_calloc(1, sizeof(*m));
	uint64_t severity, state, moves;

	if (sh_rows_take_text(b, &m->id) && sh_rows_take_text(b, &m->entity) && sh_rows_take_text(b, &m->cause) &&
	    sh_rows_take_text(b, &root) && sh_bytes_take_double(b, &m->confidence) &&
	    take_word(b, SH_SEVERITY_CRITICAL + 1, &severity) &&
	    take_word(b, SH_MEMBER_STALE + 1, &state) && sh_bytes_take_time(b, &m->onset) &&
	    sh_bytes_take_time(b, &m->heard) && sh_bytes_take_time(b, &m->over) && sh_bytes_take(b, 8, &m->number) &&
	    sh_bytes_take(b, 4, &moves) && !sh_map_gets(&s->members, m->id) &&
	    s->members.live < SH_INCIDENT_FAULTS) {
		m->severity = (enum sh_severity)severity;
		m->state = (enum sh_member_state)state;
		m->moves = (uint32_t)moves;
		sh_grouped_add(s, in, m, root);
		return true;
	}
	sh_member_free(m);
	return false;
}

/* Rows of old have nothing behind the members. */
static bool take_prints(struct sh_incidents *s, const struct sh_incident_group *in, struct sh_bytes *b)
{
	for (struct sh_incident_member *m = in->oldest; m && b->len; m = m->next) {
		SH_CLEANUP_FREE char *print = NULL;
		uint64_t hushed;

		if (!sh_rows_take_text(b, &print) || !take_word(b, 2, &hushed))
			return false;
		m->hushed = hushed != 0;
		if (!*print)
			continue;
		m->fingerprint = sh_strdup(print);
		sh_member_print(s, m);
	}
	return b->len == 0;
}

static bool take_group(struct sh_incidents *s, struct sh_incident_group *in, struct sh_bytes *b)
{
	SH_CLEANUP_FREE char *elected = NULL;
	uint64_t status, severity, reopened, members, any;
	struct sh_told *t = &in->told;

	if (!sh_rows_take_text(b, &in->host) || !sh_rows_take_text(b, &t->cause) || !take_word(b, 2, &any) ||
	    !sh_rows_take_text(b, &t->entity) || !take_word(b, SH_INCIDENT_MERGED, &status) ||
	    !take_word(b, SH_SEVERITY_CRITICAL + 1, &severity) ||
	    !sh_bytes_take_double(b, &t->confidence) || !sh_bytes_take_time(b, &in->began) ||
	    !sh_bytes_take_time(b, &in->first) || !sh_bytes_take_time(b, &in->last) || !sh_bytes_take_time(b, &in->over) ||
	    !sh_bytes_take(b, 8, &in->total) || !sh_bytes_take(b, 4, &reopened) ||
	    !sh_rows_take_text(b, &elected) || !sh_bytes_take(b, 4, &members) || !members)
		return false;
	t->any = any != 0;
	t->status = (enum sh_incident_status)status;
	t->severity = (enum sh_severity)severity;
	in->reopened = (uint32_t)reopened;
	for (uint64_t i = 0; i < members; i++)
		if (!take_member(s, in, b))
			return false;
	sh_grouped_elected(s, in, elected);
	return take_prints(s, in, b);
}

struct loading {
	struct sh_incidents *s;
	bool failed;
};

/* What cannot be read whole is left out; then the state is told to be damaged. */
static int load_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	SH_CLEANUP_FREE char *id = sh_strndup(key, key_len);
	struct sh_bytes b = { value, value ? len : 0 };
	struct loading *l = arg;
	struct sh_incident_group *in = sh_grouped_new(l->s, id);

	in->stored = true;
	if (!take_group(l->s, in, &b)) {
		sh_grouped_forget(l->s, in);
		l->failed = true;
	}
	return 0;
}

static bool take_clock(struct sh_incidents *s, struct sh_bytes *b)
{
	return sh_bytes_take_time(b, &s->now) && sh_bytes_take(b, 8, &s->number) &&
	       sh_bytes_take_time(b, &s->leap.time) && sh_bytes_take(b, 8, &s->leap.host) &&
	       sh_bytes_take(b, 8, &s->leap.only) && sh_bytes_take(b, 8, &s->leap.many) &&
	       sh_bytes_take(b, 8, &s->leap.count);
}

int sh_incidents_load(struct sh_incidents *s, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_FREE void *value = NULL;
	struct loading l = { s, false };
	size_t len;
	int got = sh_state_get(state, SHARED, CLOCK, strlen(CLOCK), &value, &len, err);

	if (got <= 0)
		return got;
	struct sh_bytes b = { value, value ? len : 0 };

	if (!take_clock(s, &b))
		l.failed = true;
	if (sh_state_each(state, ROWS, load_row, &l, err) < 0)
		return -1;
	s->due = 0; /* look when the next record comes */
	if (!l.failed)
		return 0;
	sh_error_set_(err, SH_ERRC_STATE, EUCLEAN, "the stored incidents are damaged");
	return -1;
}
