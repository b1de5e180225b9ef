/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/state.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "scratch.h"
#include "tap.h"

static struct sh_state *open_ok(const char *dir, const char *what)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s = NULL;

	OK(sh_state_open(&s, dir, "detect", 0, &err) == 0 && s, "open %s: %s", what, err.text);
	return s;
}

static bool has_value(struct sh_state *s, const char *table, const char *key, const char *value)
{
	struct sh_error err = SH_ERROR_INIT;
	void *got = NULL;
	size_t len;
	int rc = sh_state_get(s, table, key, strlen(key), &got, &len, &err);
	bool same = rc == 1 && len == strlen(value) && !memcmp(got, value, len);

	free(got);
	return same;
}

static int put(struct sh_state *s, const char *table, const char *key, const char *value)
{
	struct sh_error err = SH_ERROR_INIT;

	return sh_state_put(s, table, key, strlen(key), value, strlen(value), &err);
}

static int note_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct sh_buf *b = arg;

	sh_buf_add(b, key, key_len);
	sh_buf_addch(b, '=');
	sh_buf_add(b, value, len);
	sh_buf_addch(b, ' ');
	return b->len > 15;
}

static void test_values(const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s = open_ok(dir, "a new one");
	SH_CLEANUP_BUF struct sh_buf seen = SH_BUF_INIT;
	void *value;
	size_t len;

	OK(sh_state_get(s, "t", "k", 1, &value, &len, &err) == 0 && !value, "nothing at first");
	OK(put(s, "t", "k2", "b") == 0 && put(s, "t", "k1", "a") == 0 &&
		   put(s, "u", "k1", "other") == 0,
	   "put three");
	OK(has_value(s, "t", "k1", "a"), "seen before the commit");
	OK(put(s, "t", "k1", "new") == 0 && has_value(s, "t", "k1", "new"), "put replaces");
	OK(sh_state_each(s, "t", note_row, &seen, &err) == 0 &&
		   !strcmp(sh_buf_str(&seen), "k1=new k2=b "),
	   "each table in key order: %s", sh_buf_str(&seen));
	OK(put(s, "t", "k0", "12345678") == 0 && (sh_buf_clear(&seen), 1) &&
		   sh_state_each(s, "t", note_row, &seen, &err) == 0 &&
		   !strcmp(sh_buf_str(&seen), "k0=12345678 k1=new "),
	   "each stops when told");
	OK(sh_state_delete(s, "t", "k2", 2, &err) == 0 && !has_value(s, "t", "k2", "b"), "delete");
	OK(sh_state_put(s, "t", "\0\1", 2, NULL, 0, &err) == 0 &&
		   sh_state_get(s, "t", "\0\1", 2, &value, &len, &err) == 1 && len == 0 && value,
	   "a binary key, and a value of no bytes");
	free(value);
	OK(sh_state_commit(s, &err) == 0 && sh_state_commit(s, &err) == 0,
	   "commit, also with nothing to do");
	put(s, "t", "k1", "not kept");
	sh_state_close(s);
	s = open_ok(dir, "again");
	OK(has_value(s, "t", "k1", "new"), "closing without commit keeps the older state");
	sh_state_close(s);
	sh_state_close(NULL);
}

static int note_batch(void *arg, uint64_t seq, const void *lines, size_t len)
{
	struct sh_buf *b = arg;

	sh_buf_addf(b, "%d:", (int)seq);
	if (lines)
		sh_buf_add(b, lines, len);
	else
		sh_buf_addch(b, '?');
	return 0;
}

static void test_outbox(const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s = open_ok(dir, "for the outbox");
	SH_CLEANUP_BUF struct sh_buf seen = SH_BUF_INIT;
	uint64_t seq, acked;

	OK(sh_outbox_position(s, &seq, &acked, &err) == 0 && seq == 0 && acked == 0,
	   "position 0 0 at first");
	OK(sh_outbox_store(s, 5, 0, "a\n", 2, &err) == 0 &&
		   sh_outbox_store(s, 7, 3, NULL, 0, &err) == 0 &&
		   sh_outbox_store(s, 9, 5, "c\n", 2, &err) == 0 && sh_state_commit(s, &err) == 0,
	   "three batches: %s", err.text);
	sh_state_close(s);
	s = open_ok(dir, "to resume");
	OK(sh_outbox_position(s, &seq, &acked, &err) == 0 && seq == 9 && acked == 5,
	   "the position is kept");
	OK(sh_outbox_each(s, 5, note_batch, &seen, &err) == 0 &&
		   !strcmp(sh_buf_str(&seen), "7:9:c\n"),
	   "batches after the acknowledged one, an empty one too");
	OK(sh_outbox_store(s, 9, 5, "x", 1, &err) < 0 && err.code == SH_ERRC_INPUT,
	   "no barrier twice: %s", err.text);
	sh_error_clear(&err);
	OK(sh_outbox_store(s, 10, 10, "x", 1, &err) < 0, "none that acknowledges itself: %s",
	   err.text);
	sh_error_clear(&err);
	OK(sh_outbox_store(s, 11, 2, "x", 1, &err) == 0 &&
		   sh_outbox_position(s, &seq, &acked, &err) == 0 && acked == 5,
	   "an older acknowledgement does not take back a newer one");
	sh_state_close(s);
	s = open_ok(dir, "after a store without commit");
	OK(sh_outbox_position(s, &seq, &acked, &err) == 0 && seq == 9, "it left no trace");
	sh_state_close(s);
}

