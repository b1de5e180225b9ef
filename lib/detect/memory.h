/* SPDX-License-Identifier: MIT */
/*
 * memory - the latest metrics of each entity, and when each series was last seen
 *
 * A rule looks at its own record and at the latest metrics of its host; a fault
 * carries the latest of its entity and host as context. Groups that come from
 * different records of one entity are kept side by side; samples with dims are
 * about a part of it and are not kept.
 */
#ifndef SH_DETECT_MEMORY_H
#define SH_DETECT_MEMORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/map.h"
#include "record/record.h"
#include "state/state.h"

struct sh_memory {
	struct sh_map series;  /* series key + collector -> struct series */
	struct sh_map entity;  /* entity -> struct entity */
	int64_t largest;       /* largest record time seen: the clock of decisions */
	int64_t swept;         /* the largest at the last sweep */
	uint64_t dropped;      /* records not newer than the last of their series, or a week late */
};

void sh_memory_init(struct sh_memory *m);
void sh_memory_release(struct sh_memory *m);

/*
 * Take in a sample with its metrics (borrowed). Returns false when the record
 * has a time of its own that is not newer than the last of its series: drop it.
 */
bool sh_memory_note(struct sh_memory *m, const struct sh_record *r, json_t *metrics);

/*
 * The metrics of a host younger than 3 of their intervals at time NOW, for
 * host.GROUP.NAME. A new reference, NULL when there is none.
 */
json_t *sh_memory_host(const struct sh_memory *m, const char *host, int64_t now);
/* The latest metrics of an entity whatever their age. Borrowed, NULL when unknown. */
json_t *sh_memory_entity(const struct sh_memory *m, const char *entity);

/*
 * Forget, once a day of record time, series and entities that were not heard of
 * for a week, so that memory does not grow with all that ever was. Forgetting
 * changes no decision. S NULL: nothing is stored.
 */
bool sh_memory_sweep_is_due(const struct sh_memory *m);
int sh_memory_sweep(struct sh_memory *m, struct sh_state *s, struct sh_error *err);

/* Persist what changed, and read all back. After unsaved, all counts as changed. */
int sh_memory_save(struct sh_memory *m, struct sh_state *s, struct sh_error *err);
void sh_memory_unsaved(struct sh_memory *m);
int sh_memory_load(struct sh_memory *m, struct sh_state *s, struct sh_error *err);

#endif
