/* SPDX-License-Identifier: MIT */
/* What an exporter answers over HTTP, by the helper, converted by the check's format. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "collect/check/convert.h"
#include "collect/check/fetch.h"
#include "collect/check/ways.h"
#include "record/json.h"

#define MAX_BODY ((size_t)16 << 20)

static const char *accepted(const char *format)
{
	if (!strcmp(format, "openmetrics"))
		return "Accept: application/openmetrics-text;version=1.0.0";
	if (!strcmp(format, "prom"))
		return "Accept: text/plain;version=0.0.4, */*;q=0.1";
	return "Accept: */*";
}

int sh_check_scrape_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	json_t *options;

	options = sh_fetch_options(&run->check, err);
	if (!options)
		return -1;
	json_array_append_new(json_object_get(options, "headers"),
			      json_string(accepted(run->check.format)));
	return sh_fetch_start(c, run, run->check.address, options, MAX_BODY, err);
}

static void take(struct sh_collect *c, struct sh_job_run *run, struct sh_span body)
{
	struct sh_converted got = sh_job_convert(c, run, run->check.address, 0, body);

	sh_outcome_add(&run->outcome, "bytes", (double)body.len);
	if (got.samples)
		sh_outcome_add(&run->outcome, "samples", (double)got.samples);
	if (got.bad)
		sh_outcome_fail(&run->outcome, "%" PRIu64 " parts of the answer are bad", got.bad);
}

int sh_check_scrape_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	struct sh_span body = SH_SPAN_NONE;
	json_t *answer = sh_fetch_answer(run, &body, err);
	int64_t status = sh_json_int(answer, "status", 0);

	if (answer) {
		sh_fetch_times(answer, &run->outcome);
		if (sh_json_str(answer, "error", NULL))
			sh_outcome_fail(&run->outcome, "%s", sh_json_str(answer, "error", ""));
		else if (status != 200)
			sh_outcome_fail(&run->outcome, "answered with status %d", (int)status);
		else
			take(c, run, body);
	}
	json_decref(answer);
	return sh_error_is_set(err) ? -1 : 0;
}
