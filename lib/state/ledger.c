/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "record/json.h"
#include "state/chain_sql.h"
#include "state/db.h"
#include "state/dir.h"
#include "state/ledger_internal.h"
#include "state/ledger_views.h"
#include "state/reserve.h"
#include "state/retention.h"

/* "shlg" */
#define LEDGER_APPLICATION_ID 0x73686c67
/* Transactions here last milliseconds; whoever waits this long waits for something broken. */
#define BUSY_WAIT (10 * SH_SEC)

static const char *const migrations[] = {
	"CREATE TABLE repair ("
	"  row INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL, target TEXT NOT NULL,"
	"  playbook TEXT NOT NULL, fingerprint TEXT, fault TEXT, attempt INTEGER NOT NULL,"
	"  started INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0, outcome TEXT, record TEXT"
	") STRICT;"
	"CREATE INDEX repair_started ON repair (started);"
	"CREATE INDEX repair_target ON repair (target, started);"
	"CREATE INDEX repair_fingerprint ON repair (fingerprint, started);"
	"CREATE INDEX repair_open ON repair (row) WHERE ended = 0;"
	"CREATE TRIGGER repair_is_history BEFORE UPDATE ON repair WHEN old.ended <> 0"
	"  BEGIN SELECT raise(ABORT, 'a repair that ended is history'); END;"
	"CREATE TABLE intent ("
	"  row INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  repair INTEGER NOT NULL REFERENCES repair (row) ON DELETE CASCADE,"
	"  target TEXT NOT NULL, step TEXT NOT NULL, action TEXT NOT NULL, try INTEGER NOT NULL,"
	"  parameters TEXT, pid INTEGER NOT NULL, pid_start INTEGER NOT NULL,"
	"  boot_id TEXT NOT NULL, started INTEGER NOT NULL, deadline INTEGER NOT NULL,"
	"  state TEXT NOT NULL CHECK (state IN ('open', 'done', 'failed', 'not_done', 'unknown')),"
	"  output TEXT) STRICT;"
	"CREATE INDEX intent_repair ON intent (repair);"
	"CREATE INDEX intent_open ON intent (row) WHERE state = 'open';"
	"CREATE TABLE guard (key TEXT PRIMARY KEY, attempts INTEGER NOT NULL,"
	"  last_started INTEGER NOT NULL, last_ended INTEGER NOT NULL,"
	"  healthy_since INTEGER NOT NULL) STRICT;"
	"CREATE TABLE fault (fingerprint TEXT PRIMARY KEY,"
	"  status TEXT NOT NULL CHECK (status IN ('open', 'resolved')), time INTEGER NOT NULL,"
	"  record TEXT) STRICT;"
	"CREATE TABLE approval (plan TEXT PRIMARY KEY,"
	"  answer TEXT NOT NULL CHECK (answer IN ('approved', 'rejected', 'waiting')),"
	"  who TEXT, reason TEXT, time INTEGER NOT NULL, until INTEGER NOT NULL, record TEXT"
	") STRICT;"
	"CREATE TABLE pause (row INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL,"
	"  kind TEXT NOT NULL CHECK (kind IN ('pause', 'hold')), who TEXT, reason TEXT,"
	"  since INTEGER NOT NULL, until INTEGER NOT NULL, ended INTEGER NOT NULL DEFAULT 0"
	") STRICT;"
	"CREATE INDEX pause_active ON pause (scope) WHERE ended = 0;"
	"CREATE TABLE round (program TEXT PRIMARY KEY, time INTEGER NOT NULL) STRICT;"
	"CREATE TABLE note (row INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL,"
	"  kind TEXT NOT NULL, target TEXT, record TEXT) STRICT;"
	"CREATE INDEX note_time ON note (time);"
	"CREATE TRIGGER note_is_history BEFORE UPDATE ON note"
	"  BEGIN SELECT raise(ABORT, 'a note is history'); END;",
	"CREATE TABLE silence (row INTEGER PRIMARY KEY AUTOINCREMENT, match TEXT NOT NULL,"
	"  who TEXT NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL"
	") STRICT;",
	SH_CHAIN_SCHEMA,
	"CREATE TABLE mark (name TEXT PRIMARY KEY, value TEXT NOT NULL, time INTEGER NOT NULL,"
	"  changed INTEGER NOT NULL, why TEXT) STRICT;",
	"CREATE TABLE member (grp TEXT NOT NULL, member TEXT NOT NULL, until INTEGER NOT NULL,"
	"  PRIMARY KEY (grp, member)) STRICT;",
	SH_LEDGER_VIEWS
};

