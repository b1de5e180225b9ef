/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/ledger.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "state/db.h"
#include "state/ledger_internal.h"

struct begin {
	const struct sh_repair_row *in;
	const char *record;
	int64_t row;
};

static int insert_repair(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct begin *b = arg;

	sh_query_init(&q, &l->db,
		      "INSERT INTO repair (plan, target, playbook, fingerprint, fault, attempt,"
		      " started, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
	sh_query_text(&q, b->in->plan_id);
	sh_query_text(&q, b->in->target);
	sh_query_text(&q, b->in->playbook);
	sh_query_text(&q, b->in->fingerprint);
	sh_query_text(&q, b->in->fault_id);
	sh_query_int(&q, b->in->attempt);
	sh_query_int(&q, b->in->started);
	sh_query_text(&q, b->record);
	if (sh_query_run(&q, err) < 0)
		return -1;
	b->row = sqlite3_last_insert_rowid(l->db.handle);
	return 0;
}

int sh_ledger_repair_begin(struct sh_ledger *l, const struct sh_repair_row *r, int64_t *row,
			   struct sh_error *err)
{
	SH_CLEANUP_FREE char *record = sh_ledger_json_text(r->record);
	struct begin b = { .in = r, .record = record };

	if (sh_ledger_write(l, SH_LEDGER_VITAL, insert_repair, &b, err) < 0)
		return -1;
	*row = b.row;
	return 0;
}

struct finish {
	int64_t row, ended;
	const char *outcome, *record;
};

static int end_repair(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	const struct finish *f = arg;

	sh_query_init(&q, &l->db,
		      "UPDATE repair SET ended = ?2, outcome = ?3, record = ifnull(?4, record)"
		      " WHERE row = ?1 AND ended = 0");
	sh_query_int(&q, f->row);
	sh_query_int(&q, f->ended);
	sh_query_text(&q, f->outcome);
	sh_query_text(&q, f->record);
	if (sh_query_run(&q, err) < 0)
		return -1;
	if (sqlite3_changes(l->db.handle) != 1)
		return sh_error_set(err, SH_ERRC_STATE, "repair %" PRId64 " is not open", f->row);
	return 0;
}

int sh_ledger_repair_finish(struct sh_ledger *l, int64_t row, int64_t ended, const char *outcome,
			    const json_t *record, struct sh_error *err)
{
	SH_CLEANUP_FREE char *text = sh_ledger_json_text(record);
	struct finish f = { .row = row, .ended = ended, .outcome = outcome, .record = text };
	struct sh_error later = SH_ERROR_INIT;

	if (ended <= 0)
		return sh_error_set(err, SH_ERRC_STATE, "a repair cannot end before 1970");
	if (sh_ledger_write(l, SH_LEDGER_VITAL, end_repair, &f, err) < 0)
		return -1;
	if (!l->together)
		sh_ledger_prune(l, &later); /* housekeeping; the outcome is stored */
	return 0;
}

struct show_repair {
	int (*each)(void *arg, const struct sh_repair_row *r);
	void *arg;
};

static int show_repair(void *arg, struct sh_query *q)
{
	const struct show_repair *s = arg;
	struct sh_repair_row r = {
		.row = sh_query_column_int(q, 0),
		.plan_id = sh_ledger_text_column(q, 1),
		.target = sh_ledger_text_column(q, 2),
		.playbook = sh_ledger_text_column(q, 3),
		.fingerprint = sh_ledger_text_column(q, 4),
		.fault_id = sh_ledger_text_column(q, 5),
		.attempt = sh_query_column_int(q, 6),
		.started = sh_query_column_int(q, 7),
		.ended = sh_query_column_int(q, 8),
		.outcome = sh_ledger_text_column(q, 9),
		.record = sh_ledger_json_column(q, 10),
	};
	int stop;

	sqlite3_reset(q->stmt);
	stop = s->each(s->arg, &r);
	free(r.plan_id);
	free(r.target);
	free(r.playbook);
	free(r.fingerprint);
	free(r.fault_id);
	free(r.outcome);
	json_decref(r.record);
	return stop;
}

int sh_ledger_repairs(struct sh_ledger *l, const struct sh_repair_query *query,
		      int (*each)(void *arg, const struct sh_repair_row *r), void *arg,
		      struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct show_repair s = { .each = each, .arg = arg };

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db,
		      "SELECT row FROM repair WHERE (?1 IS NULL OR target = ?1)"
		      " AND (?2 IS NULL OR playbook = ?2) AND (?3 IS NULL OR fingerprint = ?3)"
		      " AND started >= ?4 AND (?5 = 0 OR ended = 0) AND (?7 IS NULL OR plan = ?7)"
		      " ORDER BY started DESC, row DESC LIMIT ?6");
	sh_query_text(&q, query->target);
	sh_query_text(&q, query->playbook);
	sh_query_text(&q, query->fingerprint);
	sh_query_int(&q, query->since);
	sh_query_int(&q, query->open_only);
	sh_query_int(&q, query->limit > 0 ? query->limit : -1);
	sh_query_text(&q, query->plan_id);
	return sh_ledger_each(l, &q,
			      "SELECT row, plan, target, playbook, fingerprint, fault, attempt,"
			      " started, ended, outcome, record FROM repair WHERE row = ?1",
			      show_repair, &s, err);
}
