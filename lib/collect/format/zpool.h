/* SPDX-License-Identifier: MIT */
/*
 * zpool - `zpool status` and `zpool list`, as text and as JSON
 *
 * Entities pool:NAME@HOST and vdev:POOL/NAME@HOST. The nodes of a pool
 * (cluster.online_nodes, cluster.total_nodes) are the devices that hold its data.
 */
#ifndef SH_COLLECT_FORMAT_ZPOOL_H
#define SH_COLLECT_FORMAT_ZPOOL_H

#include "collect/format/document.h"
#include "collect/format/units.h"

/* A pool while its devices are told. */
struct sh_zpool {
	struct sh_import *in;
	const char *name;
	double online, devices; /* that hold data */
	double spares, spares_available;
};

/* online, degraded, faulted: facts of the word STATE, into the group at hand. */
void sh_zpool_put_state(struct sh_sample_writer *s, const char *state);
/* A device: STATE, and its errors (NaN: not told). SPARE does not count as one that holds data. */
void sh_zpool_device(struct sh_zpool *p, const char *name, const char *state, const double errors[3],
		     bool spare);
/* cluster.* of the pool. */
void sh_zpool_put_devices(struct sh_sample_writer *s, const struct sh_zpool *p);

bool sh_zpool_json(struct sh_import *in, const json_t *doc);
int sh_zpool_text(struct sh_import *in, struct sh_span text, struct sh_error *err);

#endif
