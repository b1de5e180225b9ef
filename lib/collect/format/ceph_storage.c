/* SPDX-License-Identifier: MIT */
/* Where Ceph keeps the data: df, pools, and OSDs one by one. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/format/ceph.h"

#define KIB 1024

static void put_space(struct sh_sample_writer *s, double used, double total, double free_bytes,
		      double percent)
{
	sh_sample_group(s, "storage");
	sh_sample_number(s, "utilization", sh_first_number(percent, sh_percent(used, total)));
	sh_sample_number(s, "size_bytes", total);
	sh_sample_number(s, "used_bytes", used);
	sh_sample_number(s, "available_bytes", free_bytes);
}

static void put_stats(struct sh_sample_writer *s, const json_t *stats)
{
	double total = sh_document_number(stats, "total_bytes");
	double used = sh_first_number(sh_document_number(stats, "total_used_bytes"),
				      sh_document_number(stats, "total_used_raw_bytes"));
	double raw = sh_document_number(stats, "total_used_raw_bytes");

	/* What is full is the raw space: replicas and metadata count. */
	put_space(s, used, total, sh_document_number(stats, "total_avail_bytes"),
		  sh_percent(raw, total));
}

/* Before Nautilus (no "stored") the share was in percent; since then it is a ratio. */
static double percent_used(const json_t *stats)
{
	bool percent = !json_object_get(stats, "stored") && !json_object_get(stats, "stored_raw") &&
		       json_object_get(stats, "kb_used");

	return (percent ? 1 : 100) * sh_document_number(stats, "percent_used");
}

static const struct {
	const char *name, *path;
} pool_places[] = {
	{ "stored_bytes", "stored" },	      { "stored_raw_bytes", "stored_raw" },
	{ "objects", "objects" },	      { "dirty_objects", "dirty" },
	{ "quota_bytes", "quota_bytes" },     { "quota_objects", "quota_objects" },
};

static const struct {
	const char *name, *path;
} pool_totals[] = {
	{ "reads_total", "rd" },
	{ "read_bytes_total", "rd_bytes" },
	{ "writes_total", "wr" },
	{ "written_bytes_total", "wr_bytes" },
};

static void pool(struct sh_import *in, const json_t *doc)
{
	const char *name = sh_document_text(doc, "name");
	const json_t *stats = sh_document_at(doc, "stats");
	struct sh_sample_writer s;

	if (!name)
		return;
	sh_ceph_begin_part(&s, in, "pool", name, NULL);
	put_space(&s, sh_document_number(stats, "bytes_used"), NAN,
		  sh_document_number(stats, "max_avail"), percent_used(stats));
	sh_sample_group(&s, "pool");
	for (size_t i = 0; i < sizeof(pool_places) / sizeof(pool_places[0]); i++)
		sh_sample_number(&s, pool_places[i].name,
				sh_document_number(stats, pool_places[i].path));
	for (size_t i = 0; in->c->detail && i < sizeof(pool_totals) / sizeof(pool_totals[0]); i++)
		sh_sample_number(&s, pool_totals[i].name,
				sh_document_number(stats, pool_totals[i].path));
	if (in->c->detail) {
		sh_sample_group(&s, "df");
		sh_document_put_all(&s, stats);
	}
	sh_sample_end(&s);
}

void sh_ceph_df(struct sh_import *in, const json_t *doc)
{
	const json_t *classes = sh_document_at(doc, "stats_by_class");
	struct sh_sample_writer s;
	size_t i;
	json_t *item;

	sh_ceph_begin(&s, in, NULL);
	put_stats(&s, sh_document_at(doc, "stats"));
	if (in->c->detail) {
		sh_sample_group(&s, "df");
		sh_document_put_all(&s, sh_document_at(doc, "stats"));
	}
	sh_sample_end(&s);
	for (void *c = sh_members(classes); c; c = sh_members_next(classes, c)) {
		const char *dims[] = { "class", json_object_iter_key(c), NULL };

		sh_ceph_begin(&s, in, dims);
		put_stats(&s, json_object_iter_value(c));
		sh_sample_end(&s);
	}
	json_array_foreach(sh_document_at(doc, "pools"), i, item)
		pool(in, item);
}

