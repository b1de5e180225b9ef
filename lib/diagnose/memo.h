/* SPDX-License-Identifier: MIT */
/*
 * memo - clues of entities, kept from one fault to the next
 *
 * In a storm many faults look at the same entities at nearly the same time. What the
 * metrics and the log of an entity say is the same for every onset between the same two
 * of its points, so it is kept with the onsets it holds for (the latest SH_MEMO_KEPT of
 * them an entity) until anything of the entity changes: exactly what measuring anew
 * would give. Events fade with time and are looked at for each fault.
 */
#ifndef SH_DIAGNOSE_MEMO_H
#define SH_DIAGNOSE_MEMO_H

#include "diagnose/clue.h"

#define SH_MEMO_KEPT 4

struct sh_memo;

struct sh_memo *sh_memo_new(const struct sh_history *h); /* H is borrowed */
void sh_memo_free(struct sh_memo *m);			 /* NULL is fine */

/* What follows is about this moment; the history must not change before the next one. */
void sh_memo_look(struct sh_memo *m, const struct sh_moment *when);
/* What its metrics and its log say, event left 0; borrowed until anything is measured of E again. */
const struct sh_clues *sh_memo_measured(struct sh_memo *m, const struct sh_past_entity *e);
/* Walk what events say, of any entity: size_t i = 0; while ((e = sh_memo_event(m, &i, &clue))) … */
const struct sh_past_entity *sh_memo_event(const struct sh_memo *m, size_t *i,
					   struct sh_clue *clue);

#endif
