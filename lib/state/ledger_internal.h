/* SPDX-License-Identifier: MIT */
/*
 * ledger_internal - what the parts of the ledger share
 *
 * Every change is a function of a row handed to sh_ledger_write(), which runs it
 * in one durable transaction and, on a full disk, once more after giving up the
 * reserve; so it must be safe to run twice (the first time was rolled back).
 */
#ifndef SH_STATE_LEDGER_INTERNAL_H
#define SH_STATE_LEDGER_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "state/db.h"
#include "state/ledger.h"

struct sh_ledger {
	struct sh_db db;
	char *dir; /* owned, absolute */
	bool readonly;
	int64_t wait;      /* for other writers, ns */
	int64_t max_age;   /* ns */
	int64_t max_bytes; /* of ledger.db */
	bool together;     /* inside sh_ledger_together: changes join its transaction */
};

/*
 * How much of the reserve a change may use: what a repair cannot do without may
 * have all of it, what is only good to know leaves half to the others.
 */
enum sh_ledger_need { SH_LEDGER_USEFUL, SH_LEDGER_VITAL };

/* Open the database again after sh_ledger_suspend(). Every function that reads calls it first. */
int sh_ledger_wake(struct sh_ledger *l, struct sh_error *err);

typedef int sh_ledger_change(struct sh_ledger *l, void *arg, struct sh_error *err);
int sh_ledger_write(struct sh_ledger *l, enum sh_ledger_need need, sh_ledger_change *change,
		    void *arg, struct sh_error *err);

/*
 * Hand each row to a callback with no statement open, so that the callback may
 * write to the ledger: IDS selects row numbers; ONE selects a row by ?1. A row
 * that is gone by then is passed over. each() returns non-zero to stop.
 */
typedef int sh_ledger_row(void *arg, struct sh_query *row);
int sh_ledger_each(struct sh_ledger *l, struct sh_query *ids, const char *one, sh_ledger_row *each,
		   void *arg, struct sh_error *err);

/* JSON as text for a column, NULL for NULL; the caller frees. Numbers read back the same. */
char *sh_ledger_json_text(const json_t *value);
/* A new reference; NULL for SQL NULL (or text that is no JSON, which only a hand can have put there). */
json_t *sh_ledger_json_column(struct sh_query *q, int column);
/* A new string, NULL for SQL NULL. */
char *sh_ledger_text_column(struct sh_query *q, int column);

/* Drop what retention says, a bounded number of rows; inside no transaction. */
int sh_ledger_prune(struct sh_ledger *l, struct sh_error *err);

/*
 * The start of the chain, at most MOST entries older than BEFORE, vouched for by an anchor;
 * NOW: what is later is a clock's mistake. Within the transaction that drops the rows.
 */
int sh_chain_drop(struct sh_ledger *l, int64_t before, int64_t now, int64_t most, struct sh_error *err);
/* From now on every change of this connection is an entry. */
int sh_chain_watch(struct sh_ledger *l, struct sh_error *err);
/* What migrations and triggers call. */
int sh_chain_functions(sqlite3 *handle);

/* Along the index of started; a record that a hand has spoilt has neither type nor cause. */
#define SH_LEDGER_LESSONS                                                                       \
	"SELECT fingerprint, iif(json_valid(record), json_extract(record, '$.fault_type'), NULL)," \
	" target, iif(json_valid(record), json_extract(record, '$.cause'), NULL), playbook,"       \
	" outcome, ended, started FROM repair WHERE ended > 0 ORDER BY started DESC, row DESC LIMIT ?1"

#endif
