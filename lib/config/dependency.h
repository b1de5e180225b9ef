/* SPDX-License-Identifier: MIT */
/*
 * dependency - what an entity needs, as "depends_on" of a service or the topology says
 *
 * A list: each item is an entity, or {any_of: [...]} of which one is enough.
 */
#ifndef SH_CONFIG_DEPENDENCY_H
#define SH_CONFIG_DEPENDENCY_H

#include <stddef.h>

#include "base/error.h"
#include "config/node.h"

struct sh_dependency {
	const char **any_of; /* one or more entities, NULL-terminated; array owned */
};

struct sh_dependencies {
	struct sh_dependency *item;
	size_t n;
};

/*
 * What an entry of the section topology may say; NULL-terminated. Each program takes
 * of it what it knows.
 */
extern const char *const sh_topology_keys[];

/* The key "depends_on" of MAP. 0 absent, 1 taken, -1 with the place. Release after a failure too. */
int sh_dependencies_load(struct sh_dependencies *d, const struct sh_node *map, struct sh_error *err);
void sh_dependencies_release(struct sh_dependencies *d);

#endif
