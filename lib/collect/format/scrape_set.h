/* SPDX-License-Identifier: MIT */
/*
 * scrape_set - the samples of one exposition, by their label sets
 *
 * What a scrape tells line by line becomes one record per label set and time:
 * the names are members of the group "prom", the labels are dimensions.
 */
#ifndef SH_COLLECT_FORMAT_SCRAPE_SET_H
#define SH_COLLECT_FORMAT_SCRAPE_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "collect/format/exposition.h"
#include "collect/format/format.h"

struct sh_scrape_group {
	size_t first, last; /* of its samples */
	bool timed;
	int64_t time;
	size_t stamp; /* 1 + offset in names of a timestamp that is no time, 0 none */
};

struct sh_scrape_sample {
	size_t name; /* offset in names */
	size_t next; /* index, SIZE_MAX at the end */
	double value;
};

struct sh_scrape_set {
	struct sh_map labels; /* key of labels and timestamp -> 1 + index of its group */
	struct sh_map series; /* what was added, to find what comes twice */
	struct sh_scrape_group *group;
	size_t groups, group_cap;
	struct sh_scrape_sample *sample;
	size_t samples, sample_cap;
	struct sh_buf names, key;
};

void sh_scrape_set_init(struct sh_scrape_set *s);
void sh_scrape_set_release(struct sh_scrape_set *s);
void sh_scrape_set_add(struct sh_scrape_set *s, const struct sh_expo_line *l);
/* Append all records, in the order in which their label sets were met. */
void sh_scrape_set_write(const struct sh_scrape_set *s, struct sh_import *in);

#endif
