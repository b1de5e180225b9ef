/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/evidence.h"

#include <limits.h>
#include <string.h>

#include "action/action.h"
#include "action/hog.h"
#include "base/clock.h"

/* /proc gives start times in ticks of 10 ms, and the clock may be slewed. */
#define TICK (20 * SH_MS)

static int seen_of(const json_t *p, int64_t *out, struct sh_error *err)
{
	const char *text = sh_param_str(p, "seen");

	if (!text)
		return sh_error_set(err, SH_ERRC_INPUT, "'seen' must say when the process was seen");
	if (sh_time_parse(text, strlen(text), out) < 0)
		return sh_error_set(err, SH_ERRC_INPUT, "'seen' is no RFC 3339 time");
	return 0;
}

static int may_be_touched(const json_t *p, const json_t *allow, const struct sh_proc *it, struct sh_error *err)
{
	const char *name = sh_param_str(p, "name");

	if (sh_proc_is_protected(it))
		return sh_error_set(err, SH_ERRC_CONFIG, "process %d (%s) is never touched", (int)it->pid,
				    it->name);
	if (name && strcmp(name, it->name))
		return sh_error_set(err, SH_ERRC_CONFIG, "process %d is '%s', not '%s'", (int)it->pid,
				    it->name, name);
	if (!sh_name_is_allowed(it->name, allow))
		return sh_error_set(err, SH_ERRC_CONFIG, "the site does not allow this to '%s' (process %d)",
				    it->name, (int)it->pid);
	return 1;
}

static int find_hog(const json_t *p, const json_t *allow, struct sh_proc *out, struct sh_error *err)
{
	const char *what = sh_param_str(p, "find");
	double share;
	int rc;

	if (!what || (strcmp(what, "cpu") && strcmp(what, "memory")))
		return sh_error_set(err, SH_ERRC_INPUT, "neither 'pid' nor 'find' (cpu or memory) is given");
	rc = sh_hog_find(what, allow, out, &share, err);
	if (rc == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "nobody of those that may be touched takes much %s now", what);
	return rc;
}

int sh_evidence_process(const json_t *p, const json_t *allow, struct sh_proc *out, struct sh_error *err)
{
	int64_t pid = sh_param_int(p, "pid", 0), seen;

	if (!sh_param_json(p, "pid"))
		return find_hog(p, allow, out, err);
	if (seen_of(p, &seen, err) < 0)
		return -1;
	if (pid < 2 || pid > INT_MAX)
		return sh_error_set(err, SH_ERRC_INPUT, "%lld is no process that is ever touched",
				    (long long)pid);
	if (sh_proc_read((pid_t)pid, out) < 0 || out->state == 'Z' || out->state == 'X' ||
	    sh_proc_start_time(out) > seen + TICK)
		return 0;
	return may_be_touched(p, allow, out, err);
}
