/* SPDX-License-Identifier: MIT */
/* `zpool status -j` and `zpool list -j`: numbers as text, for people or (-p) in full. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/zpool.h"

#define MAX_DEPTH 16

static double amount(const json_t *v, const char *path)
{
	const char *text = sh_document_text(v, path);

	return text ? sh_unit_bytes(sh_span_of(text)) : sh_document_number(v, path);
}

static double percent(const json_t *v, const char *path)
{
	const char *text = sh_document_text(v, path);

	return text ? sh_unit_percent(sh_span_of(text)) : sh_document_number(v, path);
}

static void get_errors(const json_t *v, double errors[3])
{
	errors[0] = amount(v, "read_errors");
	errors[1] = amount(v, "write_errors");
	errors[2] = amount(v, "checksum_errors");
}

/* Leaves are what holds data; what is above them is as good as they are. */
static void devices(struct sh_zpool *p, const json_t *all, bool spare, int depth)
{
	for (void *i = sh_members(all); i && depth < MAX_DEPTH; i = sh_members_next(all, i)) {
		const json_t *v = json_object_iter_value(i), *below = sh_document_at(v, "vdevs");
		const char *state = sh_document_text(v, "state");
		double errors[3];

		if (json_object_size(below)) {
			devices(p, below, spare, depth + 1);
		} else if (state) {
			get_errors(v, errors);
			sh_zpool_device(p, json_object_iter_key(i), state, errors, spare);
		}
	}
}

static double is_scan(const json_t *pool, const char *function)
{
	const char *is = sh_document_text(pool, "scan_stats.function");
	const char *state = sh_document_text(pool, "scan_stats.state");

	if (!is || !state)
		return NAN;
	return !strcmp(is, function) && !strcmp(state, "SCANNING");
}

static void status(struct sh_zpool *p, const json_t *pool)
{
	const json_t *root = json_object_get(sh_document_at(pool, "vdevs"), p->name);
	double used = amount(root, "alloc_space"), total = amount(root, "total_space");
	struct sh_sample_writer s;
	double errors[3];

	devices(p, sh_document_at(pool, "vdevs"), false, 0);
	devices(p, sh_document_at(pool, "logs"), false, 0);
	devices(p, sh_document_at(pool, "spares"), true, 0);
	get_errors(root, errors);
	sh_document_begin(&s, p->in, "pool", p->name, NULL, NULL);
	sh_zpool_put_devices(&s, p);
	sh_sample_group(&s, "storage");
	sh_sample_number(&s, "utilization", sh_percent(used, total));
	sh_sample_number(&s, "size_bytes", total);
	sh_sample_number(&s, "used_bytes", used);
	sh_sample_group(&s, "pool");
	sh_zpool_put_state(&s, sh_document_text(pool, "state"));
	sh_sample_number(&s, "data_errors", amount(pool, "error_count"));
	sh_sample_number(&s, "read_errors", errors[0]);
	sh_sample_number(&s, "write_errors", errors[1]);
	sh_sample_number(&s, "checksum_errors", errors[2]);
	sh_sample_number(&s, "scrubbing", is_scan(pool, "SCRUB"));
	sh_sample_number(&s, "resilvering", is_scan(pool, "RESILVER"));
	sh_sample_number(&s, "scan_errors", amount(pool, "scan_stats.errors"));
	sh_sample_end(&s);
}

static void list(struct sh_import *in, const char *name, const json_t *properties)
{
	struct sh_sample_writer s;

	sh_document_begin(&s, in, "pool", name, NULL, NULL);
	sh_sample_group(&s, "storage");
	sh_sample_number(&s, "utilization", percent(properties, "capacity.value"));
	sh_sample_number(&s, "size_bytes", amount(properties, "size.value"));
	sh_sample_number(&s, "used_bytes", amount(properties, "allocated.value"));
	sh_sample_number(&s, "available_bytes", amount(properties, "free.value"));
	sh_sample_group(&s, "pool");
	sh_zpool_put_state(&s, sh_document_text(properties, "health.value"));
	sh_sample_number(&s, "fragmentation", percent(properties, "fragmentation.value"));
	sh_sample_end(&s);
}

bool sh_zpool_json(struct sh_import *in, const json_t *doc)
{
	const json_t *pools = sh_document_at(doc, "pools");

	if (!json_is_object(pools))
		return false;
	for (void *i = sh_members(pools); i; i = sh_members_next(pools, i)) {
		struct sh_zpool p = { .in = in, .name = json_object_iter_key(i) };
		const json_t *pool = json_object_iter_value(i);

		if (sh_document_at(pool, "properties"))
			list(in, p.name, sh_document_at(pool, "properties"));
		else
			status(&p, pool);
	}
	return true;
}
