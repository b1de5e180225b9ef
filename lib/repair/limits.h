/* SPDX-License-Identifier: MIT */
/* limits - what holds for all repairs of a machine together, from the section "limits" */
#ifndef SH_REPAIR_LIMITS_H
#define SH_REPAIR_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"

struct sh_limits {
	int64_t per_hour;          /* repairs begun, default 30: then the brake is on for all */
	int64_t per_hour_of_rule;  /* default 10: then it is on for the rule */
	int64_t at_once;           /* repairs under way, default 5: others wait */
	int64_t failed_targets;    /* default 2: so many fresh targets on which a rule's playbook failed stop the rule */
	int64_t brake_cooldown;    /* ns from the brake to the first possible reset, default 10 min */
	int64_t per_week;          /* repairs of one target by one playbook, default 10 */
	int64_t doubt_percent;     /* more of a type than this bad at once are doubted, default 50 */
	int64_t doubt_least;       /* but not fewer than this, default 4 */
	int64_t doubt_for;         /* ns after the clock or the network changed, default 2 min */
	int64_t person_for;        /* ns after a login in which nothing is taken back unasked, default 1 h */
	int ask_from;              /* enum sh_risk: from there on a person is asked whatever the mode; default none */
	int64_t inventory_fall;    /* percent of the known targets that may be gone at once, default 30 */
};

/* The defaults, and what C says over them. Returns the number of broken entries, each reported. */
size_t sh_limits_load(struct sh_limits *l, const struct sh_config *c, sh_config_report_fn *report,
		      void *arg);

#endif
