/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/guards.h"

#include <string.h>

/*
 * What people decide has an end of its own (resume, approve, the stop file), and what
 * a plan is cannot be argued about: those are not overridden. What gives back what was
 * taken passes where the reason is only how much was taken already.
 */
const struct sh_guard_rules sh_guard_rules[SH_GUARDS] = {
	{ "kill_switch", false, false },
	{ "host", false, false },
	{ "mode", false, false },
	{ "pause", false, false },
	{ "once", false, false },
	{ "plan_changed", false, false },
	{ "clock", true, false },
	{ "freshness", true, false },
	{ "attempts", true, false },
	{ "ladder", true, false },
	{ "cooldown", true, false },
	{ "budget", true, true },
	{ "timeout", true, false },
	{ "maintenance", true, false },
	{ "backlog", true, true },
	{ "storm", true, true },
	{ "concurrency", true, false },
	{ "observer", true, true },
	{ "network", true, true },
	{ "inventory", true, true },
	{ "capacity", true, true },
	{ "conflict", true, true },
	{ "person", true, false },
	{ "approval", false, false },
};

const struct sh_guard_rules *sh_guard_rules_find(const char *name)
{
	for (size_t i = 0; i < SH_GUARDS; i++)
		if (!strcmp(sh_guard_rules[i].name, name))
			return &sh_guard_rules[i];
	return NULL;
}
