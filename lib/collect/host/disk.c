/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/table.h"
#include "collect/text.h"

#define SECTOR 512 /* the unit of diskstats, whatever the device's is */

/* By Documentation/admin-guide/iostats.rst */
enum {
	READS, READS_MERGED, READ_SECTORS, READ_MS,
	WRITES, WRITES_MERGED, WRITE_SECTORS, WRITE_MS,
	IN_FLIGHT, BUSY_MS, QUEUE_MS, FIELDS
};

/* A partition's I/O is counted again under its disk. */
static bool is_partition(struct sh_collect *c, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/class/block/%.60s/partition", name);
	return faccessat(c->root, path, F_OK, 0) == 0;
}

/* The many loop and ram devices that nobody uses are left out. */
static bool has_worked(const uint64_t *v)
{
	return v[READS] || v[WRITES];
}

static void write_disk(struct sh_collect *c, const char *name, const uint64_t *d, double seconds)
{
	struct sh_sample_writer w;
	double ms = seconds * 1000;

	sh_collect_begin(c, &w, "disk", name, name, NULL, NULL);
	sh_sample_group(&w, "disk");
	sh_sample_number(&w, "read_ops", (double)d[READS] / seconds);
	sh_sample_number(&w, "write_ops", (double)d[WRITES] / seconds);
	sh_sample_number(&w, "read_bytes", (double)d[READ_SECTORS] * SECTOR / seconds);
	sh_sample_number(&w, "write_bytes", (double)d[WRITE_SECTORS] * SECTOR / seconds);
	/* The kernel adds time when an operation ends, so a little over the interval is possible. */
	sh_sample_number(&w, "busy", fmin(100, 100 * (double)d[BUSY_MS] / ms));
	sh_sample_number(&w, "queue", (double)d[QUEUE_MS] / ms);
	sh_sample_group(&w, "latency");
	if (d[READS])
		sh_sample_number(&w, "read_avg", (double)d[READ_MS] / (double)d[READS]);
	if (d[WRITES])
		sh_sample_number(&w, "write_avg", (double)d[WRITE_MS] / (double)d[WRITES]);
	sh_sample_end(&w);
}

static void look_at(struct sh_collect *c, struct sh_span line)
{
	uint64_t v[FIELDS], delta[FIELDS];
	struct sh_span field;
	char name[64];
	double seconds;

	if (!sh_text_skip(&line, 2) || !sh_text_field(&line, &field) || field.len >= sizeof(name))
		return;
	memcpy(name, field.p, field.len);
	name[field.len] = '\0';
	if (!sh_collect_wants(c, name) || sh_text_u64s(&line, v, FIELDS) != FIELDS)
		return;
	if (!has_worked(v) || is_partition(c, name))
		return;
	v[IN_FLIGHT] = 0; /* no counter */
	if (sh_counters_delta(c->counters, name, v, FIELDS, delta, &seconds))
		write_disk(c, name, delta, seconds);
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
