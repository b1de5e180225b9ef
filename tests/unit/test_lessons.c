/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/lessons.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "scratch.h"
#include "state/ledger.h"
#include "state/ledger_internal.h"
#include "tap.h"

#define REPAIRS 5000

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int fill(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	(void)arg;
	for (int i = 0; i < REPAIRS; i++) {
		struct sh_repair_row r = { .plan_id = (char[]){ "p" },
					   .target = (char[]){ "service:a@h" },
					   .playbook = (char[]){ "kick" },
					   .fingerprint = (char[]){ "f-1" },
					   .attempt = 1,
					   .started = (i + 1) * SH_MIN };
		int64_t row;
		int rc;

		r.record = json_pack("{s:s,s:s}", "fault_type", "down", "cause", "gone");
		rc = sh_ledger_repair_begin(l, &r, &row, err);
		json_decref(r.record);
		if (rc < 0 ||
		    sh_ledger_repair_finish(l, row, r.started + SH_SEC, "fixed", NULL, err) < 0)
			return -1;
	}
	return 0;
}

static void test_plan(const char *dir)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.db", dir);
	sqlite3_stmt *stmt = NULL;
	char plan[200] = "";
	sqlite3 *db = NULL;

	sqlite3_open(path, &db);
	sqlite3_prepare_v2(db, "EXPLAIN QUERY PLAN " SH_LEDGER_LESSONS, -1, &stmt, NULL);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		snprintf(plan + strlen(plan), sizeof(plan) - strlen(plan), "%s;",
			 (const char *)sqlite3_column_text(stmt, 3));
	OK(!strcmp(plan, "SCAN repair USING INDEX repair_started;"), "along an index, unsorted: %s",
	   plan);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

static int64_t tried(const struct sh_lessons *l, int64_t time)
{
	struct sh_fault f = { .fingerprint = (char[]){ "f-1" },
			      .fault_type = (char[]){ "down" },
			      .entity = (char[]){ "service:a@h" },
			      .time = time };
	json_auto_t *ranking = json_array();

	sh_lessons_speak(l, &f, ranking);
	return json_integer_value(json_object_get(
		json_array_get(json_object_get(json_array_get(ranking, 0), "evidence"), 0),
		"tried"));
}

static void test_bounds(const char *dir)
{
	struct sh_lessons *l = sh_lessons_new(dir);
	int64_t end = (REPAIRS + 2) * SH_MIN;
	struct sh_error err = SH_ERROR_INIT;
	double start = now(), read, asked;

	OK(sh_lessons_follow(l, end, &err) == 0, "read %s", err.text);
	read = now() - start;
	OK(tried(l, end) == SH_LESSONS, "the newest of them count");
	OK(tried(l, end - 1000 * SH_MIN) < SH_LESSONS && tried(l, SH_MIN) == 0,
	   "of these only what had ended by then");
	start = now();
	for (int i = 0; i < 500; i++) {
		sh_lessons_follow(l, end + i * SH_SEC, &err);
		tried(l, end);
	}
	asked = now() - start;
	diag("read in %.1f ms, 500 faults %.1f ms", read * 1000, asked * 1000);
	OK(read < 0.5 && asked < 2, "at a cost that nobody minds");
	sh_lessons_free(l);
}

int main(void)
{
	char *dir = scratch_make();
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l = NULL;

	OK(sh_ledger_open(&l, dir, &err) == 0 && sh_ledger_together(l, fill, NULL, &err) == 0,
	   "%d repairs %s", REPAIRS, err.text);
	sh_ledger_close(l);
	test_plan(dir);
	test_bounds(dir);
	scratch_remove(dir);
	return plan_done();
}