static void test_lock(const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s = open_ok(dir, "to hold the lock"), *second, *reader;
	int64_t start = sh_clock_mono(), waited;
	char pid[32];

	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	OK(sh_state_open(&second, dir, "detect", 150 * SH_MS, &err) < 0 &&
		   err.code == SH_ERRC_LOCKED && !second && strstr(err.text, pid),
	   "a second writer is locked out: %s", err.text);
	waited = sh_clock_mono() - start;
	OK(waited >= 150 * SH_MS && waited < 5 * SH_SEC, "after the time it was to wait");
	sh_error_clear(&err);
	OK(sh_state_open(&second, dir, "collect", 0, &err) == 0, "another name is another lock");
	sh_state_close(second);
	OK(sh_state_open_readonly(&reader, dir, "detect", &err) == 0, "a reader needs no lock: %s",
	   err.text);
	sh_state_close(reader);
	sh_state_close(s);
}

/* Opens when told; ends without closing, as a crash would. */
static pid_t start_second(const char *dir, int gate[2])
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *mine;
	pid_t child;
	char c;

	if (pipe2(gate, O_CLOEXEC) < 0)
		return -1;
	/* Before the first opens: a forked child would share its lock. */
	child = fork();
	if (child == 0) {
		close(gate[1]);
		_exit(read(gate[0], &c, 1) == 1 &&
				      sh_state_open(&mine, dir, "detect", 10 * SH_SEC, &err) == 0
			      ? 0
			      : 1);
	}
	close(gate[0]);
	return child;
}

static void test_wait_succeeds(const char *dir)
{
	struct sh_state *s;
	int gate[2], status;
	pid_t child = start_second(dir, gate);

	s = open_ok(dir, "to be waited for");
	OK(write(gate[1], "x", 1) == 1, "let the second writer go");
	close(gate[1]);
	sh_clock_sleep(80 * SH_MS);
	OK(waitpid(child, &status, WNOHANG) == 0, "it waits");
	sh_state_close(s);
	OK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
	   "and goes on when the first has closed");
	s = open_ok(dir, "after a writer that died without closing");
	sh_state_close(s);
}

static void test_readonly(const char *base)
{
	SH_CLEANUP_FREE char *none = sh_asprintf("%s/none", base);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s;

	OK(sh_state_open_readonly(&s, none, "detect", &err) < 0 &&
		   err.code == SH_ERRC_UNAVAILABLE && access(none, F_OK) < 0,
	   "reading makes nothing: %s", err.text);
	sh_error_clear(&err);
	OK(sh_state_open_readonly(&s, base, "detect", &err) < 0 && err.code == SH_ERRC_UNAVAILABLE,
	   "a directory without the file: %s", err.text);
}

