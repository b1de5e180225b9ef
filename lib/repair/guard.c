/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/guard.h"

#include <stdlib.h>

#include "base/mem.h"
#include "repair/guards.h"

int sh_guard_answer(struct sh_ask *a, enum sh_decision *to, enum sh_decision decision, char *reason)
{
	*to = decision;
	a->reason = reason;
	return 0;
}

static const struct {
	const char *name;
	sh_guard_fn *ask;
} guards[] = {
	{ "kill_switch", sh_ask_kill_switch },
	{ "host", sh_ask_host },
	{ "mode", sh_ask_mode },
	{ "pause", sh_ask_pause },
	{ "once", sh_ask_once },
	{ "plan_changed", sh_ask_identity },
	{ "clock", sh_ask_clock },
	{ "freshness", sh_ask_freshness },
	{ "attempts", sh_ask_attempts },
	{ "cooldown", sh_ask_cooldown },
	{ "budget", sh_ask_budget },
	{ "maintenance", sh_ask_maintenance },
	{ "backlog", sh_ask_backlog },
	{ "storm", sh_ask_storm },
	{ "observer", sh_ask_observer },
	{ "network", sh_ask_network },
	{ "inventory", sh_ask_inventory },
	{ "capacity", sh_ask_capacity },
	{ "approval", sh_ask_approval },
};
#define GUARDS (sizeof(guards) / sizeof(guards[0]))

static const char *const decision_words[] = { "act",	    "observe", "ask",  "refuse", "cooldown",
					      "superseded", "done",    "none", NULL };

static enum sh_answer answer_of(enum sh_decision d)
{
	switch (d) {
	case SH_DECIDE_ACT:
		return SH_ANSWER_PASS;
	case SH_DECIDE_REFUSE:
		return SH_ANSWER_REFUSE;
	case SH_DECIDE_ASK:
	case SH_DECIDE_COOLDOWN:
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

	g->guard = sh_strdup(guards[i].name);
	g->answer = answer_of(d);
	g->reason = reason;
}

int sh_guards_ask(const struct sh_repairer *r, const struct sh_request *q,
		  const struct sh_playbook *book, struct sh_plan *plan,
		  enum sh_decision *decision, struct sh_error *err)
{
	struct sh_ask a = { .r = r, .q = q, .book = book, .plan = plan, .now = sh_repairer_now(r) };

	*decision = SH_DECIDE_ACT;
	plan->guard = sh_calloc(GUARDS, sizeof(*plan->guard));
	for (size_t i = 0; i < GUARDS; i++) {
		enum sh_decision d = SH_DECIDE_ACT;

		a.reason = NULL;
		if (guards[i].ask(&a, &d, err) < 0)
			return -1;
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
