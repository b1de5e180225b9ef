/* SPDX-License-Identifier: MIT */
/*
 * certificate-renew - run the declared command, and believe only the file
 *
 * Success is a certificate in the file that is valid now, for longer than the
 * one before it, and for as long as the site wants.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "action/action.h"
#include "action/certificate.h"
#include "action/command.h"
#include "action/note.h"
#include "base/clock.h"

#define RENEW_TIMEOUT (10 * SH_MIN)
#define MIN_DAYS 7

static const struct sh_param params[] = {
	{ "certificate", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param certificate_params[] = {
	{ "file", SH_PARAM_PATH, true },
	{ "renew", SH_PARAM_ARGV, true },
	{ "min_days", SH_PARAM_NUMBER, false },
	{ "timeout", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

static int read_params(const struct sh_action_call *call, const json_t **out, struct sh_error *err)
{
	*out = sh_param_json(call->parameters, "certificate");
	return sh_params_check(*out, certificate_params, "certificate", err);
}

static bool is_good(const json_t *p, const struct sh_validity *v)
{
	int64_t now = sh_clock_wall();
	double days = sh_param_number(p, "min_days", MIN_DAYS);

	return v->from <= now && (double)(v->until - now) >= days * (double)SH_DAY;
}

static void tell(json_t *output, const char *name, int64_t t)
{
	char text[SH_TIME_TEXT];

	sh_time_format(text, t);
	json_object_set_new(output, name, json_string(text));
}

static int judge(const json_t *p, bool had, const struct sh_validity *before, json_t *output,
		 struct sh_error *err)
{
	struct sh_validity after;

	if (sh_certificate_validity(sh_param_str(p, "file"), &after, err) < 0)
		return -1;
	tell(output, "valid_until", after.until);
	if (had && after.until <= before->until)
		return sh_error_set(err, SH_ERRC_SYSTEM, "the certificate was not renewed: it ends when it did");
	return is_good(p, &after) ? 0 :
		       sh_error_set(err, SH_ERRC_SYSTEM, "the new certificate is not valid for long enough");
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_error none = SH_ERROR_INIT;
	struct sh_validity before;
	struct sh_note note;
	const char **argv;
	const json_t *p;
	bool had;
	int rc;

	if (read_params(call, &p, err) < 0)
		return -1;
	had = sh_certificate_validity(sh_param_str(p, "file"), &before, &none) == 0;
	if (had)
		tell(output, "was_valid_until", before.until);
	sh_note_init(&note, "certificate", call);
	rc = sh_note_write(&note, output, err);
	sh_note_release(&note);
	argv = sh_param_argv(p, "renew");
	if (rc == 0)
		rc = sh_command_run(argv, NULL, sh_param_duration(p, "timeout", RENEW_TIMEOUT), NULL, NULL, err);
	free(argv);
	return rc < 0 ? -1 : judge(p, had, &before, output, err);
}

/* Done: it is good, and ends later than it did when the run began. */
static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_error none = SH_ERROR_INIT;
	json_auto_t *known = NULL;
	struct sh_validity now;
	struct sh_note note;
	const char *was;
	const json_t *p;
	int64_t before = 0;
	bool good;

	if (read_params(call, &p, err) < 0)
		return -1;
	sh_note_init(&note, "certificate", call);
	known = sh_note_read(&note);
	was = sh_param_str(known, "was_valid_until");
	if (was && sh_time_parse(was, strlen(was), &before) < 0)
		before = 0;
	good = sh_certificate_validity(sh_param_str(p, "file"), &now, &none) == 0 && is_good(p, &now) &&
	       now.until > before;
	sh_action_state(output, !note.path ? "unknown" : known && good ? "done" : "not_done");
	sh_note_release(&note);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "certificate-renew", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
