/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/fields.h"
#include "config/keys.h"
#include "schedule/task_load.h"

#define MAX_ATTEMPTS 100

static const char *const clashes[] = { "skip", "queue", "cancel", "allow", NULL };

static int load_overlap(struct sh_scheduled *t, const struct sh_node *node, struct sh_map *groups,
			struct sh_error *err)
{
	int own = SH_CLASH_SKIP, others = SH_CLASH_QUEUE;
	const char *group = NULL;
	size_t number;

	t->group = -1;
	if (sh_node_choice(node, "overlap", clashes, &own, err) < 0 ||
	    sh_node_choice(node, "group_overlap", clashes, &others, err) < 0 ||
	    sh_field_text(node, "group", &group, err) < 0)
		return -1;
	t->overlap = (enum sh_clash)own;
	t->group_overlap = (enum sh_clash)others;
	if (!group)
		return 0;
	number = (size_t)sh_map_gets(groups, group);
	if (!number) {
		number = groups->live + 1;
		sh_map_puts(groups, group, (void *)number);
	}
	t->group = (int)number - 1;
	return 0;
}

static int load_retry(struct sh_scheduled *t, const struct sh_node *node, struct sh_error *err)
{
	static const char *const known[] = { "attempts", "delay", "factor", "most", NULL };
	const struct sh_node *retry = sh_node_get(node, "retry");

	t->retry = (struct sh_retry){ 1, SH_MIN, 2, SH_HOUR };
	if (!retry)
		return 0;
	t->retry.attempts = 2;
	if (sh_node_check_keys(retry, "retry", known, err) < 0 ||
	    sh_node_int(retry, "attempts", 1, MAX_ATTEMPTS, &t->retry.attempts, err) < 0 ||
	    sh_node_duration(retry, "delay", &t->retry.delay, err) < 0 ||
	    sh_node_number(retry, "factor", &t->retry.factor, err) < 0 ||
	    sh_node_duration(retry, "most", &t->retry.most, err) < 0)
		return -1;
	if (t->retry.delay <= 0 || !(t->retry.factor >= 1) || t->retry.most < t->retry.delay)
		return sh_node_fail(retry, err, "'delay' must be positive, 'factor' 1 or more, and 'most' no less than 'delay'");
	return 0;
}

static int load_expression(struct sh_expr **out, const struct sh_node *node, const char *key,
			   struct sh_error *err)
{
	struct sh_error problem = SH_ERROR_INIT;
	const char *text = NULL;

	if (sh_field_text(node, key, &text, err) < 0)
		return -1;
	if (!text)
		return 0;
	*out = sh_expr_parse(text, NULL, &problem);
	return *out ? 0 : sh_node_fail(sh_node_get(node, key), err, "%s", problem.text);
}

static int load_paths(struct sh_scheduled *t, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(node, "on_change");

	t->settle = 2 * SH_SEC;
	if (sh_node_duration(node, "settle", &t->settle, err) < 0 ||
	    sh_node_duration(node, "cooldown", &t->cooldown, err) < 0 ||
	    sh_node_strings(node, "on_change", &t->paths, err) < 0)
		return -1;
	for (const char **p = t->paths; p && *p; p++)
		if (sh_path_depth(*p) < 1)
			return sh_node_fail(at, err, "'on_change' names files by absolute paths, not '%.60s'", *p);
	return 0;
}

int sh_task_load_terms(struct sh_scheduled *t, const struct sh_node *node, struct sh_map *groups,
		       struct sh_error *err)
{
	if (load_overlap(t, node, groups, err) < 0 || load_retry(t, node, err) < 0 ||
	    load_expression(&t->condition, node, "if", err) < 0 ||
	    sh_node_duration(node, "if_wait", &t->patience, err) < 0 ||
	    load_expression(&t->trigger, node, "when", err) < 0)
		return -1;
	return load_paths(t, node, err);
}

static int fail_after(const struct sh_schedule *s, const struct sh_node *at, const char *name,
		      struct sh_error *err)
{
	const char **known = sh_calloc(s->n + 1, sizeof(*known)), *nearest;

	for (size_t i = 0; i < s->n; i++)
		known[i] = s->task[i].id;
	nearest = sh_keys_nearest(name, known);
	free(known);
	if (nearest)
		return sh_node_fail(at, err, "there is no task '%.60s'; did you mean '%.60s'?", name, nearest);
	return sh_node_fail(at, err, "there is no task '%.60s'", name);
}

int sh_task_load_after(struct sh_schedule *s, size_t self, const struct sh_node *node,
		       struct sh_error *err)
{
	struct sh_scheduled *t = &s->task[self];
	const struct sh_node *at = sh_node_get(node, "after");
	const char **names = NULL;
	size_t n = 0;
	int rc = sh_node_strings(node, "after", &names, err);

	if (rc <= 0)
		return rc;
	while (names[n])
		n++;
	t->after = sh_calloc(n + 1, sizeof(*t->after));
	for (size_t i = 0; i < n && rc >= 0; i++) {
		const struct sh_scheduled *other = sh_schedule_find(s, names[i]);

		if (other)
			t->after[t->afters++] = (size_t)(other - s->task);
		else
			rc = fail_after(s, at, names[i], err);
	}
	free(names);
	return rc < 0 ? -1 : 0;
}

/* Kahn's order: who is left over follows itself. */
int sh_task_check_order(const struct sh_schedule *s, struct sh_error *err)
{
	SH_CLEANUP_FREE bool *placed = sh_calloc(s->n + 1, sizeof(*placed));
	bool again = true;
	size_t left = s->n;

	while (again && left) {
		again = false;
		for (size_t i = 0; i < s->n; i++) {
			size_t waits = 0;

			for (size_t k = 0; k < s->task[i].afters; k++)
				waits += !placed[s->task[i].after[k]];
			if (placed[i] || waits)
				continue;
			placed[i] = again = true;
			left--;
		}
	}
	for (size_t i = 0; i < s->n && left; i++)
		if (!placed[i])
			return sh_error_set(err, SH_ERRC_CONFIG, "task '%.60s' would run after itself", s->task[i].id);
	return 0;
}
