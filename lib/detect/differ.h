/* SPDX-License-Identifier: MIT */
/*
 * differ - the faults that two rule sets made of one stream, and what differs
 *
 * Of each rule, entity and dims the faults of both sides are kept with the times
 * at which they were opened and resolved. Two that overlap are the same fault,
 * told at different times; one that overlaps none is of its side alone. What
 * agrees is forgotten as soon as it is over on both sides.
 */
#ifndef SH_DETECT_DIFFER_H
#define SH_DETECT_DIFFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

enum sh_side { SH_SIDE_HERE, SH_SIDE_THERE, SH_SIDES };

/* Faults that are kept; where there are more, those not over by that time are not compared. */
#define SH_DIFFER_FAULTS ((size_t)1 << 20)

struct sh_differ {
	struct sh_map course; /* rule, entity, dims -> struct course */
	size_t limit;         /* SH_DIFFER_FAULTS unless it is set lower */
	size_t n;             /* faults that are kept */
	int64_t full;         /* the time by which a fault must be over to be compared; 0: all are */
};

void sh_differ_init(struct sh_differ *d);
void sh_differ_release(struct sh_differ *d);
/* The line of a fault that SIDE wrote; pending ones and what is no fault are passed over. */
void sh_differ_fault(struct sh_differ *d, enum sh_side side, const char *line, size_t len);
/*
 * Each difference as the line of a notice, in the order of rules, entities, dims
 * and times. Returns their number.
 */
size_t sh_differ_write(const struct sh_differ *d, void (*emit)(void *arg, const char *line, size_t len),
		       void *arg);

#endif
