/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/cgstat.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/text.h"

/* Version 1 says "no limit" with the largest number of pages that a long can count. */
#define NO_LIMIT ((double)((uint64_t)1 << 62))

const char *const sh_cg_resource[SH_CG_RESOURCES] = { "cpu", "memory", "io" };

static void clear(struct sh_cgstat *s)
{
	for (int i = 0; i < SH_CG_GAUGES; i++)
		s->gauge[i] = (double)NAN;
	for (int i = 0; i < SH_CG_COUNTERS; i++)
		s->counter[i] = (double)NAN;
	for (int i = 0; i < SH_CG_RESOURCES; i++)
		s->some[i] = s->full[i] = (double)NAN;
}

static bool read_file(struct sh_collect *c, const char *dir, const char *file)
{
	struct sh_error ignored = SH_ERROR_INIT;
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", dir, file);

	return n > 0 && (size_t)n < sizeof(path) && sh_collect_read(c, path, &ignored) == 0;
}

/* "max" is no number, and no limit. */
static double number(struct sh_collect *c, const char *dir, const char *file)
{
	double v;

	if (!read_file(c, dir, file) || !sh_kv_double(sh_kv_trim(sh_text_of(&c->text)), &v) || v < 0)
		return (double)NAN;
	return v;
}

/* The number of a line "KEY N", divided. */
static void keyed(struct sh_collect *c, const char *key, double divisor, double *out)
{
	struct sh_span rest = sh_text_of(&c->text), name, value;
	uint64_t v;

	while (sh_kv_line(&rest, &name, &value))
		if (sh_span_is(name, key) && sh_text_u64(value, &v))
			*out = (double)v / divisor;
}

static void add(double *sum, double v)
{
	*sum = v + (isnan(*sum) ? 0 : *sum);
}

/* "254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0", a line for each device. */
static void read_io(struct sh_span rest, struct sh_cgstat *s)
{
	static const struct { const char *key; int counter; } part[] = {
		{ "rbytes=", SH_CG_READ_BYTES }, { "wbytes=", SH_CG_WRITE_BYTES },
		{ "rios=", SH_CG_READS }, { "wios=", SH_CG_WRITES },
	};
	struct sh_span word;
	uint64_t v;

	while (sh_text_field(&rest, &word))
		for (size_t i = 0; i < 4; i++)
			if (sh_text_u64(sh_text_after(word, part[i].key), &v))
				add(&s->counter[part[i].counter], (double)v);
}

/* "some avg10=0.12 avg60=..." */
static void read_pressure(struct sh_span rest, double *some, double *full)
{
	struct sh_span line, word, value;
	double v;

	while (sh_text_line(&rest, &line)) {
		if (!sh_text_field(&line, &word) || !sh_text_field(&line, &value) ||
		    !sh_text_double(sh_text_after(value, "avg10="), &v))
			continue;
		if (sh_span_is(word, "some"))
			*some = v;
		else if (sh_span_is(word, "full"))
			*full = v;
	}
}

/* "max 100000" or "50000 100000": microseconds of a period. */
static void read_cpu_limit(struct sh_span text, struct sh_cgstat *s)
{
	uint64_t v[2];

	if (sh_text_u64s(&text, v, 2) == 2 && v[1])
		s->gauge[SH_CG_CPU_LIMIT] = (double)v[0] / (double)v[1];
}

void sh_cgstat_v2(struct sh_collect *c, const char *dir, struct sh_cgstat *s)
{
	char file[32];

	clear(s);
	s->gauge[SH_CG_MEMORY] = number(c, dir, "memory.current");
	s->gauge[SH_CG_MEMORY_LIMIT] = number(c, dir, "memory.max");
	s->gauge[SH_CG_SWAP] = number(c, dir, "memory.swap.current");
	s->gauge[SH_CG_PIDS] = number(c, dir, "pids.current");
	s->gauge[SH_CG_PIDS_LIMIT] = number(c, dir, "pids.max");
	if (read_file(c, dir, "memory.events"))
		keyed(c, "oom_kill", 1, &s->counter[SH_CG_OOM_KILLS]);
	if (read_file(c, dir, "cpu.max"))
		read_cpu_limit(sh_text_of(&c->text), s);
	if (read_file(c, dir, "cpu.stat")) {
		keyed(c, "usage_usec", 1, &s->counter[SH_CG_CPU_US]);
		keyed(c, "nr_periods", 1, &s->counter[SH_CG_PERIODS]);
		keyed(c, "nr_throttled", 1, &s->counter[SH_CG_THROTTLED]);
		keyed(c, "throttled_usec", 1, &s->counter[SH_CG_THROTTLED_US]);
	}
	if (read_file(c, dir, "io.stat"))
		read_io(sh_text_of(&c->text), s);
	for (int i = 0; i < SH_CG_RESOURCES; i++) {
		snprintf(file, sizeof(file), "%s.pressure", sh_cg_resource[i]);
		if (read_file(c, dir, file))
			read_pressure(sh_text_of(&c->text), &s->some[i], &s->full[i]);
	}
}

