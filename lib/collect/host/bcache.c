/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

#define CLASS "sys/fs/bcache"
#define UUID_TEXT 36
#define PARTS(a) (a), sizeof(a) / sizeof(*(a))

struct part {
	const char *file, *name;
	double divisor;
};

/* Of a set of caches; of a backing device; of a cache. */
static const struct part of_set[] = {
	{ "average_key_size", "average_key_size_sectors", 1 },
	{ "btree_cache_size", "btree_cache_size_bytes", 1 },
	{ "cache_available_percent", "cache_available_percent", 1 },
	{ "congested", "congested", 1 }, { "root_usage_percent", "root_usage_percent", 1 },
	{ "tree_depth", "tree_depth", 1 },
	{ "internal/active_journal_entries", "active_journal_entries", 1 },
	{ "internal/btree_nodes", "btree_nodes", 1 },
	{ "internal/btree_read_average_duration_us", "btree_read_average_duration_seconds", 1e6 },
	{ "internal/cache_read_races", "cache_read_races_total", 1 },
};

static const struct part of_backing[] = {
	{ "stats_total/bypassed", "bypassed_bytes_total", 1 },
	{ "stats_total/cache_hits", "cache_hits_total", 1 },
	{ "stats_total/cache_misses", "cache_misses_total", 1 },
	{ "stats_total/cache_bypass_hits", "cache_bypass_hits_total", 1 },
	{ "stats_total/cache_bypass_misses", "cache_bypass_misses_total", 1 },
	{ "stats_total/cache_miss_collisions", "cache_miss_collisions_total", 1 },
	{ "stats_total/cache_readaheads", "cache_readaheads_total", 1 },
	{ "dirty_data", "dirty_data_bytes", 1 },
};

static const struct part of_cache[] = {
	{ "io_errors", "io_errors", 1 }, { "metadata_written", "metadata_written_bytes_total", 1 },
	{ "written", "written_bytes_total", 1 },
};

/* Lines "KEY: VALUE" of one file, writeback_rate_debug and priority_stats. */
static const struct part of_writeback[] = {
	{ "target", "dirty_target_bytes", 1 }, { "rate", "writeback_rate", 1 },
	{ "proportional", "writeback_rate_proportional_term", 1 },
	{ "integral", "writeback_rate_integral_term", 1 }, { "change", "writeback_change", 1 },
};

static const struct part of_priority[] = {
	{ "Unused", "priority_stats_unused_percent", 1 },
	{ "Metadata", "priority_stats_metadata_percent", 1 },
};

/* "20.4G": bytes as bcache prints them for people, in powers of 1024. */
static bool parse_size(struct sh_span s, double *out)
{
	static const char unit[] = "kMGTPEZY";
	const char *u = s.len ? strchr(unit, s.p[s.len - 1]) : NULL;
	double v;

	if (u && *u)
		s.len--;
	if (!sh_text_double(s, &v))
		return false;
	*out = u && *u ? ldexp(v, 10 * (int)(u - unit + 1)) : v;
	return true;
}

static double read_part(struct sh_collect *c, const char *dir, const char *file)
{
	char text[64];
	double v;

	if (!sh_kv_text(c->root, text, sizeof(text), "%s/%s", dir, file) ||
	    !parse_size(sh_span_of(text), &v))
		return (double)NAN;
	return v;
}

static void write_parts(struct sh_collect *c, const char *uuid, const char *dir, const char *const *dims,
			const struct part *part, size_t n)
{
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "bcache", uuid, uuid, dims, NULL);
	sh_sample_group(&w, "bcache");
	for (size_t i = 0; i < n; i++)
		sh_sample_number(&w, part[i].name, read_part(c, dir, part[i].file) / part[i].divisor);
	sh_sample_end(&w);
}

/* "-1.1M/sec", "99%" */
static bool parse_value(struct sh_span s, double *out)
{
	const char *slash = s.len ? memchr(s.p, '/', s.len) : NULL;
	bool negative = s.len && *s.p == '-';

	if (slash)
		s.len = (size_t)(slash - s.p);
	else if (s.len && s.p[s.len - 1] == '%')
		s.len--;
	if (negative)
		s = (struct sh_span){ s.p + 1, s.len - 1 };
	if (!parse_size(s, out))
		return false;
	*out = negative ? -*out : *out;
	return true;
}

