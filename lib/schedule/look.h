/* SPDX-License-Identifier: MIT */
/* look - what files look like from outside, in a few digits: names, sizes, times, numbers */
#ifndef SH_SCHEDULE_LOOK_H
#define SH_SCHEDULE_LOOK_H

#include "base/hash.h"

#define SH_LOOK_TEXT SH_HASH_TEXT

struct sh_look {
	struct sh_hash hash;
};

void sh_look_init(struct sh_look *l);
/* A path whose last component may be a shell pattern. */
void sh_look_add(struct sh_look *l, const char *path);
void sh_look_finish(struct sh_look *l, char out[SH_LOOK_TEXT]);

#endif
