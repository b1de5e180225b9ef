/* SPDX-License-Identifier: MIT */
/* The questions of a fault end with it: all of them or none, and never one that a person answered. */
#include "config.h"

#include <sqlite3.h>

#include "repair/tell.h"
#include "repair_area.h"

static void ask(struct area *a, const char *plan, const char *fault, const char *word)
{
	SH_CLEANUP_FREE char *id = sh_strdup(plan), *answer = sh_strdup(word);
	struct sh_approval p = { .plan_id = id, .answer = answer, .time = a->r.now };
	struct sh_error err = SH_ERROR_INIT;

	p.plan = json_pack("{s:s}", "fault_id", fault);
	if (sh_ledger_approval_put(a->r.ledger, &p, &err) < 0)
		diag("%s", err.text);
	json_decref(p.plan);
}

static bool is(struct area *a, const char *plan, const char *answer)
{
	struct sh_approval p = { 0 };
	struct sh_error err = SH_ERROR_INIT;
	bool same = sh_ledger_approval_get(a->r.ledger, plan, &p, &err) == 1 && !strcmp(p.answer, answer);

	sh_approval_release(&p);
	return same;
}

/* As another program at the same database does. */
static void run_sql(const struct area *a, const char *sql)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/state/ledger.db", a->dir);
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		diag("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

int main(void)
{
	json_auto_t *fault = json_pack("{s:s, s:s}", "id", "f-1", "entity", "service:web@" HOST);
	struct area a;

	area_init(&a);
	area_load(&a, AREA_RULE AREA_SITE AREA_BOOK("", ""));
	area_ledger(&a);
	ask(&a, "p-1", "f-1", "waiting");
	ask(&a, "p-2", "f-1", "waiting");
	ask(&a, "p-3", "f-2", "waiting");
	ask(&a, "p-4", "f-1", "approved");
	run_sql(&a, "CREATE TRIGGER no BEFORE UPDATE ON approval WHEN new.plan = 'p-2' BEGIN "
		    "SELECT raise(ABORT, 'not now'); END");
	sh_tell_over(&a.r, fault, a.r.now);
	OK(is(&a, "p-1", "waiting") && is(&a, "p-2", "waiting"),
	   "where one question of a fault cannot be ended none is, for they are found and ended in one transaction");
	run_sql(&a, "DROP TRIGGER no");
	sh_tell_over(&a.r, fault, a.r.now);
	OK(is(&a, "p-1", "rejected") && is(&a, "p-2", "rejected"), "the questions of a fault end with it");
	OK(is(&a, "p-3", "waiting"), "that of another does not");
	OK(is(&a, "p-4", "approved"), "nor is the answer of a person taken back");
	area_release(&a);
	return plan_done();
}
