/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/host/kstat.h"
#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

#define KSTAT "proc/spl/kstat/zfs"
#define MAX_NAME 128

/* The tables of the whole module; every other name in the directory is a pool's. */
static const struct { const char *file, *prefix; } table[] = {
	{ "abdstats", "abd" }, { "arcstats", "arc" }, { "dbufstats", "dbuf" },
	{ "dmu_tx", "dmu_tx" }, { "dnodestats", "dnode" }, { "fm", "fm" },
	{ "vdev_cache_stats", "vdev_cache" }, { "vdev_mirror_stats", "vdev_mirror" },
	{ "xuio_stats", "xuio" }, { "zfetchstats", "zfetch" }, { "zil", "zil" },
};

#define TABLES (sizeof(table) / sizeof(*table))

static bool is_table(const char *name)
{
	for (size_t i = 0; i < TABLES; i++)
		if (!strcmp(name, table[i].file))
			return true;
	return !strcmp(name, "dbgmsg");
}

/* PREFIX_KEY as the name of a metric. */
static bool metric_name(const char *prefix, struct sh_span key, char *out, size_t size)
{
	int n = snprintf(out, size, "%s_%.*s", prefix, (int)key.len, key.p);

	if (n < 0 || (size_t)n >= size)
		return false;
	for (char *p = out; *p; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
	return true;
}

static void write_table(struct sh_collect *c, const char *prefix)
{
	struct sh_kstat k = { .rest = sh_text_of(&c->text) };
	struct sh_sample_writer w;
	char name[MAX_NAME];

	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "zfs");
	while (sh_kstat_next(&k))
		if (k.is_number && metric_name(prefix, k.name, name, sizeof(name)))
			sh_sample_number(&w, name, k.value);
	sh_sample_end(&w);
}

static bool read_quietly(struct sh_collect *c, const char *path)
{
	struct sh_error ignored = SH_ERROR_INIT;

	return sh_collect_read(c, path, &ignored) == 0;
}

static void write_tables(struct sh_collect *c)
{
	char path[MAX_NAME];

	for (size_t i = 0; i < TABLES; i++) {
		snprintf(path, sizeof(path), KSTAT "/%s", table[i].file);
		if (read_quietly(c, path))
			write_table(c, table[i].prefix);
	}
}

enum { HITS, MISSES, THROTTLED, ARC_COUNTERS, SIZE = ARC_COUNTERS, LIMIT, ARC };

static const char *const arc_key[ARC] = { "hits", "misses", "memory_throttle_count", "size", "c_max" };

static void write_arc(struct sh_collect *c)
{
	struct sh_kstat k = { .rest = sh_text_of(&c->text) };
	uint64_t value[ARC_COUNTERS] = { 0 }, delta[ARC_COUNTERS];
	double v[ARC] = { NAN, NAN, NAN, NAN, NAN }, seconds;
	struct sh_sample_writer w;

	while (sh_kstat_next(&k))
		for (int i = 0; i < ARC; i++)
			if (k.is_number && sh_span_is(k.name, arc_key[i]))
				v[i] = k.value;
	for (int i = 0; i < ARC_COUNTERS; i++)
		value[i] = v[i] >= 0 ? (uint64_t)v[i] : 0;
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "zfs");
	if (sh_counters_delta(c->counters, "", value, ARC_COUNTERS, delta, &seconds)) {
		double asked = (double)(delta[HITS] + delta[MISSES]);

		if (asked > 0)
			sh_sample_number(&w, "arc_hit", 100 * (double)delta[HITS] / asked);
		if (!isnan(v[THROTTLED]))
			sh_sample_number(&w, "arc_throttled", (double)delta[THROTTLED] / seconds);
	}
	sh_sample_number(&w, "arc_bytes", v[SIZE]);
	sh_sample_number(&w, "arc_limit_bytes", v[LIMIT]);
	sh_sample_end(&w);
}

/* "nread nwritten reads writes ..." above their numbers, after a line of the table itself. */
struct pool_io {
	struct sh_span names, values;
};

static bool find_io(struct sh_span text, struct pool_io *io)
{
	struct sh_span line;

	while (sh_text_line(&text, &line))
		if (sh_text_after(line, "nread").p) {
			io->names = line;
			return sh_text_line(&text, &io->values);
		}
	return false;
}

static void write_pool_totals(struct sh_collect *c, const char *pool, struct pool_io io)
{
	struct sh_span name, value;
	struct sh_sample_writer w;
	char metric[MAX_NAME];
	uint64_t n;

	sh_collect_begin(c, &w, "pool", pool, pool, NULL, NULL);
	sh_sample_group(&w, "zfs");
	while (sh_text_field(&io.names, &name) && sh_text_field(&io.values, &value))
		if (sh_text_u64(value, &n) && metric_name("zpool", name, metric, sizeof(metric)))
			sh_sample_number(&w, metric, (double)n);
	sh_sample_end(&w);
}

