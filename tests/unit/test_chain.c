/* SPDX-License-Identifier: MIT */
/* The chain of the ledger: whatever a hand does to it or to the rows is noticed. */
#include "config.h"

#include "state/chain.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "scratch.h"
#include "state/chain_sql.h"
#include "state/ledger_internal.h"
#include "state/retention.h"
#include "tap.h"

static struct sh_buf told = SH_BUF_INIT;

static void wrong(void *arg, const char *what, const char *about, const char *why)
{
	(void)arg;
	sh_buf_addf(&told, "%s %s: %s;", what, about, why);
}

static int64_t verify(const char *dir, struct sh_chain_check *c)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l = NULL;
	int64_t n = -1;

	sh_buf_clear(&told);
	if (sh_ledger_open_readonly(&l, dir, &err) == 0)
		n = sh_ledger_verify(l, c, wrong, NULL, &err);
	if (n < 0)
		diag("%s", err.text);
	sh_ledger_close(l);
	return n;
}

static bool is_whole(const char *dir, int64_t entries)
{
	struct sh_chain_check c = { 0 };
	int64_t n = verify(dir, &c);

	if (n || c.broken || c.entries != entries)
		diag("%lld wrong, %lld broken: %s; %lld entries; %s", (long long)n,
		     (long long)c.broken, c.why, (long long)c.entries, sh_buf_str(&told));
	return n == 0 && !c.broken && c.entries == entries;
}

static void fill(struct sh_ledger *l, int64_t time)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *record = json_pack("{s:f,s:s}", "n", 0.1, "text", "\"quoted\"\n");
	struct sh_repair_row r = { .plan_id = (char[]){ "p-1" }, .target = (char[]){ "service:a@h" },
				   .playbook = (char[]){ "restart" }, .started = time, .record = record };
	struct sh_intent i = { .target = r.target, .step = (char[]){ "s" }, .action = (char[]){ "a" },
			       .started = time };
	struct sh_approval a = { .plan_id = r.plan_id, .answer = (char[]){ "waiting" }, .time = time };
	struct sh_pause p = { .scope = (char[]){ "all" }, .kind = (char[]){ "pause" }, .since = time,
			      .until = time + 100 };
	struct sh_ledger_silence s = { .match = record, .by = "me", .reason = "known", .since = time,
				       .until = time + 50 };
	int64_t row, ended;
	bool good = sh_ledger_repair_begin(l, &r, &i.repair, &err) == 0 &&
		    sh_ledger_intent_open(l, &i, &row, &err) == 0 &&
		    sh_ledger_intent_settle(l, row, "done", record, &err) == 0 &&
		    sh_ledger_repair_finish(l, i.repair, time + 5, "fixed", NULL, &err) == 0 &&
		    sh_ledger_approval_put(l, &a, &err) == 0;

	a.answer = (char[]){ "approved" };
	good = good && sh_ledger_approval_put(l, &a, &err) == 0 &&
	       sh_ledger_pause_add(l, &p, &row, &err) == 0 &&
	       sh_ledger_pause_end(l, "all", time + 7, &ended, &err) == 0 &&
	       sh_ledger_silence_add(l, &s, &row, &err) == 0 &&
	       sh_ledger_silence_end(l, row, time + 9, &ended, &err) == 0 &&
	       sh_ledger_note(l, time, "paused", NULL, record, &err) == 0;
	OK(good, "eleven changes %s", err.text);
	json_decref(record);
}

/* As a hand with sqlite3 would, which is not stopped by triggers. */
static bool tamper(const char *path, const char *sql)
{
	sqlite3 *db;
	char *text = NULL;
	bool good;

	sqlite3_open(path, &db);
	good = sqlite3_exec(db, "DROP TRIGGER chain_is_history; DROP TRIGGER repair_is_history", NULL, NULL, &text) == SQLITE_OK &&
	       sqlite3_exec(db, sql, NULL, NULL, &text) == SQLITE_OK;
	if (!good)
		diag("%s", text);
	sqlite3_free(text);
	sqlite3_close(db);
	return good;
}

