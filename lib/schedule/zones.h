/* SPDX-License-Identifier: MIT */
/* zones - each time zone that tasks name, read once */
#ifndef SH_SCHEDULE_ZONES_H
#define SH_SCHEDULE_ZONES_H

#include "base/error.h"
#include "base/map.h"
#include "base/zone.h"

struct sh_zones {
	struct sh_map map; /* name -> struct sh_zone *, owned */
};

void sh_zones_init(struct sh_zones *z);
void sh_zones_release(struct sh_zones *z);
/* Lives as long as Z. NULL with SH_ERRC_CONFIG when there is none of that name. */
const struct sh_zone *sh_zones_get(struct sh_zones *z, const char *name, struct sh_error *err);

#endif