static void test_directory(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/a/b", base);
	SH_CLEANUP_FREE char *file = sh_asprintf("%s/a/b/detect.db", base);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s = open_ok(dir, "below directories that are not there");
	struct stat st;

	sh_state_close(s);
	OK(stat(dir, &st) == 0 && (st.st_mode & 07777) == 0700, "the directory is made 0700");
	OK(stat(file, &st) == 0 && (st.st_mode & 07777) == 0600, "the database is made 0600");
	for (int i = 0; i < 2; i++) {
		mode_t mode = i ? 0770 : 01777;

		chmod(dir, mode);
		OK(sh_state_open(&s, dir, "detect", 0, &err) < 0 && err.code == SH_ERRC_STATE &&
			   strstr(err.text, "writable"),
		   "mode %o is refused: %s", (unsigned)mode, err.text);
		sh_error_clear(&err);
	}
	chmod(dir, 0755);
	s = open_ok(dir, "a directory that others may read");
	sh_state_close(s);
	if (geteuid() == 0) {
		OK(chown(dir, 12345, 0) == 0 && sh_state_open(&s, dir, "detect", 0, &err) < 0 &&
			   strstr(err.text, "12345"),
		   "a directory of somebody else is refused: %s", err.text);
	} else {
		tap_skip("a directory of somebody else is refused", "only root can make one");
	}
	sh_error_clear(&err);
	OK(sh_state_open(&s, "/proc/no/such", "detect", 0, &err) < 0,
	   "a directory that cannot be made: %s", err.text);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL))
		diag("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* A database as it might be found: made by SQL or bytes, and what opening must say. */
static void test_found(const char *base)
{
	static const struct {
		const char *name, *sql, *bytes, *says;
	} cases[] = {
		{ "a newer schema", "PRAGMA application_id=0x73687374; PRAGMA user_version=99;",
		  NULL, "newer version (schema 99" },
		{ "a database of something else", "CREATE TABLE x (y);", NULL, "something else" },
		{ "another of our databases", "PRAGMA application_id=0x73686c67; CREATE TABLE x (y);",
		  NULL, "something else" },
		{ "bytes that are no database", NULL,
		  "this is no database at all, whatever its name may say about it, is it?\n"
		  "this is no database at all, whatever its name may say about it, is it?\n",
		  "is damaged" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SH_CLEANUP_FREE char *dir = sh_asprintf("%s/found%zu", base, i);
		SH_CLEANUP_FREE char *path = sh_asprintf("%s/detect.db", dir);
		struct sh_error err = SH_ERROR_INIT;
		struct sh_state *s;

		mkdir(dir, 0700);
		if (cases[i].sql)
			run_sql(path, cases[i].sql);
		else
			sh_file_write_atomic(path, cases[i].bytes, strlen(cases[i].bytes), 0600,
					     &err);
		OK(sh_state_open(&s, dir, "detect", 0, &err) < 0 && err.code == SH_ERRC_STATE &&
			   strstr(err.text, cases[i].says) && strstr(err.text, path),
		   "%s: %s", cases[i].name, err.text);
	}
}

/* What a change of COLUMN to VALUE, in the row of "key", leaves of it: -1 damaged, 0 none, 1 the value it had. */
static int after_change(const char *dir, const char *column, const char *value)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/detect.db", dir);
	SH_CLEANUP_FREE char *sql = sh_asprintf(
		"UPDATE value SET %s = %s WHERE key = cast('key' as blob)", column, value);
	SH_CLEANUP_FREE void *got = NULL;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s = open_ok(dir, "a row that is sound");
	size_t len = 1;
	int rc;

	put(s, "t", "key", "12");
	put(s, "t", "other", "3");
	rc = sh_state_commit(s, &err);
	sh_state_close(s);
	run_sql(path, sql);
	s = open_ok(dir, "a row that was changed");
	if (rc == 0)
		rc = sh_state_get(s, "t", "key", 3, &got, &len, &err);
	OK(has_value(s, "t", "other", "3"), "another is as it was");
	sh_state_close(s);
	return rc < 1 ? rc : !got && !len ? -1 : len == 2 && !memcmp(got, "12", 2);
}

static int note_damaged(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	if (!value && !len)
		sh_buf_add(arg, key, key_len);
	return 0;
}

static void test_damaged_row(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/rows", base);
	SH_CLEANUP_BUF struct sh_buf seen = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s;

	OK(after_change(dir, "value", "cast('12' as blob)") == 1, "bytes that are the same are sound");
	OK(after_change(dir, "value", "cast('13' as blob)") == -1, "a value that was changed is none");
	OK(after_change(dir, "value", "x''") == -1, "nor is one that was cut");
	s = open_ok(dir, "with a damaged row");
	OK(sh_state_each(s, "t", note_damaged, &seen, &err) == 0 && !strcmp(sh_buf_str(&seen), "key"),
	   "each row has its own: %s", sh_buf_str(&seen));
	OK(put(s, "t", "key", "4") == 0 && has_value(s, "t", "key", "4"), "what is put again is sound");
	sh_state_close(s);
	OK(after_change(dir, "sum", "sum + 1") == -1, "a checksum that was changed costs its row");
	OK(after_change(dir, "sum", "NULL") == 1, "a row of a version without is believed");
}

static void test_older_schema(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/older", base);
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/detect.db", dir);
	struct sh_state *s;

	mkdir(dir, 0700);
	run_sql(path, "CREATE TABLE value (space TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,"
		      "  PRIMARY KEY (space, key)) STRICT, WITHOUT ROWID;"
		      "CREATE TABLE outbox (seq INTEGER PRIMARY KEY, lines BLOB NOT NULL) STRICT;"
		      "INSERT INTO value VALUES ('t', x'6b', x'76');"
		      "PRAGMA application_id = 0x73687374; PRAGMA user_version = 1");
	s = open_ok(dir, "one of a version without checksums");
	OK(has_value(s, "t", "k", "v") && put(s, "t", "k", "w") == 0 && has_value(s, "t", "k", "w"),
	   "what it has is read, and can be replaced");
	sh_state_close(s);
}

static void store_three(struct sh_state *s)
{
	struct sh_error err = SH_ERROR_INIT;

	OK(sh_outbox_store(s, 1, 0, "one\n", 4, &err) == 0 && sh_outbox_store(s, 2, 0, "two\n", 4, &err) == 0 &&
		   sh_outbox_store(s, 3, 0, "six\n", 4, &err) == 0 && sh_state_commit(s, &err) == 0,
	   "three batches: %s", err.text);
}

/* What each() says of three batches after SQL was run on the file. */
static void check_batches(const char *dir, const char *what, const char *sql, const char *want)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/detect.db", dir);
	SH_CLEANUP_BUF struct sh_buf seen = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s;

	run_sql(path, sql);
	s = open_ok(dir, "with an outbox");
	OK(sh_outbox_each(s, 0, note_batch, &seen, &err) == 0 && !strcmp(sh_buf_str(&seen), want), "%s: %s", what,
	   sh_buf_str(&seen));
	sh_state_close(s);
}

