/* SPDX-License-Identifier: MIT */
/* io-throttle - slow down the process that makes a device slow for the others */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "action/action.h"
#include "action/blockdev.h"
#include "action/iohog.h"
#include "action/latency.h"
#include "action/note.h"
#include "action/throttle.h"
#include "base/clock.h"

#define WINDOW (200 * SH_MS)   /* between two readings of what processes wrote */
#define BUDGET (400 * SH_MS)   /* of one measurement of latency */
#define SETTLE (300 * SH_MS)   /* what is queued already must drain first */
#define MEASURES 3             /* after a method, before it is given up */
#define DEFAULT_BYTES (1 << 20)
#define DEFAULT_IOPS 20

static const struct sh_param params[] = {
	{ "mount", SH_PARAM_PATH, false },
	{ "device", SH_PARAM_STRING, false },
	{ "throttle", SH_PARAM_OBJECT, true },
	{ "exclude", SH_PARAM_LIST, false },
	{ "probe", SH_PARAM_PATH, false },
	{ "limit_ms", SH_PARAM_NUMBER, false },
	{ "limit_bytes", SH_PARAM_INTEGER, false },
	{ "limit_iops", SH_PARAM_INTEGER, false },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param throttle_params[] = {
	{ "allow", SH_PARAM_STRINGS, true },
	{ "methods", SH_PARAM_STRINGS, false },
	{ "limit_bytes", SH_PARAM_INTEGER, false },
	{ "limit_iops", SH_PARAM_INTEGER, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct job {
	struct sh_throttle t;
	struct sh_iohog_options find;
	struct sh_iohog hog[SH_IOHOG_MAX];
	const char *probe;  /* NULL: nothing is measured */
	double limit_ms;    /* 0: none */
	const json_t *methods; /* NULL: all, in their order */
	struct sh_note note;
};

static int check_methods(const json_t *methods, struct sh_error *err)
{
	size_t i;
	json_t *m;

	json_array_foreach((json_t *)(uintptr_t)methods, i, m)
		if (!sh_throttle_is_method(json_string_value(m)))
			return sh_error_set(err, SH_ERRC_INPUT, "no such method '%s'",
					    json_string_value(m));
	return 0;
}

static int read_limits(struct job *j, const json_t *p, const json_t *throttle, struct sh_error *err)
{
	int64_t bytes = sh_param_int(throttle, "limit_bytes", sh_param_int(p, "limit_bytes", DEFAULT_BYTES));
	int64_t iops = sh_param_int(throttle, "limit_iops", sh_param_int(p, "limit_iops", DEFAULT_IOPS));

	j->limit_ms = sh_param_number(p, "limit_ms", 0);
	if (bytes < 1024 || iops < 1 || iops > 1000000000 || j->limit_ms < 0)
		return sh_error_set(err, SH_ERRC_INPUT, "a limit is out of range");
	j->t.limit_bytes = (uint64_t)bytes;
	j->t.limit_iops = (uint64_t)iops;
	return 0;
}

static int read_params(struct job *j, const struct sh_action_call *call, struct sh_error *err)
{
	const json_t *p = call->parameters, *throttle = sh_param_json(p, "throttle");
	const char *mount = sh_param_str(p, "mount"), *device = sh_param_str(p, "device");

	sh_note_init(&j->note, "throttle", call);
	j->t.id = j->note.id;
	if (sh_params_check(throttle, throttle_params, "throttle", err) < 0)
		return -1;
	if (!mount == !device)
		return sh_error_set(err, SH_ERRC_INPUT, "give either 'mount' or 'device'");
	j->find.allow = sh_param_json(throttle, "allow");
	j->find.exclude = sh_param_json(p, "exclude");
	j->find.window = WINDOW;
	j->probe = sh_param_str(p, "probe");
	j->methods = sh_param_json(throttle, "methods");
	if (json_array_size(j->find.allow) == 0)
		return sh_error_set(err, SH_ERRC_INPUT, "'allow' names no process, so none is throttled");
	if (check_methods(j->methods, err) < 0 || read_limits(j, p, throttle, err) < 0)
		return -1;
	return mount ? sh_blockdev_of_mount(mount, &j->find.fs, &j->find.disk, err)
		     : sh_blockdev_of_name(device, &j->find.fs, &j->find.disk, err);
}

static int measure(const struct job *j, double *ms, struct sh_error *err)
{
	struct sh_latency l;

	if (sh_latency_measure(j->probe, BUDGET, &l, err) < 0)
		return -1;
	*ms = sh_latency_worst(&l);
	return 0;
}

static bool is_better(const struct job *j, double before, double after)
{
	return j->limit_ms > 0 ? after < j->limit_ms : after < before / 2;
}

/* Returns 1 when it helped (or nothing can be measured), 0 when not. */
static int judge(const struct job *j, double before, json_t *tried, struct sh_error *err)
{
	double after = 0;

	if (!j->probe)
		return 1;
	for (int i = 0; i < MEASURES; i++) {
		sh_clock_sleep(SETTLE);
		if (measure(j, &after, err) < 0)
			return -1;
		if (is_better(j, before, after))
			break;
	}
	json_object_set_new(tried, "latency_after_ms", json_real(after));
	json_object_set_new(tried, "helped", json_boolean(is_better(j, before, after)));
	return is_better(j, before, after);
}

/* Apply one method; what did not help is taken back. 1 helped, 0 not, -1 failed. */
static int apply(struct job *j, json_t *tried, json_t *output, struct sh_error *err)
{
	struct sh_error undo = SH_ERROR_INIT;
	json_auto_t *described = NULL;
	double before = 0;
	int rc;

	if (j->probe) {
		if (measure(j, &before, err) < 0)
			return -1;
		json_object_set_new(tried, "latency_before_ms", json_real(before));
	}
	described = sh_throttle_describe(&j->t, err);
	if (!described || sh_note_write(&j->note, described, err) < 0)
		return -1;
	rc = sh_throttle_apply(&j->t, described, err);
	if (rc == 0)
		rc = judge(j, before, tried, err);
	if (rc == 1) {
		json_object_update(output, described);
		return 1;
	}
	if (sh_throttle_undo(described, &undo) < 0) {
		sh_error_clear(err);
		sh_error_set_(err, SH_ERRC_SYSTEM, 0, "%s", undo.text);
		return -1;
	}
	sh_note_forget(&j->note);
	return rc;
}

/* One entry of the list of what was tried. Its failure is an answer, not the end. */
static int try_method(struct job *j, const char *method, json_t *list, json_t *output)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *tried = json_pack("{s:s}", "method", method);
	int rc;

	j->t.method = method;
	rc = sh_throttle_supported(&j->t, &err);
	json_object_set_new(tried, "supported", json_boolean(rc == 0));
	if (rc == 0)
		rc = apply(j, tried, output, &err);
	if (sh_error_is_set(&err))
		json_object_set_new(tried, "reason", sh_action_text(err.text));
	json_array_append_new(list, tried);
	return rc == 1;
}

static int try_all(struct job *j, json_t *output, struct sh_error *err)
{
	static const char *const standard[] = { "io.max", "blkio.throttle", "ionice", "pause" };
	json_t *list = json_array();
	size_t n = j->methods ? json_array_size(j->methods) : 4;

	json_object_set_new(output, "tried", list);
	for (size_t i = 0; i < n; i++) {
		const char *m = j->methods ? json_string_value(json_array_get(j->methods, i)) : standard[i];

		if (try_method(j, m, list, output))
			return 0;
	}
	return sh_error_set(err, SH_ERRC_SYSTEM, "no method helped");
}

static int throttle(struct job *j, json_t *output, struct sh_error *err)
{
	int n = sh_iohog_find(&j->find, j->hog, err);

	if (n < 0)
		return -1;
	if (n == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "no process that may be throttled uses the device now");
	j->t.hog = j->hog;
	j->t.hogs = (size_t)n;
	if (j->find.disk)
		snprintf(j->t.device, sizeof(j->t.device), "%u:%u", major(j->find.disk),
			 minor(j->find.disk));
	return try_all(j, output, err);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct job j = { 0 };
	int rc = read_params(&j, call, err);

	if (rc == 0)
		rc = throttle(&j, output, err);
	sh_note_release(&j.note);
	return rc;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct job j = { 0 };
	json_auto_t *note = NULL;

	if (read_params(&j, call, err) < 0) {
		sh_note_release(&j.note);
		return -1;
	}
	note = sh_note_read(&j.note);
	sh_action_state(output, !j.note.path ? "unknown" : note && sh_throttle_in_force(note) ? "done" : "not_done");
	if (note)
		json_object_update(output, note);
	sh_note_release(&j.note);
	return 0;
}

static int lift(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	(void)call;
	return sh_throttle_undo(known, err);
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("throttle", "method", lift, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "io-throttle", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
