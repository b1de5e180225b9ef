/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/task.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/keys.h"
#include "record/entity.h"
#include "schedule/task_load.h"

#define DEFAULT_TIMEOUT SH_HOUR

static int fail_playbook(const struct sh_scheduled *t, const struct sh_node *at,
			 const struct sh_config *c, struct sh_error *err)
{
	const struct sh_map *books = &c->section[SH_SECTION_PLAYBOOKS];
	const char **known = sh_calloc(books->live + 1, sizeof(*known)), *nearest;
	const struct sh_config_entry *e;
	size_t i = 0, n = 0;

	while ((e = sh_config_next(c, SH_SECTION_PLAYBOOKS, &i)))
		known[n++] = e->id;
	nearest = sh_keys_nearest(t->playbook, known);
	free(known);
	if (nearest)
		return sh_node_fail(at, err, "there is no playbook '%.60s'; did you mean '%.60s'?",
				    t->playbook, nearest);
	return sh_node_fail(at, err, "there is no playbook '%.60s'", t->playbook);
}

static int load_playbook(struct sh_scheduled *t, const struct sh_node *node,
			 const struct sh_config *c, struct sh_error *err)
{
	const struct sh_node *parameters = sh_node_get(node, "parameters");
	int rc = sh_node_string(node, "playbook", &t->playbook, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		return sh_node_fail(node, err, "task '%.60s' needs a 'playbook'", t->id);
	if (!sh_config_find(c, SH_SECTION_PLAYBOOKS, t->playbook))
		return fail_playbook(t, sh_node_get(node, "playbook"), c, err);
	if (parameters && parameters->type != SH_NODE_MAP)
		return sh_node_fail(parameters, err, "'parameters' must be a map");
	t->parameters = parameters ? sh_node_json(parameters) : json_object();
	return 0;
}

static int load_target(struct sh_scheduled *t, const struct sh_node *node, struct sh_error *err)
{
	static const char *const each[] = { "clean_roots", NULL };
	const struct sh_node *at = sh_node_get(node, "target");
	struct sh_entity parts;
	int which = -1;

	if (sh_node_string(node, "target", &t->target, err) < 0 ||
	    sh_node_choice(node, "for_each", each, &which, err) < 0)
		return -1;
	t->each_clean_root = which == 0;
	if (t->target && t->each_clean_root)
		return sh_node_fail(at, err, "give either 'target' or 'for_each'");
	if (t->target && (!sh_entity_split(sh_span_of(t->target), &parts) || parts.host.p))
		return sh_node_fail(at, err, "'target' must be an entity without host such as service:web1");
	return 0;
}

static bool is_started(const struct sh_scheduled *t, const struct sh_node *node)
{
	return t->timed || t->trigger || t->paths || sh_node_get(node, "after");
}

static int load_task(struct sh_schedule *s, struct sh_scheduled *t, const struct sh_config_entry *e,
		     const struct sh_config *c, struct sh_error *err)
{
	static const char *const known[] = {
		"title", "every", "cron", "calendar", "rrule", "timezone", "dst", "seconds", "both_days",
		"missed", "missed_limit", "jitter", "spread", "allow", "block", "overlap", "group",
		"group_overlap", "retry", "after", "if", "if_wait", "when", "on_change", "settle", "cooldown",
		"playbook", "parameters", "target", "for_each", "mode", "timeout", "settings", NULL
	};
	const struct sh_node *node = e->node, *settings = sh_node_get(node, "settings");
	int mode = SH_MODE_ASK;

	*t = (struct sh_scheduled){ .id = e->id, .timeout = DEFAULT_TIMEOUT, .group = -1 };
	if (sh_node_check_keys(node, "task", known, err) < 0 ||
	    sh_task_load_times(t, node, &s->zones, err) < 0 ||
	    sh_task_load_terms(t, node, &s->groups, err) < 0)
		return -1;
	if (!is_started(t, node))
		return sh_node_fail(node, err, "task '%.60s' needs 'every', 'cron', 'calendar', 'rrule', 'after', "
				    "'when' or 'on_change'", t->id);
	if (load_playbook(t, node, c, err) < 0 || load_target(t, node, err) < 0 ||
	    sh_node_string(node, "title", &t->title, err) < 0 ||
	    sh_node_choice(node, "mode", sh_mode_words, &mode, err) < 0 ||
	    sh_node_duration(node, "timeout", &t->timeout, err) < 0)
		return -1;
	t->mode = (enum sh_mode)mode;
	if (settings && settings->type != SH_NODE_MAP)
		return sh_node_fail(settings, err, "'settings' must be a map");
	if (t->timeout < SH_SEC)
		return sh_node_fail(sh_node_get(node, "timeout"), err, "'timeout' must be 1s at least");
	return 0;
}

struct problems {
	sh_config_report_fn *report;
	void *arg;
	struct sh_error *first;
};

static void take_problem(const struct problems *p, const struct sh_error *problem)
{
	if (!sh_error_is_set(p->first))
		*p->first = *problem;
	else if (p->report)
		p->report(p->arg, problem);
}

static void load_order(struct sh_schedule *s, const struct sh_config *c, const struct problems *p)
{
	const struct sh_config_entry *e;
	size_t i = 0, self = 0;

	for (; (e = sh_config_next(c, SH_SECTION_TASKS, &i)); self++) {
		struct sh_error problem = SH_ERROR_INIT;

		if (e->node->type == SH_NODE_MAP && sh_task_load_after(s, self, e->node, &problem) < 0)
			take_problem(p, &problem);
	}
	if (!sh_error_is_set(p->first))
		sh_task_check_order(s, p->first);
}

int sh_schedule_load(struct sh_schedule *s, const struct sh_config *c, sh_config_report_fn *report,
		     void *arg, struct sh_error *err)
{
	const struct problems problems = { report, arg, err };
	const struct sh_config_entry *e;
	size_t i = 0;

	*s = (struct sh_schedule){ 0 };
	sh_zones_init(&s->zones);
	sh_map_init(&s->groups, NULL);
	s->task = sh_calloc(c->section[SH_SECTION_TASKS].live + 1, sizeof(*s->task));
	while ((e = sh_config_next(c, SH_SECTION_TASKS, &i))) {
		struct sh_error problem = SH_ERROR_INIT;

		if (load_task(s, &s->task[s->n++], e, c, &problem) < 0)
			take_problem(&problems, &problem);
	}
	load_order(s, c, &problems);
	return sh_error_is_set(err) ? -1 : 0;
}

void sh_schedule_release(struct sh_schedule *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct sh_scheduled *t = &s->task[i];

		json_decref(t->parameters);
		sh_when_release(&t->when);
		sh_hours_release(&t->allow);
		sh_hours_release(&t->block);
		sh_expr_free(t->condition);
		sh_expr_free(t->trigger);
		free(t->after);
		free(t->paths);
	}
	free(s->task);
	sh_map_release(&s->groups);
	sh_zones_release(&s->zones);
	*s = (struct sh_schedule){ 0 };
}

const struct sh_scheduled *sh_schedule_find(const struct sh_schedule *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->task[i].id, id) == 0)
			return &s->task[i];
	return NULL;
}
