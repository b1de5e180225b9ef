/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/host/cgstat.h"
#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

#define TOP "sys/fs/cgroup"
#define MAX_DEPTH 16
#define MAX_GROUPS 4096
#define MORE_GROUPS "there are more than 4096 control groups: only so many are looked at"

/* A walk over one hierarchy. */
struct walk {
	struct sh_collect *c;
	const char *controller; /* of version 1; NULL: version 2 */
	size_t top;             /* length of the path of the hierarchy */
	size_t left;            /* groups that may still be looked at */
	bool more;              /* there are others */
	char path[PATH_MAX];
};

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : (double)NAN;
}

static void write_gauges(struct sh_sample_writer *w, const struct sh_cgstat *s)
{
	sh_sample_number(w, "memory_bytes", s->gauge[SH_CG_MEMORY]);
	sh_sample_number(w, "memory_limit_bytes", s->gauge[SH_CG_MEMORY_LIMIT]);
	sh_sample_number(w, "memory_usage",
			 percent(s->gauge[SH_CG_MEMORY], s->gauge[SH_CG_MEMORY_LIMIT]));
	sh_sample_number(w, "swap_bytes", s->gauge[SH_CG_SWAP]);
	sh_sample_number(w, "pids", s->gauge[SH_CG_PIDS]);
	sh_sample_number(w, "pids_limit", s->gauge[SH_CG_PIDS_LIMIT]);
	sh_sample_number(w, "pids_usage",
			 percent(s->gauge[SH_CG_PIDS], s->gauge[SH_CG_PIDS_LIMIT]));
	sh_sample_number(w, "cpu_limit", 100 * s->gauge[SH_CG_CPU_LIMIT]);
}

/* A second, of what is known. */
static double rate(const struct sh_cgstat *s, const uint64_t *d, int counter, double seconds)
{
	return isnan(s->counter[counter]) ? (double)NAN : (double)d[counter] / seconds;
}

static void write_rates(struct walk *k, struct sh_sample_writer *w, const struct sh_cgstat *s,
			const char *key)
{
	static const struct { const char *name; int counter; } plain[] = {
		{ "oom_kills", SH_CG_OOM_KILLS }, { "read_bytes", SH_CG_READ_BYTES },
		{ "write_bytes", SH_CG_WRITE_BYTES }, { "read_ops", SH_CG_READS },
		{ "write_ops", SH_CG_WRITES },
	};
	uint64_t v[SH_CG_COUNTERS], d[SH_CG_COUNTERS];
	double seconds, cpu;

	for (int i = 0; i < SH_CG_COUNTERS; i++)
		v[i] = s->counter[i] > 0 ? (uint64_t)s->counter[i] : 0;
	if (!sh_counters_delta(k->c->counters, key, v, SH_CG_COUNTERS, d, &seconds))
		return;
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		sh_sample_number(w, plain[i].name, rate(s, d, plain[i].counter, seconds));
	/* Microseconds a second are ten-thousandths of a percent. */
	cpu = rate(s, d, SH_CG_CPU_US, seconds) / 10000;
	sh_sample_number(w, "cpu", cpu);
	sh_sample_number(w, "cpu_usage", cpu / s->gauge[SH_CG_CPU_LIMIT]);
	if (d[SH_CG_PERIODS])
		sh_sample_number(w, "cpu_throttled",
				 percent((double)d[SH_CG_THROTTLED], (double)d[SH_CG_PERIODS]));
}

static void write_totals(struct sh_sample_writer *w, const struct sh_cgstat *s)
{
	static const struct { const char *name; double unit; } total[SH_CG_COUNTERS] = {
		[SH_CG_OOM_KILLS] = { "oom_kills_total", 1 },
		[SH_CG_CPU_US] = { "cpu_seconds_total", 1e6 },
		[SH_CG_PERIODS] = { "cpu_periods_total", 1 },
		[SH_CG_THROTTLED] = { "cpu_throttled_periods_total", 1 },
		[SH_CG_THROTTLED_US] = { "cpu_throttled_seconds_total", 1e6 },
		[SH_CG_READ_BYTES] = { "read_bytes_total", 1 },
		[SH_CG_WRITE_BYTES] = { "written_bytes_total", 1 },
		[SH_CG_READS] = { "reads_total", 1 },
		[SH_CG_WRITES] = { "writes_total", 1 },
	};

	for (int i = 0; i < SH_CG_COUNTERS; i++)
		sh_sample_number(w, total[i].name, s->counter[i] / total[i].unit);
}

