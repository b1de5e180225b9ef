/* SPDX-License-Identifier: MIT */
/* baseline-audit - how the machine differs from the baselines that a person approved */
#include "config.h"

#include <string.h>

#include "action/action.h"
#include "base/buf.h"
#include "collect/drift/drift.h"

#define MAX_NAMES 50 /* of each kind of difference in an area; all are counted */

static const struct sh_param params[] = {
	{ "areas", SH_PARAM_STRINGS, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct audit {
	struct sh_collect collect;
	struct sh_buf summary; /* "packages 2, files 1" */
	size_t differences;
	json_t *entry;         /* of the area at hand; borrowed */
	size_t in_area;
};

static void note(void *arg, const char *name, const char *was, const char *is)
{
	struct audit *a = arg;
	const char *kind = !was ? "added" : !is ? "removed" : "changed";
	json_t *names = json_object_get(a->entry, kind);

	if (!names) {
		names = json_array();
		json_object_set_new(a->entry, kind, names);
	}
	if (json_array_size(names) < MAX_NAMES)
		json_array_append_new(names, sh_action_text(name));
	a->in_area++;
}

/* What was never approved of cannot differ from it. */
static int compare(struct audit *a, const struct sh_drift_area *area, struct sh_error *err)
{
	int rc = sh_drift_compare(&a->collect, area, note, a, err);

	if (rc < 0) {
		json_object_set_new(a->entry, "error", sh_action_text(err->text));
		return -1;
	}
	if (rc == 0) {
		json_object_set_new(a->entry, "skipped", json_string("there is no baseline"));
		return 0;
	}
	json_object_set_new(a->entry, "differences", json_integer((json_int_t)a->in_area));
	if (a->in_area)
		sh_buf_addf(&a->summary, "%s%s %zu", a->summary.len ? ", " : "", area->name, a->in_area);
	a->differences += a->in_area;
	return 0;
}

static bool is_wanted(const json_t *areas, const char *name)
{
	size_t i;
	json_t *one;

	json_array_foreach(areas, i, one)
		if (!strcmp(json_string_value(one), name))
			return true;
	return !json_array_size(areas);
}

static int check_areas(const json_t *areas, struct sh_error *err)
{
	size_t i;
	json_t *one;

	json_array_foreach(areas, i, one)
		if (!sh_drift_area(json_string_value(one)))
			return sh_error_set(err, SH_ERRC_INPUT,
					    "'areas': '%s' is none of packages, ports, mounts, sysctl and files",
					    json_string_value(one));
	return 0;
}

/* Every area has its turn, whatever cannot be read of the others. */
static void audit_all(struct audit *a, const json_t *areas, json_t *list, struct sh_error *err)
{
	for (const struct sh_drift_area *area = sh_drift_areas; area->name; area++) {
		struct sh_error one = SH_ERROR_INIT;

		if (!is_wanted(areas, area->name))
			continue;
		a->entry = json_pack("{s:s}", "area", area->name);
		a->in_area = 0;
		json_array_append_new(list, a->entry);
		if (compare(a, area, &one) < 0 && !sh_error_is_set(err))
			*err = one;
	}
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *areas = sh_param_json(call->parameters, "areas");
	struct audit a = { .summary = SH_BUF_INIT };
	json_t *list = json_array();

	json_object_set_new(output, "areas", list);
	if (!call->state)
		return sh_error_set(err, SH_ERRC_INPUT, "without a state directory there are no baselines");
	if (check_areas(areas, err) < 0 || sh_collect_init(&a.collect, NULL, "", err) < 0)
		return -1;
	a.collect.state_dir = call->state;
	audit_all(&a, areas, list, err);
	json_object_set_new(output, "differences", json_integer((json_int_t)a.differences));
	if (a.differences && !sh_error_is_set(err))
		sh_error_set_(err, SH_ERRC_SYSTEM, 0, "%zu differences from the baselines: %s", a.differences,
			      sh_buf_str(&a.summary));
	sh_buf_release(&a.summary);
	sh_collect_release(&a.collect);
	return sh_error_is_set(err) ? -1 : 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "baseline-audit", params, run, sh_action_check_again, NULL };

	return sh_action_main(&action, argc, argv);
}
