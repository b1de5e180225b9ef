/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "collect/host/diskinfo.h"
#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

#define SECTOR 512 /* the unit of diskstats, whatever the device's is */

/* By Documentation/admin-guide/iostats.rst; kernels before 4.18 end at QUEUE_MS, before 5.5 at DISCARD_MS */
enum {
	READS, READS_MERGED, READ_SECTORS, READ_MS,
	WRITES, WRITES_MERGED, WRITE_SECTORS, WRITE_MS,
	IN_FLIGHT, BUSY_MS, QUEUE_MS, BASIC,
	DISCARDS = BASIC, DISCARDS_MERGED, DISCARD_SECTORS, DISCARD_MS, WITH_DISCARDS,
	FLUSHES = WITH_DISCARDS, FLUSH_MS, FIELDS
};

/* What each is called as a total, and what one of it is. */
static const struct { const char *name; double unit; } total[FIELDS] = {
	[READS] = { "reads_completed_total", 1 },
	[READS_MERGED] = { "reads_merged_total", 1 },
	[READ_SECTORS] = { "read_bytes_total", SECTOR },
	[READ_MS] = { "read_time_seconds_total", 1000 },
	[WRITES] = { "writes_completed_total", 1 },
	[WRITES_MERGED] = { "writes_merged_total", 1 },
	[WRITE_SECTORS] = { "written_bytes_total", SECTOR },
	[WRITE_MS] = { "write_time_seconds_total", 1000 },
	[IN_FLIGHT] = { "io_now", 1 },
	[BUSY_MS] = { "io_time_seconds_total", 1000 },
	[QUEUE_MS] = { "io_time_weighted_seconds_total", 1000 },
	[DISCARDS] = { "discards_completed_total", 1 },
	[DISCARDS_MERGED] = { "discards_merged_total", 1 },
	[DISCARD_SECTORS] = { "discarded_sectors_total", 1 },
	[DISCARD_MS] = { "discard_time_seconds_total", 1000 },
	[FLUSHES] = { "flush_requests_total", 1 },
	[FLUSH_MS] = { "flush_requests_time_seconds_total", 1000 },
};

struct disk {
	const char *name;
	uint64_t major, minor;
	uint64_t now[FIELDS], delta[FIELDS];
	size_t known;    /* fields that this kernel has */
	double seconds;  /* of the differences; 0: there are none */
};

/* A partition's I/O is counted again under its disk. */
static bool is_partition(struct sh_collect *c, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/class/block/%.60s/partition", name);
	return sh_collect_exists(c, path);
}

/* The many loop and ram devices that nobody uses are left out. */
static bool has_worked(const uint64_t *v)
{
	return v[READS] || v[WRITES];
}

static void write_rates(struct sh_sample_writer *w, const struct disk *d)
{
	const uint64_t *v = d->delta;
	double seconds = d->seconds, ms = seconds * 1000;

	sh_sample_number(w, "read_ops", (double)v[READS] / seconds);
	sh_sample_number(w, "write_ops", (double)v[WRITES] / seconds);
	sh_sample_number(w, "read_bytes", (double)v[READ_SECTORS] * SECTOR / seconds);
	sh_sample_number(w, "write_bytes", (double)v[WRITE_SECTORS] * SECTOR / seconds);
	/* The kernel adds time when an operation ends, so a little over the interval is possible. */
	sh_sample_number(w, "busy", fmin(100, 100 * (double)v[BUSY_MS] / ms));
	sh_sample_number(w, "queue", (double)v[QUEUE_MS] / ms);
	if (d->known >= WITH_DISCARDS && d->now[DISCARDS]) {
		sh_sample_number(w, "discard_ops", (double)v[DISCARDS] / seconds);
		sh_sample_number(w, "discard_bytes", (double)v[DISCARD_SECTORS] * SECTOR / seconds);
	}
}

static void write_latency(struct sh_sample_writer *w, const char *name, uint64_t ms, uint64_t n)
{
	if (n)
		sh_sample_number(w, name, (double)ms / (double)n);
}

static void write_latencies(struct sh_sample_writer *w, const struct disk *d)
{
	const uint64_t *v = d->delta;

	sh_sample_group(w, "latency");
	write_latency(w, "read_avg", v[READ_MS], v[READS]);
	write_latency(w, "write_avg", v[WRITE_MS], v[WRITES]);
	if (d->known >= WITH_DISCARDS)
		write_latency(w, "discard_avg", v[DISCARD_MS], v[DISCARDS]);
	if (d->known == FIELDS)
		write_latency(w, "flush_avg", v[FLUSH_MS], v[FLUSHES]);
}

static void write_totals(struct sh_sample_writer *w, const struct disk *d)
{
	for (size_t i = 0; i < d->known; i++) {
		double v = (double)d->now[i];

		/* Divided, not multiplied by 0.001, which is not a thousandth. */
		sh_sample_number(w, total[i].name, total[i].unit < 1000 ? v * total[i].unit : v / 1000);
	}
}

static void write_disk(struct sh_collect *c, const struct disk *d)
{
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "disk", d->name, d->name, NULL, NULL);
	sh_sample_group(&w, "disk");
	if (d->seconds > 0)
		write_rates(&w, d);
	if (c->detail)
		write_totals(&w, d);
	if (d->seconds > 0)
		write_latencies(&w, d);
	sh_sample_end(&w);
	if (c->detail)
		sh_diskinfo_write(c, d->name, d->major, d->minor);
}

/* Fields that came later are 0 where they are not known; a column that is no number ends the line. */
static bool parse(struct sh_span line, struct disk *d, char *name, size_t size)
{
	struct sh_span field;

	*d = (struct disk){ .name = name };
	if (sh_text_u64s(&line, &d->major, 1) != 1 || sh_text_u64s(&line, &d->minor, 1) != 1 ||
	    !sh_text_field(&line, &field) || !sh_kv_copy(field, name, size))
		return false;
	d->known = sh_text_u64s(&line, d->now, FIELDS);
	if (d->known < BASIC)
		return false;
	if (d->known < FIELDS)
		d->known = d->known < WITH_DISCARDS ? BASIC : WITH_DISCARDS;
	for (size_t i = d->known; i < FIELDS; i++)
		d->now[i] = 0;
	return true;
}

static void look_at(struct sh_collect *c, struct sh_span line)
{
	uint64_t v[FIELDS];
	struct disk d;
	char name[64];

	if (!parse(line, &d, name, sizeof(name)) || !sh_collect_wants(c, name))
		return;
	if (!c->detail && (!has_worked(d.now) || is_partition(c, name)))
		return;
	for (size_t i = 0; i < FIELDS; i++)
		v[i] = i == IN_FLIGHT ? 0 : d.now[i]; /* that one is no counter */
	if (!sh_counters_delta(c->counters, name, v, FIELDS, d.delta, &d.seconds))
		d.seconds = 0;
	if (d.seconds > 0 || c->detail)
		write_disk(c, &d);
}

int sh_collect_disk(struct sh_collect *c, struct sh_error *err)
{
	struct sh_span rest, line;

	if (sh_collect_read(c, "proc/diskstats", err) < 0)
		return -1;
	rest = sh_text_of(&c->text);
	while (sh_text_line(&rest, &line))
		look_at(c, line);
	return 0;
}
