/* SPDX-License-Identifier: MIT */
/*
 * edges - relations that were found, each once
 *
 * In the order in which they were found. Bounded: what would be too much is refused
 * and counted.
 */
#ifndef SH_COLLECT_TOPOLOGY_EDGES_H
#define SH_COLLECT_TOPOLOGY_EDGES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/map.h"

#define SH_EDGE_SET_MOST 20000

struct sh_edge_fact {
	const char *finder; /* borrowed: who found it first */
	unsigned need;      /* of a member: how many its group cannot do without; 0 not known */
};

struct sh_edge_set {
	struct sh_map map; /* owned: "FROM\tTYPE\tTO" -> struct sh_edge_fact */
	size_t refused;
};

void sh_edge_set_init(struct sh_edge_set *s);
void sh_edge_set_release(struct sh_edge_set *s);
/* Whether there can be one: both are entities (a name may be empty), and not the same. */
bool sh_edge_is_one(const char *from, const char *to);
/* One that is there already, or is none, changes nothing. */
void sh_edge_set_add(struct sh_edge_set *s, const char *from, const char *type, const char *to,
		     const struct sh_edge_fact *fact);
void sh_edge_key(struct sh_buf *out, const char *from, const char *type, const char *to);
/* Take a key of the map apart; each part is a string within TEXT, which is changed. */
void sh_edge_key_split(char *text, const char **from, const char **type, const char **to);

#endif
