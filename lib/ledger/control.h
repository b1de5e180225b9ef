/* SPDX-License-Identifier: MIT */
/*
 * control - what an operator decides: approvals, pauses, baselines
 *
 * Each decision and the note that says who, when and why are one transaction.
 */
#ifndef SH_LEDGER_CONTROL_H
#define SH_LEDGER_CONTROL_H

#include <stdint.h>

#include "base/error.h"
#include "state/ledger.h"

struct sh_control {
	struct sh_ledger *ledger; /* borrowed, as all here */
	const char *by;           /* who */
	const char *reason;       /* NULL: none was given */
	int64_t now;
};

/* Who runs this program: the login name, under sudo that of the person behind it. A new string. */
char *sh_control_user(void);

/*
 * Find the one plan that GIVEN names: its id, or at least 6 characters it begins
 * with ("p-" may be left out). A whole id passes although the ledger has not seen
 * it. A new string, or NULL with SH_ERRC_USAGE.
 */
char *sh_control_plan(struct sh_ledger *l, const char *given, struct sh_error *err);

/* ANSWER is "approved" or "rejected"; UNTIL 0: without end. */
int sh_control_answer(const struct sh_control *c, const char *plan_id, const char *answer,
		      int64_t until, struct sh_error *err);

/*
 * "all", "rule:ID", "playbook:ID" or an entity; what lives on one host gets
 * "@HOST" where it has none. A new string, or NULL with SH_ERRC_USAGE.
 */
char *sh_control_scope(const char *given, const char *host, struct sh_error *err);
int sh_control_pause(const struct sh_control *c, const char *scope, int64_t until,
		     struct sh_error *err);
/* Ends pauses and holds of the scope; SH_ERRC_USAGE when there are none. */
int sh_control_resume(const struct sh_control *c, const char *scope, struct sh_error *err);
/*
 * Let go of the storm brake of SCOPE, "all" or "rule:ID"; BACKLOG, skip, newest or
 * all, is what becomes of evidence from before. The reason is required.
 */
int sh_control_reset(const struct sh_control *c, const char *scope, const char *backlog,
		     struct sh_error *err);
/* Fewer targets than before are right: sh-repair takes what it finds for all there are. */
int sh_control_reset_inventory(const struct sh_control *c, struct sh_error *err);

/*
 * Let GUARD not hold for SCOPE until then, at most SH_OVERRIDE_LONGEST; and let it hold again.
 * The reason is required. SH_ERRC_USAGE where there is no such guard, or it cannot be overridden.
 */
int sh_control_override(const struct sh_control *c, const char *guard, const char *scope, int64_t until,
			struct sh_error *err);
int sh_control_override_end(const struct sh_control *c, const char *guard, const char *scope, struct sh_error *err);

/* SCOPE, "rule:ID" or "playbook:ID", may do as MODE says, or as is configured. The reason is required. */
int sh_control_promote(const struct sh_control *c, const char *scope, const char *mode, struct sh_error *err);

/* Silence the faults that WORDS match, see sh_match_from_words; *ROW names it. The reason must be given. */
int sh_control_silence(const struct sh_control *c, const char *const *words, int64_t until, int64_t *row,
		       struct sh_error *err);
/* End the silence "s-ROW"; SH_ERRC_USAGE when there is none in force. */
int sh_control_unsilence(const struct sh_control *c, const char *id, struct sh_error *err);

/* Put into the history that the baseline of AREA was taken or accepted; WHAT says how much. */
int sh_control_area(const struct sh_control *c, const char *area, const char *done,
		    const char *what, struct sh_error *err);
/* Approve what PATH, absolute, holds now. */
int sh_control_baseline(const struct sh_control *c, const char *state_dir, const char *path,
			struct sh_error *err);

#endif
