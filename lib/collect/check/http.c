/* SPDX-License-Identifier: MIT */
/* What a web server answers, and whether a certificate is good, through the helper. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/mem.h"
#include "collect/check/fetch.h"
#include "collect/check/http.h"
#include "collect/check/ways.h"
#include "record/json.h"

int sh_check_http_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	const struct sh_check *k = &run->check;
	json_t *options = sh_fetch_options(k, err);

	if (!options)
		return -1;
	if (k->match)
		json_object_set_new(options, "match", json_string(k->match));
	if (k->expect)
		json_object_set_new(options, "expect", json_string(k->expect));
	if (k->redirects != SH_CHECK_UNSET)
		json_object_set_new(options, "redirects", json_integer(k->redirects));
	return sh_fetch_start(c, run, k->address, options, 0, err);
}

int sh_check_tls_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	const struct sh_check *k = &run->check;
	json_t *options = sh_fetch_options(k, err);
	SH_CLEANUP_FREE char *url = NULL;
	struct sh_address a;

	if (!options || !sh_address_parse(k->address, &a)) {
		json_decref(options);
		return sh_error_set(err, SH_ERRC_CONFIG, "'%.80s' is no address", k->address);
	}
	url = sh_asprintf(strchr(a.host, ':') ? "https://[%s]:%d" : "https://%s:%d", a.host,
			  a.port ? a.port : sh_check_rows[k->kind].port);
	json_object_set_new(options, "handshake", json_true());
	if (k->name)
		json_object_set_new(options, "name", json_string(k->name));
	return sh_fetch_start(c, run, url, options, 0, err);
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

void sh_http_judge(const struct sh_check *k, int64_t status, bool matched, bool expected,
		   struct sh_outcome *out)
{
	if (!is_wanted(k, status))
		sh_outcome_fail(out, "answered with status %d", (int)status);
	if (k->match && !matched)
		sh_outcome_fail(out, "the answer does not hold the wanted text");
	if (k->expect && !expected)
		sh_outcome_fail(out, "the answer is not as expected");
}

static void judge(const struct sh_check *k, const json_t *answer, struct sh_outcome *out)
{
	double days = sh_json_num(answer, "certificate_days", (double)NAN);

	sh_fetch_times(answer, out);
	sh_outcome_add(out, "certificate_days", days);
	sh_outcome_add(out, "certificate_expired", sh_json_num(answer, "certificate_expired", (double)NAN));
	if (sh_json_str(answer, "error", NULL))
		sh_outcome_fail(out, "%s", sh_json_str(answer, "error", ""));
	if (k->kind == SH_CHECK_HTTP)
		sh_http_judge(k, sh_json_int(answer, "status", 0),
			      json_is_true(json_object_get(answer, "matched")),
			      json_is_true(json_object_get(answer, "expected")), out);
	if (k->min_days != SH_CHECK_UNSET && isnan(days))
		sh_outcome_fail(out, "there is no certificate to look at");
	else if (k->min_days != SH_CHECK_UNSET && days < (double)k->min_days)
		sh_outcome_fail(out, "the certificate ends in %d days", (int)days);
}

int sh_check_http_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	json_t *answer = sh_fetch_answer(run, NULL, err);

	(void)c;
	if (answer)
		judge(&run->check, answer, &run->outcome);
	json_decref(answer);
	return sh_error_is_set(err) ? -1 : 0;
}
