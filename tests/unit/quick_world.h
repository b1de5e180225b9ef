/* SPDX-License-Identifier: MIT */
/*
 * quick_world - a record's numbers as an array and as JSON at once, to compare
 * compiled expressions with the evaluator
 */
#ifndef SH_TESTS_QUICK_WORLD_H
#define SH_TESTS_QUICK_WORLD_H

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "expr/quick.h"
#include "json_lookup.h"

enum { WORLD_AX, WORLD_AY, WORLD_BX, WORLD_BY, WORLD_LAST, WORLD_UP, WORLD_LEFT, WORLD_SLOTS };

#define WORLD_PATHS 4
static const char *const world_path[WORLD_PATHS] = { "a.x", "a.y", "b.x", "b.y" };

struct world {
	double value[WORLD_SLOTS];
	json_t *record;
};

/* VALUE of the numbers, NaN for those that are absent. */
static inline void world_make(struct world *w, const double value[WORLD_SLOTS])
{
	json_t *group[2] = { json_object(), json_object() };

	memcpy(w->value, value, sizeof(w->value));
	for (size_t i = 0; i < WORLD_PATHS; i++)
		if (!isnan(value[i]))
			json_object_set_new(group[i / 2], world_path[i] + 2, json_real(value[i]));
	w->record = json_pack("{s:{s:f}}", "params", "k", 2.5);
	for (size_t i = 0; i < 2; i++)
		if (json_object_size(group[i]))
			json_object_set(w->record, i ? "b" : "a", group[i]);
	json_decref(group[0]);
	json_decref(group[1]);
}

static inline bool world_lookup(void *user, const char *name, struct sh_value *out)
{
	const struct world *w = user;

	return json_lookup(w->record, name, out);
}

static inline struct sh_value world_call(const struct sh_call *call)
{
	const struct world *w = call->user;
	double last = w->value[WORLD_LAST], up = w->value[WORLD_UP], left = w->value[WORLD_LEFT];

	if (!strcmp(call->function, "last"))
		return isnan(last) ? sh_value_unknown() : sh_value_double(last);
	if (!strcmp(call->function, "up"))
		return isnan(up) ? sh_value_unknown() : sh_value_bool(up != 0);
	return isnan(left) ? sh_value_unknown() : sh_value_duration((int64_t)left);
}

static const struct sh_function world_functions[] = {
	{ "last", 1, 2, true, true, world_call, false, false },
	{ "up", 1, 1, true, true, world_call, true, false },
	{ "left", 1, 3, true, true, world_call, false, false },
	{ NULL, 0, 0, false, false, NULL, false, false },
};

static inline struct sh_quick_bound world_bind_path(void *arg, const char *path)
{
	(void)arg;
	for (size_t i = 0; i < WORLD_PATHS; i++)
		if (!strcmp(path, world_path[i]))
			return (struct sh_quick_bound){ SH_QUICK_NUMBER, i, 0 };
	if (!strcmp(path, "params.k"))
		return (struct sh_quick_bound){ SH_QUICK_CONSTANT, 0, 2.5 };
	return (struct sh_quick_bound){ SH_QUICK_NONE, 0, 0 };
}

static inline struct sh_quick_bound world_bind_call(void *arg, const struct sh_function *f,
						    const char *path, size_t id)
{
	(void)arg;
	(void)path;
	(void)id;
	if (!strcmp(f->name, "last"))
		return (struct sh_quick_bound){ SH_QUICK_NUMBER, WORLD_LAST, 0 };
	if (!strcmp(f->name, "up"))
		return (struct sh_quick_bound){ SH_QUICK_TRUTH, WORLD_UP, 0 };
	return (struct sh_quick_bound){ SH_QUICK_DURATION, WORLD_LEFT, 0 };
}

static const struct sh_quick_binder world_binder = { world_bind_path, world_bind_call, NULL };

static inline struct sh_value world_eval(struct world *w, const struct sh_expr *e,
					 struct sh_arena *arena)
{
	struct sh_eval eval = { .lookup = world_lookup, .user = w, .arena = arena };

	return sh_expr_eval(e, &eval);
}

/* Whether the compiled expression answers as the evaluator; *punted when it does not answer. */
static inline bool world_agrees(struct world *w, const struct sh_expr *e, const struct sh_quick *q,
				bool *punted)
{
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_value v = world_eval(w, e, &arena);
	enum sh_quick_answer truth = sh_quick_truth(q, w->value);
	bool good;

	*punted = truth == SH_QUICK_PUNT;
	if (*punted)
		good = true;
	else if (truth == SH_QUICK_UNKNOWN)
		good = v.type == SH_VALUE_UNKNOWN;
	else
		good = v.type == SH_VALUE_BOOL && v.u.b == (truth == SH_QUICK_TRUE);
	sh_arena_release(&arena);
	return good;
}

/* OWN for sh_expr_idle_without: the paths of group a. */
static inline bool world_owns(void *arg, const char *path)
{
	(void)arg;
	return path[0] == 'a' && path[1] == '.';
}

#endif
