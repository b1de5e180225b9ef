/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/guards.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "repair/counts.h"
#include "repair/depends.h"
#include "repair/planner.h"

#define JITTER_PERCENT 20
#define LONGEST_REPAIR SH_HOUR /* of what is needed: it may have begun before the one that failed */

static int read_counts(struct sh_ask *a, char *key, struct sh_guard_counts *c, struct sh_error *err)
{
	int rc = sh_ledger_counts(a->r->ledger, key, c, err);

	free(key);
	if (rc >= 0 && sh_counts_are_over(c, a->now, a->book->healthy_for))
		c->attempts = 0;
	return rc;
}

/* Within +-20 % by a jitter that is the same for the same plan. */
static int64_t backoff(const struct sh_ask *a, int64_t attempts)
{
	int64_t wait = sh_counts_wait(a->book, attempts), spread;

	spread = (int64_t)(sh_hash64(a->plan->id, strlen(a->plan->id)) % (2 * JITTER_PERCENT + 1));
	return wait + wait / 100 * (spread - JITTER_PERCENT);
}

/* The worse of the two keys: this playbook on this target, and this very fault. */
static int worst_counts(struct sh_ask *a, struct sh_guard_counts *out, struct sh_error *err)
{
	struct sh_guard_counts by_fault = { 0 };

	memset(out, 0, sizeof(*out));
	if (!a->r->ledger)
		return 0;
	if (read_counts(a, sh_counts_key(a->q->target, a->book->id), out, err) < 0)
		return -1;
	if (a->q->fingerprint &&
	    read_counts(a, sh_counts_key_fingerprint(a->q->fingerprint), &by_fault, err) < 0)
		return -1;
	/* Rungs of a ladder each have their own attempts; the fault as a whole has one cooldown. */
	if (a->q->rung)
		return 0;
	if (by_fault.last_ended > out->last_ended)
		out->last_ended = by_fault.last_ended;
	if (by_fault.attempts > out->attempts)
		out->attempts = by_fault.attempts;
	return 0;
}

int sh_ask_attempts(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct sh_guard_counts c;

	if (worst_counts(a, &c, err) < 0)
		return -1;
	/* A ladder has attempts of its own for each rung. */
	if (!a->q->fault_id || a->plan->ladder || c.attempts < a->book->attempts)
		return 0;
	return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
		      sh_asprintf("%lld attempts did not make it healthy: a person is needed",
				  (long long)c.attempts));
}

struct change {
	const struct sh_ask *a;
	int64_t since;
	char *what; /* owned */
};

/* What the target needs was broken when it was last repaired, and is not any more. */
static int on_repair(void *arg, const struct sh_repair_row *row)
{
	struct change *c = arg;

	if (!row->outcome || strcmp(row->outcome, "fixed") || row->ended <= c->since ||
	    !strcmp(row->target, c->a->q->target) || !sh_depends(c->a->r, c->a->q->target, row->target))
		return 0;
	c->what = sh_strdup(row->target);
	return 1;
}

/* What a repair could not mend because something else was broken is not waited for once that is mended; attempts still count. */
static int is_spared(struct sh_ask *a, const struct sh_guard_counts *counts, bool *spared, struct sh_error *err)
{
	const struct sh_repair_query recent = { .since = counts->last_ended - LONGEST_REPAIR };
	struct change c = { .a = a, .since = counts->last_ended };
	int rc = sh_ledger_repairs(a->r->ledger, &recent, on_repair, &c, err);

	*spared = c.what != NULL;
	if (c.what)
		a->reason = sh_asprintf("'%s', which it needs, was repaired since", c.what);
	free(c.what);
	return rc;
}

int sh_ask_cooldown(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct sh_guard_counts c;
	bool spared;
	int64_t left;

	if (worst_counts(a, &c, err) < 0)
		return -1;
	if (!a->q->fault_id || c.attempts == 0 || a->q->rung)
		return 0;
	left = c.last_ended + backoff(a, c.attempts) - a->now;
	if (left <= 0)
		return 0;
	if (is_spared(a, &c, &spared, err) < 0)
		return -1;
	if (spared)
		return 0;
	return sh_guard_answer(a, d, SH_DECIDE_COOLDOWN,
		      sh_asprintf("%lld s of cooldown are left after attempt %lld",
				  (long long)((left + SH_SEC - 1) / SH_SEC),
				  (long long)c.attempts));
}

int sh_ask_budget(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	int64_t n;

	if (!a->r->ledger || !a->q->fault_id)
		return 0;
	if (sh_counts_week(a->r, a->q->target, a->book->id, a->now, &n, err) < 0)
		return -1;
	if (n < a->r->limits.per_week)
		return 0;
	return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
			       sh_asprintf("%lld repairs in a week, and it comes back: a person is "
					   "needed to find out why", (long long)n));
}

int sh_ask_concurrency(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	int64_t n;

	/* A further rung has its place already. */
	if (!a->r->ledger || a->q->rung)
		return 0;
	if (sh_counts_under_way(a->r, a->now, &n, err) < 0)
		return -1;
	if (n < a->r->limits.at_once)
		return 0;
	return sh_guard_answer(a, d, SH_DECIDE_COOLDOWN,
			       sh_asprintf("%lld repairs are under way: it waits for one to end", (long long)n));
}
