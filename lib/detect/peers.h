/* SPDX-License-Identifier: MIT */
/*
 * peers - what a rule's expression came to for each series of a group
 *
 * For peers(KEY).share(p, CONDITION) and its kin: a group is one macro of one
 * rule and one value of KEY; its members are the series that were judged by the
 * rule with that value. A member not heard of for three of its intervals, two
 * minutes at least, is no member any more: silence is neither good nor bad.
 */
#ifndef SH_DETECT_PEERS_H
#define SH_DETECT_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/map.h"
#include "base/span.h"
#include "detect/damage.h"
#include "detect/rule.h"
#include "expr/expr.h"
#include "state/state.h"

/* Members beyond this are not taken: see full. */
#define SH_PEERS_MEMBERS 100000

struct sh_peers {
	struct sh_map group; /* rule, inside of the macro, key -> struct group */
	bool full;           /* a group once had no room */
};

void sh_peers_init(struct sh_peers *p);
void sh_peers_release(struct sh_peers *p);

/* The series MEMBER answers as Q says at NOW; what its group comes to then, unknown while nobody answered. */
struct sh_value sh_peers_ask(struct sh_peers *p, const struct sh_rule *rule, struct sh_span member,
			     int64_t now, const struct sh_peers_query *q);

/* The clock by which members are heard was set by so much, ns. */
void sh_peers_move(struct sh_peers *p, int64_t by);

/* Store what changed, and read it back; a group whose row is damaged begins anew. */
int sh_peers_save(struct sh_peers *p, struct sh_state *s, struct sh_error *err);
void sh_peers_unsaved(struct sh_peers *p);
int sh_peers_load(struct sh_peers *p, struct sh_state *s, const struct sh_damage *damage, struct sh_error *err);

#endif
