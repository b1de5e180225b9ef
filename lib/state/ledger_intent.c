/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "state/db.h"
#include "state/ledger_internal.h"

struct open_intent {
	const struct sh_intent *in;
	const char *parameters;
	int64_t row;
};

static int insert_intent(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct open_intent *o = arg;
	const struct sh_intent *i = o->in;

	sh_query_init(&q, &l->db,
		      "INSERT INTO intent (repair, target, step, action, try, parameters, pid,"
		      " pid_start, boot_id, started, deadline, state)"
		      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'open')");
	sh_query_int(&q, i->repair);
	sh_query_text(&q, i->target);
	sh_query_text(&q, i->step);
	sh_query_text(&q, i->action);
	sh_query_int(&q, i->try_number);
	sh_query_text(&q, o->parameters);
	sh_query_int(&q, i->process.pid);
	sh_query_int(&q, (int64_t)i->process.start);
	sh_query_text(&q, i->process.boot_id);
	sh_query_int(&q, i->started);
	sh_query_int(&q, i->deadline);
	if (sh_query_run(&q, err) < 0)
		return -1;
	o->row = sqlite3_last_insert_rowid(l->db.handle);
	return 0;
}

int sh_ledger_intent_open(struct sh_ledger *l, const struct sh_intent *i, int64_t *row,
			  struct sh_error *err)
{
	SH_CLEANUP_FREE char *parameters = sh_ledger_json_text(i->parameters);
	struct open_intent o = { .in = i, .parameters = parameters };

	if (sh_ledger_write(l, SH_LEDGER_VITAL, insert_intent, &o, err) < 0)
		return -1;
	*row = o.row;
	return 0;
}

struct settle {
	int64_t row;
	const char *state, *output;
};

static int update_intent(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	const struct settle *s = arg;

	sh_query_init(&q, &l->db, "UPDATE intent SET state = ?2, output = ?3"
				  " WHERE row = ?1 AND state = 'open'");
	sh_query_int(&q, s->row);
	sh_query_text(&q, s->state);
	sh_query_text(&q, s->output);
	if (sh_query_run(&q, err) < 0)
		return -1;
	if (sqlite3_changes(l->db.handle) != 1)
		return sh_error_set(err, SH_ERRC_STATE, "intent %" PRId64 " is not open", s->row);
	return 0;
}

int sh_ledger_intent_settle(struct sh_ledger *l, int64_t row, const char *state,
			    const json_t *output, struct sh_error *err)
{
	SH_CLEANUP_FREE char *text = sh_ledger_json_text(output);
	struct settle s = { .row = row, .state = state, .output = text };

	return sh_ledger_write(l, SH_LEDGER_VITAL, update_intent, &s, err);
}

struct show_intent {
	int (*each)(void *arg, const struct sh_intent *i);
	void *arg;
};

static int show_intent(void *arg, struct sh_query *q)
{
	const struct show_intent *s = arg;
	const char *boot = sh_query_column_text(q, 9);
	struct sh_intent i = {
		.row = sh_query_column_int(q, 0),
		.repair = sh_query_column_int(q, 1),
		.target = sh_ledger_text_column(q, 2),
		.step = sh_ledger_text_column(q, 3),
		.action = sh_ledger_text_column(q, 4),
		.try_number = sh_query_column_int(q, 5),
		.parameters = sh_ledger_json_column(q, 6),
		.process = { .pid = (pid_t)sh_query_column_int(q, 7),
			     .start = (uint64_t)sh_query_column_int(q, 8) },
		.started = sh_query_column_int(q, 10),
		.deadline = sh_query_column_int(q, 11),
		.state = sh_ledger_text_column(q, 12),
		.output = sh_ledger_json_column(q, 13),
	};
	int stop;

	snprintf(i.process.boot_id, sizeof(i.process.boot_id), "%s", boot ? boot : "");
	sqlite3_reset(q->stmt);
	stop = s->each(s->arg, &i);
	free(i.target);
	free(i.step);
	free(i.action);
	free(i.state);
	json_decref(i.parameters);
	json_decref(i.output);
	return stop;
}

int sh_ledger_intents(struct sh_ledger *l, int64_t repair, bool open_only,
		      int (*each)(void *arg, const struct sh_intent *i), void *arg,
		      struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	struct show_intent s = { .each = each, .arg = arg };

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT row FROM intent WHERE (?1 = 0 OR repair = ?1)"
				  " AND (?2 = 0 OR state = 'open') ORDER BY row");
	sh_query_int(&q, repair);
	sh_query_int(&q, open_only);
	return sh_ledger_each(l, &q,
			      "SELECT row, repair, target, step, action, try, parameters, pid,"
			      " pid_start, boot_id, started, deadline, state, output"
			      " FROM intent WHERE row = ?1",
			      show_intent, &s, err);
}
