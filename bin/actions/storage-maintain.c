/* SPDX-License-Identifier: MIT */
/*
 * storage-maintain - trim, scrub and self-test what the site declares
 *
 * Each job has its turn, whatever became of the others. What a file system, a
 * drive or this machine cannot do is skipped, with the reason; what is found
 * damaged is a failure.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "action/action.h"
#include "action/command.h"
#include "action/each.h"
#include "action/mounts.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#define JOB_TIMEOUT (12 * SH_HOUR)
#define SMART_TIMEOUT (2 * SH_MIN)
#define SMART_NOTHING 1 /* bits of smartctl's exit code, smartctl(8): no such device type, */
#define SMART_FAILED 6  /* not opened, a command that failed */
#define MD_POLL SH_SEC

static const struct sh_param params[] = {
	{ "storage", SH_PARAM_LIST, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param job_params[] = {
	{ "trim", SH_PARAM_PATH, false },
	{ "scrub", SH_PARAM_PATH, false },
	{ "selftest", SH_PARAM_PATH, false },
	{ "test", SH_PARAM_STRING, false },
	{ "timeout", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

static int skip(struct sh_error *err, const char *what, const char *why)
{
	return sh_error_set(err, SH_ERRC_UNAVAILABLE, "'%s' %s", what, why);
}

/* The number after NAME, as a member of OUT; -1 when there is none. */
static int take_number(const struct sh_buf *said, const char *name, json_t *out, const char *key)
{
	const char *at = strstr(sh_buf_str(said), name);
	long long v;

	if (!at || sscanf(at + strlen(name), "%lld", &v) != 1)
		return -1;
	json_object_set_new(out, key, json_integer(v));
	return 0;
}

static int find_mount(const char *place, struct sh_mounted *m, struct sh_error *err)
{
	int rc = sh_mounts_find(place, m, err);

	if (rc == 0)
		return sh_error_set(err, SH_ERRC_CONFIG, "nothing is mounted at '%s'", place);
	return rc < 0 ? -1 : 0;
}

/* "/mnt: 54.7 MiB (57367552 bytes) trimmed"; nothing where it is not supported. */
static int trim(const char *place, int64_t timeout, json_t *out, struct sh_error *err)
{
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "--verbose", "--quiet-unsupported", place, NULL };
	SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;
	struct sh_mounted m;

	if (find_mount(place, &m, err) < 0 || sh_command_tool("fstrim", tool, err) < 0 ||
	    sh_command_run(argv, NULL, timeout, &said, NULL, err) < 0)
		return -1;
	return take_number(&said, " (", out, "trimmed_bytes") == 0 ? 0 :
		       skip(err, place, "takes no discards");
}

/* Exit code 3: errors that could not be corrected. */
static int scrub_btrfs(const char *place, int64_t timeout, json_t *out, struct sh_error *err)
{
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "scrub", "start", "-B", "-R", place, NULL };
	SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;
	int code = -1;

	if (sh_command_tool("btrfs", tool, err) < 0)
		return -1;
	sh_command_run(argv, NULL, timeout, &said, &code, err);
	if (code != 0 && code != 3)
		return sh_error_is_set(err) ? -1 : sh_error_set(err, SH_ERRC_SYSTEM, "btrfs gave no result");
	sh_error_clear(err);
	if (take_number(&said, "corrected_errors: ", out, "corrected") < 0 ||
	    take_number(&said, "uncorrectable_errors: ", out, "uncorrectable") < 0 ||
	    take_number(&said, "data_bytes_scrubbed: ", out, "data_bytes") < 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "what btrfs says of the scrub cannot be read");
	if (code == 3 || sh_param_int(out, "uncorrectable", 0) > 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' has errors that cannot be corrected", place);
	return 0;
}

/* The pool is the first component of the source; "status -x" says that it is healthy, or what is not. */
static int scrub_zfs(const struct sh_mounted *m, int64_t timeout, json_t *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *pool = sh_strndup(m->source, strcspn(m->source, "/"));
	char tool[SH_TOOL_PATH];
	const char *const scrub[] = { tool, "scrub", "-w", pool, NULL };
	const char *const status[] = { tool, "status", "-x", pool, NULL };
	SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;

	json_object_set_new(out, "pool", sh_action_text(pool));
	if (sh_command_tool("zpool", tool, err) < 0 ||
	    sh_command_run(scrub, NULL, timeout, NULL, NULL, err) < 0 ||
	    sh_command_run(status, NULL, timeout, &said, NULL, err) < 0)
		return -1;
	return strstr(sh_buf_str(&said), " is healthy") ? 0 :
		       sh_error_set(err, SH_ERRC_SYSTEM, "the pool '%s' is not healthy", pool);
}

/* The words of a file of md's, without the newline. */
static int read_md(int dir, const char *name, struct sh_buf *out, struct sh_error *err)
{
	sh_buf_clear(out);
	if (sh_file_read(dir, name, 256, out, err) < 0)
		return -1;
	while (out->len && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	return 0;
}

static int begin_md(int dir, const char *device, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf action = SH_BUF_INIT;
	SH_CLEANUP_FD int fd = openat(dir, "sync_action", O_WRONLY | O_CLOEXEC);

	if (read_md(dir, "sync_action", &action, err) < 0)
		return -1;
	if (strcmp(sh_buf_str(&action), "idle") != 0)
		return skip(err, device, "is at work already");
	if (fd < 0 || write(fd, "check\n", 6) != 6)
		return sh_error_sys(err, "cannot begin the check of '%s'", device);
	return 0;
}

static int wait_md(int dir, const char *device, int64_t timeout, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf action = SH_BUF_INIT;
	int64_t end = sh_clock_mono() + timeout;

	while (sh_clock_mono() < end) {
		sh_clock_sleep(MD_POLL);
		if (read_md(dir, "sync_action", &action, err) < 0)
			return -1;
		if (strcmp(sh_buf_str(&action), "idle") == 0)
			return 0;
	}
	return sh_error_set(err, SH_ERRC_SYSTEM, "the check of '%s' did not end in time", device);
}

static int scrub_md(const char *device, int64_t timeout, json_t *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("/sys/block/%s/md", strrchr(device, '/') + 1);
	SH_CLEANUP_FD int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	SH_CLEANUP_BUF struct sh_buf count = SH_BUF_INIT;
	int64_t mismatches;

	if (dir < 0)
		return errno == ENOENT ? skip(err, device, "is no md array") :
					 sh_error_sys(err, "cannot open '%s'", path);
	if (faccessat(dir, "sync_action", F_OK, 0) < 0)
		return skip(err, device, "has no redundancy to check");
	if (begin_md(dir, device, err) < 0 || wait_md(dir, device, timeout, err) < 0 ||
	    read_md(dir, "mismatch_cnt", &count, err) < 0)
		return -1;
	if (sh_parse_i64(sh_buf_str(&count), &mismatches) < 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s/mismatch_cnt' holds no number", path);
	json_object_set_new(out, "mismatched_sectors", json_integer(mismatches));
	return mismatches ? sh_error_set(err, SH_ERRC_SYSTEM, "the copies in '%s' differ", device) : 0;
}

/* Of a device of md's, or of what is mounted there. */
static int scrub(const char *place, int64_t timeout, json_t *out, struct sh_error *err)
{
	struct sh_mounted m;

	if (!strncmp(place, "/dev/", 5))
		return scrub_md(place, timeout, out, err);
	if (find_mount(place, &m, err) < 0)
		return -1;
	if (!strcmp(m.type, "btrfs"))
		return scrub_btrfs(place, timeout, out, err);
	if (!strcmp(m.type, "zfs"))
		return scrub_zfs(&m, timeout, out, err);
	if (!strncmp(m.source, "/dev/md", 7))
		return scrub_md(m.source, timeout, out, err);
	return skip(err, place, "is no file system that can be scrubbed");
}

static const json_t *at(const json_t *object, const char *const *names)
{
	for (; *names && object; names++)
		object = json_object_get(object, *names);
	return object;
}

/* The first of a log's entries that ended: one that is under way has no word on it. */
static const json_t *last_of_ata(const json_t *said)
{
	const char *const table[] = { "ata_smart_self_test_log", "standard", "table", NULL };
	const char *const passed[] = { "status", "passed", NULL };
	const json_t *all = at(said, table), *found = NULL;

	for (size_t i = 0; !found && i < json_array_size(all); i++)
		found = at(json_array_get(all, i), passed);
	return found;
}

/* As NVMe and SCSI number results: 0 is good, others up to the first that failed were broken off. */
static const json_t *judge_result(const json_t *result, json_int_t first_bad, json_int_t last_bad)
{
	json_int_t value = json_integer_value(result);

	if (!json_is_integer(result) || (value && (value < first_bad || value > last_bad)))
		return NULL;
	return value ? json_false() : json_true();
}

static const json_t *last_result(const json_t *said)
{
	const char *const nvme[] = { "nvme_self_test_log", "table", NULL };
	const char *const nvme_value[] = { "self_test_result", "value", NULL };
	const char *const scsi[] = { "scsi_self_test_0", "result", "value", NULL };
	const json_t *last = last_of_ata(said);

	if (!last)
		last = judge_result(at(json_array_get(at(said, nvme), 0), nvme_value), 5, 7);
	return last ? last : judge_result(at(said, scsi), 3, 7);
}

/* Health, and how the last self-test ended, as the drive says. */
static int judge_drive(const char *device, const json_t *said, json_t *out, struct sh_error *err)
{
	const json_t *health = json_object_get(json_object_get(said, "smart_status"), "passed");
	const json_t *last = last_result(said);

	if (health)
		json_object_set(out, "healthy", (json_t *)(uintptr_t)health);
	if (last)
		json_object_set(out, "last_test_passed", (json_t *)(uintptr_t)last);
	if (json_is_false(health))
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' says that it is failing", device);
	if (json_is_false(last))
		return sh_error_set(err, SH_ERRC_SYSTEM, "the last self-test of '%s' failed", device);
	return 0;
}

/* The bits above are about the drive's state, which is in the text too. */
static int ask_drive(const char *device, json_t *out, struct sh_error *err)
{
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "--json", "--health", "--log=selftest", device, NULL };
	SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;
	json_auto_t *json = NULL;
	int code = -1;

	if (sh_command_tool("smartctl", tool, err) < 0)
		return -1;
	sh_command_run(argv, NULL, SMART_TIMEOUT, &said, &code, err);
	if (code >= 0)
		sh_error_clear(err);
	if (sh_error_is_set(err))
		return -1;
	if (code & SMART_NOTHING)
		return skip(err, device, "is no drive that can test itself");
	json = json_loadb(sh_buf_str(&said), said.len, JSON_REJECT_DUPLICATES, NULL);
	if ((code & SMART_FAILED) || !json)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' cannot be asked: smartctl ended with %d", device,
				    code);
	return judge_drive(device, json, out, err);
}

/* The drive tests itself beside its work, for hours; the next run is told how it ended. */
static int selftest(const char *device, const char *test, json_t *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *option = sh_asprintf("--test=%s", test);
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, option, device, NULL };

	if (strcmp(test, "short") != 0 && strcmp(test, "long") != 0)
		return sh_error_set(err, SH_ERRC_INPUT, "'test' is short or long");
	if (ask_drive(device, out, err) < 0 || sh_command_tool("smartctl", tool, err) < 0 ||
	    sh_command_run(argv, NULL, SMART_TIMEOUT, NULL, NULL, err) < 0)
		return -1;
	json_object_set_new(out, "begun", json_string(test));
	return 0;
}

static int do_job(void *arg, const json_t *job, json_t *out, struct sh_error *err)
{
	const char *to_trim, *to_scrub, *to_test, *test;
	int64_t timeout;

	(void)arg;
	if (sh_params_check(job, job_params, "storage", err) < 0)
		return -1;
	to_trim = sh_param_str(job, "trim");
	to_scrub = sh_param_str(job, "scrub");
	to_test = sh_param_str(job, "selftest");
	test = sh_param_str(job, "test");
	timeout = sh_param_duration(job, "timeout", JOB_TIMEOUT);
	if (!!to_trim + !!to_scrub + !!to_test != 1)
		return sh_error_set(err, SH_ERRC_INPUT, "a job has one of 'trim', 'scrub' and 'selftest'");
	json_object_set_new(out, to_trim ? "trim" : to_scrub ? "scrub" : "selftest",
			    sh_action_text(to_trim ? to_trim : to_scrub ? to_scrub : to_test));
	if (to_trim)
		return trim(to_trim, timeout, out, err);
	return to_scrub ? scrub(to_scrub, timeout, out, err) :
			  selftest(to_test, test ? test : "short", out, err);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_each(sh_param_json(call->parameters, "storage"), output, "jobs", true, do_job, NULL, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "storage-maintain", params, run, sh_action_check_again, NULL };

	return sh_action_main(&action, argc, argv);
}
