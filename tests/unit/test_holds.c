/* SPDX-License-Identifier: MIT */
/* What control groups of both versions, and those above them, say of a process. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "collect/site/holds.h"
#include "scratch.h"
#include "tap.h"

#define PID 7
#define V1 "sys/fs/cgroup/"

struct scene {
	char *dir; /* owned: the tree that stands for the machine */
	struct sh_collect c;
	struct sh_counters counters;
};

/* The directories above PATH are made. */
static void put(const struct scene *s, const char *path, const char *text)
{
	SH_CLEANUP_FREE char *whole = sh_asprintf("%s/%s", s->dir, path);
	struct sh_error err = SH_ERROR_INIT;

	for (char *slash = whole + strlen(s->dir) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		mkdir(whole, 0755);
	}
	if (sh_file_write_atomic(whole, text, strlen(text), 0644, &err) < 0)
		diag("%s", err.text);
}

static void begin(struct scene *s)
{
	struct sh_error err = SH_ERROR_INIT;

	memset(s, 0, sizeof(*s));
	s->dir = scratch_make();
	put(s, "proc/stat", "");
	if (sh_collect_init(&s->c, s->dir, "h", &err) < 0)
		diag("%s", err.text);
	sh_counters_init(&s->counters);
	s->c.counters = &s->counters;
}

static void end(struct scene *s)
{
	sh_counters_release(&s->counters);
	s->c.counters = NULL;
	sh_collect_release(&s->c);
	scratch_remove(s->dir);
}

static struct sh_holds look(struct scene *s)
{
	struct sh_holds h;

	sh_clock_sleep(2 * SH_MS);
	sh_counters_begin(&s->counters, sh_clock_mono());
	sh_holds_read(&s->c, "web", PID, &h);
	sh_counters_end(&s->counters);
	return h;
}

static bool is(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static void test_none(void)
{
	struct scene s;
	struct sh_holds h;

	begin(&s);
	h = look(&s);
	OK(isnan(h.frozen) && isnan(h.io_limited) && isnan(h.cpu_throttled), "without groups nothing is known");
	put(&s, "proc/7/cgroup", "4:memory:/\n3:cpu,cpuacct:/\n2:name=systemd:/x\n0::/\n");
	h = look(&s);
	OK(is(h.frozen, 0) && is(h.io_limited, 0) && is(h.cpu_throttled, 0), "roots hold nobody back");
	OK(isnan(h.cpu_limit) && isnan(h.memory_usage) && isnan(h.tasks_usage), "and have no limits");
	put(&s, "proc/7/cgroup", "4:freezer:/../other\n");
	OK(isnan(look(&s).frozen), "what another namespace hides is not known");
	end(&s);
}

static void test_version_1(void)
{
	struct scene s;
	struct sh_holds h;

	begin(&s);
	put(&s, "proc/7/cgroup", "6:pids:/a\n5:freezer:/a/b\n4:memory:/a/b\n3:cpu,cpuacct:/a/b\n2:blkio:/a\n");
	put(&s, V1 "freezer/a/b/freezer.state", "FROZEN\n");
	put(&s, V1 "cpu/a/b/cpu.cfs_quota_us", "50000\n");
	put(&s, V1 "cpu/a/b/cpu.cfs_period_us", "100000\n");
	put(&s, V1 "cpu/a/b/cpu.stat", "nr_periods 100\nnr_throttled 10\nthrottled_time 5\n");
	put(&s, V1 "cpu/a/cpu.cfs_quota_us", "-1\n");
	put(&s, V1 "cpu/a/cpu.cfs_period_us", "100000\n");
	put(&s, V1 "memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
	put(&s, V1 "memory/a/b/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
	put(&s, V1 "memory/a/memory.limit_in_bytes", "1000\n");
	put(&s, V1 "memory/a/memory.usage_in_bytes", "900\n");
	put(&s, V1 "memory/a/memory.stat", "cache 0\ntotal_inactive_file 100\ntotal_active_file 300\n");
	put(&s, V1 "pids/a/pids.max", "20\n");
	put(&s, V1 "pids/a/pids.current", "19\n");
	put(&s, V1 "blkio/a/blkio.throttle.read_bps_device", "");
	put(&s, V1 "blkio/a/blkio.throttle.write_iops_device", "7:0 1\n");
	h = look(&s);
	OK(is(h.frozen, 1) && is(h.io_limited, 1), "frozen, and its block input and output limited");
	OK(is(h.cpu_limit, 50) && isnan(h.cpu_throttled), "half a processor; held back since is not known yet");
	OK(is(h.memory_limit, 1000) && is(h.memory_usage, 50), "a limit above it, less pages of files");
	OK(is(h.tasks_usage, 95) && is(h.tasks_limit, 20), "nearly all its tasks");
	put(&s, V1 "freezer/a/b/freezer.state", "THAWED\n");
	put(&s, V1 "cpu/a/b/cpu.stat", "nr_periods 110\nnr_throttled 19\nthrottled_time 9\n");
	put(&s, V1 "memory/a/b/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n");
	put(&s, V1 "blkio/a/blkio.throttle.write_iops_device", "");
	h = look(&s);
	OK(is(h.frozen, 0) && is(h.io_limited, 0), "neither any more");
	OK(is(h.cpu_throttled, 90) && h.oom_kills > 0, "held back in 9 of 10 periods, and one killed");
	end(&s);
}

static void test_version_2(void)
{
	struct scene s;
	struct sh_holds h;

	begin(&s);
	put(&s, "proc/7/cgroup", "0::/a/b\n");
	put(&s, V1 "cgroup.controllers", "cpu io memory pids\n");
	put(&s, V1 "a/b/cgroup.events", "populated 1\nfrozen 1\n");
	put(&s, V1 "a/b/cpu.max", "max 100000\n");
	put(&s, V1 "a/cpu.max", "20000 100000\n");
	put(&s, V1 "a/cpu.stat", "usage_usec 1\nnr_periods 10\nnr_throttled 1\n");
	put(&s, V1 "a/b/memory.max", "200\n");
	put(&s, V1 "a/b/memory.current", "150\n");
	put(&s, V1 "a/memory.max", "max\n");
	put(&s, V1 "a/b/pids.max", "max\n");
	put(&s, V1 "a/b/io.max", "8:0 rbps=max wbps=max riops=max wiops=max\n");
	h = look(&s);
	OK(is(h.frozen, 1) && is(h.io_limited, 0), "frozen; a limit that is none");
	OK(is(h.cpu_limit, 20) && is(h.memory_usage, 75) && isnan(h.tasks_usage), "the limits that there are");
	put(&s, V1 "a/b/io.max", "8:0 rbps=1024 wbps=max riops=max wiops=max\n");
	put(&s, V1 "a/cpu.stat", "usage_usec 1\nnr_periods 20\nnr_throttled 11\n");
	h = look(&s);
	OK(is(h.io_limited, 1) && is(h.cpu_throttled, 100), "a limit that is one, and a group above that is held back");
	end(&s);
}

int main(void)
{
	test_none();
	test_version_1();
	test_version_2();
	return plan_done();
}
