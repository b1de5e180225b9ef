/* SPDX-License-Identifier: MIT */
/* `ceph status`, of every release since Jewel. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/format/ceph.h"

/* Each state that a placement group can have, as Ceph's documentation lists them. */
static const char *const states[] = {
	"creating",	 "active",	    "clean",	       "down",		  "laggy",
	"wait",		 "replay",	    "splitting",       "scrubbing",	  "deep",
	"degraded",	 "inconsistent",    "peering",	       "peered",	  "repair",
	"recovering",	 "recovery_wait",   "recovery_toofull", "recovery_unfound",
	"backfilling",	 "backfill_wait",   "backfill_toofull", "backfill_unfound",
	"forced_recovery", "forced_backfill", "incomplete",    "stale",		  "remapped",
	"undersized",	 "activating",	    "snaptrim",	       "snaptrim_wait",	  "snaptrim_error",
	"premerge",	 "failed_repair",   "unclean",	       "unknown",
};
#define STATES (sizeof(states) / sizeof(states[0]))

static bool has_state(const char *name, const char *state)
{
	size_t len = strlen(state);

	for (const char *at = name; at; at = strchr(at, '+')) {
		at += *at == '+';
		if (!strncmp(at, state, len) && (at[len] == '+' || !at[len]))
			return true;
	}
	return false;
}

static double in_state(const json_t *by_state, const char *state)
{
	double n = 0;
	size_t i;
	json_t *item;

	json_array_foreach(by_state, i, item) {
		const char *name = sh_document_text(item, "state_name");
		double count = sh_document_number(item, "count");
		/* A deep scrub is counted as one, not as a light one too. */
		bool other = name && !strcmp(state, "scrubbing") && has_state(name, "deep");

		if (name && !isnan(count) && !other && has_state(name, state))
			n += count;
	}
	return n;
}

static void put_states(struct sh_sample_writer *s, const json_t *by_state, double remapped)
{
	if (!json_is_array(by_state)) {
		sh_sample_number(s, "pgs_remapped", remapped);
		return;
	}
	for (size_t i = 0; i < STATES; i++) {
		bool deep = !strcmp(states[i], "deep");
		double n = in_state(by_state, states[i]);
		char name[32];

		snprintf(name, sizeof(name), "pgs_%s%s", states[i], deep ? "_scrubbing" : "");
		if (!strcmp(states[i], "remapped"))
			n = sh_first_number(remapped, n);
		sh_sample_number(s, name, n);
	}
}

/* Rates and counts that the monitor leaves out of a placement group map while they are 0. */
static const struct {
	const char *name, *path;
	double scale;
} flows[] = {
	{ "read_bytes", "read_bytes_sec", 1 },
	{ "write_bytes", "write_bytes_sec", 1 },
	{ "read_ops", "read_op_per_sec", 1 },
	{ "write_ops", "write_op_per_sec", 1 },
	{ "recovery_bytes", "recovering_bytes_per_sec", 1 },
	{ "recovery_objects", "recovering_objects_per_sec", 1 },
	{ "recovery_keys", "recovering_keys_per_sec", 1 },
	{ "cache_flush_bytes", "flush_bytes_sec", 1 },
	{ "cache_evict_bytes", "evict_bytes_sec", 1 },
	{ "cache_promote_ops", "promote_op_per_sec", 1 },
	{ "objects_degraded", "degraded_objects", 1 },
	{ "objects_misplaced", "misplaced_objects", 1 },
	{ "objects_unfound", "unfound_objects", 1 },
	{ "degraded", "degraded_ratio", 100 },
	{ "misplaced", "misplaced_ratio", 100 },
};

static void put_pgmap(struct sh_sample_writer *s, const json_t *map, double remapped)
{
	double unsaid = json_is_array(sh_document_at(map, "pgs_by_state")) ? 0 : NAN;

	sh_sample_number(s, "pgs", sh_document_number(map, "num_pgs"));
	put_states(s, sh_document_at(map, "pgs_by_state"), remapped);
	sh_sample_number(s, "pools", sh_document_number(map, "num_pools"));
	sh_sample_number(s, "objects", sh_document_number(map, "num_objects"));
	sh_sample_number(s, "data_bytes", sh_document_number(map, "data_bytes"));
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++)
		sh_sample_number(s, flows[i].name,
				flows[i].scale * sh_first_number(
					sh_document_number(map, flows[i].path), unsaid));
	sh_sample_number(s, "inactive",
			100 * sh_first_number(sh_document_number(map, "inactive_pgs_ratio"), unsaid));
}

/* Releases before Octopus have the map in a map. */
static const json_t *osdmap_of(const json_t *doc)
{
	const json_t *map = sh_document_at(doc, "osdmap");

	return json_is_object(sh_document_at(map, "osdmap")) ? sh_document_at(map, "osdmap") : map;
}

static void put_osds(struct sh_sample_writer *s, const json_t *map)
{
	double all = sh_document_number(map, "num_osds"), up = sh_document_number(map, "num_up_osds");

	sh_sample_number(s, "osds", all);
	sh_sample_number(s, "osds_up", up);
	sh_sample_number(s, "osds_down", all - up);
	sh_sample_number(s, "osds_in", sh_document_number(map, "num_in_osds"));
	sh_sample_number(s, "full", sh_document_number(map, "full"));
	sh_sample_number(s, "nearfull", sh_document_number(map, "nearfull"));
}

