/* SPDX-License-Identifier: MIT */
/*
 * db - one SQLite connection, opened the way every database here needs it
 *
 * WAL, synchronous=FULL, a busy timeout, an application id and a schema version
 * that migrations raise one by one. Internal to lib/state.
 *
 * Not across fork: a child must not use the connection of its parent, and must
 * not open the same database while it has inherited one: POSIX locks do not
 * follow, but SQLite's notes of which locks this process holds do. A child that
 * execs is fine: every descriptor is close-on-exec.
 *
 * Errors: SH_ERRC_LOCKED when another process held the database past the
 * timeout, SH_ERRC_STATE for the rest; sys is ENOSPC exactly when the disk (or
 * quota) is full, so that a caller can make room and try again, and EUCLEAN
 * exactly when the file is damaged.
 */
#ifndef SH_STATE_DB_H
#define SH_STATE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* What a database file is. Everything borrowed, and constant. */
struct sh_db_format {
	const char *what;             /* "ledger", for messages */
	const char *loss;             /* what moving a damaged file away costs, a clause */
	int32_t application_id;
	int (*functions)(sqlite3 *handle); /* make those that the schema calls, an SQLite code; NULL none */
	const char *const *migration; /* SQL that leads from version i to i + 1 */
	int32_t versions;             /* how many: the version this program knows */
};

#define SH_DB_KEPT 4

/* A prepared statement between two uses. */
struct sh_db_kept {
	const char *sql; /* NULL: free */
	sqlite3_stmt *stmt;
	bool is_used;
};

struct sh_db {
	sqlite3 *handle;
	char *path; /* owned */
	pid_t pid;  /* whose connection it is */
	const struct sh_db_format *format;
	struct sh_db_kept kept[SH_DB_KEPT];
};

/* Create (0600) or open PATH, an absolute path without links, and bring its schema up to date. */
int sh_db_open(struct sh_db *db, const char *path, const struct sh_db_format *format,
	       int64_t busy_wait, struct sh_error *err);
/* SH_ERRC_UNAVAILABLE when there is no such file, or nothing in it yet. */
int sh_db_open_readonly(struct sh_db *db, const char *path, const struct sh_db_format *format,
			int64_t busy_wait, struct sh_error *err);
/*
 * A database in memory: what is in PATH, brought up to date, or (NULL, or no such file)
 * an empty one. Nothing of it is ever on disk.
 */
int sh_db_open_copy(struct sh_db *db, const char *path, const struct sh_db_format *format, int64_t busy_wait,
		    struct sh_error *err);
void sh_db_close(struct sh_db *db); /* open transactions are rolled back; a zeroed one is fine */

/* Run constant SQL without results. */
int sh_db_exec(struct sh_db *db, const char *sql, struct sh_error *err);
/* Set ERR from the connection's last failure, RC. Always -1. */
bool sh_db_is_full(const struct sh_error *err);

/*
 * One statement: bind the parameters in order, then run or step. A failure to
 * prepare or bind is kept and reported by the first run or next.
 */
struct sh_query {
	struct sh_db *db;
	sqlite3_stmt *stmt;
	int rc;
	int bound;
	struct sh_db_kept *kept; /* where it goes back to; NULL nowhere */
};

void sh_query_init(struct sh_query *q, struct sh_db *db, const char *sql);
/* The same for what is asked again and again: SQL, a constant, is known by its address, and prepared once. */
void sh_query_again(struct sh_query *q, struct sh_db *db, const char *sql);
void sh_query_release(struct sh_query *q);
/* NULL binds SQL NULL. Text and blobs must live until the query is released. */
void sh_query_text(struct sh_query *q, const char *s);
void sh_query_blob(struct sh_query *q, const void *data, size_t len);
void sh_query_int(struct sh_query *q, int64_t v);
/* 1 a row, 0 the end, -1. */
int sh_query_next(struct sh_query *q, struct sh_error *err);
/* Step to the end; returns 0 or -1. */
int sh_query_run(struct sh_query *q, struct sh_error *err);
/* Borrowed until the next step; NULL for SQL NULL. */
const char *sh_query_column_text(struct sh_query *q, int column);
int64_t sh_query_column_int(struct sh_query *q, int column);

#define SH_CLEANUP_QUERY __attribute__((cleanup(sh_query_release)))

#endif
