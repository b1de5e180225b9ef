/* SPDX-License-Identifier: MIT */
/*
 * ceph - the documents of `ceph ... -f json` and of its daemons' sockets
 *
 * Each function converts one kind; ceph.c tells them apart by their members.
 * Entities: cluster:NAME, pool:NAME/POOL, osd:NAME/ID, without a host; NAME is
 * "ceph" unless --entity cluster:NAME says otherwise.
 */
#ifndef SH_COLLECT_FORMAT_CEPH_H
#define SH_COLLECT_FORMAT_CEPH_H

#include "collect/format/document.h"

/* Begin a sample about the cluster, or about TYPE:NAME/WHAT of it. */
void sh_ceph_begin(struct sh_sample_writer *s, struct sh_import *in, const char *const *dims);
void sh_ceph_begin_part(struct sh_sample_writer *s, struct sh_import *in, const char *type,
			const char *what, const char *const *labels);

void sh_ceph_status(struct sh_import *in, const json_t *doc);
/* What HEALTH (of a status, or `ceph health detail`) counts, into the group at hand of S. */
void sh_ceph_put_health(struct sh_sample_writer *s, const json_t *health);
/* A sample for each check that complains. */
void sh_ceph_checks(struct sh_import *in, const json_t *health);

void sh_ceph_df(struct sh_import *in, const json_t *doc);
void sh_ceph_pool_stats(struct sh_import *in, const json_t *doc);
void sh_ceph_osd_nodes(struct sh_import *in, const json_t *doc);
void sh_ceph_osd_dump(struct sh_import *in, const json_t *doc);
void sh_ceph_osd_perf(struct sh_import *in, const json_t *doc);
void sh_ceph_mon_times(struct sh_import *in, const json_t *doc);
void sh_ceph_versions(struct sh_import *in, const json_t *doc);
void sh_ceph_crashes(struct sh_import *in, const json_t *doc);
void sh_ceph_perf_dump(struct sh_import *in, const json_t *doc);

#endif
