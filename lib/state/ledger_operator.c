/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/ledger.h"

#include <stdlib.h>

#include "base/mem.h"
#include "state/db.h"
#include "state/ledger_internal.h"

struct put_approval {
	const struct sh_approval *in;
	const char *record;
};

static int upsert_approval(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	const struct put_approval *p = arg;

	/* A plan that asks again does not undo the answer it got, unless that has run out. */
	sh_query_init(&q, &l->db,
		      "INSERT INTO approval (plan, answer, who, reason, time, until, record)"
		      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET"
		      " answer = excluded.answer, who = excluded.who, reason = excluded.reason,"
		      " time = excluded.time, until = excluded.until,"
		      " record = ifnull(excluded.record, record)"
		      " WHERE excluded.answer <> 'waiting' OR answer = 'waiting'"
		      " OR (until <> 0 AND until <= excluded.time)");
	sh_query_text(&q, p->in->plan_id);
	sh_query_text(&q, p->in->answer);
	sh_query_text(&q, p->in->by);
	sh_query_text(&q, p->in->reason);
	sh_query_int(&q, p->in->time);
	sh_query_int(&q, p->in->until);
	sh_query_text(&q, p->record);
	return sh_query_run(&q, err);
}

int sh_ledger_approval_put(struct sh_ledger *l, const struct sh_approval *a, struct sh_error *err)
{
	SH_CLEANUP_FREE char *record = sh_ledger_json_text(a->plan);
	struct put_approval p = { .in = a, .record = record };

	return sh_ledger_write(l, SH_LEDGER_VITAL, upsert_approval, &p, err);
}

#define APPROVAL_COLUMNS "SELECT plan, answer, who, reason, time, until, record FROM approval "

static void read_approval(struct sh_query *q, struct sh_approval *out)
{
	*out = (struct sh_approval){
		.plan_id = sh_ledger_text_column(q, 0),
		.answer = sh_ledger_text_column(q, 1),
		.by = sh_ledger_text_column(q, 2),
		.reason = sh_ledger_text_column(q, 3),
		.time = sh_query_column_int(q, 4),
		.until = sh_query_column_int(q, 5),
		.plan = sh_ledger_json_column(q, 6),
	};
}

void sh_approval_release(struct sh_approval *a)
{
	free(a->plan_id);
	free(a->answer);
	free(a->by);
	free(a->reason);
	json_decref(a->plan);
	*a = (struct sh_approval){ 0 };
}

int sh_ledger_approval_get(struct sh_ledger *l, const char *plan_id, struct sh_approval *out,
			   struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	*out = (struct sh_approval){ 0 };
	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, APPROVAL_COLUMNS "WHERE plan = ?1");
	sh_query_text(&q, plan_id);
	got = sh_query_next(&q, err);
	if (got > 0)
		read_approval(&q, out);
	return got;
}

struct show_approval {
	int (*each)(void *arg, const struct sh_approval *a);
	void *arg;
};

static int show_approval(void *arg, struct sh_query *q)
{
	const struct show_approval *s = arg;
	struct sh_approval a;
	int stop;

	read_approval(q, &a);
	sqlite3_reset(q->stmt);
	stop = s->each(s->arg, &a);
	sh_approval_release(&a);
	return stop;
}

int sh_ledger_approvals(struct sh_ledger *l, const char *answer,
			int (*each)(void *arg, const struct sh_approval *a), void *arg,
			struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct show_approval s = { .each = each, .arg = arg };

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT rowid FROM approval WHERE ?1 IS NULL OR answer = ?1"
				  " ORDER BY time, plan");
	sh_query_text(&q, answer);
	return sh_ledger_each(l, &q, APPROVAL_COLUMNS "WHERE rowid = ?1", show_approval, &s, err);
}

struct add_pause {
	const struct sh_pause *in;
	int64_t row;
};

static int insert_pause(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct add_pause *a = arg;

	sh_query_init(&q, &l->db, "INSERT INTO pause (scope, kind, who, reason, since, until)"
				  " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
	sh_query_text(&q, a->in->scope);
	sh_query_text(&q, a->in->kind);
	sh_query_text(&q, a->in->by);
	sh_query_text(&q, a->in->reason);
	sh_query_int(&q, a->in->since);
	sh_query_int(&q, a->in->until);
	if (sh_query_run(&q, err) < 0)
		return -1;
	a->row = sqlite3_last_insert_rowid(l->db.handle);
	return 0;
}

int sh_ledger_pause_add(struct sh_ledger *l, const struct sh_pause *p, int64_t *row,
			struct sh_error *err)
{
	struct add_pause a = { .in = p };

	if (sh_ledger_write(l, SH_LEDGER_VITAL, insert_pause, &a, err) < 0)
		return -1;
	if (row)
		*row = a.row;
	return 0;
}

struct end_pause {
	const char *scope;
	int64_t now, ended;
};

static int update_pause(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct end_pause *e = arg;

	sh_query_init(&q, &l->db, "UPDATE pause SET ended = ?2 WHERE scope = ?1 AND ended = 0"
				  " AND (until = 0 OR until > ?2)");
	sh_query_text(&q, e->scope);
	sh_query_int(&q, e->now);
	if (sh_query_run(&q, err) < 0)
		return -1;
	e->ended = sqlite3_changes64(l->db.handle);
	return 0;
}

int sh_ledger_pause_end(struct sh_ledger *l, const char *scope, int64_t now, int64_t *ended,
			struct sh_error *err)
{
	struct end_pause e = { .scope = scope, .now = now };

	if (sh_ledger_write(l, SH_LEDGER_VITAL, update_pause, &e, err) < 0)
		return -1;
	if (ended)
		*ended = e.ended;
	return 0;
}

struct show_pause {
	int (*each)(void *arg, const struct sh_pause *p);
	void *arg;
};

static int show_pause(void *arg, struct sh_query *q)
{
	const struct show_pause *s = arg;
	SH_CLEANUP_FREE char *scope = sh_ledger_text_column(q, 1);
	SH_CLEANUP_FREE char *kind = sh_ledger_text_column(q, 2);
	SH_CLEANUP_FREE char *by = sh_ledger_text_column(q, 3);
	SH_CLEANUP_FREE char *reason = sh_ledger_text_column(q, 4);
	struct sh_pause p = {
		.row = sh_query_column_int(q, 0),
		.scope = scope,
		.kind = kind,
		.by = by,
		.reason = reason,
		.since = sh_query_column_int(q, 5),
		.until = sh_query_column_int(q, 6),
	};

	sqlite3_reset(q->stmt);
	return s->each(s->arg, &p);
}

int sh_ledger_pauses(struct sh_ledger *l, int64_t now,
		     int (*each)(void *arg, const struct sh_pause *p), void *arg,
		     struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct show_pause s = { .each = each, .arg = arg };

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT row FROM pause WHERE ended = 0 AND since <= ?1"
				  " AND (until = 0 OR until > ?1) ORDER BY since, row");
	sh_query_int(&q, now);
	return sh_ledger_each(l, &q,
			      "SELECT row, scope, kind, who, reason, since, until FROM pause"
			      " WHERE row = ?1",
			      show_pause, &s, err);
}
