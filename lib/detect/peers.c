/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/peers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "series/bytes.h"

#define TABLE	  "peers"
#define INTERVALS 3
#define AT_LEAST  (2 * SH_MIN)

struct member {
	int64_t time, interval; /* interval 0: not known */
	double value;
};

struct group {
	struct sh_map member; /* series key -> struct member */
	int64_t due;          /* before this nobody falls silent */
	size_t ones;          /* members whose value is not 0 */
	bool dirty;
};

static void free_group(void *data)
{
	struct group *g = data;

	sh_map_release(&g->member);
	free(g);
}

void sh_peers_init(struct sh_peers *p)
{
	*p = (struct sh_peers){ .full = false };
	sh_map_init(&p->group, free_group);
}

void sh_peers_release(struct sh_peers *p)
{
	sh_map_release(&p->group);
}

/* What a rule says of a group in its expression, its clearing condition and its text is one thing. */
static struct group *find_group(struct sh_peers *p, const struct sh_rule *rule,
				const struct sh_peers_query *q)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	struct group *g;

	sh_buf_add(&key, rule->id, strlen(rule->id) + 1);
	sh_buf_add(&key, q->text, strlen(q->text) + 1);
	sh_buf_add(&key, q->key.p, q->key.len);
	g = sh_map_get(&p->group, key.data, key.len);
	if (g)
		return g;
	g = sh_calloc(1, sizeof(*g));
	sh_map_init(&g->member, free);
	g->due = INT64_MAX;
	sh_map_put(&p->group, key.data, key.len, g);
	return g;
}

static int64_t silent_at(const struct member *m)
{
	/* Times and intervals may come from a state that somebody damaged. */
	int64_t patience = m->interval < INT64_MAX / INTERVALS ? INTERVALS * m->interval : INT64_MAX;

	if (patience < AT_LEAST)
		patience = AT_LEAST;
	return m->time > INT64_MAX - patience ? INT64_MAX : m->time + patience;
}

static void join(struct sh_peers *p, struct group *g, struct sh_span key, int64_t now, double value)
{
	struct member *m = sh_map_get(&g->member, key.p, key.len);

	if (!m && g->member.live == SH_PEERS_MEMBERS) {
		p->full = true;
		return;
	}
	if (!m) {
		m = sh_calloc(1, sizeof(*m));
		sh_map_put(&g->member, key.p, key.len, m);
	} else if (now > m->time) {
		m->interval = now - m->time;
	}
	g->ones += value != 0;
	g->ones -= m->time && m->value != 0;
	m->time = now;
	m->value = value;
	if (silent_at(m) < g->due)
		g->due = silent_at(m);
	g->dirty = true;
}

