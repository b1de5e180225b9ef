/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/db.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

bool sh_db_is_full(const struct sh_error *err)
{
	return err->code == SH_ERRC_STATE && err->sys == ENOSPC;
}

/* SQLite names a full disk in several ways; SHMSIZE is the index of the WAL that could not grow. */
static bool is_no_space(sqlite3 *handle, int rc)
{
	int sys = handle ? sqlite3_system_errno(handle) : 0;

	if ((rc & 0xff) == SQLITE_FULL || rc == SQLITE_IOERR_SHMSIZE)
		return true;
	if ((rc & 0xff) != SQLITE_IOERR && (rc & 0xff) != SQLITE_CANTOPEN)
		return false;
	return sys == ENOSPC || sys == EDQUOT;
}

static int fail(struct sh_db *db, int rc, struct sh_error *err)
{
	const char *text = sqlite3_errstr(rc);
	int sys = 0;

	if (db->handle && (sqlite3_errcode(db->handle) & 0xff) == (rc & 0xff)) {
		text = sqlite3_errmsg(db->handle);
		rc = sqlite3_extended_errcode(db->handle);
		sys = sqlite3_system_errno(db->handle);
	}
	if (is_no_space(db->handle, rc)) {
		sh_error_set_(err, SH_ERRC_STATE, ENOSPC, "cannot write '%s'", db->path);
		return -1;
	}
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return sh_error_set(err, SH_ERRC_LOCKED, "'%s' is in use by another process",
				    db->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		sh_error_set_(err, SH_ERRC_STATE, EUCLEAN,
			      "'%s' is damaged (%s): move it and its -wal file away, and a "
			      "new one is made; lost is then %s",
			      db->path, text, db->format->loss);
		return -1;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		sh_error_set_(err, SH_ERRC_STATE, sys, "cannot use '%s': %s", db->path, text);
		return -1;
	default:
		return sh_error_set(err, SH_ERRC_STATE, "'%s': %s", db->path, text);
	}
}

int sh_db_exec(struct sh_db *db, const char *sql, struct sh_error *err)
{
	int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail(db, rc, err);
}

static int read_int(struct sh_db *db, const char *sql, int64_t *out, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	sh_query_init(&q, db, sql);
	got = sh_query_next(&q, err);
	*out = got > 0 ? sh_query_column_int(&q, 0) : 0;
	return got < 0 ? -1 : 0;
}

/* 1 ours with *version, 0 nothing in it yet, -1 not ours or too new. */
static int read_version(struct sh_db *db, int64_t *version, struct sh_error *err)
{
	const struct sh_db_format *f = db->format;
	int64_t id = 0, tables = 0;

	*version = 0;
	if (read_int(db, "PRAGMA application_id", &id, err) < 0 ||
	    read_int(db, "PRAGMA user_version", version, err) < 0 ||
	    read_int(db, "SELECT count(*) FROM sqlite_schema", &tables, err) < 0)
		return -1;
	if (id == 0 && *version == 0 && tables == 0)
		return 0;
	if (id != f->application_id)
		return sh_error_set(err, SH_ERRC_STATE,
				    "'%s' is a database of something else, not a selfheal %s",
				    db->path, f->what);
	if (*version > f->versions)
		return sh_error_set(err, SH_ERRC_STATE,
				    "'%s' was written by a newer version (schema %" PRId64
				    ", this program knows %d): update this program",
				    db->path, *version, (int)f->versions);
	return 1;
}

static int stamp(struct sh_db *db, int64_t version, struct sh_error *err)
{
	char sql[96];

	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %" PRId64,
		 (int)db->format->application_id, version);
	return sh_db_exec(db, sql, err);
}