/* Each is left out while it is 0, and all of them when nothing goes on. */
static double rate(const json_t *doc, const char *object, const char *name)
{
	const json_t *rates = json_object_get(doc, object);

	if (!json_is_object(rates))
		return NAN;
	return sh_first_number(sh_document_number(rates, name), 0);
}

static void pool_rates(struct sh_import *in, const json_t *doc)
{
	const char *name = sh_document_text(doc, "pool_name");
	struct sh_sample_writer s;

	if (!name)
		return;
	sh_ceph_begin_part(&s, in, "pool", name, NULL);
	sh_sample_group(&s, "pool");
	sh_sample_number(&s, "read_bytes", rate(doc, "client_io_rate", "read_bytes_sec"));
	sh_sample_number(&s, "write_bytes", rate(doc, "client_io_rate", "write_bytes_sec"));
	sh_sample_number(&s, "read_ops", rate(doc, "client_io_rate", "read_op_per_sec"));
	sh_sample_number(&s, "write_ops", rate(doc, "client_io_rate", "write_op_per_sec"));
	sh_sample_number(&s, "recovery_bytes", rate(doc, "recovery_rate", "recovering_bytes_per_sec"));
	sh_sample_number(&s, "recovery_objects",
			rate(doc, "recovery_rate", "recovering_objects_per_sec"));
	sh_sample_number(&s, "recovery_keys", rate(doc, "recovery_rate", "recovering_keys_per_sec"));
	sh_sample_number(&s, "objects_degraded", rate(doc, "recovery", "degraded_objects"));
	sh_sample_number(&s, "objects_misplaced", rate(doc, "recovery", "misplaced_objects"));
	sh_sample_number(&s, "objects_unfound", rate(doc, "recovery", "unfound_objects"));
	sh_sample_end(&s);
}

void sh_ceph_pool_stats(struct sh_import *in, const json_t *doc)
{
	size_t i;
	json_t *item;

	json_array_foreach(doc, i, item)
		pool_rates(in, item);
}

static void begin_osd(struct sh_sample_writer *s, struct sh_import *in, double id,
		      const char *const *labels)
{
	char text[24];

	snprintf(text, sizeof(text), "%.0f", id);
	sh_ceph_begin_part(s, in, "osd", text, labels);
}

static double is_up(const json_t *doc)
{
	const char *status = sh_document_text(doc, "status");

	return status ? !strcmp(status, "up") : NAN;
}

static void osd(struct sh_import *in, const json_t *doc)
{
	double id = sh_document_number(doc, "id"), used = sh_document_number(doc, "kb_used");
	const char *class = sh_document_text(doc, "device_class");
	const char *labels[] = { "class", class, NULL };
	struct sh_sample_writer s;

	if (!(id >= 0 && id < 1e9))
		return;
	begin_osd(&s, in, id, class ? labels : NULL);
	put_space(&s, KIB * used, KIB * sh_document_number(doc, "kb"),
		  KIB * sh_document_number(doc, "kb_avail"), sh_document_number(doc, "utilization"));
	sh_sample_group(&s, "osd");
	sh_sample_number(&s, "up", is_up(doc));
	sh_sample_number(&s, "pgs", sh_document_number(doc, "pgs"));
	sh_sample_number(&s, "weight", sh_document_number(doc, "crush_weight"));
	sh_sample_number(&s, "reweight", sh_document_number(doc, "reweight"));
	sh_sample_number(&s, "variance", sh_document_number(doc, "var"));
	sh_sample_end(&s);
}

static bool is_osd(const json_t *node)
{
	const char *type = sh_document_text(node, "type");

	return type && !strcmp(type, "osd");
}

