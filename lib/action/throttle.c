/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/throttle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "action/action.h"
#include "action/cgroup_move.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_IDLE (3 << 13)

static bool is(const char *method, const char *name)
{
	return !strcmp(method, name);
}

bool sh_throttle_is_method(const char *name)
{
	return is(name, "io.max") || is(name, "blkio.throttle") || is(name, "ionice") || is(name, "pause");
}

static bool uses_cgroup(const char *method)
{
	return is(method, "io.max") || is(method, "blkio.throttle");
}

static int open_hierarchy(const char *method, struct sh_cgroup *c, struct sh_error *err)
{
	return sh_cgroup_open(c, is(method, "io.max") ? NULL : "blkio", err);
}

static int cgroup_supported(const struct sh_throttle *t, struct sh_error *err)
{
	SH_CLEANUP_FREE char *file = NULL;
	struct sh_cgroup c;

	if (!t->device[0])
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no block device is behind it");
	if (open_hierarchy(t->method, &c, err) < 0)
		return -1;
	if (c.v2 && !sh_cgroup_has(c.mount, "cgroup.controllers", "io"))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "version 2 control groups have no io controller here");
	file = sh_asprintf("%s/blkio.throttle.read_bps_device", c.mount);
	if (!c.v2 && access(file, F_OK) < 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "this kernel has no blkio.throttle");
	if (access(c.mount, W_OK) < 0)
		return sh_error_sys(err, "cannot make a control group in '%s'", c.mount);
	return 0;
}

/* Idle priority means something only to a scheduler that looks at it. */
static int ionice_supported(const struct sh_throttle *t, struct sh_error *err)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("/sys/dev/block/%s/queue/scheduler", t->device);
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	const char *text;

	if (!t->device[0])
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no block device is behind it");
	if (sh_file_read(AT_FDCWD, path, 4096, &buf, &ignored) < 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "the device has no I/O scheduler");
	text = sh_buf_str(&buf);
	if (strstr(text, "[bfq]") || strstr(text, "[mq-deadline]") || strstr(text, "[cfq]"))
		return 0;
	return sh_error_set(err, SH_ERRC_UNAVAILABLE,
			    "the I/O scheduler of the device takes no priorities");
}

int sh_throttle_supported(const struct sh_throttle *t, struct sh_error *err)
{
	if (uses_cgroup(t->method))
		return cgroup_supported(t, err);
	return is(t->method, "ionice") ? ionice_supported(t, err) : 0;
}

static json_t *describe_process(const struct sh_throttle *t, const struct sh_cgroup *c,
				const struct sh_proc *p, struct sh_error *err)
{
	json_t *d = json_pack("{s:i, s:I}", "pid", (int)p->pid, "start", (json_int_t)p->start);
	char dir[PATH_MAX];

	json_object_set_new(d, "name", sh_action_text(p->name));
	if (uses_cgroup(t->method)) {
		if (sh_cgroup_of(c, p->pid, dir, err) < 0) {
			json_decref(d);
			return NULL;
		}
		json_object_set_new(d, "cgroup", sh_action_text(dir));
	} else if (is(t->method, "ionice")) {
		json_object_set_new(d, "ioprio",
				    json_integer(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, p->pid)));
	}
	return d;
}

json_t *sh_throttle_describe(const struct sh_throttle *t, struct sh_error *err)
{
	json_t *d = json_object(), *pids = json_array();
	char boot_id[SH_BOOT_ID_TEXT];
	struct sh_cgroup c = { 0 };

	sh_clock_boot_id(boot_id);
	json_object_set_new(d, "method", json_string(t->method));
	json_object_set_new(d, "boot_id", json_string(boot_id));
	json_object_set_new(d, "pids", pids);
	if (uses_cgroup(t->method) && open_hierarchy(t->method, &c, err) == 0) {
		SH_CLEANUP_FREE char *dir = sh_asprintf("%s/selfheal-%s", c.mount, t->id);

		json_object_set_new(d, "cgroup", sh_action_text(dir));
		json_object_set_new(d, "device", json_string(t->device));
	}
	for (size_t i = 0; !sh_error_is_set(err) && i < t->hogs; i++) {
		json_t *p = describe_process(t, &c, &t->hog[i].proc, err);

		if (p)
			json_array_append_new(pids, p);
	}
	if (!sh_error_is_set(err))
		return d;
	json_decref(d);
	return NULL;
}

static int set_limits(const struct sh_throttle *t, const struct sh_cgroup *c, const char *dir,
		      struct sh_error *err)
{
	static const char *const file[] = {
		"blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device",
		"blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device",
	};
	unsigned long long bps = t->limit_bytes, iops = t->limit_iops;
	char text[160];

