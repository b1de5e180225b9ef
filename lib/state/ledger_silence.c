/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "record/json.h"
#include "state/ledger_internal.h"

struct add {
	const struct sh_ledger_silence *in;
	int64_t row;
};

static int insert(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	SH_CLEANUP_BUF struct sh_buf match = SH_BUF_INIT;
	struct add *a = arg;

	sh_json_dump(&match, a->in->match);
	sh_query_init(&q, &l->db, "INSERT INTO silence (match, who, reason, since, until)"
				  " VALUES (?1, ?2, ?3, ?4, ?5)");
	sh_query_text(&q, sh_buf_str(&match));
	sh_query_text(&q, a->in->by);
	sh_query_text(&q, a->in->reason);
	sh_query_int(&q, a->in->since);
	sh_query_int(&q, a->in->until);
	if (sh_query_run(&q, err) < 0)
		return -1;
	a->row = sqlite3_last_insert_rowid(l->db.handle);
	return 0;
}

int sh_ledger_silence_add(struct sh_ledger *l, const struct sh_ledger_silence *s, int64_t *row,
			  struct sh_error *err)
{
	struct add a = { .in = s };

	if (sh_ledger_write(l, SH_LEDGER_VITAL, insert, &a, err) < 0)
		return -1;
	*row = a.row;
	return 0;
}

struct end {
	int64_t row, now, ended;
};

static int update(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct end *e = arg;

	sh_query_init(&q, &l->db, "UPDATE silence SET until = ?2 WHERE row = ?1 AND until > ?2");
	sh_query_int(&q, e->row);
	sh_query_int(&q, e->now);
	if (sh_query_run(&q, err) < 0)
		return -1;
	e->ended = sqlite3_changes64(l->db.handle);
	return 0;
}

int sh_ledger_silence_end(struct sh_ledger *l, int64_t row, int64_t now, int64_t *ended,
			  struct sh_error *err)
{
	struct end e = { .row = row, .now = now };

	if (sh_ledger_write(l, SH_LEDGER_VITAL, update, &e, err) < 0)
		return -1;
	*ended = e.ended;
	return 0;
}

struct show {
	int (*each)(void *arg, const struct sh_ledger_silence *s);
	void *arg;
};

static int show(void *arg, struct sh_query *q)
{
	const struct show *s = arg;
	SH_CLEANUP_FREE char *text = sh_ledger_text_column(q, 1);
	SH_CLEANUP_FREE char *by = sh_ledger_text_column(q, 2);
	SH_CLEANUP_FREE char *reason = sh_ledger_text_column(q, 3);
	struct sh_error ignored = SH_ERROR_INIT;
	json_auto_t *match = sh_json_parse(text, strlen(text), &ignored);
	struct sh_ledger_silence silence = {
		.row = sh_query_column_int(q, 0),
		.match = match,
		.by = by,
		.reason = reason,
		.since = sh_query_column_int(q, 4),
		.until = sh_query_column_int(q, 5),
	};

	sqlite3_reset(q->stmt);
	return match ? s->each(s->arg, &silence) : 0;
}

int sh_ledger_silences(struct sh_ledger *l, int64_t after,
		       int (*each)(void *arg, const struct sh_ledger_silence *s), void *arg,
		       struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct show s = { .each = each, .arg = arg };

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT row FROM silence WHERE until > ?1 ORDER BY since, row");
	sh_query_int(&q, after);
	return sh_ledger_each(l, &q, "SELECT row, match, who, reason, since, until FROM silence WHERE row = ?1",
			      show, &s, err);
}
