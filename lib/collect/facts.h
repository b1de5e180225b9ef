/* SPDX-License-Identifier: MIT */
/*
 * facts - what was seen last, from round to round and from run to run
 *
 * Named texts. With a state directory they are kept in it, reboots included;
 * otherwise they live as long as the process.
 */
#ifndef SH_COLLECT_FACTS_H
#define SH_COLLECT_FACTS_H

#include <stdbool.h>

#include "base/map.h"

struct sh_fact {
	char *text;  /* owned */
	size_t len;
	bool stored; /* in the state directory, as it is */
};

void sh_facts_init(struct sh_map *facts);
/* NULL when nothing of that name was seen yet. */
const struct sh_fact *sh_facts_get(const struct sh_map *facts, const char *name);
void sh_facts_put(struct sh_map *facts, const char *name, const char *text, size_t len);

#endif