/* Who has fallen silent leaves; looked at only when somebody may have. */
static void drop_silent(struct group *g, int64_t now)
{
	const struct sh_map_entry *e;

	if (now < g->due)
		return;
	g->due = INT64_MAX;
	for (size_t i = 0; (e = sh_map_next(&g->member, &i));) {
		int64_t at = silent_at(e->value);

		if (at <= now) {
			g->ones -= ((const struct member *)e->value)->value != 0;
			sh_map_remove(&g->member, e->key, e->len);
		} else if (at < g->due) {
			g->due = at;
		}
	}
	g->dirty = true;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Summed in order of size, so that the order in which members came does not show in the last bit. */
static double sum_of(const struct group *g)
{
	double *v = sh_reallocn(NULL, g->member.live + 1, sizeof(*v)), sum = 0;
	const struct sh_map_entry *e;
	size_t n = 0;

	for (size_t i = 0; (e = sh_map_next(&g->member, &i));)
		v[n++] = ((const struct member *)e->value)->value;
	qsort(v, n, sizeof(*v), by_value);
	for (size_t i = 0; i < n; i++)
		sum += v[i];
	free(v);
	return sum;
}

static double extreme_of(const struct group *g, bool largest)
{
	const struct sh_map_entry *e;
	double found = NAN;

	for (size_t i = 0; (e = sh_map_next(&g->member, &i));) {
		double v = ((const struct member *)e->value)->value;

		if (isnan(found) || (largest ? v > found : v < found))
			found = v;
	}
	return found;
}

static double answer(const struct group *g, enum sh_peers_op op)
{
	double n = (double)g->member.live;

	switch (op) {
	case SH_PEERS_COUNT:
		return (double)g->ones;
	case SH_PEERS_SHARE:
		return (double)g->ones / n;
	case SH_PEERS_SUM:
		return sum_of(g);
	case SH_PEERS_AVG:
		return sum_of(g) / n;
	default:
		return extreme_of(g, op == SH_PEERS_MAX);
	}
}

struct sh_value sh_peers_ask(struct sh_peers *p, const struct sh_rule *rule, struct sh_span member,
			     int64_t now, const struct sh_peers_query *q)
{
	struct group *g = find_group(p, rule, q);
	double v;

	if (q->known)
		join(p, g, member, now, q->value);
	drop_silent(g, now);
	if (!g->member.live)
		return sh_value_unknown();
	v = answer(g, q->op);
	return isfinite(v) ? sh_value_double(v) : sh_value_unknown();
}

static void move_members(struct group *g, int64_t by)
{
	const struct sh_map_entry *e;

	g->due = INT64_MAX;
	for (size_t i = 0; (e = sh_map_next(&g->member, &i));) {
		struct member *m = e->value;

		m->time = sh_damage_moved(m->time, by);
		if (silent_at(m) < g->due)
			g->due = silent_at(m);
	}
	g->dirty = true;
}

void sh_peers_move(struct sh_peers *p, int64_t by)
{
	const struct sh_map_entry *e;

	for (size_t i = 0; (e = sh_map_next(&p->group, &i));)
		move_members(e->value, by);
}

static void store_group(const struct group *g, struct sh_buf *out)
{
	const struct sh_map_entry *e;

	for (size_t i = 0; (e = sh_map_next(&g->member, &i));) {
		const struct member *m = e->value;

		sh_bytes_put(out, e->len, 4);
		sh_buf_add(out, e->key, e->len);
		sh_bytes_put(out, (uint64_t)m->time, 8);
		sh_bytes_put(out, (uint64_t)m->interval, 8);
		sh_bytes_put_double(out, m->value);
	}
}

int sh_peers_save(struct sh_peers *p, struct sh_state *s, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf row = SH_BUF_INIT;
	const struct sh_map_entry *e;

	for (size_t i = 0; (e = sh_map_next(&p->group, &i));) {
		struct group *g = e->value;

		if (!g->dirty)
			continue;
		g->dirty = false;
		sh_buf_clear(&row);
		store_group(g, &row);
		if (!row.len) {
			if (sh_state_delete(s, TABLE, e->key, e->len, err) < 0)
				return -1;
			sh_map_remove(&p->group, e->key, e->len);
		} else if (sh_state_put(s, TABLE, e->key, e->len, row.data, row.len, err) < 0) {
			return -1;
		}
	}
	return 0;
}

void sh_peers_unsaved(struct sh_peers *p)
{
	const struct sh_map_entry *e;

	for (size_t i = 0; (e = sh_map_next(&p->group, &i));)
		((struct group *)e->value)->dirty = true;
}

static bool load_member(struct group *g, struct sh_span key, struct sh_bytes *in)
{
	uint64_t time, interval;
	struct member *m;
	double v;

	if (!sh_bytes_take(in, 8, &time) || !sh_bytes_take(in, 8, &interval) || !sh_bytes_take_double(in, &v) ||
	    !sh_damage_is_time((int64_t)time) || !sh_damage_is_span((int64_t)interval) ||
	    g->member.live == SH_PEERS_MEMBERS || sh_map_get(&g->member, key.p, key.len))
		return false;
	m = sh_calloc(1, sizeof(*m));
	*m = (struct member){ (int64_t)time, (int64_t)interval, v };
	sh_map_put(&g->member, key.p, key.len, m);
	g->ones += v != 0;
	if (silent_at(m) < g->due)
		g->due = silent_at(m);
	return true;
}

static bool load_members(struct group *g, struct sh_bytes *in)
{
	while (in->len) {
		struct sh_span key;
		uint64_t len;

		if (!sh_bytes_take(in, 4, &len) || len > in->len)
			return false;
		key = (struct sh_span){ (const char *)in->p, (size_t)len };
		in->p += len;
		in->len -= len;
		if (!load_member(g, key, in))
			return false;
	}
	return true;
}

/* A group without members is one whose row the next save removes. */
static void begin_anew(struct group *g)
{
	sh_map_release(&g->member);
	sh_map_init(&g->member, free);
	g->ones = 0;
	g->due = INT64_MAX;
	g->dirty = true;
}

struct loading {
	struct sh_peers *peers;
	const struct sh_damage *damage;
};

static int load_group(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct loading *l = arg;
	struct group *g = sh_calloc(1, sizeof(*g));
	struct sh_bytes in = { value, len };
	const char *rule = key;

	sh_map_init(&g->member, free);
	g->due = INT64_MAX;
	sh_map_put(&l->peers->group, key, key_len, g);
	if (value && load_members(g, &in))
		return 0;
	begin_anew(g);
	sh_damage_tell(l->damage, "the peers of rule '%.*s'", (int)strnlen(rule, key_len < 100 ? key_len : 100), rule);
	return 0;
}

int sh_peers_load(struct sh_peers *p, struct sh_state *s, const struct sh_damage *damage, struct sh_error *err)
{
	struct loading l = { p, damage };

	return sh_state_each(s, TABLE, load_group, &l, err);
}
