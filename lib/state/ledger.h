/* SPDX-License-Identifier: MIT */
/*
 * ledger - ledger.db: what was decided, begun and done, shared by all programs
 *
 * Written by sh-repair, sh-schedule's children and sh-ledger, read by the rest.
 * History is append-only; retention and a size cap hold from the start. Every
 * writing call is one durable transaction (synchronous=FULL). Beside the
 * database lies a really allocated reserve of 8 MiB: on ENOSPC it is given up,
 * the write is tried again, and sh_ledger_remake_reserve() brings it back. If
 * the write still fails it is SH_ERRC_STATE and the caller must not act.
 *
 * Half of the reserve is for what a repair cannot do without (repairs, intents,
 * counts, approvals, pauses); faults, rounds and notes may use the other half.
 *
 * Times are ns, wall clock. Strings in results are owned by the result, and live
 * as long as the callback that is shown them. A callback may write to the ledger.
 * A handle belongs to the process that opened it: a forked child must neither
 * use nor close it. After exec nothing of it is left (close-on-exec).
 */
#ifndef SH_STATE_LEDGER_H
#define SH_STATE_LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/process.h"

struct sh_ledger;

int sh_ledger_open(struct sh_ledger **out, const char *dir, struct sh_error *err);
/* SH_ERRC_UNAVAILABLE when there is no ledger yet. */
int sh_ledger_open_readonly(struct sh_ledger **out, const char *dir, struct sh_error *err);
/*
 * A copy in memory of the ledger in DIR, an empty one where DIR is NULL or has none: what is
 * written to it is nowhere else, and gone with it. Not for locks, the reserve or suspending.
 */
int sh_ledger_open_copy(struct sh_ledger **out, const char *dir, struct sh_error *err);
void sh_ledger_close(struct sh_ledger *l);
/*
 * Close the database until the next use of L, which opens it again. Needed before
 * a fork whose child opens the ledger for itself: SQLite in the child would take
 * the locks of the connection it inherited for its own, and hold none once the
 * parent is gone. Not from within a callback. NULL is fine.
 */
void sh_ledger_suspend(struct sh_ledger *l);
/* How long a write waits for another process; 10 s at first. */
void sh_ledger_set_wait(struct sh_ledger *l, int64_t wait);

/*
 * What FN changes becomes one durable transaction: all of it or, when FN fails,
 * nothing. After a full disk FN is called again from the start, so it must have
 * no other effect. FN changes only L, and calls neither this nor lock_target.
 */
int sh_ledger_together(struct sh_ledger *l, int (*fn)(struct sh_ledger *l, void *arg, struct sh_error *err),
		       void *arg, struct sh_error *err);

/* Make the reserve whole; opening does so too. sys is ENOSPC while there is no room: try again later. */
int sh_ledger_remake_reserve(struct sh_ledger *l, struct sh_error *err);

/*
 * One repair at a time per target: flock on locks/DIGEST in the state directory,
 * held until the descriptor is closed (also by death). Returns it, or -1 with
 * SH_ERRC_LOCKED when another process has it.
 */
int sh_ledger_lock_target(struct sh_ledger *l, const char *target, int64_t wait, struct sh_error *err);

/* Repairs: one row from begin to finish, the record as JSON. */
struct sh_repair_row {
	int64_t row;
	char *plan_id, *target, *playbook, *fingerprint, *fault_id;
	int64_t attempt;
	int64_t started, ended;      /* ended 0: open */
	char *outcome;               /* fixed not_fixed unknown failed rolled_back interrupted; NULL open */
	json_t *record;              /* the plan at begin, the repair at the end */
};
/* A repair that ended is history: to finish it again fails. A NULL record keeps the one of begin. */
int sh_ledger_repair_begin(struct sh_ledger *l, const struct sh_repair_row *r, int64_t *row, struct sh_error *err);
int sh_ledger_repair_finish(struct sh_ledger *l, int64_t row, int64_t ended, const char *outcome,
			    const json_t *record, struct sh_error *err);