/* `ceph osd df` (with or without tree) and `ceph osd tree`. */
void sh_ceph_osd_nodes(struct sh_import *in, const json_t *doc)
{
	const json_t *sum = sh_document_at(doc, "summary");
	double up = 0, all = 0;
	struct sh_sample_writer s;
	size_t i;
	json_t *node;

	json_array_foreach(sh_document_at(doc, "nodes"), i, node) {
		if (!is_osd(node))
			continue;
		osd(in, node);
		all += !isnan(is_up(node));
		up += is_up(node) > 0;
	}
	sh_ceph_begin(&s, in, NULL);
	sh_sample_group(&s, "cluster");
	if (all > 0) {
		sh_sample_number(&s, "online_nodes", up);
		sh_sample_number(&s, "total_nodes", all);
	}
	put_space(&s, KIB * sh_document_number(sum, "total_kb_used"),
		  KIB * sh_document_number(sum, "total_kb"),
		  KIB * sh_document_number(sum, "total_kb_avail"), NAN);
	sh_sample_group(&s, "ceph");
	sh_sample_number(&s, "osds_average_utilization", sh_document_number(sum, "average_utilization"));
	sh_sample_number(&s, "osds_deviation", sh_document_number(sum, "dev"));
	sh_sample_end(&s);
}

void sh_ceph_osd_dump(struct sh_import *in, const json_t *doc)
{
	double up = 0, all = 0;
	struct sh_sample_writer s;
	size_t i;
	json_t *item;

	json_array_foreach(sh_document_at(doc, "osds"), i, item) {
		double id = sh_document_number(item, "osd"), is = sh_document_number(item, "up");

		if (!(id >= 0 && id < 1e9) || isnan(is))
			continue;
		begin_osd(&s, in, id, NULL);
		sh_sample_group(&s, "osd");
		sh_sample_number(&s, "up", is);
		sh_sample_number(&s, "in", sh_document_number(item, "in"));
		sh_sample_number(&s, "reweight", sh_document_number(item, "weight"));
		sh_sample_end(&s);
		all++;
		up += is > 0;
	}
	sh_ceph_begin(&s, in, NULL);
	sh_sample_group(&s, "cluster");
	sh_sample_number(&s, "online_nodes", up);
	sh_sample_number(&s, "total_nodes", all);
	sh_sample_end(&s);
}

/*
 * A commit is a write that is safe on the disk. Nothing here is about reads, so
 * the cluster's latency is that of writes, over all OSDs that had any.
 */
void sh_ceph_osd_perf(struct sh_import *in, const json_t *doc)
{
	const json_t *infos = sh_document_at(doc, "osd_perf_infos");
	double sum = 0, worst = NAN, n = 0;
	struct sh_sample_writer s;
	size_t i;
	json_t *item;

	if (!infos)
		infos = sh_document_at(doc, "osdstats.osd_perf_infos");
	json_array_foreach(infos, i, item) {
		double id = sh_document_number(item, "id");
		double ms = sh_document_number(item, "perf_stats.commit_latency_ms");

		if (!(id >= 0 && id < 1e9) || isnan(ms))
			continue;
		begin_osd(&s, in, id, NULL);
		sh_sample_group(&s, "latency");
		sh_sample_number(&s, "write_avg", ms);
		sh_sample_group(&s, "osd");
		sh_sample_number(&s, "apply_ms",
				sh_document_number(item, "perf_stats.apply_latency_ms"));
		sh_sample_end(&s);
		sum += ms;
		n++;
		worst = fmax(worst, ms);
	}
	sh_ceph_begin(&s, in, NULL);
	sh_sample_group(&s, "latency");
	sh_sample_number(&s, "write_avg", n > 0 ? sum / n : NAN);
	sh_sample_number(&s, "write_worst", worst);
	sh_sample_end(&s);
}
