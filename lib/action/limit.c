/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/limit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action.h"
#include "action/cgroup_move.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#define PERIOD_US 100000
#define LEAST_QUOTA_US 1000 /* the kernel takes no less */
#define LOWEST 19
#define FIRST_TO_GO 1000    /* oom_score_adj of whom the kernel ends first */
#define MOST_THREADS 4096

static const struct method {
	const char *name, *kind, *controller; /* of version 1; NULL: version 2 */
	bool cgroup;
	const char *file; /* shows that a group is ours and limited */
} methods[] = {
	{ "cpu.max", "cpu", NULL, true, "cpu.max" },
	{ "cpu.cfs", "cpu", "cpu", true, "cpu.cfs_quota_us" },
	{ "idle", "cpu", NULL, false, NULL },
	{ "nice", "cpu", NULL, false, NULL },
	{ "memory.max", "memory", NULL, true, "memory.max" },
	{ "memory.limit", "memory", "memory", true, "memory.limit_in_bytes" },
	{ "oom_score", "memory", NULL, false, NULL },
};

static const struct method *find_method(const char *name)
{
	for (size_t i = 0; name && i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(methods[i].name, name))
			return &methods[i];
	return NULL;
}

const char *sh_limit_kind(const char *method)
{
	const struct method *m = find_method(method);

	return m ? m->kind : NULL;
}

int sh_limit_supported(const struct sh_limit *l, struct sh_error *err)
{
	const struct method *m = find_method(l->method);
	struct sh_cgroup c;

	if (!m->cgroup)
		return 0;
	if (sh_cgroup_open(&c, m->controller, err) < 0)
		return -1;
	if (c.v2 && !sh_cgroup_has(c.mount, "cgroup.controllers", m->kind))
		return sh_error_set(err, SH_ERRC_UNAVAILABLE,
				    "version 2 control groups have no %s controller here", m->kind);
	if (access(c.mount, W_OK) < 0)
		return sh_error_sys(err, "cannot make a control group in '%s'", c.mount);
	return 0;
}

static json_t *describe_threads(pid_t pid)
{
	json_t *list = json_array();
	struct dirent *e;
	char path[64];
	int64_t tid;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && (e = readdir(dir)) && json_array_size(list) < MOST_THREADS)
		if (sh_parse_i64(e->d_name, &tid) == 0)
			json_array_append_new(list,
					      json_pack("[i,i,i]", (int)tid,
							getpriority(PRIO_PROCESS, (id_t)tid),
							sched_getscheduler((pid_t)tid)));
	if (dir)
		closedir(dir);
	return list;
}

static int read_oom(pid_t pid, int64_t *out, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	if (sh_file_read(AT_FDCWD, path, 64, &buf, err) < 0)
		return -1;
	if (buf.len)
		buf.data[strcspn(buf.data, "\n")] = '\0';
	return sh_parse_i64(sh_buf_str(&buf), out) < 0 ?
		       sh_error_set(err, SH_ERRC_SYSTEM, "cannot understand '%s'", path) : 0;
}

static int write_oom(pid_t pid, int64_t value, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = -1;
	char path[64], text[32];
	int len = snprintf(text, sizeof(text), "%d", (int)value);

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || sh_write_all(fd, text, (size_t)len) < 0)
		return sh_error_sys(err, "cannot write '%s'", path);
	return 0;
}

static int describe_process(const struct method *m, const struct sh_cgroup *c, const struct sh_proc *p,
			    json_t *list, struct sh_error *err)
{
	json_t *d = json_pack("{s:i, s:I}", "pid", (int)p->pid, "start", (json_int_t)p->start);
	char dir[PATH_MAX];
	int64_t oom;

	json_array_append_new(list, d);
	json_object_set_new(d, "name", sh_action_text(p->name));
	if (m->cgroup) {
		if (sh_cgroup_of(c, p->pid, dir, err) < 0)
			return -1;
		json_object_set_new(d, "cgroup", sh_action_text(dir));
	} else if (!strcmp(m->name, "oom_score")) {
		if (read_oom(p->pid, &oom, err) < 0)
			return -1;
		json_object_set_new(d, "oom", json_integer(oom));
	} else {
		json_object_set_new(d, "threads", describe_threads(p->pid));
	}
	return 0;
}

