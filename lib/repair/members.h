/* SPDX-License-Identifier: MIT */
/*
 * members - who belongs to a group, on this host and on others
 *
 * What the site declares, of this host; what the section topology says; and what
 * edges of type member_of said that came with the records and are still believed.
 */
#ifndef SH_REPAIR_MEMBERS_H
#define SH_REPAIR_MEMBERS_H

#include <jansson.h>

#include "base/error.h"
#include "record/record.h"
#include "repair/repairer.h"

struct sh_group_member {
	const struct sh_node *entry; /* what the site declares here; NULL: it is known by its name */
	char *entity;                /* owned; of what is declared not encoded */
	char *down;                  /* for the caller: what of it is down; owned */
	bool busy;                   /* likewise */
};

struct sh_members {
	const struct sh_repairer *r;
	const struct sh_group *group; /* NULL: the target is in no group that has limits */
	struct sh_group_member *item;
	size_t n, cap;
};

/* The group of TARGET and its members. Release it after a failure too. */
int sh_members_find(struct sh_members *m, const struct sh_repairer *r, const char *target, int64_t now,
		    struct sh_error *err);
void sh_members_release(struct sh_members *m);
/* The names of all groups that TARGET is in, with limits or without, into OUT, an array. */
int sh_members_groups(const struct sh_repairer *r, const char *target, int64_t now, json_t *out,
		      struct sh_error *err);
/* The member that ENTITY is, or is a part of (a file of a service); NULL. */
struct sh_group_member *sh_members_get(const struct sh_members *m, const char *entity);

/* Keep what the record of an edge says, if it says that one belongs to a group. */
int sh_members_hear(const struct sh_repairer *r, const struct sh_record *edge, struct sh_error *err);

#endif
