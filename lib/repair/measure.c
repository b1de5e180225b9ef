/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/measure.h"

#include <math.h>
#include <string.h>

#include "record/json.h"

static double sum_of(const struct sh_plan *p, const char *name)
{
	double sum = NAN;

	for (size_t i = 0; i < p->steps; i++) {
		double v = sh_json_num(p->step[i].output, name, NAN);

		if (!isnan(v))
			sum = isnan(sum) ? v : sum + v;
	}
	return sum;
}

/* The largest latency.* in an object of paths; NaN when there is none. */
static double worst_latency(const json_t *values)
{
	double worst = NAN;
	const char *path;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)values, path, v)
		if (!strncmp(path, "latency.", 8) && json_is_number(v))
			worst = fmax(worst, json_number_value(v));
	return worst;
}

void sh_measure(struct sh_plan *repair, const struct sh_proof *proof)
{
	double before = worst_latency(repair->evidence.values), after;

	repair->freed_space_bytes = sum_of(repair, "freed_space_bytes");
	repair->unlinked_bytes = sum_of(repair, "unlinked_bytes");
	if (!proof)
		return;
	repair->verified = proof->verified;
	repair->verified_at = proof->measured_at;
	after = worst_latency(proof->after);
	if (before > 0 && !isnan(after))
		repair->performance_improvement = (before - after) / before * 100;
	json_decref(repair->measured);
	repair->measured = json_object();
	if (repair->evidence.values)
		json_object_set(repair->measured, "before", repair->evidence.values);
	if (proof->after)
		json_object_set(repair->measured, "after", proof->after);
}
