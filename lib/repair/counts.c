/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "repair/ladder.h"
#include "repair/planner.h"

bool sh_counts_are_over(const struct sh_guard_counts *c, int64_t now, int64_t healthy_for)
{
	return c->healthy_since && now - c->healthy_since >= healthy_for;
}

int64_t sh_counts_wait(const struct sh_playbook *book, int64_t attempts)
{
	int64_t wait = book->cooldown;

	while (--attempts > 0 && wait < book->cooldown_max)
		wait *= 2;
	return wait > book->cooldown_max ? book->cooldown_max : wait;
}

#define WEEK (7 * SH_DAY)
#define MOST_TRIED 1000 /* repairs of one target by one playbook that are looked through */

static int on_repair(void *arg, const struct sh_repair_row *row)
{
	*(int64_t *)arg += row->fault_id && (!row->outcome || strcmp(row->outcome, "not_begun") != 0);
	return 0;
}

int sh_counts_week(const struct sh_repairer *r, const char *target, const char *playbook, int64_t now,
		   int64_t *n, struct sh_error *err)
{
	const struct sh_repair_query query = { .target = target, .playbook = playbook, .since = now - WEEK };

	*n = 0;
	return sh_ledger_repairs(r->ledger, &query, on_repair, n, err);
}

struct tried {
	const char *fault_id;
	int64_t attempt;
};

static int on_tried(void *arg, const struct sh_repair_row *row)
{
	struct tried *t = arg;

	if (row->fault_id && !strcmp(row->fault_id, t->fault_id) && row->attempt > t->attempt &&
	    (!row->outcome || strcmp(row->outcome, "not_begun") != 0))
		t->attempt = row->attempt;
	return 0;
}

int sh_counts_tried(const struct sh_repairer *r, const char *target, const char *playbook, const char *fault_id,
		    int64_t *attempt, struct sh_error *err)
{
	const struct sh_repair_query query = { .target = target, .playbook = playbook, .limit = MOST_TRIED };
	struct tried t = { .fault_id = fault_id };

	*attempt = 0;
	if (sh_ledger_repairs(r->ledger, &query, on_tried, &t, err) < 0)
		return -1;
	*attempt = t.attempt;
	return 0;
}

static int on_open(void *arg, const struct sh_repair_row *row)
{
	(void)row;
	++*(int64_t *)arg;
	return 0;
}

int sh_counts_under_way(const struct sh_repairer *r, int64_t now, int64_t *n, struct sh_error *err)
{
	/* What nobody could settle for an hour holds its own target, not all the others. */
	const struct sh_repair_query query = { .open_only = true, .since = now - SH_HOUR };

	*n = 0;
	return sh_ledger_repairs(r->ledger, &query, on_open, n, err);
}

typedef void change_fn(struct sh_guard_counts *c, const struct sh_plan *plan, int64_t healthy_for);

static int change(const struct sh_repairer *r, char *key, change_fn *fn,
		  const struct sh_plan *plan, struct sh_error *err)
{
	const struct sh_playbook *book = sh_playbooks_find(r->playbooks, plan->playbook);
	struct sh_guard_counts c = { 0 };
	int rc = sh_ledger_counts(r->ledger, key, &c, err);

	if (rc >= 0) {
		fn(&c, plan, book ? book->healthy_for : 0);
		rc = sh_ledger_counts_put(r->ledger, key, &c, err);
	}
	free(key);
	return rc < 0 ? -1 : 0;
}

static int change_both(const struct sh_repairer *r, change_fn *fn, const struct sh_plan *plan,
		       struct sh_error *err)
{
	if (change(r, sh_counts_key(plan->entity, plan->playbook), fn, plan, err) < 0)
		return -1;
	if (!plan->fingerprint)
		return 0;
	return change(r, sh_counts_key_fingerprint(plan->fingerprint), fn, plan, err);
}

