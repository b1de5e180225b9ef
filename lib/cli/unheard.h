/* SPDX-License-Identifier: MIT */
/*
 * unheard - whether a live stream has stopped, though nobody has closed it
 *
 * A collector that hangs, or is stopped, says nothing, and a fault that nobody sees is
 * repaired by nobody. The ticks of a round tell how long the next may take: five
 * rounds, and ten seconds at least. It is for standard error alone: what is written of
 * records comes from records. Times are of the monotonic clock, in ns.
 */
#ifndef SH_CLI_UNHEARD_H
#define SH_CLI_UNHEARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "record/record.h"

struct sh_unheard {
	int64_t interval; /* of the rounds; 0 before the first tick */
	int64_t heard;    /* when the last tick came */
	bool told;
};

/* Any record; only a tick that is no older than a minute at WALL counts. */
void sh_unheard_hear(struct sh_unheard *u, const struct sh_record *r, int64_t wall, int64_t mono);
/* How many ms may pass before that is asked; -1 while nothing is expected, or it was told. */
int sh_unheard_wait(const struct sh_unheard *u, int64_t mono);
/* True once, with the sentence in TEXT, when nothing has come for too long; again when it has come since. */
bool sh_unheard_since(struct sh_unheard *u, int64_t mono, struct sh_buf *text);

#endif
