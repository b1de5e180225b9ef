/* SPDX-License-Identifier: MIT */
/*
 * standing - the faults that are there: since when, and what each comes from
 *
 * A fault is told again and again, and what a later record says of its time is about
 * the latest hits; it began when its first record says. What was diagnosed of a fault
 * is what the faults of those that need its entity are explained by.
 *
 * A fault stands from its first open or ongoing record until one says that it is resolved or
 * stale, or nothing was heard of it for SH_STANDING_SILENCE. Beyond SH_STANDING_FAULTS
 * none is taken: for those their own record counts, as it does for all without this.
 *
 * Everything is decided by records alone, also where a state is between them.
 */
#ifndef SH_DIAGNOSE_STANDING_H
#define SH_DIAGNOSE_STANDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "record/diagnosis.h"
#include "record/record.h"
#include "state/state.h"

#define SH_STANDING_FAULTS 10000
#define SH_STANDING_SILENCE (2 * SH_DAY)
#define SH_STANDING_HOLDS (7 * SH_DAY) /* so long after its onset the time before it is held on to */

struct sh_standing_fault {
	char *id, *entity, *type; /* owned */
	char *cause;	   /* owned: of the entity itself, NULL none is known */
	double confidence; /* of that */
	int64_t onset, heard;
	struct sh_standing_fault *same; /* next of the same entity */
	bool dirty, stored;
};

struct sh_standing;

struct sh_standing *sh_standing_new(void);
void sh_standing_free(struct sh_standing *s); /* NULL is fine */

/* The time, as far as it is believed: what was silent for too long is forgotten. */
void sh_standing_time(struct sh_standing *s, int64_t now);
/* When an open or ongoing fault began; from now on it stands. */
int64_t sh_standing_onset(struct sh_standing *s, const struct sh_fault *f);
/* As another says, such as an earlier diagnosis: never later than what is known. */
int64_t sh_standing_began(struct sh_standing *s, const struct sh_fault *f, int64_t onset);
/* A standing fault was diagnosed; CAUSE of its own entity, NULL none. */
void sh_standing_diagnosed(struct sh_standing *s, const struct sh_fault *f, const char *cause,
			   double confidence);
/* A fault record that is not diagnosed. */
void sh_standing_fault(struct sh_standing *s, const struct sh_record *r);

/* The fault of an entity of which the cause is known best, but for the fault EXCEPT; NULL none. Borrowed. */
const struct sh_standing_fault *sh_standing_of(const struct sh_standing *s, const char *entity,
					       const char *except);
/* The first onset of those that began within SH_STANDING_HOLDS; 0 none. */
int64_t sh_standing_oldest(struct sh_standing *s);

/* standing_state.c: as the functions of history_state.h. */
int sh_standing_save(struct sh_standing *s, struct sh_state *state, struct sh_error *err);
void sh_standing_settle(struct sh_standing *s);
void sh_standing_unsaved(struct sh_standing *s);
int sh_standing_load(struct sh_standing *s, struct sh_state *state, struct sh_error *err);

#endif
