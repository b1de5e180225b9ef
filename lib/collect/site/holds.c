/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/site/holds.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "collect/text.h"

#define TOP "sys/fs/cgroup"
/* Version 1 says "no limit" of memory with the largest number of pages that a long can count. */
#define NO_LIMIT ((double)((uint64_t)1 << 62))

/* One group, of version 2 or of one controller of version 1. */
struct group {
	struct sh_collect *c;
	const char *id;
	const char *controller; /* NULL: version 2 */
	const char *dir;        /* below the root */
	bool own;               /* not one above */
	struct sh_holds *out;
};

static bool read_file(const struct group *g, const char *file)
{
	SH_CLEANUP_BUF struct sh_buf path = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	int rc;

	sh_buf_addf(&path, "%s/%s", g->dir, file);
	rc = sh_collect_read(g->c, sh_buf_str(&path), &ignored);
	sh_error_clear(&ignored);
	return rc == 0;
}

static bool is_of(const struct group *g, const char *controller)
{
	return !g->controller || !strcmp(g->controller, controller);
}

/* Files have other names in the two versions. "max", and -1 of version 1, are no limit. */
static double number(const struct group *g, const char *v2, const char *v1)
{
	double v;

	if (!read_file(g, g->controller ? v1 : v2) || !sh_kv_double(sh_kv_trim(sh_text_of(&g->c->text)), &v) ||
	    v < 0 || v >= NO_LIMIT)
		return NAN;
	return v;
}

/* The number of a line "KEY N" of what was read last; 0 when there is none. */
static uint64_t keyed(const struct group *g, const char *key)
{
	struct sh_span rest = sh_text_line_after(sh_text_of(&g->c->text), key);
	uint64_t v = 0;

	return rest.p && sh_text_u64s(&rest, &v, 1) == 1 ? v : 0;
}

/* What both versions call it; a group above freezes those in it as well. */
static void look_frozen(const struct group *g)
{
	struct sh_span state;

	if (!g->own || !is_of(g, "freezer"))
		return;
	if (g->controller && read_file(g, "freezer.state")) {
		state = sh_kv_trim(sh_text_of(&g->c->text));
		g->out->frozen = !sh_span_is(state, "THAWED");
	} else if (!g->controller && read_file(g, "cgroup.events")) {
		state = sh_kv_trim(sh_text_line_after(sh_text_of(&g->c->text), "frozen "));
		if (state.p)
			g->out->frozen = fmax(isnan(g->out->frozen) ? 0 : g->out->frozen, *state.p == '1');
	}
}

/* Pages of files the kernel takes back before it kills anybody. */
static double given_back(const struct group *g)
{
	if (!read_file(g, "memory.stat"))
		return 0;
	return g->controller ? (double)(keyed(g, "total_inactive_file ") + keyed(g, "total_active_file ")) :
			       (double)(keyed(g, "inactive_file ") + keyed(g, "active_file "));
}

/* The growth of two numbers since the last reading, both kept under one name. */
static bool growth(const struct group *g, const char *what, uint64_t a, uint64_t b, uint64_t delta[2],
		   double *seconds)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	uint64_t v[2] = { a, b };

	sh_buf_addf(&key, "%s %s %s", g->id, what, g->dir);
	return sh_counters_delta(g->c->counters, sh_buf_str(&key), v, 2, delta, seconds);
}

static void look_memory(const struct group *g)
{
	double limit, usage, seconds;
	uint64_t delta[2];

	if (!is_of(g, "memory"))
		return;
	if (g->own && read_file(g, g->controller ? "memory.oom_control" : "memory.events") &&
	    growth(g, "killed", keyed(g, "oom_kill "), 0, delta, &seconds))
		g->out->oom_kills = (double)delta[0] / seconds;
	limit = number(g, "memory.max", "memory.limit_in_bytes");
	if (!(limit > 0))
		return;
	usage = number(g, "memory.current", "memory.usage_in_bytes");
	if (isnan(usage))
		return;
	usage = 100 * fmax(0, usage - given_back(g)) / limit;
	if (usage <= g->out->memory_usage)
		return;
	g->out->memory_usage = usage;
	g->out->memory_limit = limit;
}

/* Percent of one processor: "QUOTA PERIOD" of version 2, two files of version 1. */
static double quota(const struct group *g)
{
	uint64_t v[2];
	struct sh_span rest;

	if (g->controller)
		return 100 * number(g, "", "cpu.cfs_quota_us") / number(g, "", "cpu.cfs_period_us");
	if (!read_file(g, "cpu.max"))
		return NAN;
	rest = sh_text_of(&g->c->text);
	return sh_text_u64s(&rest, v, 2) == 2 && v[1] ? 100 * (double)v[0] / (double)v[1] : NAN;
}