json_t *sh_limit_describe(const struct sh_limit *l, struct sh_error *err)
{
	const struct method *m = find_method(l->method);
	json_t *d = json_object(), *list = json_array();
	char boot_id[SH_BOOT_ID_TEXT];
	struct sh_cgroup c = { 0 };
	int rc = m->cgroup ? sh_cgroup_open(&c, m->controller, err) : 0;

	sh_clock_boot_id(boot_id);
	json_object_set_new(d, "kind", json_string(m->kind));
	json_object_set_new(d, "method", json_string(m->name));
	json_object_set_new(d, "boot_id", json_string(boot_id));
	json_object_set_new(d, "processes", list);
	if (m->cgroup) {
		SH_CLEANUP_FREE char *dir = sh_asprintf("%s/selfheal-%s-%s", c.mount, l->id, m->kind);

		json_object_set_new(d, "cgroup", sh_action_text(dir));
	}
	for (size_t i = 0; rc == 0 && i < l->procs->n; i++)
		rc = describe_process(m, &c, &l->procs->item[i], list, err);
	if (rc == 0)
		return d;
	json_decref(d);
	return NULL;
}

static int set_limits(const struct sh_limit *l, const struct sh_cgroup *c, const char *dir,
		      struct sh_error *err)
{
	double quota = l->cpu / 100 * PERIOD_US;
	char text[96];

	if (quota < LEAST_QUOTA_US)
		quota = LEAST_QUOTA_US;
	if (!strcmp(l->method, "cpu.max")) {
		snprintf(text, sizeof(text), "%.0f %d", quota, PERIOD_US);
		return sh_cgroup_write(c, dir, "cpu.max", text, err);
	}
	if (!strcmp(l->method, "cpu.cfs")) {
		snprintf(text, sizeof(text), "%d", PERIOD_US);
		if (sh_cgroup_write(c, dir, "cpu.cfs_period_us", text, err) < 0)
			return -1;
		snprintf(text, sizeof(text), "%.0f", quota);
		return sh_cgroup_write(c, dir, "cpu.cfs_quota_us", text, err);
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)l->memory);
	return sh_cgroup_write(c, dir, find_method(l->method)->file, text, err);
}

static int apply_cgroup(const struct sh_limit *l, const struct method *m, const json_t *d,
			struct sh_error *err)
{
	SH_CLEANUP_FREE char *enable = sh_asprintf("+%s", m->kind);
	const char *dir = sh_param_str(d, "cgroup");
	struct sh_cgroup c;

	if (sh_cgroup_open(&c, m->controller, err) < 0)
		return -1;
	if (c.v2 && !sh_cgroup_has(c.mount, "cgroup.subtree_control", m->kind) &&
	    sh_cgroup_write(&c, c.mount, "cgroup.subtree_control", enable, err) < 0)
		return -1;
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return sh_error_sys(err, "cannot make control group '%s'", dir);
	if (set_limits(l, &c, dir, err) < 0)
		return -1;
	for (size_t i = 0; i < l->procs->n; i++) {
		const json_t *p = json_array_get(sh_param_json(d, "processes"), i);

		if (sh_cgroup_move(&c, &l->procs->item[i], sh_param_str(p, "cgroup"), dir, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_thread_of(pid_t pid, int tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)pid, tid);
	return access(path, F_OK) == 0;
}

/* Real-time threads have a bound of their own, and are let be. */
static int set_thread(int tid, bool idle, int nice, int policy, struct sh_error *err)
{
	const struct sched_param none = { .sched_priority = 0 };

	if (policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE)
		return 0;
	if ((idle && sched_setscheduler(tid, policy, &none) < 0 && errno != ESRCH) ||
	    (!idle && setpriority(PRIO_PROCESS, (id_t)tid, nice) < 0 && errno != ESRCH))
		return sh_error_sys(err, "cannot change the priority of thread %d", tid);
	return 0;
}

/* Of the threads that are described; DOWN: to the lowest, else to what they had. */
static int set_threads(const struct sh_proc *p, const json_t *entry, bool idle, bool down,
		       struct sh_error *err)
{
	json_t *thread;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)sh_param_json(entry, "threads"), i, thread) {
		int tid = (int)json_integer_value(json_array_get(thread, 0));
		int nice = (int)json_integer_value(json_array_get(thread, 1));
		int policy = (int)json_integer_value(json_array_get(thread, 2));
		bool bound = policy != SCHED_OTHER && policy != SCHED_BATCH;

		if (!sh_proc_is_alive(p) || !is_thread_of(p->pid, tid) || (bound && down))
			continue;
		if (set_thread(tid, idle, down ? LOWEST : nice, down ? SCHED_IDLE : policy, err) < 0)
			return -1;
	}
	return 0;
}