static void test_damaged_batch(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/batches", base);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s = open_ok(dir, "for batches");

	store_three(s);
	sh_state_close(s);
	check_batches(dir, "as stored", "", "1:one\n2:two\n3:six\n");
	check_batches(dir, "changed bytes are no output", 
		      "UPDATE outbox SET lines = cast('too' || char(10) as blob) WHERE seq = 2",
		      "1:one\n2:?3:six\n");
	s = open_ok(dir, "to set it aside");
	for (int i = 0; i < 2; i++)
		OK(sh_outbox_set_aside(s, 2, &err) == 0 && has_value(s, SH_OUTBOX_ASIDE, "2", "too\n"),
		   "it can be looked at: %s", err.text);
	sh_state_close(s);
	check_batches(dir, "a batch under another number is as wrong",
		      "UPDATE outbox SET lines = cast('two' || char(10) as blob) WHERE seq = 2;"
		      "UPDATE outbox SET seq = 9 WHERE seq = 3", "1:one\n2:two\n9:?");
	check_batches(dir, "one of a version without checksums is believed", "UPDATE outbox SET sum = NULL WHERE seq = 9",
		      "1:one\n2:two\n9:six\n");
}

/* An empty file is what a kill just after its creation leaves. */
static void test_empty_file(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/empty", base);
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/detect.db", dir);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s;

	mkdir(dir, 0700);
	sh_file_write_atomic(path, "", 0, 0600, &err);
	OK(sh_state_open_readonly(&s, dir, "detect", &err) < 0 && err.code == SH_ERRC_UNAVAILABLE,
	   "an empty file is no state yet: %s", err.text);
	s = open_ok(dir, "an empty file");
	OK(put(s, "t", "k", "v") == 0 && sh_state_commit(s, &(struct sh_error)SH_ERROR_INIT) == 0,
	   "and it is used");
	sh_state_close(s);
}

struct rows {
	struct sh_state *s;
	struct sh_buf seen;
	int deep;
};

/* Asks the same things as those that are under way. */
static int look_around(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct rows *r = arg;
	struct sh_error err = SH_ERROR_INIT;

	(void)value, (void)len;
	sh_buf_add(&r->seen, key, key_len);
	if (!has_value(r->s, "t", "a", "1") || put(r->s, "u", "x", "2") < 0)
		sh_buf_addch(&r->seen, '!');
	if (r->deep++ < 2 && sh_state_each(r->s, "t", look_around, r, &err) < 0)
		sh_buf_addch(&r->seen, '?');
	return 0;
}

static void test_within(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/within", base);
	struct sh_error err = SH_ERROR_INIT;
	struct rows r = { open_ok(dir, "one that is asked while it is asked"), SH_BUF_INIT, 0 };

	OK(put(r.s, "t", "a", "1") == 0 && put(r.s, "t", "b", "1") == 0 &&
		   sh_state_each(r.s, "t", look_around, &r, &err) == 0 &&
		   !strcmp(sh_buf_str(&r.seen), "aaabbb") && has_value(r.s, "u", "x", "2"),
	   "each row within each, with reads and writes");
	OK(sh_state_commit(r.s, &err) == 0, "nothing is left under way");
	sh_state_close(r.s);
	sh_buf_release(&r.seen);
}

int main(void)
{
	char *base = scratch_make();
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/state", base);

	test_values(dir);
	test_outbox(dir);
	test_lock(dir);
	test_wait_succeeds(dir);
	test_readonly(base);
	test_directory(base);
	test_found(base);
	test_damaged_row(base);
	test_damaged_batch(base);
	test_older_schema(base);
	test_empty_file(base);
	test_within(base);
	scratch_remove(base);
	return plan_done();
}
