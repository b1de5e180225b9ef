/* SPDX-License-Identifier: MIT */
/*
 * latest - the latest metrics of an entity, group by group, as text
 *
 * Groups that come from different records of one entity are kept side by side,
 * each with its time and the interval since the time before. They are kept as
 * they were written and taken apart only where a fault shows them.
 */
#ifndef SH_DETECT_LATEST_H
#define SH_DETECT_LATEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "record/pick.h"
#include "series/bytes.h"

/* Until two samples were seen, a group is taken to come once a minute, as from cron. */
#define SH_LATEST_FIRST SH_MIN
/* A group is fresh while it is younger than so many of its intervals. */
#define SH_LATEST_FRESH 3

struct sh_latest {
	char *data; /* owned */
	uint32_t len, cap;
	bool is_single; /* no two groups have one name; false where it is not known */
};

/* One of the groups; spans are borrowed while none is taken in. */
struct sh_latest_group {
	int64_t time, interval;
	struct sh_span name;
	struct sh_slice object;
};

void sh_latest_release(struct sh_latest *l);
/* Its times have moved. */
void sh_latest_move(struct sh_latest *l, int64_t by);
/*
 * Take in the groups of a sample of ORIGIN, a number, that was picked, of TIME. What was kept is
 * forgotten first, and true returned, where nothing of it is younger than FORGET,
 * or where it has grown beyond what a machine measures.
 */
bool sh_latest_note(struct sh_latest *l, const struct sh_pick *pick, size_t origin, int64_t time,
		    int64_t forget);
/* Whether more than one origin has a group of that name. */
bool sh_latest_is_shared(const struct sh_latest *l, struct sh_span name);
/* Each group in turn: *AT is 0 at first. */
bool sh_latest_next(const struct sh_latest *l, uint32_t *at, struct sh_latest_group *out);
/* All groups whatever their age; a new reference, NULL when there are none. */
json_t *sh_latest_metrics(const struct sh_latest *l);
/* Those that are fresh at NOW. */
json_t *sh_latest_fresh(const struct sh_latest *l, int64_t now);

void sh_latest_store(const struct sh_latest *l, struct sh_buf *out);
/* Returns false for damaged bytes; L is then empty. */
bool sh_latest_load(struct sh_latest *l, struct sh_bytes *in);

#endif
