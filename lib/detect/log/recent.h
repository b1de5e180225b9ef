/* SPDX-License-Identifier: MIT */
/*
 * recent - a table from numbers to numbers that forgets what was not used for long
 *
 * Two generations: when the younger is full it becomes the older, and what the
 * older still had is gone; what is used comes back into the younger. So at least
 * the last MAX used are there and at most twice as many are held, each O(1).
 */
#ifndef SH_DETECT_LOG_RECENT_H
#define SH_DETECT_LOG_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "series/bytes.h"

struct sh_log_recent {
	struct sh_map young, old;
	size_t max;
};

void sh_log_recent_init(struct sh_log_recent *r, size_t max);
void sh_log_recent_release(struct sh_log_recent *r);
/* 0 for one that is not there. */
uint32_t sh_log_recent_get(struct sh_log_recent *r, uint64_t key);
/* VALUE is not 0. */
void sh_log_recent_put(struct sh_log_recent *r, uint64_t key, uint32_t value);

void sh_log_recent_store(const struct sh_log_recent *r, struct sh_buf *out);
/* Into an empty one. False for damaged bytes. Of more than MAX the latest are kept. */
bool sh_log_recent_load(struct sh_log_recent *r, struct sh_bytes *in);

#endif