static const struct sh_db_format format = {
	.what = "ledger",
	.loss = "the history, approvals, pauses and attempt counts of all repairs",
	.application_id = LEDGER_APPLICATION_ID,
	.functions = sh_chain_functions,
	.migration = migrations,
	.versions = (int32_t)(sizeof(migrations) / sizeof(migrations[0])),
};

static char *path_in(const struct sh_ledger *l, const char *name)
{
	return sh_asprintf("%s/%s", l->dir, name);
}

/* Free a part of the reserve, all of it only for what is vital and the second time. */
static bool give_up_reserve(const struct sh_ledger *l, enum sh_ledger_need need, int round)
{
	SH_CLEANUP_FREE char *path = path_in(l, "ledger.reserve");

	if (need == SH_LEDGER_USEFUL && round > 0)
		return false;
	return sh_reserve_give_up(path, round > 0 ? 0 : SH_RESERVE_BYTES / 2);
}

int sh_ledger_remake_reserve(struct sh_ledger *l, struct sh_error *err)
{
	SH_CLEANUP_FREE char *path = path_in(l, "ledger.reserve");

	return sh_reserve_make(path, err);
}

static int transact(struct sh_ledger *l, sh_ledger_change *change, void *arg, struct sh_error *err)
{
	if (sh_db_exec(&l->db, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (change(l, arg, err) == 0 && sh_db_exec(&l->db, "COMMIT", err) == 0)
		return 0;
	sqlite3_exec(l->db.handle, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int sh_ledger_write(struct sh_ledger *l, enum sh_ledger_need need, sh_ledger_change *change,
		    void *arg, struct sh_error *err)
{
	if (l->together)
		return change(l, arg, err);
	if (sh_ledger_wake(l, err) < 0)
		return -1;
	for (int round = 0;; round++) {
		if (transact(l, change, arg, err) == 0)
			return 0;
		if (!sh_db_is_full(err) || round == 2)
			return -1;
		/* The first half may be gone from an earlier run: then the second at once. */
		if (!give_up_reserve(l, need, round) &&
		    !(round == 0 && give_up_reserve(l, need, ++round)))
			return -1;
		sh_error_clear(err);
	}
}

struct together {
	sh_ledger_change *fn;
	void *arg;
};

static int run_together(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct together *t = arg;
	int rc;

	l->together = true;
	rc = t->fn(l, t->arg, err);
	l->together = false;
	return rc;
}

int sh_ledger_together(struct sh_ledger *l,
		       int (*fn)(struct sh_ledger *l, void *arg, struct sh_error *err), void *arg,
		       struct sh_error *err)
{
	struct together t = { .fn = fn, .arg = arg };

	return sh_ledger_write(l, SH_LEDGER_VITAL, run_together, &t, err);
}

void sh_ledger_set_wait(struct sh_ledger *l, int64_t wait)
{
	l->wait = wait;
	if (l->db.handle)
		sqlite3_busy_timeout(l->db.handle, (int)(wait / SH_MS));
}

static int open_database(struct sh_ledger *l, const char *path, struct sh_error *err)
{
	if (l->readonly)
		return sh_db_open_readonly(&l->db, path, &format, l->wait, err);
	if (sh_db_open(&l->db, path, &format, l->wait, err) == 0)
		return sh_chain_watch(l, err);
	/* To open alone takes some pages for the WAL and its index. */
	if (!sh_db_is_full(err) || !give_up_reserve(l, SH_LEDGER_USEFUL, 0))
		return -1;
	sh_error_clear(err);
	if (sh_db_open(&l->db, path, &format, l->wait, err) < 0)
		return -1;
	return sh_chain_watch(l, err);
}

int sh_ledger_wake(struct sh_ledger *l, struct sh_error *err)
{
	SH_CLEANUP_FREE char *path = NULL;

	if (l->db.handle)
		return 0;
	path = path_in(l, "ledger.db");
	return open_database(l, path, err);
}

void sh_ledger_suspend(struct sh_ledger *l)
{
	if (l)
		sh_db_close(&l->db);
}

static int open_in(struct sh_ledger *l, const char *dir, struct sh_error *err)
{
	struct sh_error later = SH_ERROR_INIT;

	l->dir = sh_state_dir(dir, !l->readonly, err);
	if (!l->dir || sh_ledger_wake(l, err) < 0)
		return -1;
	if (l->readonly)
		return 0;
	/* Both are housekeeping: where they fail, the ledger itself is still good. */
	if (sh_ledger_prune(l, &later) < 0)
		sh_error_clear(&later);
	sh_ledger_remake_reserve(l, &later);
	return 0;
}

static int open_ledger(struct sh_ledger **out, const char *dir, bool readonly, struct sh_error *err)
{
	struct sh_ledger *l = sh_calloc(1, sizeof(*l));

	l->readonly = readonly;
	l->wait = BUSY_WAIT;
	l->max_age = SH_LEDGER_MAX_AGE;
	l->max_bytes = SH_LEDGER_MAX_BYTES;
	*out = NULL;
	if (open_in(l, dir, err) < 0) {
		sh_ledger_close(l);
		return -1;
	}
	*out = l;
	return 0;
}

int sh_ledger_open(struct sh_ledger **out, const char *dir, struct sh_error *err)
{
	return open_ledger(out, dir, false, err);
}

int sh_ledger_open_readonly(struct sh_ledger **out, const char *dir, struct sh_error *err)
{
	return open_ledger(out, dir, true, err);
}

int sh_ledger_open_copy(struct sh_ledger **out, const char *dir, struct sh_error *err)
{
	struct sh_ledger *l = sh_calloc(1, sizeof(*l));
	SH_CLEANUP_FREE char *path = NULL;

	*out = NULL;
	l->wait = BUSY_WAIT;
	l->dir = sh_strdup(dir ? dir : "");
	path = dir ? path_in(l, "ledger.db") : NULL;
	if (sh_db_open_copy(&l->db, path, &format, l->wait, err) < 0 || sh_chain_watch(l, err) < 0) {
		sh_ledger_close(l);
		return -1;
	}
	*out = l;
	return 0;
}

void sh_ledger_close(struct sh_ledger *l)
{
	if (!l)
		return;
	sh_db_close(&l->db);
	free(l->dir);
	free(l);
}

static int make_lock_dir(const struct sh_ledger *l, const char *path, struct sh_error *err)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	if (errno == ENOSPC && give_up_reserve(l, SH_LEDGER_VITAL, 1) &&
	    (mkdir(path, 0700) == 0 || errno == EEXIST))
		return 0;
	sh_error_set_(err, SH_ERRC_STATE, errno, "cannot create '%s'", path);
	return -1;
}

int sh_ledger_lock_target(struct sh_ledger *l, const char *target, int64_t wait,
			  struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = path_in(l, "locks");
	SH_CLEANUP_FREE char *path = NULL;
	SH_CLEANUP_FREE char *what = sh_asprintf("target '%s'", target);
	char digest[SH_HASH_TEXT];
	struct sh_hash hash;
	int fd;

	sh_hash_init(&hash);
	sh_hash_str(&hash, target);
	sh_hash_finish(&hash, digest);
	path = sh_asprintf("%s/%s", dir, digest);
	if (make_lock_dir(l, dir, err) < 0)
		return -1;
	fd = sh_state_lock(path, wait, what, err);
	if (fd < 0 && sh_db_is_full(err) && give_up_reserve(l, SH_LEDGER_VITAL, 1)) {
		sh_error_clear(err);
		fd = sh_state_lock(path, wait, what, err);
	}
	return fd;
}

static int collect_ids(struct sh_query *ids, int64_t **row, size_t *n, struct sh_error *err)
{
	size_t cap = 0;
	int got;

	while ((got = sh_query_next(ids, err)) > 0) {
		sh_grow(*row, *n, cap);
		(*row)[(*n)++] = sh_query_column_int(ids, 0);
	}
	/* The read transaction ends here: a callback that writes would meet its own old snapshot. */
	sqlite3_reset(ids->stmt);
	return got;
}

/* 1 the callback wants to stop, 0, -1. */
static int show_row(struct sh_ledger *l, int64_t row, const char *one, sh_ledger_row *each,
		    void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	sh_query_init(&q, &l->db, one);
	sh_query_int(&q, row);
	got = sh_query_next(&q, err);
	return got > 0 ? each(arg, &q) != 0 : got;
}

int sh_ledger_each(struct sh_ledger *l, struct sh_query *ids, const char *one, sh_ledger_row *each,
		   void *arg, struct sh_error *err)
{
	SH_CLEANUP_FREE int64_t *row = NULL;
	size_t n = 0;

	if (collect_ids(ids, &row, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int rc = show_row(l, row[i], one, each, arg, err);

		if (rc)
			return rc < 0 ? -1 : 0;
	}
	return 0;
}

char *sh_ledger_json_text(const json_t *value)
{
	/* 17 digits: what is read back is the number that was written. */
	char *text = value ? sh_json_text(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17))
			   : NULL;

	return text;
}

json_t *sh_ledger_json_column(struct sh_query *q, int column)
{
	const char *text = sh_query_column_text(q, column);

	return text ? json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
}

char *sh_ledger_text_column(struct sh_query *q, int column)
{
	return sh_strdup_or_null(sh_query_column_text(q, column));
}