/* Rows newest first: matching what is not NULL; each() returns non-zero to stop. */
struct sh_repair_query { const char *plan_id, *target, *playbook, *fingerprint; int64_t since; bool open_only; int64_t limit; };
int sh_ledger_repairs(struct sh_ledger *l, const struct sh_repair_query *q,
		      int (*each)(void *arg, const struct sh_repair_row *r), void *arg, struct sh_error *err);

/* What is to be learned of a repair that ended; texts are borrowed, NULL where it has none. */
struct sh_lesson {
	const char *fingerprint, *fault_type, *target, *cause, *playbook, *outcome;
	int64_t started, ended;
};
/* The newest LIMIT, the last that was begun first. EACH leaves the ledger alone. */
int sh_ledger_lessons(struct sh_ledger *l, int64_t limit,
		      void (*each)(void *arg, const struct sh_lesson *x), void *arg,
		      struct sh_error *err);

/* Intents: each step before its effect. */
struct sh_intent {
	int64_t row, repair;         /* repair: its row */
	char *target, *step, *action;
	int64_t try_number;
	json_t *parameters;
	struct sh_process_id process; /* of the held child */
	int64_t started, deadline;
	char *state;                 /* open done failed not_done unknown */
	json_t *output;
};
int sh_ledger_intent_open(struct sh_ledger *l, const struct sh_intent *i, int64_t *row, struct sh_error *err);
int sh_ledger_intent_settle(struct sh_ledger *l, int64_t row, const char *state, const json_t *output, struct sh_error *err);
int sh_ledger_intents(struct sh_ledger *l, int64_t repair, bool open_only,
		      int (*each)(void *arg, const struct sh_intent *i), void *arg, struct sh_error *err);

/* Guard counters, keyed as DESIGN 6.3 says. */
struct sh_guard_counts {
	int64_t attempts;     /* since the last healthy period */
	int64_t last_started, last_ended; /* of any attempt, 0 never */
	int64_t healthy_since; /* resolved, and not seen again since; 0 not healthy */
};
int sh_ledger_counts(struct sh_ledger *l, const char *key, struct sh_guard_counts *out, struct sh_error *err);
int sh_ledger_counts_put(struct sh_ledger *l, const char *key, const struct sh_guard_counts *c, struct sh_error *err);

/* What was seen of the machine itself the last time; VALUE is the caller's. State, no history. */
struct sh_mark {
	char *value;
	int64_t time;    /* when it was put */
	int64_t changed; /* when it last was not as before, 0 never */
	char *why;       /* what changed then; NULL */
};
/* 1 found, 0 not; release with sh_mark_release. */
int sh_ledger_mark(struct sh_ledger *l, const char *name, struct sh_mark *out, struct sh_error *err);
int sh_ledger_mark_put(struct sh_ledger *l, const char *name, const struct sh_mark *m, struct sh_error *err);
/* Those whose name begins so; *DROPPED becomes how many. */
int sh_ledger_marks_drop(struct sh_ledger *l, const char *prefix, int64_t *dropped, struct sh_error *err);
void sh_mark_release(struct sh_mark *m);
/*
 * The mark with the mode that an operator gave "rule:ID" or "playbook:ID": observe, ask,
 * act, or configured; time is since when, why who and what for.
 */
int sh_ledger_mode(struct sh_ledger *l, const char *scope, struct sh_mark *out, struct sh_error *err);
int sh_ledger_mode_put(struct sh_ledger *l, const char *scope, const struct sh_mark *m, struct sh_error *err);
/* All of them by their scopes. */
int sh_ledger_modes(struct sh_ledger *l, int (*each)(void *arg, const char *scope, const struct sh_mark *m), void *arg,
		    struct sh_error *err);

/* Who was said to belong to a group, until when; UNTIL 0: no more. */
int sh_ledger_member_put(struct sh_ledger *l, const char *group, const char *member, int64_t until,
			 struct sh_error *err);
/* Those believed at NOW, by name. EACH leaves the ledger alone; non-zero stops. */
int sh_ledger_members(struct sh_ledger *l, int64_t now,
		      int (*each)(void *arg, const char *group, const char *member), void *arg,
		      struct sh_error *err);

