/* SPDX-License-Identifier: MIT */
/*
 * guards - each guard by itself
 *
 * A guard answers one question about one plan. It reads the ledger and the
 * configuration and changes nothing. Where it lets the plan pass it leaves the
 * decision alone; a reason it gives nevertheless stands in the record. It
 * returns 0, or -1 when the ledger cannot be read.
 */
#ifndef SH_REPAIR_GUARDS_H
#define SH_REPAIR_GUARDS_H

#include "repair/guard.h"

struct sh_ask {
	const struct sh_repairer *r;
	const struct sh_request *q;
	const struct sh_playbook *book;
	const struct sh_plan *plan;
	int64_t now;
	char *reason; /* out: owned */
};

typedef int sh_guard_fn(struct sh_ask *a, enum sh_decision *decision, struct sh_error *err);

/* Set *TO and the reason, which is taken over; 0. */
int sh_guard_answer(struct sh_ask *a, enum sh_decision *to, enum sh_decision decision, char *reason);

/* guard_operator.c: what people said */
sh_guard_fn sh_ask_kill_switch; /* is there a file that stops everything? */
sh_guard_fn sh_ask_mode;        /* may more be done than watched? */
sh_guard_fn sh_ask_pause;       /* is it paused or held? */
sh_guard_fn sh_ask_approval;    /* did a person agree, where one must? */

/* Whether a person agreed to this very plan. */
int sh_approval_stands(struct sh_ask *a, bool *approved, struct sh_error *err);

/* guard_person.c */
sh_guard_fn sh_ask_person; /* does it take back what somebody who is here may have meant? */

/* guard_evidence.c: what the plan rests on */
sh_guard_fn sh_ask_host;      /* is the target on this machine? */
sh_guard_fn sh_ask_identity;  /* is a plan that comes back still the same? */
sh_guard_fn sh_ask_once;      /* was it carried out before? */
sh_guard_fn sh_ask_freshness; /* is the evidence recent, and newer than the last action? */

/* guard_pace.c: how often */
sh_guard_fn sh_ask_attempts; /* did it fail to help too often? */
sh_guard_fn sh_ask_cooldown; /* is it too soon after the last attempt? */
sh_guard_fn sh_ask_budget;   /* did it help, but for too short a time, too often in a week? */
sh_guard_fn sh_ask_concurrency; /* are as many repairs under way as may be? */

/* guard_time.c */
sh_guard_fn sh_ask_timeout; /* has a step less time than it used to take? */

/* ladder.c */
sh_guard_fn sh_ask_ladder; /* were all rungs tried? */

/* guard_window.c */
sh_guard_fn sh_ask_maintenance; /* is it planned work, or known? */

/* storm.c */
sh_guard_fn sh_ask_storm;   /* is the storm brake on, or one more repair too many? */
sh_guard_fn sh_ask_backlog; /* does it come from before a reset of the brake? */

/* guard_doubt.c: can who looks be believed? */
sh_guard_fn sh_ask_observer;  /* are so many bad at once that who sees it is to be doubted? */
sh_guard_fn sh_ask_clock;     /* was the clock set, or the machine started or woken? */
sh_guard_fn sh_ask_network;   /* did its own network change? */
sh_guard_fn sh_ask_inventory; /* are many of the known targets gone? */

/* Of the declared entities of TARGET's type: how many are bad at once, and how many there are (0: not asked). */
int sh_doubt_count(const struct sh_repairer *r, const char *target, int64_t now, int64_t *bad, int64_t *all,
		   struct sh_error *err);

/* conflict.c */
sh_guard_fn sh_ask_conflict; /* does another plan go first? */

/* guard_group.c */
sh_guard_fn sh_ask_capacity; /* are enough other members of its group well? */

#endif
