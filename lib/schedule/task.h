/* SPDX-License-Identifier: MIT */
/*
 * task - what is to be done regularly, from the section "tasks"
 *
 * "parameters" go into the plan. "settings" do not: the playbook reads them from
 * the site as {site.settings.NAME}, so that no record can set them.
 */
#ifndef SH_SCHEDULE_TASK_H
#define SH_SCHEDULE_TASK_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"

struct sh_scheduled {
	const char *id, *title;
	const char *schedule;    /* "every" as written */
	int64_t every;           /* ns */
	const char *playbook;
	json_t *parameters;      /* for the playbook; an object; owned */
	const char *target;      /* entity without host; NULL: the task itself */
	bool each_clean_root;    /* for_each: every file system of the site that has clean roots */
	enum sh_mode mode;       /* default ask */
	int64_t timeout;         /* ns, default 1 h */
};

struct sh_schedule {
	struct sh_scheduled *task; /* in file order */
	size_t n;
};

/* Text is borrowed from C. As sh_config_load: the first error, the others to report. */
int sh_schedule_load(struct sh_schedule *s, const struct sh_config *c, sh_config_report_fn *report,
		     void *arg, struct sh_error *err);
/* After a failed load too. */
void sh_schedule_release(struct sh_schedule *s);

const struct sh_scheduled *sh_schedule_find(const struct sh_schedule *s, const char *id);

/* "daily" "weekly" "monthly" (30 days), a number of seconds, a duration: ns, or -1. */
int64_t sh_schedule_interval(const char *text);

#endif
