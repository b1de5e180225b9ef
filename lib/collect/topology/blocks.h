/* SPDX-License-Identifier: MIT */
/* blocks - the block devices of the machine, by sysfs: what each is and what it lies on */
#ifndef SH_COLLECT_TOPOLOGY_BLOCKS_H
#define SH_COLLECT_TOPOLOGY_BLOCKS_H

#include "base/map.h"
#include "collect/topology/survey.h"

struct sh_block {
	char name[64];   /* of sysfs */
	char disk[64];   /* of a partition, the disk it is on; "" */
	char mapped[160], uuid[160]; /* by the device mapper; "" */
};

struct sh_blocks {
	struct sh_block *item; /* owned; in order of their names */
	size_t n, cap;
	struct sh_map number; /* "254:0" -> 1 + index in item, as a pointer */
};

/* All of them, read when first asked for. */
const struct sh_blocks *sh_survey_blocks(struct sh_survey *s);
void sh_blocks_free(struct sh_blocks *b); /* NULL is fine */
/* What a mount says its device is: by number, else by path ("/dev/mapper/vg-lv"); NULL unknown. */
const struct sh_block *sh_block_find(const struct sh_blocks *b, const char *number, const char *path);
const struct sh_block *sh_block_named(const struct sh_blocks *b, const char *name);

/* "vg--a-lv" -> "vg-a/lv", a new string; NULL when the uuid is not that of a logical volume. */
char *sh_block_volume(const struct sh_block *b);

#endif
