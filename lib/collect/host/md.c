/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/host/kv.h"
#include "collect/host/mdstat.h"
#include "collect/table.h"
#include "collect/text.h"

#define MAX_NAME 64

/* How many disks it lacks. Levels without redundancy lack none as long as they work. */
static double missing(const struct sh_md *md)
{
	if (!md->active)
		return NAN;
	return md->counted && md->required > md->working ? (double)(md->required - md->working) : 0;
}

static bool in_sysfs(struct sh_collect *c, const char *name)
{
	char path[MAX_NAME + 32];

	snprintf(path, sizeof(path), "sys/block/%s/md/raid_disks", name);
	return faccessat(c->root, path, F_OK, 0) == 0;
}

static void write_health(struct sh_collect *c, const struct sh_md *md, const char *name)
{
	const char *labels[] = { "level", NULL, NULL };
	struct sh_sample_writer w;
	char level[MAX_NAME];

	if (md->level.p && sh_kv_copy(md->level, level, sizeof(level)))
		labels[1] = level;
	sh_collect_begin(c, &w, "md", name, name, NULL, labels[1] ? labels : NULL);
	sh_sample_group(&w, "md");
	sh_sample_number(&w, "active", md->active);
	sh_sample_number(&w, "read_only", md->read_only);
	/* With the detail, the kernel's own number comes from sysfs where it has one. */
	if (!c->detail || !in_sysfs(c, name))
		sh_sample_number(&w, "degraded", missing(md));
	if (md->active && !c->detail)
		sh_sample_number(&w, "disks_required", (double)md->required);
	sh_sample_number(&w, "disks_active", (double)md->working);
	sh_sample_number(&w, "disks_failed", (double)md->failed);
	sh_sample_number(&w, "disks_spare", (double)md->spare);
	sh_sample_number(&w, "syncing", md->sync != SH_MD_NO_SYNC);
	sh_sample_number(&w, "sync_percent", md->percent);
	sh_sample_number(&w, "sync_left_s", md->minutes * 60);
	sh_sample_number(&w, "sync_bytes", md->speed * 1024);
	sh_sample_end(&w);
}

static void write_states(struct sh_collect *c, const struct sh_md *md, const char *name)
{
	static const struct { const char *name; enum sh_md_sync sync; } state[] = {
		{ "recovering", SH_MD_RECOVERY }, { "resync", SH_MD_RESYNC },
		{ "check", SH_MD_CHECK }, { "reshape", SH_MD_RESHAPE },
	};
	bool idle = md->sync == SH_MD_NO_SYNC;

	for (size_t i = 0; i < sizeof(state) / sizeof(*state); i++)
		sh_collect_number(c, "md", name, (const char *[]){ "state", state[i].name, NULL },
				  NULL, "md", "state", md->sync == state[i].sync);
	sh_collect_number(c, "md", name, (const char *[]){ "state", "active", NULL }, NULL, "md",
			  "state", md->active && idle);
	sh_collect_number(c, "md", name, (const char *[]){ "state", "inactive", NULL }, NULL, "md",
			  "state", !md->active && idle);
}

static void write_detail(struct sh_collect *c, const struct sh_md *md, const char *name)
{
	const struct { const char *state; uint64_t disks; } count[] = {
		{ "active", md->working }, { "failed", md->failed }, { "spare", md->spare },
	};
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "md", name, name, NULL, NULL);
	sh_sample_group(&w, "md");
	sh_sample_number(&w, "disks_required", (double)md->required);
	sh_sample_number(&w, "blocks", md->blocks);
	sh_sample_number(&w, "blocks_synced", md->synced);
	sh_sample_end(&w);

	for (size_t i = 0; i < sizeof(count) / sizeof(*count); i++)
		sh_collect_number(c, "md", name, (const char *[]){ "state", count[i].state, NULL },
				  NULL, "md", "disks", (double)count[i].disks);
	write_states(c, md, name);
}

static void look_at(struct sh_collect *c, const struct sh_md *md)
{
	char name[MAX_NAME];

	if (!sh_kv_copy(md->name, name, sizeof(name)) || !sh_collect_wants(c, name))
		return;
	write_health(c, md, name);
	if (c->detail)
		write_detail(c, md, name);
}

/* What sysfs says of an array that /proc/mdstat does not list (or says otherwise). */
static void write_sysfs(struct sh_collect *c, const char *name)
{
	struct sh_span text, word;
	struct sh_sample_writer w;
	char disks[MAX_NAME];
	double lacks = 0;
	uint64_t n;

	if (!sh_collect_wants(c, name) ||
	    !sh_kv_text(c->root, disks, sizeof(disks), "sys/block/%s/md/raid_disks", name))
		return;
	/* "4 (3)" while it is being reshaped from 3 to 4. */
	text = sh_span_of(disks);
	if (!sh_text_field(&text, &word) || !sh_text_u64(word, &n))
		return;
	/* Levels without redundancy have no such file, and lack nothing. */
	sh_kv_number(c->root, &lacks, "sys/block/%s/md/degraded", name);
	sh_collect_begin(c, &w, "md", name, name, NULL, NULL);
	sh_sample_group(&w, "md");
	sh_sample_number(&w, "raid_disks", (double)n);
	sh_sample_number(&w, "degraded", lacks);
	sh_sample_end(&w);
}

static void look_at_sysfs(struct sh_collect *c)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	if (sh_collect_names(c, &names, "sys/block", "md"))
		for (size_t i = 0; i < names.n; i++)
			write_sysfs(c, names.name[i]);
}

int sh_collect_md(struct sh_collect *c, struct sh_error *err)
{
	struct sh_span rest;
	struct sh_md md;
	int rc = sh_collect_read(c, "proc/mdstat", err);

	if (rc == 0) {
		rest = sh_text_of(&c->text);
		while (sh_mdstat_next(&rest, &md))
			look_at(c, &md);
	}
	if (c->detail)
		look_at_sysfs(c);
	return rc;
}
