/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/state.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "state/db.h"
#include "state/dir.h"
#include "state/state_internal.h"

/* "shst" */
#define STATE_APPLICATION_ID 0x73687374
#define READER_WAIT (5 * SH_SEC)

static const char *const migrations[] = {
	"CREATE TABLE value (space TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,"
	"  PRIMARY KEY (space, key)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE outbox (seq INTEGER PRIMARY KEY, lines BLOB NOT NULL) STRICT;"
	"CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1),"
	"  seq INTEGER NOT NULL, acked INTEGER NOT NULL) STRICT;",
	/* What was written before stays without. */
	"ALTER TABLE value ADD COLUMN sum INTEGER;",
	"ALTER TABLE outbox ADD COLUMN sum INTEGER;",
};

static const struct sh_db_format format = {
	.what = "state",
	.loss = "what this program remembered: counts, windows and open faults",
	.application_id = STATE_APPLICATION_ID,
	.migration = migrations,
	.versions = (int32_t)(sizeof(migrations) / sizeof(migrations[0])),
};

static int lock_writer(struct sh_state *s, const char *dir, const char *name, int64_t wait,
		       struct sh_error *err)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s.lock", dir, name);
	SH_CLEANUP_FREE char *what = sh_asprintf("'%s/%s.db'", dir, name);

	s->lock = sh_state_lock(path, wait, what, err);
	return s->lock < 0 ? -1 : 0;
}

int sh_state_wake(struct sh_state *s, struct sh_error *err)
{
	return s->db.handle ? 0 : sh_db_open(&s->db, s->path, &format, READER_WAIT, err);
}

void sh_state_suspend(struct sh_state *s)
{
	sh_db_close(&s->db);
	s->lost = false;
}

static int open_in(struct sh_state *s, const char *dir, const char *name, bool readonly,
		   int64_t lock_wait, struct sh_error *err)
{
	SH_CLEANUP_FREE char *real = sh_state_dir(dir, !readonly, err);

	if (!real)
		return -1;
	s->path = sh_asprintf("%s/%s.db", real, name);
	if (readonly)
		return sh_db_open_readonly(&s->db, s->path, &format, READER_WAIT, err);
	if (lock_writer(s, real, name, lock_wait, err) < 0)
		return -1;
	return sh_state_wake(s, err);
}

