/* SPDX-License-Identifier: MIT */
/*
 * Partitions on disks, arrays, volumes and paths on the devices below them, loop
 * devices on the file systems that hold their files.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "collect/host/kv.h"
#include "collect/topology/blocks.h"

#define BLOCK "sys/block"

/* How many of its disks an array cannot do without; 0: all of them. */
static unsigned needed(struct sh_collect *c, const char *md)
{
	char level[32];
	double disks;

	if (!sh_kv_text(c->root, level, sizeof(level), BLOCK "/%s/md/level", md) ||
	    !sh_kv_number(c->root, &disks, BLOCK "/%s/md/raid_disks", md) || disks < 2 || disks > 4096)
		return 0;
	if (!strcmp(level, "raid1"))
		return 1;
	if (!strcmp(level, "raid4") || !strcmp(level, "raid5"))
		return (unsigned)disks - 1;
	if (!strcmp(level, "raid6") && disks > 2)
		return (unsigned)disks - 2;
	/* Two copies: with fewer than half of the disks something is lost for sure. */
	return strcmp(level, "raid10") ? 0 : ((unsigned)disks + 1) / 2;
}

/*
 * Each device below B carries WHOLE, or is one of its members, of which it cannot do
 * without NEED.
 */
static void link_below(struct sh_survey *s, const struct sh_block *b, const char *whole, unsigned need)
{
	SH_CLEANUP_NAMES struct sh_kv_names below = { 0 };
	char path[160];

	snprintf(path, sizeof(path), BLOCK "/%s/slaves", b->name);
	if (!sh_collect_names(s->c, &below, path, NULL))
		return;
	for (size_t i = 0; i < below.n; i++) {
		SH_CLEANUP_FREE char *disk = sh_survey_disk(s, below.name[i]);

		if (need)
			sh_survey_member(s, disk, whole, need);
		else
			sh_survey_link(s, whole, "stores_on", disk);
	}
}

/* Of a volume that lies on nothing of LVM's own, what is below are devices of its group. */
static void link_group(struct sh_survey *s, const struct sh_block *b, const char *group)
{
	SH_CLEANUP_NAMES struct sh_kv_names below = { 0 };
	char path[160];

	snprintf(path, sizeof(path), BLOCK "/%s/slaves", b->name);
	if (!sh_collect_names(s->c, &below, path, NULL))
		return;
	for (size_t i = 0; i < below.n; i++) {
		const struct sh_block *k = sh_block_named(s->blocks, below.name[i]);
		SH_CLEANUP_FREE char *disk = sh_survey_disk(s, below.name[i]);

		if (!k || strncmp(k->uuid, "LVM-", 4) != 0)
			sh_survey_link(s, group, "stores_on", disk);
	}
}

static void link_volume(struct sh_survey *s, const struct sh_block *b, const char *disk)
{
	SH_CLEANUP_FREE char *name = sh_block_volume(b);
	SH_CLEANUP_FREE char *volume = name ? sh_survey_name(s, "lv", name) : NULL;
	SH_CLEANUP_FREE char *group = NULL;

	if (!volume)
		return;
	*strchr(name, '/') = '\0';
	group = sh_survey_name(s, "vg", name);
	sh_survey_link(s, disk, "stores_on", volume);
	sh_survey_link(s, volume, "stores_on", group);
	link_group(s, b, group);
}

static void link_array(struct sh_survey *s, const struct sh_block *b, const char *disk)
{
	SH_CLEANUP_FREE char *array = sh_survey_name(s, "md", b->name);

	sh_survey_link(s, disk, "stores_on", array);
	link_below(s, b, array, needed(s->c, b->name));
}

static void link_paths(struct sh_survey *s, const struct sh_block *b, const char *disk)
{
	SH_CLEANUP_FREE char *paths = sh_survey_name(s, "multipath", b->mapped);

	sh_survey_link(s, disk, "stores_on", paths);
	link_below(s, b, paths, 1);
}

static void link_file(struct sh_survey *s, const struct sh_block *b, const char *disk)
{
	SH_CLEANUP_FREE char *filesystem = NULL;
	char file[4096];

	if (!sh_kv_text(s->c->root, file, sizeof(file), BLOCK "/%s/loop/backing_file", b->name))
		return;
	filesystem = sh_survey_filesystem_at(s, file);
	sh_survey_link(s, disk, "stores_on", filesystem);
}

/* A namespace of NVMe is on its controller, unless several lead to it. */
static void link_controller(struct sh_survey *s, const struct sh_block *b, const char *disk)
{
	SH_CLEANUP_FREE char *controller = NULL;
	char path[160], link[512];
	const char *name;
	ssize_t n;

	snprintf(path, sizeof(path), BLOCK "/%s/device", b->name);
	n = readlinkat(s->c->root, path, link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = '\0';
	name = strrchr(link, '/');
	name = name ? name + 1 : link;
	if (strncmp(name, "nvme", 4) != 0 || !isdigit((unsigned char)name[4]))
		return;
	controller = sh_survey_disk(s, name);
	sh_survey_link(s, disk, "runs_on", controller);
}

static void link_disk(struct sh_survey *s, const struct sh_block *b, const char *disk)
{
	if (!strncmp(b->uuid, "mpath-", 6)) {
		link_paths(s, b, disk);
	} else if (!strncmp(b->name, "md", 2)) {
		link_array(s, b, disk);
	} else {
		link_volume(s, b, disk);
		link_below(s, b, disk, 0);
	}
	if (!strncmp(b->name, "loop", 4))
		link_file(s, b, disk);
	if (!strncmp(b->name, "nvme", 4))
		link_controller(s, b, disk);
}

void sh_survey_block_devices(struct sh_survey *s)
{
	const struct sh_blocks *blocks = sh_survey_blocks(s);

	for (size_t i = 0; i < blocks->n; i++) {
		const struct sh_block *b = &blocks->item[i];
		SH_CLEANUP_FREE char *disk = sh_survey_disk(s, b->name);
		SH_CLEANUP_FREE char *whole = *b->disk ? sh_survey_disk(s, b->disk) : NULL;

		if (whole)
			sh_survey_link(s, disk, "stores_on", whole);
		else
			link_disk(s, b, disk);
	}
}
