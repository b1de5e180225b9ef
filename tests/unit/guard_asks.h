/* SPDX-License-Identifier: MIT */
/*
 * guard_asks - what the guards say of a request in an area, and the ledger they
 * read it from
 */
#ifndef SH_TESTS_GUARD_ASKS_H
#define SH_TESTS_GUARD_ASKS_H

#include "repair/counts.h"
#include "repair/guard.h"
#include "repair_area.h"

#define WEB "service:web@" HOST

struct answer {
	enum sh_decision decision;
	char text[300];
};

static inline struct answer ask(struct area *a, const struct sh_request *q)
{
	struct answer out = { .decision = SH_DECIDE_NONE };
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_playbook *book;
	struct sh_plan p;

	if (sh_plan_make(&a->r, q, &p, &book, &err) == 0 && book &&
	    sh_guards_ask(&a->r, q, book, &p, &out.decision, &err) == 0)
		snprintf(out.text, sizeof(out.text), "%s", p.reason ? p.reason : "");
	else
		snprintf(out.text, sizeof(out.text), "%s", err.text);
	sh_plan_release(&p);
	return out;
}

static inline void expect(struct area *a, const struct sh_request *q, enum sh_decision decision,
		   const char *says, const char *what)
{
	struct answer got = ask(a, q);

	if (!OK(got.decision == decision && strstr(got.text, says), "%s", what))
		diag("%d: %s", (int)got.decision, got.text);
}

/* A repair that is under way; its row. */
static inline int64_t begin_repair(struct area *a, const char *plan, const char *on, int64_t start)
{
	SH_CLEANUP_FREE char *id = sh_strdup(plan), *target = sh_strdup(on);
	char book[] = "mend";
	struct sh_repair_row row = { .plan_id = id, .target = target, .playbook = book,
				     .attempt = 1, .started = start };
	struct sh_error err = SH_ERROR_INIT;
	int64_t number = 0;

	if (sh_ledger_repair_begin(a->r.ledger, &row, &number, &err) < 0)
		diag("%s", err.text);
	return number;
}

/* One from START to END (ns), as the ledger has it. */
static inline void add_repair(struct area *a, const char *plan, const char *outcome, int64_t start, int64_t end)
{
	int64_t row = begin_repair(a, plan, WEB, start);
	struct sh_error err = SH_ERROR_INIT;

	if (sh_ledger_repair_finish(a->r.ledger, row, end, outcome, NULL, &err) < 0)
		diag("%s", err.text);
}

/* Of fault FAULT, over at once. */
static inline void add_repair_of(struct area *a, const char *plan, const char *on, const char *of,
			  const char *outcome, int64_t start)
{
	SH_CLEANUP_FREE char *id = sh_strdup(plan), *target = sh_strdup(on), *fault = sh_strdup(of);
	char book[] = "mend";
	struct sh_repair_row row = { .plan_id = id, .target = target, .playbook = book, .fault_id = fault,
				     .attempt = 2, .started = start };
	struct sh_error err = SH_ERROR_INIT;
	int64_t number = 0;

	if (sh_ledger_repair_begin(a->r.ledger, &row, &number, &err) < 0 ||
	    sh_ledger_repair_finish(a->r.ledger, number, start + 1, outcome, NULL, &err) < 0)
		diag("%s", err.text);
}

static inline void put_counts(struct area *a, char *key, int64_t attempts, int64_t ended, int64_t healthy)
{
	struct sh_guard_counts c = { attempts, ended - SH_SEC, ended, healthy };
	struct sh_error err = SH_ERROR_INIT;

	if (sh_ledger_counts_put(a->r.ledger, key, &c, &err) < 0)
		diag("%s", err.text);
	free(key);
}

#endif
