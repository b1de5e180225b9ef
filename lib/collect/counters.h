/* SPDX-License-Identifier: MIT */
/*
 * counters - the previous reading of growing numbers, for rates
 *
 * One set per collector. A reading is begun with its time (CLOCK_BOOTTIME, so
 * that a suspended machine does not make rates too high); each key is then asked
 * for the difference to the reading before. A counter that went backwards was
 * reset: no difference, rather than a wrong one. Keys not seen in a reading are
 * forgotten at its end.
 */
#ifndef SH_COLLECT_COUNTERS_H
#define SH_COLLECT_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"

#define SH_COUNTERS_MAX 18 /* numbers under one key */

struct sh_counters {
	struct sh_map map;
	int64_t now;      /* of the reading under way */
	int64_t previous; /* of the one before, 0 when there was none */
	uint64_t reading; /* how many were begun */
};

void sh_counters_init(struct sh_counters *c);
void sh_counters_release(struct sh_counters *c);

void sh_counters_begin(struct sh_counters *c, int64_t now);
void sh_counters_end(struct sh_counters *c);
/*
 * Store N numbers under KEY; when there was a reading of them before, and none
 * went backwards, fill DELTA and *SECONDS (over 0) and return true.
 */
bool sh_counters_delta(struct sh_counters *c, const char *key, const uint64_t *value, size_t n,
		       uint64_t *delta, double *seconds);

/* As text for the state database, and back. Load answers false for text it does not understand. */
void sh_counters_dump(const struct sh_counters *c, struct sh_buf *out);
bool sh_counters_load(struct sh_counters *c, const char *text, size_t len);

#endif
