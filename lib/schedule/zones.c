/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/zones.h"

static void free_zone(void *zone)
{
	sh_zone_free(zone);
}

void sh_zones_init(struct sh_zones *z)
{
	sh_map_init(&z->map, free_zone);
}

void sh_zones_release(struct sh_zones *z)
{
	sh_map_release(&z->map);
}

const struct sh_zone *sh_zones_get(struct sh_zones *z, const char *name, struct sh_error *err)
{
	struct sh_zone *zone = sh_map_gets(&z->map, name);

	if (!zone && sh_zone_open(&zone, name, err) == 0)
		sh_map_puts(&z->map, name, zone);
	return zone;
}
