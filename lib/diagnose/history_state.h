/* SPDX-License-Identifier: MIT */
/*
 * history_state - the history into the program's database and back
 *
 * Of each entity a save adds a row with what is new since the last one; after
 * SH_HISTORY_ROWS of them they become one. What is loaded goes on as if the program had
 * not ended.
 */
#ifndef SH_DIAGNOSE_HISTORY_STATE_H
#define SH_DIAGNOSE_HISTORY_STATE_H

#include "topology/graph.h"
#include "diagnose/history.h"
#include "state/state.h"

#define SH_HISTORY_ROWS 32

int sh_history_save(struct sh_history *h, struct sh_state *state, struct sh_error *err);
/* What was given to be saved counts as stored. */
void sh_history_settle(struct sh_history *h);
/* A save failed: all is to be stored again. */
void sh_history_unsaved(struct sh_history *h);
/* Into a new history; entities get their node. -1 with SH_ERRC_STATE, as sh_state_is_damaged has it, for what is damaged. */
int sh_history_load(struct sh_history *h, struct sh_graph *g, struct sh_state *state,
		    struct sh_error *err);

#endif
