/* SPDX-License-Identifier: MIT */
/* What Ceph's daemons say of themselves. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/ceph.h"

#define MS 1000

/* `ceph time-sync-status`: seconds, of each monitor against the leader. */
void sh_ceph_mon_times(struct sh_import *in, const json_t *doc)
{
	const json_t *mons = sh_document_at(doc, "time_skew_status");
	struct sh_sample_writer s;

	for (void *i = sh_members(mons); i; i = sh_members_next(mons, i)) {
		const json_t *mon = json_object_iter_value(i);

		sh_ceph_begin_part(&s, in, "mon", json_object_iter_key(i), NULL);
		sh_sample_group(&s, "mon");
		sh_sample_number(&s, "skew_ms", MS * sh_document_numeric(mon, "skew"));
		sh_sample_number(&s, "latency_ms", MS * sh_document_numeric(mon, "latency"));
		sh_sample_end(&s);
	}
}

void sh_ceph_versions(struct sh_import *in, const json_t *doc)
{
	struct sh_sample_writer s;

	sh_ceph_begin(&s, in, NULL);
	sh_sample_group(&s, "ceph");
	sh_sample_number(&s, "versions", sh_document_count(doc, "overall"));
	sh_sample_end(&s);
	for (void *i = sh_members(doc); i; i = sh_members_next(doc, i)) {
		const json_t *versions = json_object_iter_value(i);

		for (void *v = sh_members(versions); v; v = sh_members_next(versions, v)) {
			const char *dims[] = { "daemon", json_object_iter_key(i), "version",
					       json_object_iter_key(v), NULL };

			sh_ceph_begin(&s, in, dims);
			sh_sample_group(&s, "ceph");
			sh_sample_number(&s, "daemons", sh_document_value(json_object_iter_value(v)));
			sh_sample_end(&s);
		}
	}
}

/* `ceph crash ls`: those that nobody has acknowledged count. */
void sh_ceph_crashes(struct sh_import *in, const json_t *doc)
{
	struct sh_sample_writer s;
	double unseen = 0;
	size_t i;
	json_t *crash;

	json_array_foreach(doc, i, crash)
		unseen += !sh_document_text(crash, "archived");
	sh_ceph_begin(&s, in, NULL);
	sh_sample_group(&s, "ceph");
	sh_sample_number(&s, "crashes", (double)json_array_size(doc));
	sh_sample_number(&s, "crashes_new", unseen);
	sh_sample_end(&s);
}

/* Levels, not totals, of each kind of daemon. */
static const struct {
	const char *group, *name, *path;
} levels[] = {
	{ "cluster", "online_nodes", "cluster.num_osd_up" },
	{ "cluster", "total_nodes", "cluster.num_osd" },
	{ "mon", "sessions", "mon.num_sessions" },
	{ "mon", "quorum", "cluster.num_mon_quorum" },
	{ "osd", "pgs", "osd.numpg" },
	{ "osd", "ops_in_flight", "osd.op_wip" },
	{ "mds", "inodes", "mds.inodes" },
	{ "mds", "caps", "mds.caps" },
	{ "mds", "sessions", "mds_sessions.session_count" },
	{ "mds", "queue", "mds.q" },
	{ "rgw", "queue", "rgw.qlen" },
	{ "rgw", "requests_in_flight", "rgw.qactive" },
	{ "rgw", "failed_requests_total", "rgw.failed_req" },
};

static void put_levels(struct sh_sample_writer *s, const json_t *doc)
{
	const char *group = "";

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].group, group) != 0)
			sh_sample_group(s, levels[i].group);
		group = levels[i].group;
		sh_sample_number(s, levels[i].name, sh_document_number(doc, levels[i].path));
	}
}

/* A monitor knows the cluster's space, an OSD its own. */
static void put_space(struct sh_sample_writer *s, const json_t *doc)
{
	double total = sh_first_number(sh_document_number(doc, "cluster.osd_bytes"),
				       sh_document_number(doc, "osd.stat_bytes"));
	double used = sh_first_number(sh_document_number(doc, "cluster.osd_bytes_used"),
				      sh_document_number(doc, "osd.stat_bytes_used"));

	sh_sample_group(s, "storage");
	sh_sample_number(s, "utilization", sh_percent(used, total));
	sh_sample_number(s, "size_bytes", total);
	sh_sample_number(s, "used_bytes", used);
}

/*
 * `ceph daemon NAME perf dump`. It does not say which daemon it is: --entity
 * does. All its counters come with --detail, a dimension for each collection.
 */
void sh_ceph_perf_dump(struct sh_import *in, const json_t *doc)
{
	struct sh_sample_writer s;

	sh_document_begin(&s, in, NULL, NULL, NULL, NULL);
	put_levels(&s, doc);
	put_space(&s, doc);
	sh_sample_end(&s);
	for (void *i = sh_members(doc); in->c->detail && i; i = sh_members_next(doc, i)) {
		const char *dims[] = { "collection", json_object_iter_key(i), NULL };

		sh_document_begin(&s, in, NULL, NULL, dims, NULL);
		sh_sample_group(&s, "perf");
		sh_document_put_all(&s, json_object_iter_value(i));
		sh_sample_end(&s);
	}
}