static void write_pressure(struct sh_sample_writer *w, const struct sh_cgstat *s)
{
	char key[32];

	sh_sample_group(w, "pressure");
	for (int i = 0; i < SH_CG_RESOURCES; i++) {
		snprintf(key, sizeof(key), "%s_some_avg10", sh_cg_resource[i]);
		sh_sample_number(w, key, s->some[i]);
		snprintf(key, sizeof(key), "%s_full_avg10", sh_cg_resource[i]);
		sh_sample_number(w, key, s->full[i]);
	}
}

static void look_at(struct walk *k)
{
	const char *name = k->path[k->top] ? k->path + k->top : "/";
	struct sh_sample_writer w;
	struct sh_cgstat s;

	if (!sh_collect_wants(k->c, name))
		return;
	if (k->controller)
		sh_cgstat_v1(k->c, k->controller, k->path, &s);
	else
		sh_cgstat_v2(k->c, k->path, &s);
	sh_collect_begin(k->c, &w, "cgroup", name, name, NULL, NULL);
	sh_sample_group(&w, "cgroup");
	write_gauges(&w, &s);
	write_rates(k, &w, &s, k->path);
	if (k->c->detail)
		write_totals(&w, &s);
	write_pressure(&w, &s);
	sh_sample_end(&w);
}

static bool is_group(int dir, const struct dirent *e)
{
	struct stat st;

	if (e->d_name[0] == '.' && (!e->d_name[1] || !strcmp(e->d_name, "..")))
		return false;
	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* The group at k->path and those in it; groups come and go meanwhile. */
static void visit(struct walk *k, unsigned depth)
{
	int fd = openat(k->c->root, k->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	size_t len = strlen(k->path);
	const struct dirent *e;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	look_at(k);
	k->left--;
	while (depth < MAX_DEPTH && !k->more && (e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (!is_group(dirfd(d), e) || len + n + 2 > sizeof(k->path))
			continue;
		if (!k->left) {
			k->more = true;
			break;
		}
		k->path[len] = '/';
		memcpy(k->path + len + 1, e->d_name, n + 1);
		visit(k, depth + 1);
		k->path[len] = '\0';
	}
	closedir(d);
}

static void walk(struct sh_collect *c, const char *controller, const char *dir)
{
	struct walk k = { .c = c, .controller = controller, .left = MAX_GROUPS };

	snprintf(k.path, sizeof(k.path), "%s", dir);
	k.top = strlen(k.path);
	visit(&k, 0);
	if (k.more)
		sh_collect_say_once(c, MORE_GROUPS);
}

/* How many groups each controller of the kernel has. */
static void write_controllers(struct sh_collect *c)
{
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_span rest, line, name;
	uint64_t v[3];

	if (!sh_collect_wants(c, c->host) || sh_collect_read(c, "proc/cgroups", &ignored) < 0)
		return;
	rest = sh_text_of(&c->text);
	while (sh_text_line(&rest, &line)) {
		const char *dims[] = { "subsys_name", NULL, NULL };
		struct sh_sample_writer w;
		char subsystem[64];

		if (!sh_text_field(&line, &name) || !sh_kv_copy(name, subsystem, sizeof(subsystem)) ||
		    sh_text_u64s(&line, v, 3) != 3)
			continue;
		dims[1] = subsystem;
		sh_collect_begin(c, &w, "host", c->host, c->host, dims, NULL);
		sh_sample_group(&w, "cgroups");
		sh_sample_number(&w, "cgroups", (double)v[1]);
		sh_sample_number(&w, "enabled", (double)v[2]);
		sh_sample_end(&w);
	}
}

int sh_collect_cgroup(struct sh_collect *c, struct sh_error *err)
{
	static const char *const controller[] = { "memory", "cpu", "cpuacct", "blkio", "pids" };
	char dir[64];

	(void)err;
	if (c->detail)
		write_controllers(c);
	if (faccessat(c->root, TOP "/cgroup.controllers", F_OK, 0) == 0) {
		walk(c, NULL, TOP);
		return 0;
	}
	for (size_t i = 0; i < sizeof(controller) / sizeof(*controller); i++) {
		snprintf(dir, sizeof(dir), TOP "/%s", controller[i]);
		walk(c, controller[i], dir);
	}
	return 0;
}