static int open_state(struct sh_state **out, const char *dir, const char *name, bool readonly,
		      int64_t lock_wait, struct sh_error *err)
{
	struct sh_state *s = sh_calloc(1, sizeof(*s));

	s->lock = -1;
	*out = NULL;
	if (open_in(s, dir, name, readonly, lock_wait, err) < 0) {
		sh_state_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

int sh_state_open(struct sh_state **out, const char *dir, const char *name, int64_t lock_wait,
		  struct sh_error *err)
{
	return open_state(out, dir, name, false, lock_wait, err);
}

int sh_state_open_readonly(struct sh_state **out, const char *dir, const char *name,
			   struct sh_error *err)
{
	return open_state(out, dir, name, true, 0, err);
}

void sh_state_close(struct sh_state *s)
{
	if (!s)
		return;
	sh_db_close(&s->db);
	/* The lock last: the next writer must find the database closed. */
	if (s->lock >= 0)
		close(s->lock);
	free(s->path);
	free(s);
}

int sh_state_change(struct sh_state *s, struct sh_error *err)
{
	/* A full disk may have rolled the transaction back behind our back; autocommit says so. */
	if (!sqlite3_get_autocommit(s->db.handle))
		return 0;
	if (s->lost)
		return sh_error_set(err, SH_ERRC_STATE,
				    "changes to '%s' were lost when a write failed; they must be "
				    "made again from the start",
				    s->db.path);
	return sh_db_exec(&s->db, "BEGIN IMMEDIATE", err);
}

int sh_state_run(struct sh_state *s, struct sh_query *q, struct sh_error *err)
{
	int rc = sh_query_run(q, err);

	if (rc < 0 && sqlite3_get_autocommit(s->db.handle))
		s->lost = true;
	return rc;
}

int sh_state_commit(struct sh_state *s, struct sh_error *err)
{
	if (s->lost) {
		s->lost = false;
		return sh_error_set(err, SH_ERRC_STATE,
				    "nothing was stored in '%s': an earlier write failed",
				    s->db.path);
	}
	if (sqlite3_get_autocommit(s->db.handle))
		return 0;
	if (sh_db_exec(&s->db, "COMMIT", err) == 0)
		return 0;
	/* Whatever failed: the older state stays, and the caller may make its changes again. */
	sqlite3_exec(s->db.handle, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int64_t sh_state_sum(const char *table, const void *key, size_t key_len, const void *value, size_t len)
{
	uint64_t sum = XXH3_64bits(table, strlen(table));

	sum = XXH3_64bits_withSeed(key, key_len, sum);
	return (int64_t)XXH3_64bits_withSeed(value, len, sum);
}

int sh_state_put(struct sh_state *s, const char *table, const void *key, size_t key_len,
		 const void *value, size_t len, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };

	if (sh_state_change(s, err) < 0)
		return -1;
	sh_query_again(&q, &s->db, "INSERT INTO value (space, key, value, sum) VALUES (?1, ?2, ?3, ?4)"
				   " ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum");
	sh_query_text(&q, table);
	sh_query_blob(&q, key, key_len);
	sh_query_blob(&q, value, len);
	sh_query_int(&q, sh_state_sum(table, key, key_len, value ? value : "", len));
	return sh_state_run(s, &q, err);
}

int sh_state_delete(struct sh_state *s, const char *table, const void *key, size_t key_len,
		    struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };

	if (sh_state_change(s, err) < 0)
		return -1;
	sh_query_again(&q, &s->db, "DELETE FROM value WHERE space = ?1 AND key = ?2");
	sh_query_text(&q, table);
	sh_query_blob(&q, key, key_len);
	return sh_state_run(s, &q, err);
}

const void *sh_state_column(struct sh_query *q, int c, const char *table, const void *key, size_t key_len,
			    size_t *len)
{
	const void *value = sqlite3_column_blob(q->stmt, c);

	*len = (size_t)sqlite3_column_bytes(q->stmt, c);
	if (!value)
		value = "";
	if (sqlite3_column_type(q->stmt, c + 1) == SQLITE_NULL ||
	    sqlite3_column_int64(q->stmt, c + 1) == sh_state_sum(table, key, key_len, value, *len))
		return value;
	*len = 0;
	return NULL;
}

int sh_state_get(struct sh_state *s, const char *table, const void *key, size_t key_len,
		 void **value, size_t *len, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	*value = NULL;
	*len = 0;
	sh_query_again(&q, &s->db, "SELECT value, sum FROM value WHERE space = ?1 AND key = ?2");
	sh_query_text(&q, table);
	sh_query_blob(&q, key, key_len);
	got = sh_query_next(&q, err);
	if (got > 0) {
		const void *data = sh_state_column(&q, 0, table, key, key_len, len);

		*value = data ? sh_malloc(*len) : NULL;
		if (*len)
			memcpy(*value, data, *len);
	}
	return got;
}

int sh_state_each(struct sh_state *s, const char *table,
		  int (*each)(void *arg, const void *key, size_t key_len, const void *value,
			      size_t len),
		  void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	sh_query_again(&q, &s->db, "SELECT key, value, sum FROM value WHERE space = ?1 ORDER BY key");
	sh_query_text(&q, table);
	while ((got = sh_query_next(&q, err)) > 0) {
		const void *key = sqlite3_column_blob(q.stmt, 0), *value;
		size_t key_len = (size_t)sqlite3_column_bytes(q.stmt, 0), len;

		if (!key)
			key = "";
		value = sh_state_column(&q, 1, table, key, key_len, &len);
		if (each(arg, key, key_len, value, len))
			return 0;
	}
	return got;
}