/* Open faults as sh-repair saw them, by fingerprint. status open|resolved. */
/* An older time than the stored one changes nothing. */
int sh_ledger_fault_put(struct sh_ledger *l, const char *fingerprint, const char *status, int64_t time,
			const json_t *fault, struct sh_error *err);
int sh_ledger_faults(struct sh_ledger *l, bool open_only,
		     int (*each)(void *arg, const char *fingerprint, const char *status, int64_t time, const json_t *fault),
		     void *arg, struct sh_error *err);

/*
 * Approvals of plan ids. answer approved|rejected|waiting; by: who; until 0 no end.
 * Putting "waiting" changes no answer that was given, unless it has run out. A
 * NULL plan keeps the stored one.
 */
struct sh_approval { char *plan_id, *answer, *by, *reason; int64_t time, until; json_t *plan; };
int sh_ledger_approval_put(struct sh_ledger *l, const struct sh_approval *a, struct sh_error *err);
/* 1 found, 0 not; release with sh_approval_release. */
int sh_ledger_approval_get(struct sh_ledger *l, const char *plan_id, struct sh_approval *out, struct sh_error *err);
int sh_ledger_approvals(struct sh_ledger *l, const char *answer,
			int (*each)(void *arg, const struct sh_approval *a), void *arg, struct sh_error *err);
void sh_approval_release(struct sh_approval *a);

/* Pauses and holds: scope "all", "rule:ID", "playbook:ID" or an entity; kind pause|hold. A hold is set by
 * the program on a target whose state it cannot know. Ended by time, or by resume. */
struct sh_pause { int64_t row; char *scope, *kind, *by, *reason; int64_t since, until; };
/* Several of one scope add up; resume ends them all. row and ended may be NULL. */
int sh_ledger_pause_add(struct sh_ledger *l, const struct sh_pause *p, int64_t *row, struct sh_error *err);
int sh_ledger_pause_end(struct sh_ledger *l, const char *scope, int64_t now, int64_t *ended, struct sh_error *err);
int sh_ledger_pauses(struct sh_ledger *l, int64_t now,
		     int (*each)(void *arg, const struct sh_pause *p), void *arg, struct sh_error *err);

/* Guards that do not hold for a while, by an operator's word: a note "override" each, until one "override_ended". */
#define SH_OVERRIDE_LONGEST (7 * SH_DAY)
struct sh_override { const char *guard, *scope, *by, *reason; int64_t since, until; };
/* Those in force at NOW. EACH leaves the ledger alone; non-zero stops. */
int sh_ledger_overrides(struct sh_ledger *l, int64_t now,
			int (*each)(void *arg, const struct sh_override *o), void *arg, struct sh_error *err);

/* Faults that an operator says are known. MATCH as in config/silence.h; all is given. */
struct sh_ledger_silence { int64_t row; json_t *match; const char *by, *reason; int64_t since, until; };
int sh_ledger_silence_add(struct sh_ledger *l, const struct sh_ledger_silence *s, int64_t *row, struct sh_error *err);
/* End it at NOW; *ENDED 0: there was none in force. */
int sh_ledger_silence_end(struct sh_ledger *l, int64_t row, int64_t now, int64_t *ended, struct sh_error *err);
/* Those that end after AFTER, by their start. */
int sh_ledger_silences(struct sh_ledger *l, int64_t after,
		       int (*each)(void *arg, const struct sh_ledger_silence *s), void *arg, struct sh_error *err);

/* The last time a program finished a round over live records: sh-ledger status --max-age. */
int sh_ledger_round(struct sh_ledger *l, const char *program, int64_t time, struct sh_error *err);
int sh_ledger_rounds(struct sh_ledger *l, int (*each)(void *arg, const char *program, int64_t time), void *arg, struct sh_error *err);

/* Append-only lines of what else happened (approvals given, pauses, refusals); record is JSON. */
int sh_ledger_note(struct sh_ledger *l, int64_t time, const char *kind, const char *target, const json_t *record, struct sh_error *err);
/* Newest first; limit 0: all. */
int sh_ledger_notes(struct sh_ledger *l, int64_t since, const char *target, int64_t limit,
		    int (*each)(void *arg, int64_t time, const char *kind, const char *target, const json_t *record), void *arg, struct sh_error *err);

#endif