static void look_cpu(const struct group *g)
{
	double limit = is_of(g, "cpu") ? quota(g) : NAN, seconds;
	uint64_t delta[2];

	if (!(limit > 0))
		return;
	g->out->cpu_limit = fmin(g->out->cpu_limit, limit);
	if (read_file(g, "cpu.stat") &&
	    growth(g, "throttled", keyed(g, "nr_periods "), keyed(g, "nr_throttled "), delta, &seconds))
		g->out->cpu_throttled =
			fmax(g->out->cpu_throttled, delta[0] ? 100 * (double)delta[1] / (double)delta[0] : 0);
}

static void look_tasks(const struct group *g)
{
	double limit = is_of(g, "pids") ? number(g, "pids.max", "pids.max") : NAN;

	double usage = limit > 0 ? 100 * number(g, "pids.current", "pids.current") / limit : NAN;

	if (isnan(usage) || usage <= g->out->tasks_usage)
		return;
	g->out->tasks_usage = usage;
	g->out->tasks_limit = limit;
}

/* A line of a file of limits that is not "max" throughout. */
static bool has_limit(struct sh_span rest)
{
	struct sh_span line, word;

	while (sh_text_line(&rest, &line))
		for (int i = 0; sh_text_field(&line, &word); i++)
			if (i > 0 && (word.len < 3 || memcmp(word.p + word.len - 3, "max", 3) != 0))
				return true;
	return false;
}

static void look_io(const struct group *g)
{
	static const char *const file[] = {
		"io.max", /* of version 2; the others of version 1 */
		"blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device",
		"blkio.throttle.read_iops_device", "blkio.throttle.write_iops_device",
	};

	if (!is_of(g, "blkio"))
		return;
	for (size_t i = g->controller ? 1 : 0; i < (g->controller ? 5 : 1); i++)
		if (read_file(g, file[i]))
			g->out->io_limited = fmax(isnan(g->out->io_limited) ? 0 : g->out->io_limited,
						  has_limit(sh_text_of(&g->c->text)));
}

static void look_at(const struct group *g)
{
	look_frozen(g);
	look_memory(g);
	look_cpu(g);
	look_tasks(g);
	look_io(g);
}

/* The group PATH of a hierarchy and those above it; its root has no limits. */
static void climb(struct group g, const char *mount, struct sh_span path, bool *hidden)
{
	SH_CLEANUP_BUF struct sh_buf dir = SH_BUF_INIT;
	size_t top;

	sh_buf_addf(&dir, TOP "%s%s", *mount ? "/" : "", mount);
	top = dir.len;
	sh_buf_add(&dir, path.p, path.len);
	if (strstr(sh_buf_str(&dir) + top, "/..")) {
		*hidden = true; /* by a namespace of groups */
		return;
	}
	if (path.len < 2)
		return; /* the root */
	g.own = true;
	for (int depth = 0; depth < SH_HOLDS_DEPTH && dir.len > top; depth++) {
		g.dir = sh_buf_str(&dir);
		look_at(&g);
		g.own = false;
		dir.len = (size_t)(strrchr(dir.data, '/') - dir.data);
		dir.data[dir.len] = '\0';
	}
}

/* Cut what is before the next SEP off *rest; false when there is none. */
static bool next_part(struct sh_span *rest, char sep, struct sh_span *part)
{
	const char *end = memchr(rest->p, sep, rest->len);

	if (!end)
		return false;
	*part = (struct sh_span){ rest->p, (size_t)(end - rest->p) };
	sh_span_cut(rest, part->len + 1);
	return true;
}

/* "4:memory:/a/b", "3:cpu,cpuacct:/a" or, of version 2, "0::/a". */
static void look_at_line(struct group g, struct sh_span line, bool *hidden)
{
	static const char *const wanted[] = { "memory", "cpu", "pids", "freezer", "blkio" };
	struct sh_span list, path = line;

	if (!next_part(&path, ':', &list) || !next_part(&path, ':', &list))
		return;
	if (!list.len)
		climb(g, sh_collect_exists(g.c, TOP "/cgroup.controllers") ? "" : "unified", path, hidden);
	while (list.len) {
		struct sh_span name;

		if (!next_part(&list, ',', &name)) {
			name = list;
			list.len = 0;
		}
		for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
			if (sh_span_is(name, wanted[i])) {
				g.controller = wanted[i];
				climb(g, wanted[i], path, hidden);
			}
	}
}

void sh_holds_read(struct sh_collect *c, const char *id, pid_t pid, struct sh_holds *out)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_span rest, line;
	bool hidden = false;
	char path[64];

	*out = (struct sh_holds){ NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN };
	snprintf(path, sizeof(path), "proc/%d/cgroup", (int)pid);
	if (sh_collect_read_to(c, path, &text, &ignored) < 0) {
		sh_error_clear(&ignored);
		return;
	}
	rest = sh_text_of(&text);
	while (sh_text_line(&rest, &line))
		look_at_line((struct group){ .c = c, .id = id, .out = out }, line, &hidden);
	if (hidden)
		return;
	/* All its groups were seen: what none of them does is not done. */
	out->frozen = isnan(out->frozen) ? 0 : out->frozen;
	out->io_limited = isnan(out->io_limited) ? 0 : out->io_limited;
	if (isnan(out->cpu_limit))
		out->cpu_throttled = 0;
}
