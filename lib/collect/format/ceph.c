/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/ceph.h"

#include <string.h>

#include "collect/format/formats.h"

static const char fallback[] = "ceph";

void sh_ceph_begin(struct sh_sample_writer *s, struct sh_import *in, const char *const *dims)
{
	sh_document_begin_fleet(s, in, "cluster", sh_import_cluster(in, fallback), dims, NULL);
}

void sh_ceph_begin_part(struct sh_sample_writer *s, struct sh_import *in, const char *type,
			const char *what, const char *const *labels)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;

	sh_buf_addf(&name, "%s/%s", sh_import_cluster(in, fallback), what);
	sh_document_begin_fleet(s, in, type, sh_buf_str(&name), NULL, labels);
}

static bool has(const json_t *doc, const char *member)
{
	return json_object_get(doc, member) != NULL;
}

static bool is_status(const json_t *doc)
{
	return has(doc, "osdmap") || has(doc, "pgmap") || has(doc, "servicemap") ||
	       has(doc, "mgrmap") || (has(doc, "health") && !has(doc, "pools"));
}

static bool is_health(const json_t *doc)
{
	return (has(doc, "checks") || has(doc, "summary")) && json_is_string(json_object_get(doc, "status"));
}

static void health(struct sh_import *in, const json_t *doc)
{
	struct sh_sample_writer s;

	sh_ceph_begin(&s, in, NULL);
	sh_sample_group(&s, "ceph");
	sh_ceph_put_health(&s, doc);
	sh_sample_end(&s);
	sh_ceph_checks(in, doc);
}

static bool is_df(const json_t *doc)
{
	return json_is_object(json_object_get(doc, "stats")) ||
	       json_is_object(sh_document_at(json_array_get(json_object_get(doc, "pools"), 0), "stats"));
}

static bool is_pool_stats(const json_t *doc)
{
	return has(json_array_get(doc, 0), "pool_name");
}

static bool is_osd_nodes(const json_t *doc)
{
	return json_is_array(json_object_get(doc, "nodes"));
}

static bool is_osd_dump(const json_t *doc)
{
	return json_is_array(json_object_get(doc, "osds"));
}

static bool is_osd_perf(const json_t *doc)
{
	return has(doc, "osd_perf_infos") || json_is_array(sh_document_at(doc, "osdstats.osd_perf_infos"));
}

static bool is_mon_times(const json_t *doc)
{
	return json_is_object(json_object_get(doc, "time_skew_status"));
}

static bool is_versions(const json_t *doc)
{
	return json_is_object(json_object_get(doc, "overall")) && has(doc, "mon");
}

static bool is_crashes(const json_t *doc)
{
	return has(json_array_get(doc, 0), "crash_id");
}

/* Collections of counters: objects in an object, at least one of a daemon's own. */
static bool is_perf_dump(const json_t *doc)
{
	static const char *const known[] = { "osd", "mon", "mds", "rgw", "cct", "cluster", "paxos",
					     "bluestore", "bluefs", "AsyncMessenger::Worker-0",
					     "objecter", "mgr", "rgw_op" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (json_is_object(json_object_get(doc, known[i])))
			return true;
	return false;
}

static const struct {
	bool (*is)(const json_t *doc);
	void (*convert)(struct sh_import *in, const json_t *doc);
} kinds[] = {
	{ is_status, sh_ceph_status },	     { is_health, health },
	{ is_df, sh_ceph_df },		     { is_pool_stats, sh_ceph_pool_stats },
	{ is_osd_nodes, sh_ceph_osd_nodes }, { is_osd_dump, sh_ceph_osd_dump },
	{ is_osd_perf, sh_ceph_osd_perf },   { is_mon_times, sh_ceph_mon_times },
	{ is_versions, sh_ceph_versions },   { is_crashes, sh_ceph_crashes },
	{ is_perf_dump, sh_ceph_perf_dump },
};

static bool convert(struct sh_import *in, const json_t *doc)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].is(doc)) {
			kinds[i].convert(in, doc);
			return true;
		}
	}
	/* No pools, no crashes: a list that has nothing in it. */
	return json_is_array(doc) && json_array_size(doc) == 0;
}

int sh_format_ceph(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	return sh_document_each(in, text, convert, err);
}
