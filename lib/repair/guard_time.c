/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/guards.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/json.h"

/* Of the newest repairs of the target by the playbook; fewer successes than LEAST say nothing. */
#define MOST 200
#define LEAST 5

/* How long one step took where it was done at its first try. */
struct times {
	const struct sh_step *step;
	int64_t took[MOST];
	size_t n;
};

static void add_step(struct times *t, const json_t *record)
{
	const char *began = sh_json_str(record, "started", NULL), *over = sh_json_str(record, "ended", NULL);
	int64_t started, ended;

	if (t->n == MOST || !began || !over || strcmp(sh_json_str(record, "name", ""), t->step->name) ||
	    strcmp(sh_json_str(record, "action", ""), t->step->action) ||
	    strcmp(sh_json_str(record, "state", ""), "done") ||
	    json_integer_value(json_object_get(record, "tries")) != 1 ||
	    sh_time_parse(began, strlen(began), &started) < 0 || sh_time_parse(over, strlen(over), &ended) < 0 ||
	    ended < started)
		return;
	t->took[t->n++] = ended - started;
}

static int on_repair(void *arg, const struct sh_repair_row *row)
{
	struct times *t = arg;
	json_t *step;
	size_t i;

	json_array_foreach(json_object_get(row->record, "steps"), i, step)
		add_step(t, step);
	return t->n == MOST;
}

static int by_length(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The 99th percentile by the nearest rank: of fewer than a hundred the longest. */
static int64_t longest_usual(struct times *t)
{
	sh_sort(t->took, t->n, sizeof(*t->took), by_length);
	return t->took[(t->n * 99 + 99) / 100 - 1];
}

/* One that is cut off where it used to succeed fails, and what follows a failure is stronger. */
static int ask_step(struct sh_ask *a, const struct sh_step *step, enum sh_decision *d, struct sh_error *err)
{
	const struct sh_repair_query query = { .target = a->q->target, .playbook = a->book->id, .limit = MOST };
	struct times t = { .step = step };
	char allowed[SH_DURATION_TEXT], usual[SH_DURATION_TEXT];
	int64_t most;

	/* Those of a list have names of their own, and may be of any size. */
	if (step->for_each)
		return 0;
	if (sh_ledger_repairs(a->r->ledger, &query, on_repair, &t, err) < 0)
		return -1;
	most = t.n < LEAST ? 0 : longest_usual(&t);
	if (most <= step->timeout)
		return 0;
	sh_duration_format(allowed, step->timeout);
	sh_duration_format(usual, most / SH_MS * SH_MS);
	return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
			       sh_asprintf("step '%s' may take %s, and took up to %s when it succeeded (99 %% of %zu): "
					   "it would be cut off", step->name, allowed, usual, t.n));
}

int sh_ask_timeout(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	for (size_t i = 0; a->r->ledger && *d == SH_DECIDE_ACT && i < a->book->steps; i++)
		if (ask_step(a, &a->book->step[i], d, err) < 0)
			return -1;
	return 0;
}
