/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "config/fields.h"
#include "schedule/task_load.h"

#define DEFAULT_LIMIT 10
#define MAX_LIMIT     1000

/* "once", "skip", "all", or how late it may be. */
static int load_missed(struct sh_scheduled *t, const struct sh_node *node, struct sh_error *err)
{
	static const char *const words[] = { "skip", "once", "all" };
	const struct sh_node *at = sh_node_get(node, "missed");
	const char *text = NULL;

	t->missed = SH_MISSED_ONCE;
	t->missed_limit = DEFAULT_LIMIT;
	if (sh_node_int(node, "missed_limit", 1, MAX_LIMIT, &t->missed_limit, err) < 0)
		return -1;
	if (!at)
		return 0;
	if (sh_node_text(at, &text, err) < 0)
		return -1;
	for (int i = 0; i < 3; i++)
		if (!strcmp(text, words[i])) {
			t->missed = (enum sh_missed)i;
			return 0;
		}
	t->missed = SH_MISSED_WITHIN;
	if (sh_duration_parse(text, strlen(text), &t->within) == 0 && t->within > 0)
		return 0;
	return sh_node_fail(at, err, "'missed' must be skip, once, all or a duration such as 6h, not '%.40s'", text);
}

static int load_dst(struct sh_dst *dst, const struct sh_dst **given, const struct sh_node *node,
		    struct sh_error *err)
{
	const char *text = NULL;

	if (sh_node_string(node, "dst", &text, err) < 0)
		return -1;
	if (!text)
		return 0;
	*given = dst;
	if (sh_dst_parse(dst, text))
		return 0;
	return sh_node_fail(sh_node_get(node, "dst"), err,
			    "'dst' must be skip, at_change or shifted, '/', and first, second or both, not '%.40s'", text);
}

/* Which of the languages is used; SH_WHEN_KINDS: none. */
static int find_kind(const struct sh_node *node, int *kind, struct sh_error *err)
{
	*kind = SH_WHEN_KINDS;
	for (int k = 0; k < SH_WHEN_KINDS; k++) {
		if (!sh_node_get(node, sh_when_words[k]))
			continue;
		if (*kind != SH_WHEN_KINDS)
			return sh_node_fail(sh_node_get(node, sh_when_words[k]), err, "give either '%s' or '%s'",
					    sh_when_words[*kind], sh_when_words[k]);
		*kind = k;
	}
	return 0;
}

static int load_when(struct sh_scheduled *t, const struct sh_node *node,
		     const struct sh_when_options *opt, struct sh_zones *zones, struct sh_error *err)
{
	struct sh_error problem = SH_ERROR_INIT;
	int kind;

	if (find_kind(node, &kind, err) < 0)
		return -1;
	if (kind == SH_WHEN_KINDS)
		return 0;
	if (sh_field_text(node, sh_when_words[kind], &t->schedule, err) < 0)
		return -1;
	if (sh_when_parse(&t->when, (enum sh_when_kind)kind, t->schedule, opt, zones, &problem) < 0)
		return sh_node_fail(sh_node_get(node, sh_when_words[kind]), err, "%s", problem.text);
	t->timed = true;
	return 0;
}

int sh_task_load_times(struct sh_scheduled *t, const struct sh_node *node, struct sh_zones *zones,
		       struct sh_error *err)
{
	struct sh_when_options opt = { 0 };
	struct sh_error problem = SH_ERROR_INIT;
	struct sh_dst dst;

	t->spread = -1;
	if (sh_field_text(node, "timezone", &opt.zone, err) < 0 || load_dst(&dst, &opt.dst, node, err) < 0 ||
	    sh_node_bool(node, "seconds", &opt.seconds, err) < 0 ||
	    sh_node_bool(node, "both_days", &opt.both_days, err) < 0)
		return -1;
	if (opt.zone && !sh_zones_get(zones, opt.zone, &problem))
		return sh_node_fail(sh_node_get(node, "timezone"), err, "%s", problem.text);
	if (load_when(t, node, &opt, zones, err) < 0 || load_missed(t, node, err) < 0 ||
	    sh_node_duration(node, "jitter", &t->jitter, err) < 0 ||
	    sh_node_duration(node, "spread", &t->spread, err) < 0)
		return -1;
	t->timezone = opt.zone;
	t->seconds = opt.seconds;
	t->both_days = opt.both_days;
	opt.dst = NULL;
	if (sh_hours_load(&t->allow, node, "allow", &opt, zones, err) < 0)
		return -1;
	return sh_hours_load(&t->block, node, "block", &opt, zones, err);
}