static const struct {
	const char *sql;
	int64_t broken;    /* of the chain; 0: a row */
	const char *why;
} deeds[] = {
	{ "DELETE FROM chain WHERE seq = 3", 3, "it is not there" },
	{ "DELETE FROM chain WHERE seq <= 2", 3, "no anchor vouches" },
	{ "DELETE FROM chain WHERE seq = 11", 0, "note 1: no entry says" },
	{ "UPDATE chain SET body = replace(body, 'waiting', 'approved') WHERE seq = 5", 5,
	  "its content is not that of its digest" },
	{ "UPDATE chain SET time = time + 1 WHERE seq = 11", 11, "its content" },
	{ "UPDATE chain SET digest = prior WHERE seq = 4", 4, "its content" },
	{ "UPDATE chain SET prior = digest WHERE seq = 4", 4, "does not follow" },
	{ "INSERT INTO chain SELECT 12, time, what, about, body, prior, digest FROM chain"
	  " WHERE seq = 11", 12, "does not follow" },
	{ "UPDATE repair SET outcome = 'failed'", 0, "repair 1: it is not as entry 4 says" },
	{ "UPDATE repair SET record = '{}'", 0, "repair 1: it is not as entry 4 says" },
	{ "DELETE FROM repair", 0, "repair 1: entry 4 says that it was written, but" },
	{ "DELETE FROM note", 0, "note 1: entry 11 says" },
	{ "DELETE FROM approval", 0, "approval p-1: entry 6 says" },
	{ "INSERT INTO note (time, kind) VALUES (5, 'approved')", 0, "note 2: no entry says" },
};

static void test_tampering(const char *base)
{
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		SH_CLEANUP_FREE char *dir = sh_asprintf("%s/tamper%zu", base, i);
		SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.db", dir);
		struct sh_error err = SH_ERROR_INIT;
		struct sh_chain_check c = { 0 };
		struct sh_ledger *l = NULL;
		int64_t n;

		OK(sh_ledger_open(&l, dir, &err) == 0, "open %s", err.text);
		fill(l, 1000);
		sh_ledger_close(l);
		OK(is_whole(dir, 11) && tamper(path, deeds[i].sql), "whole, then %s", deeds[i].sql);
		n = verify(dir, &c);
		OK(deeds[i].broken ? c.broken == deeds[i].broken && strstr(c.why, deeds[i].why)
				   : n > 0 && strstr(sh_buf_str(&told), deeds[i].why),
		   "is noticed: %lld %s %s", (long long)c.broken, c.why, sh_buf_str(&told));
	}
}

static void test_kept(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/kept", base);
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.db", dir);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_chain_check c = { 0 }, d = { 0 };
	struct sh_ledger *l = NULL;

	OK(sh_ledger_open(&l, dir, &err) == 0, "open %s", err.text);
	fill(l, 1000);
	sh_ledger_close(l);
	verify(dir, &c);
	d.kept = c.head;
	d.kept_seq = c.last;
	OK(verify(dir, &d) == 0 && !d.broken && d.kept_seen, "a digest that was kept is found");
	OK(tamper(path, "DELETE FROM note; DELETE FROM chain WHERE seq = 11"), "take the last entry with its row");
	OK(is_whole(dir, 10), "by itself the ledger cannot tell");
	memset(&d, 0, sizeof(d));
	d.kept = c.head;
	d.kept_seq = c.last;
	OK(verify(dir, &d) == 0 && d.broken == 11, "but with the digest that was kept: %s", d.why);
}

/* What is old or, beyond so many bytes, oldest goes, in the few batches that housekeeping may take. */
static int retain(struct sh_ledger *l, int64_t max_bytes, struct sh_error *err)
{
	l->max_bytes = max_bytes;
	return sh_ledger_wake(l, err) < 0 ? -1 : sh_ledger_prune(l, err);
}

