/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/guard.h"

#include <stdlib.h>

#include "base/mem.h"
#include "config/guards.h"
#include "repair/guards.h"
#include "repair/override.h"

int sh_guard_answer(struct sh_ask *a, enum sh_decision *to, enum sh_decision decision, char *reason)
{
	*to = decision;
	a->reason = reason;
	return 0;
}

/* In the order of sh_guard_rules. */
static sh_guard_fn *const ask[SH_GUARDS] = {
	sh_ask_kill_switch, sh_ask_host, sh_ask_mode, sh_ask_pause, sh_ask_once, sh_ask_identity,
	sh_ask_clock, sh_ask_freshness, sh_ask_attempts, sh_ask_ladder, sh_ask_cooldown, sh_ask_budget, sh_ask_timeout,
	sh_ask_maintenance, sh_ask_backlog, sh_ask_storm, sh_ask_concurrency, sh_ask_observer, sh_ask_network,
	sh_ask_inventory, sh_ask_capacity, sh_ask_conflict, sh_ask_person, sh_ask_approval,
};

static const char *const decision_words[] = { "act",	    "observe", "ask",  "refuse", "cooldown",
					      "superseded", "conflict", "done", "none", NULL };

static enum sh_answer answer_of(enum sh_decision d)
{
	switch (d) {
	case SH_DECIDE_ACT:
		return SH_ANSWER_PASS;
	case SH_DECIDE_REFUSE:
		return SH_ANSWER_REFUSE;
	case SH_DECIDE_ASK:
	case SH_DECIDE_COOLDOWN:
	case SH_DECIDE_CONFLICT:
		return SH_ANSWER_WAIT;
	case SH_DECIDE_OBSERVE:
	case SH_DECIDE_SUPERSEDED:
	case SH_DECIDE_DONE:
	case SH_DECIDE_NONE:
		return SH_ANSWER_SKIP;
	}
	return SH_ANSWER_REFUSE;
}

static void record_answer(struct sh_plan *plan, size_t i, enum sh_decision d, char *reason)
{
	struct sh_guard_answer *g = &plan->guard[plan->guards++];

	g->guard = sh_strdup(sh_guard_rules[i].name);
	g->answer = answer_of(d);
	g->reason = reason;
}

static int ask_one(struct sh_ask *a, size_t i, enum sh_decision *d, struct sh_error *err)
{
	const struct sh_guard_rules *rules = &sh_guard_rules[i];

	if (a->book->gives_back && rules->spares_return)
		return 0;
	if (ask[i](a, d, err) < 0)
		return -1;
	return *d != SH_DECIDE_ACT && rules->can_be_overridden ? sh_override_apply(a, rules->name, d, err) : 0;
}

int sh_guards_ask(const struct sh_repairer *r, const struct sh_request *q,
		  const struct sh_playbook *book, struct sh_plan *plan,
		  enum sh_decision *decision, struct sh_error *err)
{
	struct sh_ask a = { .r = r, .q = q, .book = book, .plan = plan, .now = sh_repairer_now(r) };

	*decision = SH_DECIDE_ACT;
	plan->guard = sh_calloc(SH_GUARDS, sizeof(*plan->guard));
	for (size_t i = 0; i < SH_GUARDS; i++) {
		enum sh_decision d = SH_DECIDE_ACT;

		a.reason = NULL;
		if (ask_one(&a, i, &d, err) < 0) {
			free(a.reason);
			*decision = SH_DECIDE_REFUSE;
			return -1;
		}
		record_answer(plan, i, d, a.reason);
		if (*decision != SH_DECIDE_ACT || d == SH_DECIDE_ACT)
			continue;
		*decision = d;
		free(plan->reason);
		plan->reason = sh_strdup(a.reason);
	}
	free(plan->decision);
	plan->decision = sh_strdup(decision_words[*decision]);
	return 0;
}
