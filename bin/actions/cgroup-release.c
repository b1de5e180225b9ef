/* SPDX-License-Identifier: MIT */
/*
 * cgroup-release - let a service go on that its control group holds back
 *
 * A frozen group is thawed, a quota of processor time and limits of block I/O
 * are lifted or set to what the site declares. Only groups in which there is
 * nobody but the service are touched, and never a root group.
 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action/action.h"
#include "action/cgroup.h"
#include "action/note.h"
#include "action/service.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#define MAX_FILE ((size_t)1 << 20)
#define MOST_SETTINGS 256
#define THAW_WITHIN (2 * SH_SEC)

static const struct sh_param params[] = {
	{ "pidfile", SH_PARAM_PATH, false },
	{ "exe", SH_PARAM_PATH, false },
	{ "cmdline", SH_PARAM_STRING, false },
	{ "start", SH_PARAM_ARGV, false },
	{ "release", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param release_params[] = {
	{ "freezer", SH_PARAM_BOOLEAN, false },
	{ "cpu", SH_PARAM_NUMBER, false }, /* percent of one processor; 0: no quota */
	{ "io", SH_PARAM_BOOLEAN, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct job {
	const json_t *release;
	struct sh_procs procs; /* of the service, with children */
	json_t *settings;      /* [{controller, cgroup, file, before, after, write, restore}]; owned */
};

/* What reads DIR/FILE line by line; NULL at the end. */
struct lines {
	struct sh_buf text;
	char *next;
};

static bool open_lines(struct lines *l, const char *dir, const char *file)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s", dir, file);
	struct sh_error ignored = SH_ERROR_INIT;

	*l = (struct lines){ .text = SH_BUF_INIT };
	if (sh_file_read(AT_FDCWD, path, MAX_FILE, &l->text, &ignored) < 0)
		return false;
	l->next = l->text.len ? l->text.data : NULL;
	return true;
}

static char *next_line(struct lines *l)
{
	char *line = l->next, *end = line ? strchr(line, '\n') : NULL;

	if (!line || !*line)
		return NULL;
	if (end)
		*end = '\0';
	l->next = end ? end + 1 : NULL;
	return line;
}

static bool has_line(const char *dir, const char *file, const char *wanted)
{
	struct lines l;
	bool has = false;
	char *line;

	if (open_lines(&l, dir, file))
		while (!has && (line = next_line(&l)))
			has = !strcmp(line, wanted);
	sh_buf_release(&l.text);
	return has;
}

/* BEFORE and AFTER are lines as they are read; AFTER "" is no such line. */
static void add_setting(struct job *j, const struct sh_cgroup *c, const char *dir, const char *file,
			const char *before, const char *after, const char *write, const char *restore)
{
	if (json_array_size(j->settings) < MOST_SETTINGS)
		json_array_append_new(j->settings,
				      json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "controller", c->controller,
						"cgroup", dir, "file", file, "before", before, "after",
						after, "write", write, "restore", restore));
}

/* Everybody in the group belongs to the service. */
static int check_members(const struct job *j, const char *dir, struct sh_error *err)
{
	struct lines l;
	int64_t pid;
	char *line;
	int rc = 0;

	if (open_lines(&l, dir, "cgroup.procs"))
		while (rc == 0 && (line = next_line(&l)))
			if (sh_parse_i64(line, &pid) < 0 || !sh_procs_find(&j->procs, (pid_t)pid))
				rc = sh_error_set(err, SH_ERRC_CONFIG,
						  "control group '%s' also holds process %s, which is not of the service",
						  dir, line);
	sh_buf_release(&l.text);
	return rc;
}

static int look_freezer(struct job *j, const struct sh_cgroup *c, const char *dir, struct sh_error *err)
{
	const char *above = c->v2 ? "frozen 1" : "1";

	if (!c->v2 && has_line(dir, "freezer.self_freezing", "1"))
		add_setting(j, c, dir, "freezer.state", "FROZEN", "THAWED", "THAWED", "FROZEN");
	else if (c->v2 && has_line(dir, "cgroup.freeze", "1"))
		add_setting(j, c, dir, "cgroup.freeze", "1", "0", "0", "1");
	else if (has_line(dir, c->v2 ? "cgroup.events" : "freezer.parent_freezing", above))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "control group '%s' is frozen by one above it, which is not touched", dir);
	return 0;
}

