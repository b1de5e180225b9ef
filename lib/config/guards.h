/* SPDX-License-Identifier: MIT */
/*
 * guards - the names of what stands between a plan and its repair
 *
 * In the order in which they are asked. What each does is lib/repair's; what may be
 * done about each is here, for whoever overrides one.
 */
#ifndef SH_CONFIG_GUARDS_H
#define SH_CONFIG_GUARDS_H

#include <stdbool.h>
#include <stddef.h>

struct sh_guard_rules {
	const char *name;
	bool can_be_overridden; /* by an operator, for a time */
	bool spares_return;     /* a playbook that gives back what a repair took is not asked */
};

enum { SH_GUARDS = 24 };
extern const struct sh_guard_rules sh_guard_rules[SH_GUARDS];

/* NULL where there is none of this name. */
const struct sh_guard_rules *sh_guard_rules_find(const char *name);

#endif