static int apply_process(const struct method *m, const struct sh_proc *p, const json_t *entry,
			 struct sh_error *err)
{
	if (strcmp(m->name, "oom_score"))
		return set_threads(p, entry, !strcmp(m->name, "idle"), true, err);
	return sh_proc_is_alive(p) ? write_oom(p->pid, FIRST_TO_GO, err) : 0;
}

int sh_limit_apply(const struct sh_limit *l, const json_t *described, struct sh_error *err)
{
	const struct method *m = find_method(l->method);

	if (m->cgroup)
		return apply_cgroup(l, m, described, err);
	for (size_t i = 0; i < l->procs->n; i++)
		if (apply_process(m, &l->procs->item[i],
				  json_array_get(sh_param_json(described, "processes"), i), err) < 0)
			return -1;
	return 0;
}

static int undo_cgroup(const struct method *m, const json_t *d, struct sh_error *err)
{
	struct sh_cgroup c;

	return sh_cgroup_open(&c, m->controller, err) < 0 ? -1 : sh_cgroup_move_back(&c, d, "processes", err);
}

int sh_limit_undo(const json_t *described, struct sh_error *err)
{
	const struct method *m = find_method(sh_param_str(described, "method"));
	struct sh_proc p;
	size_t i;
	json_t *entry;

	if (!m)
		return sh_error_set(err, SH_ERRC_INPUT, "what is to be undone names no method");
	if (m->cgroup)
		return undo_cgroup(m, described, err);
	json_array_foreach((json_t *)(uintptr_t)sh_param_json(described, "processes"), i, entry) {
		int rc = 0;

		if (!sh_proc_described(described, entry, &p))
			continue;
		if (!strcmp(m->name, "oom_score"))
			rc = write_oom(p.pid, sh_param_int(entry, "oom", 0), err);
		else
			rc = set_threads(&p, entry, !strcmp(m->name, "idle"), false, err);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static bool is_limited(const struct method *m, const json_t *d, const struct sh_proc *p)
{
	struct sh_error ignored = SH_ERROR_INIT;
	char dir[PATH_MAX];
	struct sh_cgroup c;
	int64_t oom;

	if (!strcmp(m->name, "oom_score"))
		return read_oom(p->pid, &oom, &ignored) == 0 && oom == FIRST_TO_GO;
	if (!strcmp(m->name, "idle"))
		return sched_getscheduler(p->pid) == SCHED_IDLE;
	if (!strcmp(m->name, "nice"))
		return getpriority(PRIO_PROCESS, (id_t)p->pid) == LOWEST;
	return sh_cgroup_open(&c, m->controller, &ignored) == 0 &&
	       sh_cgroup_of(&c, p->pid, dir, &ignored) == 0 && sh_param_str(d, "cgroup") &&
	       !strcmp(dir, sh_param_str(d, "cgroup"));
}

int sh_limit_in_force(const json_t *described)
{
	const struct method *m = find_method(sh_param_str(described, "method"));
	size_t i, living = 0, limited = 0;
	struct sh_proc p;
	json_t *entry;

	json_array_foreach((json_t *)(uintptr_t)sh_param_json(described, "processes"), i, entry) {
		if (!m || !sh_proc_described(described, entry, &p))
			continue;
		living++;
		limited += is_limited(m, described, &p);
	}
	return living > 0 && limited == living;
}
