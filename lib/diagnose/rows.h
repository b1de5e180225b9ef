/* SPDX-License-Identifier: MIT */
/*
 * rows - the things of a map as rows of the state: which of those there are to go
 *
 * What is in the map is written by its owner, where it changed; what is in it no more is
 * removed here, and after a save that failed whatever is not in the map.
 */
#ifndef SH_DIAGNOSE_ROWS_H
#define SH_DIAGNOSE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "series/bytes.h"
#include "state/state.h"

struct sh_rows {
	char **gone; /* ids whose rows are to go; owned */
	size_t gones, gone_cap;
	bool anew; /* rows there may be that nobody knows of */
};

void sh_rows_release(struct sh_rows *r);
/* The row of ID is to go at the next save. */
void sh_rows_gone(struct sh_rows *r, const char *id);
/* Remove from TABLE what is to go; ids of MAP stay. */
int sh_rows_remove(struct sh_rows *r, struct sh_state *state, const char *table, const struct sh_map *map,
		   struct sh_error *err);
/* All is stored; with ANEW nothing is, for a save failed. */
void sh_rows_settle(struct sh_rows *r, bool anew);

/* Replace *OUT by a text without NULs; false where there is none. */
bool sh_rows_take_text(struct sh_bytes *in, char **out);

#endif
