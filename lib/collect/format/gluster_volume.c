/* SPDX-License-Identifier: MIT */
/* Volumes of Gluster and their bricks: state, space, and time per operation. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/gluster.h"

/* Latencies are in microseconds. */
#define PER_MS 1000

void sh_gluster_volumes(struct sh_import *in, const json_t *volumes)
{
	struct sh_sample_writer s;
	const json_t *v;

	for (size_t i = 0; (v = sh_xml_item(volumes, "volume", i)); i++) {
		double status = sh_document_numeric(v, "status");

		sh_document_begin_fleet(&s, in, "volume", sh_document_text(v, "name"), NULL, NULL);
		sh_sample_group(&s, "volume");
		/* 0 created, 1 started, 2 stopped */
		sh_sample_number(&s, "started", isnan(status) ? NAN : status == 1);
		sh_sample_number(&s, "bricks", sh_document_numeric(v, "brickCount"));
		sh_sample_number(&s, "replicas", sh_document_numeric(v, "replicaCount"));
		sh_sample_number(&s, "arbiters", sh_document_numeric(v, "arbiterCount"));
		sh_sample_number(&s, "redundancy", sh_document_numeric(v, "redundancyCount"));
		sh_sample_number(&s, "snapshots", sh_document_numeric(v, "snapshotCount"));
		sh_sample_end(&s);
	}
}

struct space {
	double used, total, fullest; /* NaN while none was told */
	double bricks, online;
};

static void put_space(struct sh_sample_writer *s, double used, double total, double percent)
{
	sh_sample_group(s, "storage");
	sh_sample_number(s, "utilization", percent);
	sh_sample_number(s, "size_bytes", total);
	sh_sample_number(s, "used_bytes", used);
}

/* One row of a status: a brick, or (its path is none) a daemon that serves the volume. */
static void brick(struct sh_import *in, const json_t *node, struct space *sum)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	const char *host = sh_document_text(node, "hostname"), *path = sh_document_text(node, "path");
	double total = sh_document_numeric(node, "sizeTotal");
	double available = sh_document_numeric(node, "sizeFree"), used = total - available;
	double inodes = sh_document_numeric(node, "inodesTotal");
	double online = sh_document_numeric(node, "status");
	struct sh_sample_writer s;

	if (!host || !path || *path != '/')
		return;
	sh_buf_addf(&name, "%s:%s", host, path);
	sh_document_begin_fleet(&s, in, "brick", sh_buf_str(&name), NULL, NULL);
	put_space(&s, used, total, sh_percent(used, total));
	sh_sample_number(&s, "available_bytes", available);
	sh_sample_number(&s, "inodes_utilization",
			sh_percent(inodes - sh_document_numeric(node, "inodesFree"), inodes));
	sh_sample_group(&s, "brick");
	sh_sample_number(&s, "online", isnan(online) ? NAN : online > 0);
	sh_sample_end(&s);
	sum->bricks++;
	sum->online += online > 0;
	if (isnan(used))
		return;
	sum->used = sh_first_number(sum->used, 0) + used;
	sum->total = sh_first_number(sum->total, 0) + total;
	sum->fullest = fmax(sum->fullest, sh_percent(used, total));
}

/* A volume is as full as its fullest brick: files on that one cannot grow. */
void sh_gluster_status(struct sh_import *in, const json_t *volumes)
{
	struct space all = { NAN, NAN, NAN, 0, 0 };
	struct sh_sample_writer s;
	const json_t *v, *node;

	for (size_t i = 0; (v = sh_xml_item(volumes, "volume", i)); i++) {
		struct space sum = { NAN, NAN, NAN, 0, 0 };

		for (size_t n = 0; (node = sh_xml_item(v, "node", n)); n++)
			brick(in, node, &sum);
		sh_document_begin_fleet(&s, in, "volume", sh_document_text(v, "volName"), NULL, NULL);
		sh_sample_group(&s, "storage");
		sh_sample_number(&s, "utilization", sum.fullest);
		sh_sample_group(&s, "volume");
		sh_sample_number(&s, "bricks", sum.bricks);
		sh_sample_number(&s, "bricks_online", sum.online);
		sh_sample_end(&s);
		if (!isnan(sum.total)) {
			all.used = sh_first_number(all.used, 0) + sum.used;
			all.total = sh_first_number(all.total, 0) + sum.total;
		}
		all.bricks += sum.bricks;
		all.online += sum.online;
	}
	sh_document_begin_fleet(&s, in, "cluster", sh_import_cluster(in, "gluster"), NULL, NULL);
	put_space(&s, all.used, all.total, sh_percent(all.used, all.total));
	sh_sample_group(&s, "gluster");
	sh_sample_number(&s, "bricks", all.bricks);
	sh_sample_number(&s, "bricks_online", all.online);
	sh_sample_end(&s);
}