/* "8:0 Read 4096", and at the end the sum of all, "Total 4096". */
static void read_blkio(struct sh_span rest, double *reads, double *writes)
{
	struct sh_span line, device, what;
	uint64_t v;

	while (sh_text_line(&rest, &line)) {
		if (!sh_text_field(&line, &device) || !sh_text_field(&line, &what) ||
		    sh_text_u64s(&line, &v, 1) != 1)
			continue;
		if (sh_span_is(what, "Read"))
			add(reads, (double)v);
		else if (sh_span_is(what, "Write"))
			add(writes, (double)v);
	}
}

static void read_memory(struct sh_collect *c, const char *dir, struct sh_cgstat *s)
{
	double with_swap = number(c, dir, "memory.memsw.usage_in_bytes");

	s->gauge[SH_CG_MEMORY] = number(c, dir, "memory.usage_in_bytes");
	s->gauge[SH_CG_MEMORY_LIMIT] = number(c, dir, "memory.limit_in_bytes");
	if (s->gauge[SH_CG_MEMORY_LIMIT] >= NO_LIMIT)
		s->gauge[SH_CG_MEMORY_LIMIT] = (double)NAN;
	if (with_swap >= s->gauge[SH_CG_MEMORY])
		s->gauge[SH_CG_SWAP] = with_swap - s->gauge[SH_CG_MEMORY];
	if (read_file(c, dir, "memory.oom_control"))
		keyed(c, "oom_kill", 1, &s->counter[SH_CG_OOM_KILLS]);
}

static void read_cpu(struct sh_collect *c, const char *dir, struct sh_cgstat *s)
{
	double quota = number(c, dir, "cpu.cfs_quota_us"); /* -1: none */
	double period = number(c, dir, "cpu.cfs_period_us");

	if (period > 0)
		s->gauge[SH_CG_CPU_LIMIT] = quota / period;
	if (read_file(c, dir, "cpu.stat")) {
		keyed(c, "nr_periods", 1, &s->counter[SH_CG_PERIODS]);
		keyed(c, "nr_throttled", 1, &s->counter[SH_CG_THROTTLED]);
		keyed(c, "throttled_time", 1000, &s->counter[SH_CG_THROTTLED_US]);
	}
}

void sh_cgstat_v1(struct sh_collect *c, const char *controller, const char *dir, struct sh_cgstat *s)
{
	clear(s);
	if (!strcmp(controller, "memory"))
		read_memory(c, dir, s);
	else if (!strcmp(controller, "cpu"))
		read_cpu(c, dir, s);
	else if (!strcmp(controller, "cpuacct"))
		s->counter[SH_CG_CPU_US] = number(c, dir, "cpuacct.usage") / 1000;
	if (!strcmp(controller, "pids")) {
		s->gauge[SH_CG_PIDS] = number(c, dir, "pids.current");
		s->gauge[SH_CG_PIDS_LIMIT] = number(c, dir, "pids.max");
	}
	if (strcmp(controller, "blkio") != 0)
		return;
	if (read_file(c, dir, "blkio.throttle.io_service_bytes"))
		read_blkio(sh_text_of(&c->text), &s->counter[SH_CG_READ_BYTES],
			   &s->counter[SH_CG_WRITE_BYTES]);
	if (read_file(c, dir, "blkio.throttle.io_serviced"))
		read_blkio(sh_text_of(&c->text), &s->counter[SH_CG_READS],
			   &s->counter[SH_CG_WRITES]);
}
