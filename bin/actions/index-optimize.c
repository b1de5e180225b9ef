/* SPDX-License-Identifier: MIT */
/* index-optimize - rebuild the indexes of SQLite files and PostgreSQL databases, and measure it */
#include "config.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action.h"
#include "action/each.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/process.h"

#define BUSY_TIMEOUT_MS 10000
#define POSTGRES_TIMEOUT (30 * SH_MIN)
#define MAX_SAID 200

static const struct sh_param params[] = {
	{ "databases", SH_PARAM_STRINGS, false },
	{ "vacuum", SH_PARAM_BOOLEAN, false },
	{ "postgres", SH_PARAM_LIST, false },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param postgres_params[] = {
	{ "database", SH_PARAM_STRING, true }, { "host", SH_PARAM_STRING, false },
	{ "port", SH_PARAM_INTEGER, false },   { "user", SH_PARAM_STRING, false },
	{ "run_as", SH_PARAM_STRING, false },  { NULL, SH_PARAM_STRING, false },
};

static int sqlite_failed(sqlite3 *db, const char *path, const char *what, struct sh_error *err)
{
	return sh_error_set(err, SH_ERRC_SYSTEM, "'%s': cannot %s: %s", path, what, sqlite3_errmsg(db));
}

static int execute(sqlite3 *db, const char *path, const char *sql, struct sh_error *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_failed(db, path, sql, err);
	return 0;
}

/* The first column of the first row, as text into OUT. */
static int ask(sqlite3 *db, const char *path, const char *sql, struct sh_buf *out, struct sh_error *err)
{
	sqlite3_stmt *stmt = NULL;
	int rc = 0;

	sh_buf_clear(out);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW)
		rc = sqlite_failed(db, path, sql, err);
	else
		sh_buf_addstr(out, (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	return rc;
}

static int ask_number(sqlite3 *db, const char *path, const char *sql, json_t *to, const char *key,
		      struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	int64_t v;

	if (ask(db, path, sql, &text, err) < 0)
		return -1;
	if (sh_parse_i64(sh_buf_str(&text), &v) < 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s': %s gave no number", path, sql);
	json_object_set_new(to, key, json_integer(v));
	return 0;
}

static int measure(sqlite3 *db, const char *path, json_t *to, struct sh_error *err)
{
	struct stat st;

	if (ask_number(db, path, "PRAGMA page_count", to, "pages", err) < 0 ||
	    ask_number(db, path, "PRAGMA freelist_count", to, "free_pages", err) < 0)
		return -1;
	if (stat(path, &st) < 0)
		return sh_error_sys(err, "cannot stat '%s'", path);
	json_object_set_new(to, "bytes", json_integer(st.st_size));
	return 0;
}

static int check_integrity(sqlite3 *db, const char *path, const char *when, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (ask(db, path, "PRAGMA integrity_check(1)", &text, err) < 0)
		return -1;
	if (strcmp(sh_buf_str(&text), "ok") != 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is damaged %s: %.100s", path, when,
				    sh_buf_str(&text));
	return 0;
}

/* A damaged file is left as it is: rebuilding its indexes could hide what is wrong. */
static int optimize_open(sqlite3 *db, const char *path, bool vacuum, json_t *out, struct sh_error *err)
{
	json_t *before = json_object(), *after = json_object();
	int64_t start;

	json_object_set_new(out, "before", before);
	json_object_set_new(out, "after", after);
	if (execute(db, path, "PRAGMA trusted_schema = OFF", err) < 0 ||
	    measure(db, path, before, err) < 0 || check_integrity(db, path, "before", err) < 0)
		return -1;
	start = sh_clock_mono();
	if (execute(db, path, "REINDEX", err) < 0 || execute(db, path, "ANALYZE", err) < 0 ||
	    execute(db, path, "PRAGMA optimize", err) < 0 ||
	    (vacuum && execute(db, path, "VACUUM", err) < 0) ||
	    execute(db, path, "PRAGMA wal_checkpoint(TRUNCATE)", err) < 0)
		return -1;
	json_object_set_new(out, "seconds", json_real((double)(sh_clock_mono() - start) / 1e9));
	if (check_integrity(db, path, "after", err) < 0)
		return -1;
	return measure(db, path, after, err);
}

static int optimize_sqlite(const char *path, bool vacuum, json_t *out, struct sh_error *err)
{
	sqlite3 *db = NULL;
	int rc;

	json_object_set_new(out, "path", sh_action_text(path));
	if (!sh_path_is_plain(path))
		return sh_error_set(err, SH_ERRC_INPUT, "'%s' is no absolute path without . and ..", path);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK)
		rc = sqlite_failed(db, path, "open it", err);
	else {
		sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
		rc = optimize_open(db, path, vacuum, out, err);
	}
	if (sqlite3_close(db) != SQLITE_OK && rc == 0)
		rc = sh_error_set(err, SH_ERRC_SYSTEM, "'%s': cannot close it", path);
	return rc;
}

/* The options that psql and reindexdb share. */
struct postgres {
	const char *argv[24];
	size_t n;
	char port[32];
	char *database; /* owned */
};

static void begin_argv(struct postgres *p, const json_t *entry, const char *program)
{
	const char *run_as = sh_param_str(entry, "run_as"), *user = sh_param_str(entry, "user");
	const char *host = sh_param_str(entry, "host");

	p->n = 0;
	if (run_as) {
		p->argv[p->n++] = "/usr/sbin/runuser";
		p->argv[p->n++] = "-u";
		p->argv[p->n++] = run_as;
		p->argv[p->n++] = "--";
	}
	p->argv[p->n++] = program;
	p->argv[p->n++] = "--no-password";
	if (host) {
		p->argv[p->n++] = "--host";
		p->argv[p->n++] = host;
	}
	if (sh_param_json(entry, "port")) {
		snprintf(p->port, sizeof(p->port), "%lld", (long long)sh_param_int(entry, "port", 0));
		p->argv[p->n++] = "--port";
		p->argv[p->n++] = p->port;
	}
	if (user) {
		p->argv[p->n++] = "--username";
		p->argv[p->n++] = user;
	}
	p->argv[p->n++] = "--dbname";
	p->argv[p->n++] = p->database;
}

/* Run it; its standard output to OUT. */
static int run_postgres(struct postgres *p, const char *what, struct sh_buf *out, struct sh_error *err)
{
	struct sh_child_options opt = { .argv = p->argv, .timeout = POSTGRES_TIMEOUT };
	struct sh_child child = { 0 };
	int code;

	p->argv[p->n] = NULL;
	if (sh_child_start(&child, &opt, err) < 0 || sh_child_wait(&child, err) < 0) {
		sh_child_release(&child);
		return -1;
	}
	code = sh_child_exit_code(&child);
	if (code)
		sh_error_set_(err, SH_ERRC_SYSTEM, 0, "%s ended with %d: %.*s", what, code, MAX_SAID,
			      sh_buf_str(&child.stderr_data));
	sh_buf_clear(out);
	sh_buf_addstr(out, sh_buf_str(&child.stdout_data));
	sh_child_release(&child);
	return code ? -1 : 0;
}

static int measure_postgres(struct postgres *p, const json_t *entry, json_t *to, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	int64_t bytes;

	begin_argv(p, entry, "/usr/bin/psql");
	p->argv[p->n++] = "--no-psqlrc";
	p->argv[p->n++] = "--tuples-only";
	p->argv[p->n++] = "--no-align";
	p->argv[p->n++] = "--command";
	p->argv[p->n++] = "SELECT coalesce(sum(pg_relation_size(indexrelid)), 0) FROM pg_index";
	if (run_postgres(p, "psql", &out, err) < 0)
		return -1;
	if (out.len && out.data[out.len - 1] == '\n')
		out.data[--out.len] = '\0';
	if (sh_parse_i64(sh_buf_str(&out), &bytes) < 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "psql gave no number for the size of indexes");
	json_object_set_new(to, "index_bytes", json_integer(bytes));
	return 0;
}

static int optimize_postgres(const json_t *entry, json_t *out, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf ignored = SH_BUF_INIT;
	json_t *before = json_object(), *after = json_object();
	struct postgres p = { .n = 0 };
	int rc;

	json_object_set_new(out, "before", before);
	json_object_set_new(out, "after", after);
	if (sh_params_check(entry, postgres_params, "postgres", err) < 0)
		return -1;
	json_object_set_new(out, "database", json_string(sh_param_str(entry, "database")));
	/* As one connection string it could name another server. */
	if (strpbrk(sh_param_str(entry, "database"), "=:/ "))
		return sh_error_set(err, SH_ERRC_INPUT, "postgres: 'database' must be a plain name");
	p.database = sh_strdup(sh_param_str(entry, "database"));
	rc = measure_postgres(&p, entry, before, err);
	if (rc == 0) {
		begin_argv(&p, entry, "/usr/bin/reindexdb");
		p.argv[p.n++] = "--concurrently";
		rc = run_postgres(&p, "reindexdb", &ignored, err);
	}
	if (rc == 0)
		rc = measure_postgres(&p, entry, after, err);
	free(p.database);
	return rc;
}

static int sqlite_entry(void *arg, const json_t *file, json_t *entry, struct sh_error *err)
{
	const bool *vacuum = arg;

	return optimize_sqlite(json_string_value(file), *vacuum, entry, err);
}

static int postgres_entry(void *arg, const json_t *which, json_t *entry, struct sh_error *err)
{
	(void)arg;
	return optimize_postgres(which, entry, err);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *p = call->parameters;
	bool vacuum = sh_param_bool(p, "vacuum");

	/* The first error stays in ERR, and is the second's answer too. */
	(void)sh_each(sh_param_json(p, "databases"), output, "databases", false, sqlite_entry, &vacuum, err);
	return sh_each(sh_param_json(p, "postgres"), output, "databases", false, postgres_entry, NULL, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "index-optimize", params, run, sh_action_check_again, NULL };

	return sh_action_main(&action, argc, argv);
}