/* Older modules count the I/O of a pool. */
static void write_pool_rates(struct sh_collect *c, struct sh_sample_writer *w, const char *pool,
			     struct sh_span values)
{
	uint64_t v[4], d[4];
	double seconds;

	if (sh_text_u64s(&values, v, 4) != 4 ||
	    !sh_counters_delta(c->counters, pool, v, 4, d, &seconds))
		return;
	sh_sample_number(w, "read_bytes", (double)d[0] / seconds);
	sh_sample_number(w, "write_bytes", (double)d[1] / seconds);
	sh_sample_number(w, "read_ops", (double)d[2] / seconds);
	sh_sample_number(w, "write_ops", (double)d[3] / seconds);
}

static void write_states(struct sh_collect *c, const char *pool, const char *state)
{
	static const char *const known[] = { "online", "degraded", "faulted", "offline", "removed",
					     "unavail", "suspended" };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		sh_collect_number(c, "pool", pool, (const char *[]){ "state", known[i], NULL }, NULL,
				  "zfs", "zpool_state", !strcasecmp(state, known[i]));
}

static void look_at_dataset(struct sh_collect *c, const char *pool)
{
	struct sh_kstat k = { .rest = sh_text_of(&c->text) }, from;
	const char *dims[] = { "zpool", pool, NULL };
	char dataset[512] = "", metric[MAX_NAME];
	struct sh_sample_writer w;

	for (from = k; sh_kstat_next(&k) && !*dataset;)
		if (sh_span_is(k.name, "dataset_name"))
			sh_kv_copy(k.text, dataset, sizeof(dataset));
	if (!*dataset || !sh_collect_wants(c, dataset))
		return;
	sh_collect_begin(c, &w, "dataset", dataset, dataset, dims, NULL);
	sh_sample_group(&w, "zfs");
	while (sh_kstat_next(&from))
		if (from.is_number && metric_name("zpool_dataset", from.name, metric, sizeof(metric)))
			sh_sample_number(&w, metric, from.value);
	sh_sample_end(&w);
}

static void look_at_datasets(struct sh_collect *c, const char *pool)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };
	char path[2 * MAX_NAME + 64];

	snprintf(path, sizeof(path), KSTAT "/%.255s", pool);
	if (!sh_collect_names(c, &names, path, "objset-"))
		return;
	for (size_t i = 0; i < names.n; i++) {
		snprintf(path, sizeof(path), KSTAT "/%.200s/%.64s", pool, names.name[i]);
		if (read_quietly(c, path))
			look_at_dataset(c, pool);
	}
}

static void look_at_pool(struct sh_collect *c, const char *pool)
{
	char path[2 * MAX_NAME + 64], state[32] = "";
	struct sh_sample_writer w;
	struct pool_io io;
	bool has_io;

	if (!sh_collect_wants(c, pool))
		return;
	sh_kv_text(c->root, state, sizeof(state), KSTAT "/%.255s/state", pool);
	if (!sh_kv_is_word(state))
		*state = '\0';
	snprintf(path, sizeof(path), KSTAT "/%.255s/io", pool);
	has_io = read_quietly(c, path) && find_io(sh_text_of(&c->text), &io);
	if (!*state && !has_io)
		return;
	sh_collect_begin(c, &w, "pool", pool, pool, NULL, NULL);
	sh_sample_group(&w, "zfs");
	if (*state) {
		bool online = !strcasecmp(state, "ONLINE");

		sh_sample_number(&w, "online", online);
		sh_sample_number(&w, "usable", online || !strcasecmp(state, "DEGRADED"));
	}
	if (has_io)
		write_pool_rates(c, &w, pool, io.values);
	sh_sample_end(&w);
	if (!c->detail)
		return;
	if (has_io)
		write_pool_totals(c, pool, io);
	if (*state)
		write_states(c, pool, state);
	look_at_datasets(c, pool);
}

int sh_collect_zfs(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	(void)err;
	if (!sh_collect_class(c, &names, KSTAT, NULL))
		return 0;
	if (sh_collect_wants(c, c->host)) {
		if (read_quietly(c, KSTAT "/arcstats"))
			write_arc(c);
		if (c->detail)
			write_tables(c);
	}
	for (size_t i = 0; i < names.n; i++)
		if (!is_table(names.name[i]))
			look_at_pool(c, names.name[i]);
	return 0;
}
