/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "state/db.h"
#include "state/ledger_internal.h"

int sh_ledger_mark(struct sh_ledger *l, const char *name, struct sh_mark *out, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	*out = (struct sh_mark){ 0 };
	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT value, time, changed, why FROM mark WHERE name = ?1");
	sh_query_text(&q, name);
	got = sh_query_next(&q, err);
	if (got > 0)
		*out = (struct sh_mark){ .value = sh_ledger_text_column(&q, 0),
					 .time = sh_query_column_int(&q, 1),
					 .changed = sh_query_column_int(&q, 2),
					 .why = sh_ledger_text_column(&q, 3) };
	return got;
}

struct put {
	const char *name;
	const struct sh_mark *in;
};

static int upsert(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	const struct put *p = arg;

	sh_query_init(&q, &l->db, "INSERT OR REPLACE INTO mark (name, value, time, changed, why)"
				  " VALUES (?1, ?2, ?3, ?4, ?5)");
	sh_query_text(&q, p->name);
	sh_query_text(&q, p->in->value);
	sh_query_int(&q, p->in->time);
	sh_query_int(&q, p->in->changed);
	sh_query_text(&q, p->in->why);
	return sh_query_run(&q, err);
}

int sh_ledger_mark_put(struct sh_ledger *l, const char *name, const struct sh_mark *m,
		       struct sh_error *err)
{
	struct put p = { .name = name, .in = m };

	return sh_ledger_write(l, SH_LEDGER_VITAL, upsert, &p, err);
}

struct drop {
	const char *prefix;
	int64_t dropped;
};

static int delete(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct drop *d = arg;

	sh_query_init(&q, &l->db, "DELETE FROM mark WHERE substr(name, 1, length(?1)) = ?1");
	sh_query_text(&q, d->prefix);
	if (sh_query_run(&q, err) < 0)
		return -1;
	d->dropped = sqlite3_changes64(l->db.handle);
	return 0;
}

int sh_ledger_marks_drop(struct sh_ledger *l, const char *prefix, int64_t *dropped,
			 struct sh_error *err)
{
	struct drop d = { .prefix = prefix };

	if (sh_ledger_write(l, SH_LEDGER_VITAL, delete, &d, err) < 0)
		return -1;
	*dropped = d.dropped;
	return 0;
}

void sh_mark_release(struct sh_mark *m)
{
	free(m->value);
	free(m->why);
	*m = (struct sh_mark){ 0 };
}

int sh_ledger_mode(struct sh_ledger *l, const char *scope, struct sh_mark *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *name = sh_asprintf("mode:%s", scope);

	return sh_ledger_mark(l, name, out, err);
}

int sh_ledger_mode_put(struct sh_ledger *l, const char *scope, const struct sh_mark *m, struct sh_error *err)
{
	SH_CLEANUP_FREE char *name = sh_asprintf("mode:%s", scope);

	return sh_ledger_mark_put(l, name, m, err);
}

struct show_mode {
	int (*each)(void *arg, const char *scope, const struct sh_mark *m);
	void *arg;
};

static int show_mode(void *arg, struct sh_query *q)
{
	const struct show_mode *s = arg;
	SH_CLEANUP_FREE char *scope = sh_ledger_text_column(q, 0);
	struct sh_mark m = { .value = sh_ledger_text_column(q, 1),
			     .time = sh_query_column_int(q, 2),
			     .changed = sh_query_column_int(q, 3),
			     .why = sh_ledger_text_column(q, 4) };
	int stop;

	sqlite3_reset(q->stmt);
	stop = s->each(s->arg, scope, &m);
	sh_mark_release(&m);
	return stop;
}

int sh_ledger_modes(struct sh_ledger *l, int (*each)(void *arg, const char *scope, const struct sh_mark *m), void *arg,
		    struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct show_mode s = { each, arg };

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT rowid FROM mark WHERE substr(name, 1, 5) = 'mode:' ORDER BY name");
	return sh_ledger_each(l, &q, "SELECT substr(name, 6), value, time, changed, why FROM mark WHERE rowid = ?1",
			      show_mode, &s, err);
}