/* Where the quota is less than what is declared. */
static int look_cpu(struct job *j, const struct sh_cgroup *c, const char *dir, double wanted)
{
	const char *file = c->v2 ? "cpu.max" : "cpu.cfs_quota_us";
	struct lines l;
	long long quota = -1, period = 100000;
	char *line, after[64], before[64] = "";

	if (!c->v2 && open_lines(&l, dir, "cpu.cfs_period_us")) {
		line = next_line(&l);
		if (!line || sscanf(line, "%lld", &period) != 1)
			period = 100000;
		sh_buf_release(&l.text);
	}
	if (!open_lines(&l, dir, file))
		return 0;
	line = next_line(&l);
	if (line && sscanf(line, "%lld %lld", &quota, &period) >= 1)
		snprintf(before, sizeof(before), "%s", line);
	sh_buf_release(&l.text);
	if (!before[0] || quota <= 0 || period <= 0 ||
	    (wanted > 0 && (double)quota * 100 >= wanted * (double)period))
		return 0;
	if (wanted > 0)
		snprintf(after, sizeof(after), c->v2 ? "%.0f %lld" : "%.0f", wanted * (double)period / 100,
			 period);
	else
		snprintf(after, sizeof(after), c->v2 ? "max %lld" : "-1", period);
	add_setting(j, c, dir, file, before, after, after, before);
	return 0;
}

/* "8:0 1048576", or "8:0 rbps=1048576 wbps=max riops=max wiops=max" */
static void look_io_file(struct job *j, const struct sh_cgroup *c, const char *dir, const char *file)
{
	struct lines l;
	char *line, lift[96];
	int device;

	if (!open_lines(&l, dir, file))
		return;
	while ((line = next_line(&l))) {
		device = (int)strcspn(line, " ");
		if (!line[device] || device > 32)
			continue;
		snprintf(lift, sizeof(lift),
			 c->v2 ? "%.*s rbps=max wbps=max riops=max wiops=max" : "%.*s 0", device, line);
		add_setting(j, c, dir, file, line, "", lift, line);
	}
	sh_buf_release(&l.text);
}

static int look_io(struct job *j, const struct sh_cgroup *c, const char *dir)
{
	static const char *const file[] = {
		"blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device",
		"blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device",
	};

	if (c->v2)
		look_io_file(j, c, dir, "io.max");
	for (size_t i = 0; !c->v2 && i < 4; i++)
		look_io_file(j, c, dir, file[i]);
	return 0;
}

static int look_at(struct job *j, const struct sh_cgroup *c, const char *what, const char *dir,
		   struct sh_error *err)
{
	if (!strcmp(what, "freezer"))
		return look_freezer(j, c, dir, err);
	if (!strcmp(what, "cpu"))
		return look_cpu(j, c, dir, sh_param_number(j->release, "cpu", 0));
	return look_io(j, c, dir);
}

/* Each group of the hierarchy that has a process of the service, once. */
static int look_in(struct job *j, const struct sh_cgroup *c, const char *what, struct sh_error *err)
{
	json_auto_t *seen = json_object();
	char dir[PATH_MAX];
	size_t before = json_array_size(j->settings);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < j->procs.n; i++) {
		struct sh_error ignored = SH_ERROR_INIT;

		if (sh_cgroup_of(c, j->procs.item[i].pid, dir, &ignored) < 0 || !strcmp(dir, c->mount) ||
		    json_object_get(seen, dir) || json_object_set_new(seen, dir, json_true()) < 0)
			continue;
		rc = look_at(j, c, what, dir, err);
		if (rc == 0 && json_array_size(j->settings) > before)
			rc = check_members(j, dir, err);
		before = json_array_size(j->settings);
	}
	return rc;
}

static int look(struct job *j, struct sh_error *err)
{
	static const struct {
		const char *what, *controller;
	} part[] = { { "freezer", "freezer" }, { "cpu", "cpu" }, { "io", "blkio" } };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < 3; i++) {
		const json_t *wanted = sh_param_json(j->release, part[i].what);

		if (!wanted || json_is_false(wanted))
			continue;
		for (int version = 1; rc == 0 && version <= 2; version++) {
			struct sh_error ignored = SH_ERROR_INIT;
			struct sh_cgroup c;

			if (sh_cgroup_open(&c, version == 1 ? part[i].controller : NULL, &ignored) == 0)
				rc = look_in(j, &c, part[i].what, err);
		}
	}
	return rc;
}

