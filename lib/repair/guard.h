/* SPDX-License-Identifier: MIT */
/*
 * guard - may this plan be carried out now?
 *
 * Every guard answers, and every answer goes into the plan. The first answer
 * that is not a pass decides; the rest are still asked, so that an operator sees
 * all that stands in the way. Guards read the ledger; they change nothing.
 */
#ifndef SH_REPAIR_GUARD_H
#define SH_REPAIR_GUARD_H

#include "base/error.h"
#include "record/plan.h"
#include "repair/playbook.h"
#include "repair/repairer.h"
#include "repair/request.h"

enum sh_decision {
	SH_DECIDE_ACT,
	SH_DECIDE_OBSERVE,    /* the mode says only to watch */
	SH_DECIDE_ASK,        /* waits for approval */
	SH_DECIDE_REFUSE,     /* a guard says no */
	SH_DECIDE_COOLDOWN,   /* too soon after the last attempt: no refusal */
	SH_DECIDE_SUPERSEDED, /* the evidence is older than the last action: no refusal */
	SH_DECIDE_CONFLICT,   /* another plan goes first: no refusal */
	SH_DECIDE_DONE,       /* this very plan was carried out before: no refusal */
	SH_DECIDE_NONE,       /* nothing to be done: no playbook */
};

/* Ask all guards; guards, decision and reason of the plan are set. -1 when the ledger cannot be read: *DECISION is no act. */
int sh_guards_ask(const struct sh_repairer *r, const struct sh_request *q,
		  const struct sh_playbook *book, struct sh_plan *plan,
		  enum sh_decision *decision, struct sh_error *err);

/*
 * A file that stops everything, for an operator who has no time to explain: why
 * nothing may be begun now (a new string), or NULL.
 */
char *sh_guards_stop(const struct sh_repairer *r);

#endif
