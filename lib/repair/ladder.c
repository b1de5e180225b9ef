/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/ladder.h"

#include <stdlib.h>

#include "base/mem.h"
#include "repair/counts.h"
#include "repair/guards.h"

static char *key_of(const char *ladder, size_t rung, const char *target)
{
	return sh_asprintf("ladder:%s rung:%zu target:%s", ladder, rung + 1, target);
}

static int read_rung(const struct sh_repairer *r, const struct sh_playbook *ladder, size_t rung,
		     const char *target, struct sh_guard_counts *c, struct sh_error *err)
{
	SH_CLEANUP_FREE char *key = key_of(ladder->id, rung, target);

	*c = (struct sh_guard_counts){ 0 };
	return sh_ledger_counts(r->ledger, key, c, err) < 0 ? -1 : 0;
}

static int write_rung(const struct sh_repairer *r, const struct sh_playbook *ladder, size_t rung,
		      const char *target, const struct sh_guard_counts *c, struct sh_error *err)
{
	SH_CLEANUP_FREE char *key = key_of(ladder->id, rung, target);

	return sh_ledger_counts_put(r->ledger, key, c, err);
}

static bool is_used_up(const struct sh_rung *rung, const struct sh_guard_counts *c, int64_t now)
{
	return c->attempts >= rung->attempts ||
	       (c->attempts && rung->within && now - c->last_started >= rung->within);
}

int sh_ladder_stand(const struct sh_repairer *r, const struct sh_playbook *ladder, const char *target, int64_t now,
		    size_t *rung, struct sh_error *err)
{
	*rung = 0;
	for (; r->ledger && *rung < ladder->rungs; ++*rung) {
		struct sh_guard_counts c;

		if (read_rung(r, ladder, *rung, target, &c, err) < 0)
			return -1;
		if (sh_counts_are_over(&c, now, ladder->healthy_for) || !is_used_up(&ladder->rung[*rung], &c, now))
			return 0;
	}
	return 0;
}

int sh_ladder_attempts(const struct sh_repairer *r, const struct sh_playbook *ladder, size_t rung, const char *target,
		       int64_t now, int64_t *attempts, struct sh_error *err)
{
	struct sh_guard_counts c;

	if (read_rung(r, ladder, rung, target, &c, err) < 0)
		return -1;
	*attempts = sh_counts_are_over(&c, now, ladder->healthy_for) ? 0 : c.attempts;
	return 0;
}

int sh_ladder_next(const struct sh_repairer *r, const struct sh_plan *plan, enum sh_ladder_way *way,
		   const char **next, struct sh_error *err)
{
	const struct sh_playbook *ladder = sh_playbooks_find(r->playbooks, plan->ladder);
	size_t rung;

	*way = SH_LADDER_NONE;
	if (!ladder)
		return 0;
	if (sh_ladder_stand(r, ladder, plan->entity, sh_repairer_now(r), &rung, err) < 0)
		return -1;
	if ((int64_t)rung < plan->rung) {
		*way = SH_LADDER_STAYS;
	} else if (rung == ladder->rungs) {
		*way = SH_LADDER_USED_UP;
	} else {
		*way = SH_LADDER_CLIMBS;
		*next = ladder->rung[rung].playbook;
	}
	return 0;
}

typedef void change_fn(struct sh_guard_counts *c, const struct sh_plan *plan, bool own, int64_t healthy_for);

/* All rungs of the plan's ladder. OWN: it is the one of the plan. */
static int change(const struct sh_repairer *r, const struct sh_plan *plan, change_fn *fn, struct sh_error *err)
{
	const struct sh_playbook *ladder = sh_playbooks_find(r->playbooks, plan->ladder);

	for (size_t i = 0; ladder && i < ladder->rungs; i++) {
		struct sh_guard_counts c;

		if (read_rung(r, ladder, i, plan->entity, &c, err) < 0)
			return -1;
		fn(&c, plan, (int64_t)i + 1 == plan->rung, ladder->healthy_for);
		if (write_rung(r, ladder, i, plan->entity, &c, err) < 0)
			return -1;
	}
	return 0;
}

static void on_begin(struct sh_guard_counts *c, const struct sh_plan *plan, bool own, int64_t healthy_for)
{
	if (sh_counts_are_over(c, plan->started, healthy_for))
		c->attempts = 0;
	c->healthy_since = 0;
	if (!own)
		return;
	if (!c->attempts++)
		c->last_started = plan->started;
}

static void on_end(struct sh_guard_counts *c, const struct sh_plan *plan, bool own, int64_t healthy_for)
{
	(void)healthy_for;
	if (own)
		c->last_ended = plan->ended;
	if (plan->success)
		c->healthy_since = plan->ended;
}

static void on_withdraw(struct sh_guard_counts *c, const struct sh_plan *plan, bool own, int64_t healthy_for)
{
	(void)plan;
	(void)healthy_for;
	if (own && c->attempts > 0)
		c->attempts--;
}

int sh_ladder_begin(const struct sh_repairer *r, const struct sh_plan *plan, struct sh_error *err)
{
	return change(r, plan, on_begin, err);
}

int sh_ladder_end(const struct sh_repairer *r, const struct sh_plan *plan, struct sh_error *err)
{
	return change(r, plan, on_end, err);
}

int sh_ladder_withdraw(const struct sh_repairer *r, const struct sh_plan *plan, struct sh_error *err)
{
	return change(r, plan, on_withdraw, err);
}

static int note_health(const struct sh_repairer *r, const struct sh_playbook *ladder, const char *target,
		       bool healthy, int64_t time, struct sh_error *err)
{
	for (size_t i = 0; i < ladder->rungs; i++) {
		struct sh_guard_counts c;

		if (read_rung(r, ladder, i, target, &c, err) < 0)
			return -1;
		if (!c.attempts || healthy == (c.healthy_since != 0) || time <= c.last_ended)
			continue;
		if (sh_counts_are_over(&c, time, ladder->healthy_for))
			c.attempts = 0;
		c.healthy_since = healthy ? time : 0;
		if (write_rung(r, ladder, i, target, &c, err) < 0)
			return -1;
	}
	return 0;
}

int sh_ladder_health(const struct sh_repairer *r, const char *target, bool healthy, int64_t time,
		     struct sh_error *err)
{
	for (size_t i = 0; i < r->playbooks->n; i++)
		if (note_health(r, &r->playbooks->playbook[i], target, healthy, time, err) < 0)
			return -1;
	return 0;
}

int sh_ask_ladder(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	const struct sh_playbook *ladder = sh_playbooks_find(a->r->playbooks, a->plan->ladder);

	(void)err;
	if (!ladder || a->plan->rung <= (int64_t)ladder->rungs)
		return 0;
	return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
			       sh_asprintf("all %zu rungs of '%s' were tried: a person is needed", ladder->rungs,
					   ladder->id));
}