static int write_setting(const json_t *s, const char *key, struct sh_error *err)
{
	const char *controller = sh_param_str(s, "controller"), *dir = sh_param_str(s, "cgroup");
	const char *file = sh_param_str(s, "file"), *text = sh_param_str(s, key);
	struct sh_cgroup c;

	if (!controller || !dir || !file || !text || strchr(file, '/'))
		return sh_error_set(err, SH_ERRC_INPUT, "what is to be undone names no setting");
	if (sh_cgroup_open(&c, *controller ? controller : NULL, err) < 0)
		return -1;
	return sh_cgroup_write(&c, dir, file, text, err);
}

static bool is_as(const json_t *s, const char *key, const char *other)
{
	const char *dir = sh_param_str(s, "cgroup"), *file = sh_param_str(s, "file");
	const char *line = sh_param_str(s, key), *not = sh_param_str(s, other);

	if (!dir || !file || !line || !not)
		return false;
	return *line ? has_line(dir, file, line) : !has_line(dir, file, not);
}

/* Thawing takes a moment. */
static int await(const json_t *s, struct sh_error *err)
{
	int64_t until = sh_clock_mono() + THAW_WITHIN;

	while (!is_as(s, "after", "before")) {
		if (sh_clock_mono() >= until)
			return sh_error_set(err, SH_ERRC_SYSTEM, "'%s/%s' did not become '%s'",
					    sh_param_str(s, "cgroup"), sh_param_str(s, "file"),
					    sh_param_str(s, "after"));
		sh_clock_sleep(10 * SH_MS);
	}
	return 0;
}

static int find(struct job *j, const struct sh_action_call *call, struct sh_error *err)
{
	struct sh_selector who;

	*j = (struct job){ .release = sh_param_json(call->parameters, "release"),
			   .procs = SH_PROCS_INIT, .settings = json_array() };
	if (sh_params_check(j->release, release_params, "release", err) < 0 ||
	    sh_selector_read(&who, call->parameters, false, err) < 0 ||
	    sh_service_find_tree(&who, &j->procs, err) < 0)
		return -1;
	if (!j->procs.n)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no process of the service is running");
	return look(j, err);
}

static void release_job(struct job *j)
{
	sh_procs_release(&j->procs);
	json_decref(j->settings);
}

static int lift(const struct sh_action_call *call, const struct job *j, json_t *output,
		struct sh_error *err)
{
	json_t *s;
	struct sh_note note;
	size_t i;
	int rc;

	json_object_set(output, "settings", j->settings);
	sh_note_init(&note, "released", call);
	rc = sh_note_write(&note, output, err);
	json_array_foreach(j->settings, i, s)
		if (rc == 0)
			rc = write_setting(s, "write", err) < 0 ? -1 : await(s, err);
	sh_note_release(&note);
	return rc;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct job j;
	int rc = find(&j, call, err);

	if (rc == 0 && json_array_size(j.settings) == 0)
		rc = sh_error_set(err, SH_ERRC_UNAVAILABLE,
				  "no control group of the service holds it back in what may be released");
	if (rc == 0)
		rc = lift(call, &j, output, err);
	release_job(&j);
	return rc;
}

/* Whether anything still holds it back. */
static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct job j;
	int rc = find(&j, call, err);

	if (rc == 0)
		sh_action_state(output, json_array_size(j.settings) ? "not_done" : "done");
	release_job(&j);
	return rc;
}

static int put_back(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	json_t *s;
	size_t i;
	int rc = 0;

	(void)call;
	json_array_foreach(json_object_get(known, "settings"), i, s) {
		if (rc < 0 || is_as(s, "before", "after"))
			continue;
		rc = is_as(s, "after", "before") ?
			     write_setting(s, "restore", err) :
			     sh_error_set(err, SH_ERRC_CONFIG, "'%s' was changed since it was released",
					  sh_param_str(s, "cgroup"));
	}
	return rc;
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("released", "settings", put_back, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "cgroup-release", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