static void test_retention(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/retention", base);
	struct sh_pause p = { .scope = (char[]){ "service:x@h" }, .kind = (char[]){ "hold" }, .since = 1 };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_chain_check c = { 0 };
	int64_t now = sh_clock_wall();
	struct sh_ledger *l = NULL;

	OK(sh_ledger_open(&l, dir, &err) == 0, "open %s", err.text);
	OK(sh_ledger_pause_add(l, &p, NULL, &err) == 0, "a hold without an end");
	fill(l, now - 100 * SH_DAY);
	sh_ledger_note(l, now, "new", NULL, NULL, &err);
	OK(retain(l, SH_LEDGER_MAX_BYTES, &err) == 0, "what is old goes: %s", err.text);
	OK(is_whole(dir, 3), "of 13 entries the new one, the hold again, and an anchor are left");
	OK(verify(dir, &c) == 0 && c.first == 13 && c.last == 15, "and nothing is numbered anew");
	fill(l, now - 99 * SH_DAY);
	OK(retain(l, SH_LEDGER_MAX_BYTES, &err) == 0 && sh_buf_str(&told), "again");
	memset(&c, 0, sizeof(c));
	OK(verify(dir, &c) == 0 && !c.broken, "it can still be verified: %lld %s %s", (long long)c.broken,
	   c.why, sh_buf_str(&told));
	for (int i = 0; i < 700; i++)
		sh_ledger_note(l, now + i, "n", NULL, NULL, &err);
	OK(retain(l, 150000, &err) == 0, "for size: %s", err.text);
	memset(&c, 0, sizeof(c));
	OK(verify(dir, &c) == 0 && !c.broken && c.entries < 700, "after that too: %lld entries %s %s",
	   (long long)c.entries, c.why, sh_buf_str(&told));
	sh_ledger_close(l);
}

/* An older ledger: what the chain added is taken away again. */
static void test_adoption(const char *base)
{
	static const char undo[] = "DROP VIEW repairs; DROP VIEW refusals; DROP VIEW operators; DROP VIEW counters; DROP VIEW faults; DROP TABLE mark; DROP TABLE member; DROP TABLE chain; PRAGMA user_version = 2";
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/old", base);
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.db", dir);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l = NULL;

	OK(sh_ledger_open(&l, dir, &err) == 0, "open %s", err.text);
	fill(l, 1000);
	sh_ledger_close(l);
	OK(tamper(path, undo), "back to the schema before the chain");
	OK(sh_ledger_open(&l, dir, &err) == 0, "it is brought up to date: %s", err.text);
	OK(is_whole(dir, 7), "an anchor, and the six rows as they are");
	sh_ledger_note(l, 2000, "n", NULL, NULL, &err);
	OK(is_whole(dir, 8), "and it goes on");
	sh_ledger_close(l);
}

/* A column that the body leaves out could be changed unnoticed. */
static void test_columns(const char *base)
{
	static const struct {
		const char *table, *body;
	} all[] = {
		{ "repair", SH_CHAIN_REPAIR("new") },	{ "intent", SH_CHAIN_INTENT("new") },
		{ "approval", SH_CHAIN_APPROVAL("new") }, { "pause", SH_CHAIN_PAUSE("new") },
		{ "silence", SH_CHAIN_SILENCE("new") }, { "note", SH_CHAIN_NOTE("new") },
	};
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/retention/ledger.db", base);
	sqlite3 *db;

	sqlite3_open(path, &db);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		SH_CLEANUP_FREE char *sql = sh_asprintf("SELECT name FROM pragma_table_info('%s')", all[i].table);
		sqlite3_stmt *stmt = NULL;
		int columns = 0, missing = 0;

		sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
		for (; sqlite3_step(stmt) == SQLITE_ROW; columns++) {
			SH_CLEANUP_FREE char *one = sh_asprintf("new.%s,", (const char *)sqlite3_column_text(stmt, 0));
			SH_CLEANUP_FREE char *last = sh_asprintf("new.%s)", (const char *)sqlite3_column_text(stmt, 0));

			missing += !strstr(all[i].body, one) && !strstr(all[i].body, last);
		}
		OK(columns > 4 && !missing, "every column of %s is chained", all[i].table);
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
}

int main(void)
{
	char *base = scratch_make();

	test_tampering(base);
	test_kept(base);
	test_retention(base);
	test_adoption(base);
	test_columns(base);
	sh_buf_release(&told);
	scratch_remove(base);
	return plan_done();
}
