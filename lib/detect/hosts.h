/* SPDX-License-Identifier: MIT */
/*
 * hosts - the hosts that were seen, by name, and what rules ask of them
 *
 * There may be as many as series, so one is a single piece of memory, found by
 * its own name, with values only where some rule reads "host." paths.
 */
#ifndef SH_DETECT_HOSTS_H
#define SH_DETECT_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct sh_host_value {
	double value;     /* NaN: none */
	int64_t time;     /* when it was measured; 0 never */
	int64_t interval;
};

struct sh_host {
	struct sh_host_value *at; /* of the rulebook's host paths, in the same memory; NULL no paths */
	int64_t stepped;          /* by how much its clock was last said to have been set; 0 never */
	bool wanted;              /* of sh_hosts_sweep: it is to stay */
	char name[];
};

struct sh_hosts {
	struct sh_host **slot; /* owned; NULL free; a power of two */
	size_t n, slots;
	size_t paths;          /* room for values in each */
};

void sh_hosts_init(struct sh_hosts *hosts, size_t paths);
void sh_hosts_release(struct sh_hosts *hosts);
/* Made where it is new; it stays where it is. A name ends at its first NUL. */
struct sh_host *sh_hosts_get(struct sh_hosts *hosts, struct sh_span name);
/* Free those that are not wanted, and want none of the others any more. */
void sh_hosts_sweep(struct sh_hosts *hosts);
/* None of H's values, PATHS of them, is known any more. */
void sh_host_blank(struct sh_host *h, size_t paths);
/* Each in turn, in no order that lasts: *I is 0 at first; NULL at the end. */
struct sh_host *sh_hosts_next(const struct sh_hosts *hosts, size_t *i);

#endif
