/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/limits.h"

#include <string.h>

#include "base/clock.h"
#include "repair/descriptor.h"

#define MOST 1000000

static int load(struct sh_limits *l, const struct sh_config_entry *e, struct sh_error *err)
{
	static const char *const keys[] = { "per_hour", "per_hour_of_rule", "at_once", "failed_targets",
					    "brake_cooldown", "per_week", "doubt_percent", "doubt_least",
					    "doubt_for", "inventory_fall", "person_for", "ask_from", NULL };

	static const char *const risks[] = { "low", "medium", "high", "never", NULL };

	if (strcmp(e->id, "repairs") != 0)
		return sh_node_fail(e->node, err, "unknown limit '%.60s': there is 'repairs'", e->id);
	if (sh_node_check_keys(e->node, "limit", keys, err) < 0 ||
	    sh_node_int(e->node, "per_hour", 1, MOST, &l->per_hour, err) < 0 ||
	    sh_node_int(e->node, "per_hour_of_rule", 1, MOST, &l->per_hour_of_rule, err) < 0 ||
	    sh_node_int(e->node, "at_once", 1, MOST, &l->at_once, err) < 0 ||
	    sh_node_int(e->node, "failed_targets", 2, MOST, &l->failed_targets, err) < 0 ||
	    sh_node_duration(e->node, "brake_cooldown", &l->brake_cooldown, err) < 0 ||
	    sh_node_int(e->node, "per_week", 1, MOST, &l->per_week, err) < 0 ||
	    sh_node_int(e->node, "doubt_percent", 1, 100, &l->doubt_percent, err) < 0 ||
	    sh_node_int(e->node, "doubt_least", 2, MOST, &l->doubt_least, err) < 0 ||
	    sh_node_duration(e->node, "doubt_for", &l->doubt_for, err) < 0 ||
	    sh_node_duration(e->node, "person_for", &l->person_for, err) < 0 ||
	    sh_node_choice(e->node, "ask_from", risks, &l->ask_from, err) < 0 ||
	    sh_node_int(e->node, "inventory_fall", 1, 100, &l->inventory_fall, err) < 0)
		return -1;
	return 0;
}

size_t sh_limits_load(struct sh_limits *l, const struct sh_config *c, sh_config_report_fn *report,
		      void *arg)
{
	const struct sh_config_entry *e;
	size_t broken = 0;

	*l = (struct sh_limits){ .per_hour = 30, .per_hour_of_rule = 10, .at_once = 5, .failed_targets = 2,
				 .brake_cooldown = 10 * SH_MIN, .per_week = 10,
				 .doubt_percent = 50, .doubt_least = 4, .doubt_for = 2 * SH_MIN,
				 .inventory_fall = 30, .person_for = SH_HOUR,
				 .ask_from = SH_RISK_HIGH + 1 };
	for (size_t i = 0; (e = sh_config_next(c, SH_SECTION_LIMITS, &i));) {
		struct sh_error err = SH_ERROR_INIT;

		if (load(l, e, &err) == 0)
			continue;
		broken++;
		if (report)
			report(arg, &err);
	}
	return broken;
}