/* All missing steps in one transaction: a kill leaves the older schema whole. */
static int migrate(struct sh_db *db, struct sh_error *err)
{
	int64_t version;

	if (read_version(db, &version, err) < 0)
		return -1;
	if (version == db->format->versions)
		return 0;
	if (sh_db_exec(db, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	/* Again, now that no other process can be at it. */
	if (read_version(db, &version, err) < 0)
		goto undo;
	for (; version < db->format->versions; version++)
		if (sh_db_exec(db, db->format->migration[version], err) < 0)
			goto undo;
	if (stamp(db, version, err) == 0 && sh_db_exec(db, "COMMIT", err) == 0)
		return 0;
undo:
	sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/*
 * SQLite creates with the umask; this file is nobody else's. Only a file that is
 * not there is opened here: closing a descriptor of a database that this process
 * has open elsewhere would drop its locks.
 */
static int create_private(const char *path, struct sh_error *err)
{
	int fd;

	if (access(path, F_OK) == 0)
		return 0;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno != EEXIST) {
		sh_error_set_(err, SH_ERRC_STATE, errno, "cannot create '%s'", path);
		return -1;
	}
	if (fd >= 0)
		close(fd);
	return 0;
}

static int connect_to(struct sh_db *db, const char *path, const struct sh_db_format *format,
		      int flags, int64_t busy_wait, struct sh_error *err)
{
	int rc;

	*db = (struct sh_db){ .path = sh_strdup(path), .format = format, .pid = getpid() };
	rc = sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc != SQLITE_OK)
		return fail(db, rc, err);
	/* SQLite would go on reading, and fail later by whatever it meets first. */
	if ((flags & SQLITE_OPEN_READWRITE) && sqlite3_db_readonly(db->handle, "main") == 1) {
		sh_error_set_(err, SH_ERRC_STATE, EROFS, "cannot write '%s'", path);
		return -1;
	}
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_timeout(db->handle, (int)(busy_wait / SH_MS));
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* Temporary files would fail exactly when a full disk is to be repaired. */
	if (sh_db_exec(db, "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON", err) < 0)
		return -1;
	rc = format->functions ? format->functions(db->handle) : SQLITE_OK;
	return rc == SQLITE_OK ? 0 : fail(db, rc, err);
}

/*
 * The change to WAL needs the file alone for a moment and does not ask the busy
 * handler in every case, so two programs that start at once are sorted out here.
 */
static int enter_wal(struct sh_db *db, int64_t busy_wait, struct sh_error *err)
{
	int64_t end = sh_clock_mono() + busy_wait;

	for (;;) {
		if (sh_db_exec(db, "PRAGMA journal_mode = WAL", err) == 0)
			return 0;
		if (err->code != SH_ERRC_LOCKED || sh_clock_mono() >= end)
			return -1;
		sh_error_clear(err);
		sh_clock_sleep(5 * SH_MS);
	}
}

int sh_db_open(struct sh_db *db, const char *path, const struct sh_db_format *format,
	       int64_t busy_wait, struct sh_error *err)
{
	*db = (struct sh_db){ 0 };
	if (create_private(path, err) < 0)
		return -1;
	/* auto_vacuum only takes effect before the first page is written. */
	if (connect_to(db, path, format, SQLITE_OPEN_READWRITE, busy_wait, err) < 0 ||
	    sh_db_exec(db, "PRAGMA auto_vacuum = INCREMENTAL", err) < 0 ||
	    enter_wal(db, busy_wait, err) < 0 ||
	    sh_db_exec(db,
		       "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
		       "PRAGMA wal_autocheckpoint = 256; PRAGMA journal_size_limit = 4194304",
		       err) < 0 ||
	    migrate(db, err) < 0) {
		sh_db_close(db);
		return -1;
	}
	return 0;
}

static int check_readable(struct sh_db *db, struct sh_error *err)
{
	int64_t version;
	int got = read_version(db, &version, err);

	if (got == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "there is no %s yet: '%s' is empty",
				    db->format->what, db->path);
	if (got > 0 && version < db->format->versions)
		return sh_error_set(err, SH_ERRC_STATE,
				    "'%s' has an older schema: a program that writes it will bring "
				    "it up to date",
				    db->path);
	return got < 0 ? -1 : 0;
}

static bool has_wal(const char *path)
{
	SH_CLEANUP_FREE char *wal = sh_asprintf("%s-wal", path);
	struct stat st;

	return stat(wal, &st) == 0 && st.st_size > 0;
}

/* PATH as a URI that promises SQLite that nobody writes. */
static char *immutable_uri(const char *path)
{
	struct sh_buf uri = SH_BUF_INIT;

	sh_buf_addstr(&uri, "file:");
	for (const unsigned char *p = (const unsigned char *)path; *p; p++)
		sh_buf_addf(&uri, *p == '%' || *p == '?' || *p == '#' ? "%%%02x" : "%c", *p);
	sh_buf_addstr(&uri, "?immutable=1");
	return sh_buf_take(&uri);
}

/*
 * A reader of a WAL database needs an index beside it, for which a full disk has
 * no room. Without a WAL there is no writer at work, and the file can be read as
 * it lies.
 */
static int open_immutable(struct sh_db *db, const char *path, const struct sh_db_format *format,
			  struct sh_error *err)
{
	SH_CLEANUP_FREE char *uri = immutable_uri(path);

	sh_error_clear(err);
	sh_db_close(db);
	if (connect_to(db, uri, format, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, 0, err) < 0)
		return -1;
	free(db->path);
	db->path = sh_strdup(path);
	return check_readable(db, err);
}

int sh_db_open_readonly(struct sh_db *db, const char *path, const struct sh_db_format *format,
			int64_t busy_wait, struct sh_error *err)
{
	*db = (struct sh_db){ 0 };
	if (access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "there is no %s yet: no file '%s'",
				    format->what, path);
	if (connect_to(db, path, format, SQLITE_OPEN_READONLY, busy_wait, err) == 0 &&
	    check_readable(db, err) == 0)
		return 0;
	if (sh_db_is_full(err) && !has_wal(path) && open_immutable(db, path, format, err) == 0)
		return 0;
	sh_db_close(db);
	return -1;
}

static int copy(struct sh_db *to, const char *path, int64_t busy_wait, struct sh_error *err)
{
	struct sh_db from = { 0 };
	sqlite3_backup *backup;
	int rc = SQLITE_OK;

	if (access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (connect_to(&from, path, to->format, SQLITE_OPEN_READONLY, busy_wait, err) < 0) {
		sh_db_close(&from);
		return -1;
	}
	backup = sqlite3_backup_init(to->handle, "main", from.handle, "main");
	if (backup) {
		sqlite3_backup_step(backup, -1);
		rc = sqlite3_backup_finish(backup);
	}
	sh_db_close(&from);
	return backup && rc == SQLITE_OK ? 0 : fail(to, backup ? rc : sqlite3_errcode(to->handle), err);
}

int sh_db_open_copy(struct sh_db *db, const char *path, const struct sh_db_format *format, int64_t busy_wait,
		    struct sh_error *err)
{
	*db = (struct sh_db){ 0 };
	if (connect_to(db, ":memory:", format, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, busy_wait, err) < 0 ||
	    (path && copy(db, path, busy_wait, err) < 0) ||
	    sh_db_exec(db, "PRAGMA foreign_keys = ON", err) < 0 || migrate(db, err) < 0) {
		sh_db_close(db);
		return -1;
	}
	return 0;
}

void sh_db_close(struct sh_db *db)
{
	/* In a child it is left alone: closing might remove the WAL under its owner's hands. */
	if (db->pid == getpid()) {
		for (size_t i = 0; i < SH_DB_KEPT; i++)
			sqlite3_finalize(db->kept[i].stmt);
		sqlite3_close(db->handle);
	}
	free(db->path);
	*db = (struct sh_db){ 0 };
}

void sh_query_init(struct sh_query *q, struct sh_db *db, const char *sql)
{
	*q = (struct sh_query){ .db = db };
	q->rc = sqlite3_prepare_v2(db->handle, sql, -1, &q->stmt, NULL);
}

/* One for SQL that nobody uses now; NULL: there is no room. */
static struct sh_db_kept *kept_for(struct sh_db *db, const char *sql)
{
	struct sh_db_kept *k = db->kept;

	while (k < db->kept + SH_DB_KEPT && k->sql && k->sql != sql)
		k++;
	return k == db->kept + SH_DB_KEPT || k->is_used ? NULL : k;
}

void sh_query_again(struct sh_query *q, struct sh_db *db, const char *sql)
{
	struct sh_db_kept *k = kept_for(db, sql);

	if (k && k->sql) {
		*q = (struct sh_query){ .db = db, .stmt = k->stmt, .rc = SQLITE_OK, .kept = k };
		k->is_used = true;
		return;
	}
	sh_query_init(q, db, sql);
	if (!k || q->rc != SQLITE_OK)
		return;
	*k = (struct sh_db_kept){ sql, q->stmt, true };
	q->kept = k;
}

void sh_query_release(struct sh_query *q)
{
	if (q->kept) {
		sqlite3_reset(q->stmt);
		sqlite3_clear_bindings(q->stmt); /* what they point to does not live on */
		q->kept->is_used = false;
	} else {
		sqlite3_finalize(q->stmt);
	}
	q->stmt = NULL;
	q->kept = NULL;
}

void sh_query_text(struct sh_query *q, const char *s)
{
	q->bound++;
	if (q->rc == SQLITE_OK && s)
		q->rc = sqlite3_bind_text(q->stmt, q->bound, s, -1, SQLITE_STATIC);
}

void sh_query_blob(struct sh_query *q, const void *data, size_t len)
{
	q->bound++;
	/* A NULL pointer would bind SQL NULL; no bytes are a value. */
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_blob64(q->stmt, q->bound, data ? data : "", len,
					    SQLITE_STATIC);
}

void sh_query_int(struct sh_query *q, int64_t v)
{
	q->bound++;
	if (q->rc == SQLITE_OK)
		q->rc = sqlite3_bind_int64(q->stmt, q->bound, v);
}

int sh_query_next(struct sh_query *q, struct sh_error *err)
{
	int rc = q->rc == SQLITE_OK ? sqlite3_step(q->stmt) : q->rc;

	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : fail(q->db, rc, err);
}

int sh_query_run(struct sh_query *q, struct sh_error *err)
{
	int got;

	while ((got = sh_query_next(q, err)) > 0)
		;
	return got;
}

const char *sh_query_column_text(struct sh_query *q, int column)
{
	return (const char *)sqlite3_column_text(q->stmt, column);
}

int64_t sh_query_column_int(struct sh_query *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}