static void on_begin(struct sh_guard_counts *c, const struct sh_plan *plan, int64_t healthy_for)
{
	if (plan->fault_id && sh_counts_are_over(c, plan->started, healthy_for))
		c->attempts = 0;
	c->attempts++;
	c->last_started = plan->started;
	c->healthy_since = 0;
}

/* The time counts, the attempt does not. */
static void on_further_rung(struct sh_guard_counts *c, const struct sh_plan *plan,
			    int64_t healthy_for)
{
	(void)healthy_for;
	c->last_started = plan->started;
	c->healthy_since = 0;
}

static void on_end(struct sh_guard_counts *c, const struct sh_plan *plan, int64_t healthy_for)
{
	(void)healthy_for;
	c->last_ended = plan->ended;
	/* A proof is the beginning of health; only its length makes attempts count anew. */
	if (plan->success)
		c->healthy_since = plan->ended;
}

static void on_withdraw(struct sh_guard_counts *c, const struct sh_plan *plan, int64_t healthy_for)
{
	(void)plan;
	(void)healthy_for;
	if (c->attempts > 0)
		c->attempts--;
}

int sh_counts_begin(const struct sh_repairer *r, const struct sh_plan *plan, int rung,
		    struct sh_error *err)
{
	if (sh_ladder_begin(r, plan, err) < 0)
		return -1;
	if (!rung || !plan->fingerprint)
		return change_both(r, on_begin, plan, err);
	if (change(r, sh_counts_key(plan->entity, plan->playbook), on_begin, plan, err) < 0)
		return -1;
	return change(r, sh_counts_key_fingerprint(plan->fingerprint), on_further_rung, plan, err);
}

int sh_counts_end(const struct sh_repairer *r, const struct sh_plan *plan, struct sh_error *err)
{
	if (sh_ladder_end(r, plan, err) < 0)
		return -1;
	return change_both(r, on_end, plan, err);
}

void sh_counts_proved(const struct sh_repairer *r, const struct sh_plan *plan)
{
	struct sh_error ignored = SH_ERROR_INIT;

	if (plan->fingerprint && plan->verified == SH_VERIFIED_FIXED)
		sh_ledger_fault_put(r->ledger, plan->fingerprint, "resolved", plan->verified_at,
				    NULL, &ignored);
}

int sh_counts_withdraw(const struct sh_repairer *r, const struct sh_plan *plan,
		       struct sh_error *err)
{
	if (sh_ladder_withdraw(r, plan, err) < 0)
		return -1;
	return change_both(r, on_withdraw, plan, err);
}

static int set_health(const struct sh_repairer *r, const char *key, int64_t healthy_for,
		      bool healthy, int64_t time, struct sh_error *err)
{
	struct sh_guard_counts c = { 0 };
	int found = sh_ledger_counts(r->ledger, key, &c, err);

	if (found < 0)
		return -1;
	if (!c.attempts || healthy == (c.healthy_since != 0) || time <= c.last_ended)
		return 0;
	/* Seen again after it had been healthy for long: the next attempt is the first. */
	if (sh_counts_are_over(&c, time, healthy_for))
		c.attempts = 0;
	c.healthy_since = healthy ? time : 0;
	return sh_ledger_counts_put(r->ledger, key, &c, err);
}

int sh_counts_health(const struct sh_repairer *r, const char *target, const char *fingerprint,
		     bool healthy, int64_t time, struct sh_error *err)
{
	SH_CLEANUP_FREE char *by_fault = sh_counts_key_fingerprint(fingerprint);

	int64_t longest = 0;

	for (size_t i = 0; i < r->playbooks->n; i++) {
		const struct sh_playbook *b = &r->playbooks->playbook[i];
		SH_CLEANUP_FREE char *key = sh_counts_key(target, b->id);

		if (set_health(r, key, b->healthy_for, healthy, time, err) < 0)
			return -1;
		longest = b->healthy_for > longest ? b->healthy_for : longest;
	}
	if (sh_ladder_health(r, target, healthy, time, err) < 0)
		return -1;
	return set_health(r, by_fault, longest, healthy, time, err);
}
