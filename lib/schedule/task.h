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
#include "expr/expr.h"
#include "schedule/hours.h"
#include "schedule/when.h"

enum sh_missed { SH_MISSED_SKIP, SH_MISSED_ONCE, SH_MISSED_ALL, SH_MISSED_WITHIN };

/* What becomes of a run that is due while another one lasts. */
enum sh_clash { SH_CLASH_SKIP, SH_CLASH_QUEUE, SH_CLASH_CANCEL, SH_CLASH_ALLOW };

struct sh_retry {
	int64_t attempts; /* in all, default 1 */
	int64_t delay;    /* ns before the second one, default 1 min */
	double factor;    /* by which it grows, default 2 */
	int64_t most;     /* ns, default 1 h */
};

struct sh_scheduled {
	const char *id, *title;
	const char *schedule;    /* the time as written; NULL where not timed */
	bool timed;              /* false: only after others, by a record or by a file */
	struct sh_when when;
	const char *timezone;    /* as given; NULL: that of the machine */
	bool seconds, both_days; /* of cron */
	enum sh_missed missed;   /* default once */
	int64_t within;          /* ns, of SH_MISSED_WITHIN */
	int64_t missed_limit;    /* of SH_MISSED_ALL: so many are made up for */
	int64_t jitter, spread;  /* ns; spread -1: a tenth of the period, 15 min at most */
	struct sh_hours allow, block;
	enum sh_clash overlap;   /* with itself; default skip */
	enum sh_clash group_overlap; /* with others of its group; default queue */
	int group;               /* its number, -1 none */
	struct sh_retry retry;
	size_t *after;           /* numbers of the tasks it follows; owned */
	size_t afters;
	struct sh_expr *condition; /* "if"; NULL none; owned */
	int64_t patience;        /* "if_wait": how long it may be false, ns */
	struct sh_expr *trigger; /* "when", over records; NULL none; owned */
	const char **paths;      /* "on_change"; NULL none; the array is owned */
	int64_t settle;          /* ns a file must rest before it counts as changed */
	int64_t cooldown;        /* ns from a start until a trigger counts again */
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
	struct sh_zones zones;
	struct sh_map groups;      /* name -> its number + 1 as a pointer */
};

/* Text is borrowed from C. As sh_config_load: the first error, the others to report. */
int sh_schedule_load(struct sh_schedule *s, const struct sh_config *c, sh_config_report_fn *report,
		     void *arg, struct sh_error *err);
/* After a failed load too. */
void sh_schedule_release(struct sh_schedule *s);

const struct sh_scheduled *sh_schedule_find(const struct sh_schedule *s, const char *id);

#endif