static void write_lines(struct sh_collect *c, const char *uuid, const char *dir, const char *file,
			const char *const *dims, const struct part *part, size_t n)
{
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_span rest, key, value;
	struct sh_sample_writer w;
	char path[192];
	double v;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (sh_collect_read(c, path, &ignored) < 0)
		return;
	rest = sh_text_of(&c->text);
	sh_collect_begin(c, &w, "bcache", uuid, uuid, dims, NULL);
	sh_sample_group(&w, "bcache");
	while (sh_kv_line(&rest, &key, &value))
		for (size_t i = 0; i < n; i++)
			if (sh_span_is(key, part[i].file) && parse_value(value, &v))
				sh_sample_number(&w, part[i].name, v / part[i].divisor);
	sh_sample_end(&w);
}

static bool is_numbered(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(name, prefix, n) && name[n] >= '0' && name[n] <= '9';
}

/* Sum of FILE over the devices of the set whose names begin with PREFIX. */
static double sum_devices(struct sh_collect *c, const char *set, const struct sh_kv_names *names,
			  const char *prefix, const char *file)
{
	double sum = (double)NAN, v;
	char dir[128];

	for (size_t i = 0; i < names->n; i++) {
		if (!is_numbered(names->name[i], prefix))
			continue;
		snprintf(dir, sizeof(dir), "%.60s/%.60s", set, names->name[i]);
		v = read_part(c, dir, file);
		if (isnan(v))
			return (double)NAN;
		sum = v + (isnan(sum) ? 0 : sum);
	}
	return sum;
}

static void write_health(struct sh_collect *c, const char *uuid, const char *set,
			 const struct sh_kv_names *names)
{
	double hits = read_part(c, set, "stats_total/cache_hits");
	double misses = read_part(c, set, "stats_total/cache_misses"), seconds;
	uint64_t v[2] = { hits > 0 ? (uint64_t)hits : 0, misses > 0 ? (uint64_t)misses : 0 }, d[2];
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "bcache", uuid, uuid, NULL, NULL);
	sh_sample_group(&w, "bcache");
	if (!isnan(hits + misses) && sh_counters_delta(c->counters, uuid, v, 2, d, &seconds) &&
	    d[0] + d[1])
		sh_sample_number(&w, "hit", 100 * (double)d[0] / (double)(d[0] + d[1]));
	sh_sample_number(&w, "available", read_part(c, set, "cache_available_percent"));
	sh_sample_number(&w, "dirty_bytes", sum_devices(c, set, names, "bdev", "dirty_data"));
	sh_sample_number(&w, "errors", sum_devices(c, set, names, "cache", "io_errors"));
	sh_sample_end(&w);
}

static void write_detail(struct sh_collect *c, const char *uuid, const char *set,
			 const struct sh_kv_names *names)
{
	char dir[128];

	write_parts(c, uuid, set, NULL, PARTS(of_set));
	for (size_t i = 0; i < names->n; i++) {
		const char *dims[] = { "backing_device", names->name[i], NULL };

		snprintf(dir, sizeof(dir), "%.60s/%.60s", set, names->name[i]);
		if (is_numbered(names->name[i], "bdev")) {
			write_parts(c, uuid, dir, dims, PARTS(of_backing));
			write_lines(c, uuid, dir, "writeback_rate_debug", dims, PARTS(of_writeback));
		} else if (is_numbered(names->name[i], "cache")) {
			dims[0] = "cache_device";
			write_parts(c, uuid, dir, dims, PARTS(of_cache));
			write_lines(c, uuid, dir, "priority_stats", dims, PARTS(of_priority));
		}
	}
}

int sh_collect_bcache(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names sets = { 0 };
	char set[sizeof(CLASS) + UUID_TEXT + 1];

	(void)err;
	if (!sh_collect_class(c, &sets, CLASS, NULL))
		return 0;
	for (size_t i = 0; i < sets.n; i++) {
		SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

		if (strlen(sets.name[i]) != UUID_TEXT || !sh_collect_wants(c, sets.name[i]))
			continue;
		snprintf(set, sizeof(set), CLASS "/%s", sets.name[i]);
		if (!sh_collect_names(c, &names, set, NULL))
			continue;
		write_health(c, sets.name[i], set, &names);
		if (c->detail)
			write_detail(c, sets.name[i], set, &names);
	}
	return 0;
}
