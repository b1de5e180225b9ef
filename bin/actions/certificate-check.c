/* SPDX-License-Identifier: MIT */
/* certificate-check - whether the certificates that the site names are valid for long enough */
#include "config.h"

#include "action/action.h"
#include "action/certificate.h"
#include "action/each.h"
#include "base/clock.h"

#define MIN_DAYS 14

static const struct sh_param params[] = {
	{ "certificates", SH_PARAM_LIST, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param certificate_params[] = {
	{ "file", SH_PARAM_PATH, true },
	{ "min_days", SH_PARAM_NUMBER, false },
	{ NULL, SH_PARAM_STRING, false },
};

static int look(void *arg, const json_t *entry, json_t *out, struct sh_error *err)
{
	const char *file;
	struct sh_validity v;
	char text[SH_TIME_TEXT];
	int64_t now = sh_clock_wall();
	double days;

	(void)arg;
	if (sh_params_check(entry, certificate_params, "certificates", err) < 0)
		return -1;
	file = sh_param_str(entry, "file");
	json_object_set_new(out, "file", sh_action_text(file));
	if (sh_certificate_validity(file, &v, err) < 0)
		return -1;
	sh_time_format(text, v.until);
	json_object_set_new(out, "valid_until", json_string(text));
	days = (double)(v.until - now) / (double)SH_DAY;
	json_object_set_new(out, "days_left", json_real(days));
	if (v.from > now)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is not valid yet", file);
	if (days < 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' has ended", file);
	if (days < sh_param_number(entry, "min_days", MIN_DAYS))
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' ends in %.1f days", file, days);
	return 0;
}

/* Every certificate has its turn, whatever is wrong with the others. */
static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_each(sh_param_json(call->parameters, "certificates"), output, "certificates", false, look, NULL, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "certificate-check", params, run, sh_action_check_again, NULL };

	return sh_action_main(&action, argc, argv);
}
