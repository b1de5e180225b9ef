/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/ledger.h"

#include <stdlib.h>

#include "base/mem.h"
#include "state/db.h"
#include "state/ledger_internal.h"

struct put_round {
	const char *program;
	int64_t time;
};

static int upsert_round(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	const struct put_round *p = arg;

	sh_query_init(&q, &l->db, "INSERT OR REPLACE INTO round (program, time) VALUES (?1, ?2)");
	sh_query_text(&q, p->program);
	sh_query_int(&q, p->time);
	return sh_query_run(&q, err);
}

int sh_ledger_round(struct sh_ledger *l, const char *program, int64_t time, struct sh_error *err)
{
	struct put_round p = { .program = program, .time = time };

	return sh_ledger_write(l, SH_LEDGER_USEFUL, upsert_round, &p, err);
}

struct show_round {
	int (*each)(void *arg, const char *program, int64_t time);
	void *arg;
};

static int show_round(void *arg, struct sh_query *q)
{
	const struct show_round *s = arg;
	SH_CLEANUP_FREE char *program = sh_ledger_text_column(q, 0);
	int64_t time = sh_query_column_int(q, 1);

	sqlite3_reset(q->stmt);
	return s->each(s->arg, program, time);
}

int sh_ledger_rounds(struct sh_ledger *l,
		     int (*each)(void *arg, const char *program, int64_t time), void *arg,
		     struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct show_round s = { .each = each, .arg = arg };

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT rowid FROM round ORDER BY program");
	return sh_ledger_each(l, &q, "SELECT program, time FROM round WHERE rowid = ?1", show_round,
			      &s, err);
}

struct put_note {
	const char *kind, *target, *record;
	int64_t time;
};

static int insert_note(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	const struct put_note *p = arg;

	sh_query_init(&q, &l->db, "INSERT INTO note (time, kind, target, record)"
				  " VALUES (?1, ?2, ?3, ?4)");
	sh_query_int(&q, p->time);
	sh_query_text(&q, p->kind);
	sh_query_text(&q, p->target);
	sh_query_text(&q, p->record);
	return sh_query_run(&q, err);
}

int sh_ledger_note(struct sh_ledger *l, int64_t time, const char *kind, const char *target,
		   const json_t *record, struct sh_error *err)
{
	SH_CLEANUP_FREE char *text = sh_ledger_json_text(record);
	struct put_note p = { .kind = kind, .target = target, .record = text, .time = time };

	return sh_ledger_write(l, SH_LEDGER_USEFUL, insert_note, &p, err);
}

struct show_note {
	int (*each)(void *arg, int64_t time, const char *kind, const char *target,
		    const json_t *record);
	void *arg;
};

static int show_note(void *arg, struct sh_query *q)
{
	const struct show_note *s = arg;
	int64_t time = sh_query_column_int(q, 0);
	SH_CLEANUP_FREE char *kind = sh_ledger_text_column(q, 1);
	SH_CLEANUP_FREE char *target = sh_ledger_text_column(q, 2);
	json_auto_t *record = sh_ledger_json_column(q, 3);

	sqlite3_reset(q->stmt);
	return s->each(s->arg, time, kind, target, record);
}

int sh_ledger_notes(struct sh_ledger *l, int64_t since, const char *target, int64_t limit,
		    int (*each)(void *arg, int64_t time, const char *kind, const char *target,
				const json_t *record),
		    void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct show_note s = { .each = each, .arg = arg };

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT row FROM note WHERE time >= ?1"
				  " AND (?2 IS NULL OR target = ?2)"
				  " ORDER BY time DESC, row DESC LIMIT ?3");
	sh_query_int(&q, since);
	sh_query_text(&q, target);
	sh_query_int(&q, limit > 0 ? limit : -1);
	return sh_ledger_each(l, &q, "SELECT time, kind, target, record FROM note WHERE row = ?1",
			      show_note, &s, err);
}
