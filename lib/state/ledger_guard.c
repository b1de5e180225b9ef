/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/ledger.h"

#include <stdlib.h>

#include "base/mem.h"
#include "state/db.h"
#include "state/ledger_internal.h"

int sh_ledger_counts(struct sh_ledger *l, const char *key, struct sh_guard_counts *out,
		     struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	*out = (struct sh_guard_counts){ 0 };
	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT attempts, last_started, last_ended, healthy_since"
				  " FROM guard WHERE key = ?1");
	sh_query_text(&q, key);
	got = sh_query_next(&q, err);
	if (got > 0)
		*out = (struct sh_guard_counts){
			.attempts = sh_query_column_int(&q, 0),
			.last_started = sh_query_column_int(&q, 1),
			.last_ended = sh_query_column_int(&q, 2),
			.healthy_since = sh_query_column_int(&q, 3),
		};
	return got < 0 ? -1 : 0;
}

struct put_counts {
	const char *key;
	const struct sh_guard_counts *in;
};

static int upsert_counts(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	const struct put_counts *p = arg;

	sh_query_init(&q, &l->db, "INSERT OR REPLACE INTO guard"
				  " (key, attempts, last_started, last_ended, healthy_since)"
				  " VALUES (?1, ?2, ?3, ?4, ?5)");
	sh_query_text(&q, p->key);
	sh_query_int(&q, p->in->attempts);
	sh_query_int(&q, p->in->last_started);
	sh_query_int(&q, p->in->last_ended);
	sh_query_int(&q, p->in->healthy_since);
	return sh_query_run(&q, err);
}

int sh_ledger_counts_put(struct sh_ledger *l, const char *key, const struct sh_guard_counts *c,
			 struct sh_error *err)
{
	struct put_counts p = { .key = key, .in = c };

	return sh_ledger_write(l, SH_LEDGER_VITAL, upsert_counts, &p, err);
}

struct put_fault {
	const char *fingerprint, *status, *record;
	int64_t time;
};

static int upsert_fault(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	const struct put_fault *p = arg;

	/* Several pipelines may feed one ledger: the older word does not overrule the newer. */
	sh_query_init(&q, &l->db,
		      "INSERT INTO fault (fingerprint, status, time, record)"
		      " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET"
		      " status = excluded.status, time = excluded.time,"
		      " record = ifnull(excluded.record, record)"
		      " WHERE excluded.time >= time");
	sh_query_text(&q, p->fingerprint);
	sh_query_text(&q, p->status);
	sh_query_int(&q, p->time);
	sh_query_text(&q, p->record);
	return sh_query_run(&q, err);
}

int sh_ledger_fault_put(struct sh_ledger *l, const char *fingerprint, const char *status,
			int64_t time, const json_t *fault, struct sh_error *err)
{
	SH_CLEANUP_FREE char *record = sh_ledger_json_text(fault);
	struct put_fault p = { fingerprint, status, record, time };

	return sh_ledger_write(l, SH_LEDGER_USEFUL, upsert_fault, &p, err);
}

struct show_fault {
	int (*each)(void *arg, const char *fingerprint, const char *status, int64_t time,
		    const json_t *fault);
	void *arg;
};

static int show_fault(void *arg, struct sh_query *q)
{
	const struct show_fault *s = arg;
	SH_CLEANUP_FREE char *fingerprint = sh_ledger_text_column(q, 0);
	SH_CLEANUP_FREE char *status = sh_ledger_text_column(q, 1);
	int64_t time = sh_query_column_int(q, 2);
	json_auto_t *fault = sh_ledger_json_column(q, 3);

	sqlite3_reset(q->stmt);
	return s->each(s->arg, fingerprint, status, time, fault);
}

int sh_ledger_faults(struct sh_ledger *l, bool open_only,
		     int (*each)(void *arg, const char *fingerprint, const char *status,
				 int64_t time, const json_t *fault),
		     void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct show_fault s = { .each = each, .arg = arg };

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT rowid FROM fault WHERE ?1 = 0 OR status = 'open'"
				  " ORDER BY time, fingerprint");
	sh_query_int(&q, open_only);
	return sh_ledger_each(l, &q,
			      "SELECT fingerprint, status, time, record FROM fault"
			      " WHERE rowid = ?1",
			      show_fault, &s, err);
}
