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
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "record/pick.h"
#include "series/bytes.h"

struct sh_latest {
	char *data; /* owned */
	uint32_t len, cap;
};

void sh_latest_release(struct sh_latest *l);
/* Take in the groups of a sample that was picked, of TIME. What was kept is forgotten first where nothing of it is younger than FORGET. */
void sh_latest_note(struct sh_latest *l, const struct sh_pick *pick, int64_t time, int64_t forget);
/* All groups whatever their age; a new reference, NULL when there are none. */
json_t *sh_latest_metrics(const struct sh_latest *l);
/* Those younger than 3 of their intervals at NOW. */
json_t *sh_latest_fresh(const struct sh_latest *l, int64_t now);

void sh_latest_store(const struct sh_latest *l, struct sh_buf *out);
/* Returns false for damaged bytes; L is then empty. */
bool sh_latest_load(struct sh_latest *l, struct sh_bytes *in);

#endif