	if (c->v2) {
		snprintf(text, sizeof(text), "%s rbps=%llu wbps=%llu riops=%llu wiops=%llu", t->device,
			 bps, bps, iops, iops);
		return sh_cgroup_write(c, dir, "io.max", text, err);
	}
	for (size_t i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "%s %llu", t->device, i < 2 ? bps : iops);
		if (sh_cgroup_write(c, dir, file[i], text, err) < 0)
			return -1;
	}
	return 0;
}

static int apply_cgroup(const struct sh_throttle *t, const json_t *d, struct sh_error *err)
{
	const char *dir = sh_param_str(d, "cgroup");
	struct sh_cgroup c;

	if (open_hierarchy(t->method, &c, err) < 0)
		return -1;
	if (c.v2 && !sh_cgroup_has(c.mount, "cgroup.subtree_control", "io") &&
	    sh_cgroup_write(&c, c.mount, "cgroup.subtree_control", "+io", err) < 0)
		return -1;
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return sh_error_sys(err, "cannot make control group '%s'", dir);
	if (set_limits(t, &c, dir, err) < 0)
		return -1;
	for (size_t i = 0; i < t->hogs; i++) {
		const json_t *p = json_array_get(sh_param_json(d, "pids"), i);

		if (sh_cgroup_move(&c, &t->hog[i].proc, sh_param_str(p, "cgroup"), dir, err) < 0)
			return -1;
	}
	return 0;
}

/* Every thread has a priority of its own. */
static int set_ioprio(const struct sh_proc *p, int prio, struct sh_error *err)
{
	char path[64];
	struct dirent *e;
	int64_t tid;
	DIR *dir;
	int rc = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)p->pid);
	dir = opendir(path);
	if (!dir || !sh_proc_is_alive(p)) {
		if (dir)
			closedir(dir);
		return 0;
	}
	while (rc == 0 && (e = readdir(dir)))
		if (sh_parse_i64(e->d_name, &tid) == 0 &&
		    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, (int)tid, prio) < 0 && errno != ESRCH)
			rc = sh_error_sys(err, "cannot set the I/O priority of process %d", (int)p->pid);
	closedir(dir);
	return rc;
}

int sh_throttle_apply(const struct sh_throttle *t, const json_t *described, struct sh_error *err)
{
	if (uses_cgroup(t->method))
		return apply_cgroup(t, described, err);
	for (size_t i = 0; i < t->hogs; i++) {
		const struct sh_proc *p = &t->hog[i].proc;

		if (is(t->method, "pause") ? sh_proc_signal(p, SIGSTOP, err) < 0
					   : set_ioprio(p, IOPRIO_IDLE, err) < 0)
			return -1;
	}
	return 0;
}

static int undo_cgroup(const json_t *d, struct sh_error *err)
{
	struct sh_cgroup c;

	return open_hierarchy(sh_param_str(d, "method"), &c, err) < 0 ? -1 : sh_cgroup_move_back(&c, d, "pids", err);
}

int sh_throttle_undo(const json_t *described, struct sh_error *err)
{
	const char *method = sh_param_str(described, "method");
	struct sh_proc p;
	size_t i;
	json_t *entry;

	if (!method || !sh_throttle_is_method(method))
		return sh_error_set(err, SH_ERRC_INPUT, "what is to be undone names no method");
	if (uses_cgroup(method))
		return undo_cgroup(described, err);
	json_array_foreach((json_t *)(uintptr_t)sh_param_json(described, "pids"), i, entry) {
		if (!sh_proc_described(described, entry, &p))
			continue;
		if (is(method, "pause") ? sh_proc_signal(&p, SIGCONT, err) < 0
					: set_ioprio(&p, (int)sh_param_int(entry, "ioprio", 0), err) < 0)
			return -1;
	}
	return 0;
}

static bool is_throttled(const json_t *d, const char *method, const struct sh_proc *p)
{
	struct sh_error ignored = SH_ERROR_INIT;
	char dir[PATH_MAX];
	struct sh_cgroup c;

	if (is(method, "pause"))
		return p->state == 'T';
	if (is(method, "ionice"))
		return syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, p->pid) == IOPRIO_IDLE;
	return open_hierarchy(method, &c, &ignored) == 0 &&
	       sh_cgroup_of(&c, p->pid, dir, &ignored) == 0 && sh_param_str(d, "cgroup") &&
	       !strcmp(dir, sh_param_str(d, "cgroup")) &&
	       sh_cgroup_has(dir, c.v2 ? "io.max" : "blkio.throttle.read_bps_device",
			     sh_param_str(d, "device"));
}

int sh_throttle_in_force(const json_t *described)
{
	const char *method = sh_param_str(described, "method");
	size_t i, living = 0, throttled = 0;
	struct sh_proc p;
	json_t *entry;

	json_array_foreach((json_t *)(uintptr_t)sh_param_json(described, "pids"), i, entry) {
		if (!method || !sh_proc_described(described, entry, &p))
			continue;
		living++;
		throttled += is_throttled(described, method, &p);
	}
	return living > 0 && throttled == living;
}