struct latency {
	double hits, sum; /* ms */
};

static void count(struct latency *l, double hits, double average)
{
	if (!(hits > 0) || isnan(average))
		return;
	l->hits += hits;
	l->sum += hits * average;
}

static double average(const struct latency *l)
{
	return l->hits > 0 ? l->sum / l->hits : NAN;
}

/* Add what STATS says of reads and writes. */
static void add_stats(const json_t *stats, struct latency *reads, struct latency *writes)
{
	const json_t *fop;

	for (size_t i = 0; (fop = sh_xml_item(stats, "fopStats.fop", i)); i++) {
		const char *name = sh_document_text(fop, "name");
		double hits = sh_document_numeric(fop, "hits");
		double ms = sh_document_numeric(fop, "avgLatency") / PER_MS;

		if (name && !strcmp(name, "READ"))
			count(reads, hits, ms);
		if (name && !strcmp(name, "WRITE"))
			count(writes, hits, ms);
	}
}

static void put_latency(struct sh_sample_writer *s, const char *group, const struct latency *l)
{
	sh_sample_group(s, group);
	sh_sample_number(s, "read_avg", average(&l[0]));
	sh_sample_number(s, "write_avg", average(&l[1]));
}

static void fops(struct sh_import *in, const char *name, const json_t *stats, const char *since)
{
	struct sh_sample_writer s;
	const json_t *fop;

	for (size_t i = 0; (fop = sh_xml_item(stats, "fopStats.fop", i)); i++) {
		const char *dims[] = { "fop", sh_document_text(fop, "name"), "since", since, NULL };

		if (!dims[1])
			continue;
		sh_document_begin_fleet(&s, in, "brick", name, dims, NULL);
		sh_sample_group(&s, "profile");
		sh_sample_number(&s, "hits", sh_document_numeric(fop, "hits"));
		sh_sample_number(&s, "avg", sh_document_numeric(fop, "avgLatency") / PER_MS);
		sh_sample_number(&s, "min", sh_document_numeric(fop, "minLatency") / PER_MS);
		sh_sample_number(&s, "max", sh_document_numeric(fop, "maxLatency") / PER_MS);
		sh_sample_end(&s);
	}
}

static void profile_brick(struct sh_import *in, const json_t *b, struct latency recent[2],
			  struct latency whole[2])
{
	const json_t *interval = sh_document_at(b, "intervalStats");
	const json_t *cumulative = sh_document_at(b, "cumulativeStats");
	const char *name = sh_document_text(b, "brickName");
	struct latency now[2] = { { 0, 0 } }, ever[2] = { { 0, 0 } };
	struct sh_sample_writer s;

	add_stats(interval, &now[0], &now[1]);
	add_stats(interval, &recent[0], &recent[1]);
	add_stats(cumulative, &ever[0], &ever[1]);
	add_stats(cumulative, &whole[0], &whole[1]);
	sh_document_begin_fleet(&s, in, "brick", name, NULL, NULL);
	put_latency(&s, "latency", now);
	put_latency(&s, "profile", ever);
	sh_sample_number(&s, "duration_s", sh_document_numeric(cumulative, "duration"));
	sh_sample_number(&s, "read_bytes_total", sh_document_numeric(cumulative, "totalRead"));
	sh_sample_number(&s, "written_bytes_total", sh_document_numeric(cumulative, "totalWrite"));
	sh_sample_end(&s);
	if (!in->c->detail)
		return;
	fops(in, name, cumulative, "start");
	fops(in, name, interval, "interval");
}

/* latency is of the interval since the profile was last read; profile since it was started. */
void sh_gluster_profile(struct sh_import *in, const json_t *profile)
{
	struct latency recent[2] = { { 0, 0 } }, whole[2] = { { 0, 0 } };
	struct sh_sample_writer s;
	const json_t *b;

	for (size_t i = 0; (b = sh_xml_item(profile, "brick", i)); i++)
		profile_brick(in, b, recent, whole);
	sh_document_begin_fleet(&s, in, "volume", sh_document_text(profile, "volname"), NULL, NULL);
	put_latency(&s, "latency", recent);
	put_latency(&s, "profile", whole);
	sh_sample_end(&s);
}
