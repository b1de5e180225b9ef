/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/host/kv.h"
#include "collect/table.h"

#define BLOCK "sys/block"
#define SECTOR 512
#define MAX_TEXT 160

/* One map of the device mapper at work. */
struct map {
	const char *device; /* "dm-5" */
	char name[MAX_TEXT], uuid[MAX_TEXT];
	double suspended;
	bool paths_known;
	unsigned paths, failed, unknown; /* unknown ones are among the failed */
};

/* SCSI says "running", NVMe "live". */
static void look_at_path(struct sh_collect *c, struct map *m, const char *path)
{
	char state[32], dir[MAX_TEXT];
	bool said = sh_kv_text(c->root, state, sizeof(state), BLOCK "/%s/device/state", path);

	if (!said)
		snprintf(state, sizeof(state), "unknown");
	/* One whose device is gone has failed; of one that is there and says nothing nothing is known. */
	snprintf(dir, sizeof(dir), BLOCK "/%.64s/device", path);
	m->unknown += said ? !sh_kv_is_word(state) : faccessat(c->root, dir, F_OK, 0) == 0;
	m->paths++;
	m->failed += strcmp(state, "running") != 0 && strcmp(state, "live") != 0;
	if (c->detail)
		sh_collect_number(c, "multipath", m->name,
				  (const char *[]){ "path", path, "state", state, NULL }, NULL,
				  "dmmultipath", "path_state", 1);
}

static void look_at_paths(struct sh_collect *c, struct map *m)
{
	SH_CLEANUP_NAMES struct sh_kv_names paths = { 0 };
	char dir[MAX_TEXT];

	snprintf(dir, sizeof(dir), BLOCK "/%.64s/slaves", m->device);
	m->paths_known = sh_collect_names(c, &paths, dir, NULL);
	for (size_t i = 0; i < paths.n; i++)
		look_at_path(c, m, paths.name[i]);
}

static void write_health(struct sh_collect *c, const struct map *m)
{
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "multipath", m->name, m->name, NULL, NULL);
	sh_sample_group(&w, "multipath");
	sh_sample_number(&w, "active", isnan(m->suspended) ? m->suspended : m->suspended == 0);
	if (m->paths_known) {
		sh_sample_number(&w, "paths", m->paths);
		if (!m->unknown)
			sh_sample_number(&w, "paths_failed", m->failed);
	}
	sh_sample_end(&w);
}

static void write_detail(struct sh_collect *c, const struct map *m)
{
	const char *dims[] = { "sysfs_name", m->device, NULL, NULL, NULL };
	struct sh_sample_writer w;
	double size;

	sh_collect_begin(c, &w, "multipath", m->name, m->name, dims, NULL);
	sh_sample_group(&w, "dmmultipath");
	sh_sample_number(&w, "device_active", isnan(m->suspended) ? m->suspended : m->suspended == 0);
	if (sh_kv_number(c->root, &size, BLOCK "/%s/size", m->device))
		sh_sample_number(&w, "device_size_bytes", size * SECTOR);
	if (m->paths_known) {
		sh_sample_number(&w, "device_paths", m->paths);
		sh_sample_number(&w, "device_paths_active", m->paths - m->failed);
		sh_sample_number(&w, "device_paths_failed", m->failed);
	}
	sh_sample_end(&w);
	dims[2] = "uuid";
	dims[3] = m->uuid;
	sh_collect_number(c, "multipath", m->name, dims, NULL, "dmmultipath", "device_info", 1);
}

static void look_at(struct sh_collect *c, const char *device)
{
	struct map m = { .device = device, .suspended = (double)NAN };

	if (!sh_kv_text(c->root, m.uuid, sizeof(m.uuid), BLOCK "/%s/dm/uuid", device) ||
	    strncmp(m.uuid, "mpath-", 6) != 0 ||
	    !sh_kv_text(c->root, m.name, sizeof(m.name), BLOCK "/%s/dm/name", device) ||
	    !sh_collect_wants(c, m.name))
		return;
	sh_kv_number(c->root, &m.suspended, BLOCK "/%s/dm/suspended", device);
	look_at_paths(c, &m);
	write_health(c, &m);
	if (c->detail)
		write_detail(c, &m);
}

int sh_collect_multipath(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	(void)err;
	/* Most machines have no such device: one look spares them the walk over all. */
	if (c->live && !sh_collect_exists(c, "sys/module/dm_mod"))
		return 0;
	if (!sh_collect_class(c, &names, BLOCK, "dm-"))
		return 0;
	for (size_t i = 0; i < names.n; i++)
		look_at(c, names.name[i]);
	return 0;
}
