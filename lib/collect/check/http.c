/* SPDX-License-Identifier: MIT */
/* What a web server answers, through the helper. */
#include "config.h"

#include <math.h>

#include "collect/check/fetch.h"
#include "collect/check/ways.h"
#include "record/json.h"

int sh_check_http_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	json_t *options = json_object();

	if (run->check.match)
		json_object_set_new(options, "match", json_string(run->check.match));
	return sh_fetch_start(c, run, run->check.address, options, err);
}

static bool is_wanted(const struct sh_check *k, int64_t status)
{
	if (!k->status)
		return status > 0 && status < 400;
	for (const int64_t *wanted = k->status; *wanted; wanted++)
		if (*wanted == status)
			return true;
	return false;
}

static void judge(const struct sh_check *k, const json_t *answer, struct sh_outcome *out)
{
	int64_t status = sh_json_int(answer, "status", 0);
	const char *error = sh_json_str(answer, "error", "");

	out->time_ms = sh_json_num(answer, "time_ms", (double)NAN);
	sh_outcome_add(out, "status", status ? (double)status : (double)NAN);
	if (*error)
		sh_outcome_fail(out, "%s", error);
	if (!is_wanted(k, status))
		sh_outcome_fail(out, "answered with status %d", (int)status);
	if (k->match && !json_is_true(json_object_get(answer, "matched")))
		sh_outcome_fail(out, "the answer does not hold the wanted text");
}

int sh_check_http_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	json_t *answer = sh_fetch_answer(run, err);

	(void)c;
	if (answer)
		judge(&run->check, answer, &run->outcome);
	json_decref(answer);
	return sh_error_is_set(err) ? -1 : 0;
}
