/* SPDX-License-Identifier: MIT */
/* standing_parts - the memory of standing faults, for standing*.c alone */
#ifndef SH_DIAGNOSE_STANDING_PARTS_H
#define SH_DIAGNOSE_STANDING_PARTS_H

#include "base/map.h"
#include "diagnose/rows.h"
#include "diagnose/standing.h"

struct sh_standing {
	struct sh_map faults;	/* id -> struct sh_standing_fault */
	struct sh_map entities; /* name -> the first of its faults, in no order that matters */
	int64_t now, due;	/* time known; when something may have to be forgotten */
	int64_t oldest;		/* what sh_standing_oldest said */
	bool changed;		/* and it may be another now */
	struct sh_rows rows;
};

/* F is taken over. */
void sh_standing_add(struct sh_standing *s, struct sh_standing_fault *f);
void sh_standing_fault_free(struct sh_standing_fault *f);

#endif