static void put_mgrs(struct sh_sample_writer *s, const json_t *map)
{
	const json_t *name = sh_document_at(map, "active_name");
	double active = sh_document_number(map, "available");
	double standby = sh_first_number(sh_document_number(map, "num_standbys"),
					 sh_document_count(map, "standbys"));

	if (json_is_string(name))
		active = *json_string_value(name) != '\0';
	sh_sample_number(s, "mgrs_active", active);
	sh_sample_number(s, "mgrs", active + standby);
}

static void put_daemons(struct sh_sample_writer *s, const json_t *doc)
{
	sh_sample_number(s, "mons", sh_first_number(sh_document_number(doc, "monmap.num_mons"),
						   sh_document_count(doc, "monmap.mons")));
	sh_sample_number(s, "mons_quorum", sh_document_count(doc, "quorum"));
	put_mgrs(s, sh_document_at(doc, "mgrmap"));
	sh_sample_number(s, "mds_up", sh_document_number(doc, "fsmap.up"));
	sh_sample_number(s, "mds_in", sh_document_number(doc, "fsmap.in"));
	sh_sample_number(s, "mds_max", sh_document_number(doc, "fsmap.max"));
	sh_sample_number(s, "mds_standby", sh_document_number(doc, "fsmap.up:standby"));
}

static void put_storage(struct sh_sample_writer *s, const json_t *map)
{
	double used = sh_document_number(map, "bytes_used");
	double total = sh_document_number(map, "bytes_total");

	sh_sample_group(s, "storage");
	sh_sample_number(s, "utilization", sh_percent(used, total));
	sh_sample_number(s, "size_bytes", total);
	sh_sample_number(s, "used_bytes", used);
	sh_sample_number(s, "available_bytes", sh_document_number(map, "bytes_avail"));
}

/* A sample for each daemon of the service map: it is there, so it is up. */
static void services(struct sh_import *in, const json_t *all)
{
	for (void *i = sh_members(all); i; i = sh_members_next(all, i)) {
		const json_t *daemons = sh_document_at(json_object_iter_value(i), "daemons");

		for (void *d = sh_members(daemons); d; d = sh_members_next(daemons, d)) {
			const json_t *daemon = json_object_iter_value(d);
			const char *id = sh_document_text(daemon, "metadata.id");
			const char *dims[] = { "service", json_object_iter_key(i), "daemon",
					       id ? id : json_object_iter_key(d), NULL };
			struct sh_sample_writer s;

			if (!json_is_object(daemon))
				continue;
			sh_ceph_begin(&s, in, dims);
			sh_sample_group(&s, "ceph");
			sh_sample_number(&s, "daemon_up", 1);
			sh_sample_end(&s);
		}
	}
}

/* The maps with their own names, for those who know them by these. */
static void put_raw(struct sh_sample_writer *s, const json_t *doc)
{
	static const char *const maps[] = { "pgmap", "monmap", "fsmap", "mgrmap" };

	sh_sample_group(s, "osdmap");
	sh_document_put_all(s, osdmap_of(doc));
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		sh_sample_group(s, maps[i]);
		sh_document_put_all(s, sh_document_at(doc, maps[i]));
	}
}

static void by_state(struct sh_import *in, const json_t *states_of)
{
	size_t i;
	json_t *item;

	json_array_foreach(states_of, i, item) {
		const char *name = sh_document_text(item, "state_name");
		const char *dims[] = { "state", name, NULL };
		struct sh_sample_writer s;

		if (!name)
			continue;
		sh_ceph_begin(&s, in, dims);
		sh_sample_group(&s, "pgmap");
		sh_sample_number(&s, "state_count", sh_document_number(item, "count"));
		sh_sample_end(&s);
	}
}

void sh_ceph_status(struct sh_import *in, const json_t *doc)
{
	const json_t *osds = osdmap_of(doc), *pgs = sh_document_at(doc, "pgmap");
	struct sh_sample_writer s;

	sh_ceph_begin(&s, in, NULL);
	sh_sample_group(&s, "cluster");
	sh_sample_number(&s, "online_nodes", sh_document_number(osds, "num_up_osds"));
	sh_sample_number(&s, "total_nodes", sh_document_number(osds, "num_osds"));
	put_storage(&s, pgs);
	sh_sample_group(&s, "ceph");
	sh_ceph_put_health(&s, sh_document_at(doc, "health"));
	put_osds(&s, osds);
	put_pgmap(&s, pgs, sh_document_number(osds, "num_remapped_pgs"));
	put_daemons(&s, doc);
	if (in->c->detail)
		put_raw(&s, doc);
	sh_sample_end(&s);
	sh_ceph_checks(in, sh_document_at(doc, "health"));
	services(in, sh_document_at(doc, "servicemap.services"));
	if (in->c->detail)
		by_state(in, sh_document_at(pgs, "pgs_by_state"));
}
