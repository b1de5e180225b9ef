/* SPDX-License-Identifier: MIT */
/* File systems on the devices, pools, arrays and servers that hold them. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/mem.h"
#include "collect/host/kv.h"
#include "collect/topology/blocks.h"
#include "record/entity.h"

#define BTRFS "sys/fs/btrfs"

/* The host that "SERVER:/export", "[fd00::1]:/x", "//server/share" and "user@host:/dir" are on. */
static char *server_of(struct sh_span device)
{
	struct sh_span host = device;
	struct sh_address address;
	const char *end;
	char *text;

	if (device.len > 2 && !memcmp(device.p, "//", 2)) {
		sh_span_cut(&host, 2);
		end = memchr(host.p, '/', host.len);
	} else if (device.len && *device.p == '[') {
		sh_span_cut(&host, 1);
		end = memchr(host.p, ']', host.len);
	} else {
		end = memchr(host.p, ':', host.len);
	}
	if (!end)
		return NULL;
	host.len = (size_t)(end - host.p);
	end = memrchr(host.p, '@', host.len);
	if (end)
		sh_span_cut(&host, (size_t)(end - host.p) + 1);
	text = sh_strndup(host.p, host.len);
	/* Several servers, or something else altogether. */
	if (sh_address_parse(text, &address) && !address.port)
		return text;
	free(text);
	return NULL;
}

/* Of these what stands before the path is a host, or several monitors of which one is enough. */
static bool is_on_server(const struct sh_mount *m)
{
	static const char *const types[] = { "nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "ceph" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(m->type, types[i]))
			return strcmp(m->type, "ceph") != 0 || !strchr(m->device, ',');
	return false;
}

static void link_server(struct sh_survey *s, const struct sh_mount *m, const char *filesystem)
{
	SH_CLEANUP_FREE char *server = server_of(sh_span_of(m->device));
	SH_CLEANUP_FREE char *host = server ? sh_survey_name(s, "host", server) : NULL;

	sh_survey_link(s, filesystem, "mounts", host);
}

/* "server:/volume": of the server only the plan of the volume was asked. */
static void link_gluster(struct sh_survey *s, const struct sh_mount *m, const char *filesystem)
{
	SH_CLEANUP_BUF struct sh_buf volume = SH_BUF_INIT;
	const char *name = strrchr(m->device, ':');

	if (!name || !name[1 + (name[1] == '/')])
		return;
	name += 1 + (name[1] == '/');
	sh_entity_add(&volume, "volume", name, NULL);
	sh_survey_link(s, filesystem, "mounts", sh_buf_str(&volume));
}

static void link_pool(struct sh_survey *s, const struct sh_mount *m, const char *filesystem)
{
	SH_CLEANUP_FREE char *name = sh_strndup(m->device, strcspn(m->device, "/@"));
	SH_CLEANUP_FREE char *pool = *name ? sh_survey_name(s, "pool", name) : NULL;

	sh_survey_link(s, filesystem, "stores_on", pool);
}

/* The devices of the Btrfs that DEVICE is one of. */
static bool link_btrfs(struct sh_survey *s, const char *device, const char *filesystem)
{
	SH_CLEANUP_NAMES struct sh_kv_names uuids = { 0 };
	char path[200];

	if (!sh_collect_names(s->c, &uuids, BTRFS, NULL))
		return false;
	for (size_t i = 0; i < uuids.n; i++) {
		SH_CLEANUP_NAMES struct sh_kv_names devices = { 0 };
		SH_CLEANUP_FREE char *whole = NULL;

		snprintf(path, sizeof(path), BTRFS "/%.64s/devices/%.64s", uuids.name[i], device);
		if (faccessat(s->c->root, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		snprintf(path, sizeof(path), BTRFS "/%.64s/devices", uuids.name[i]);
		whole = sh_survey_name(s, "btrfs", uuids.name[i]);
		sh_survey_link(s, filesystem, "stores_on", whole);
		sh_collect_names(s->c, &devices, path, NULL);
		for (size_t k = 0; k < devices.n; k++) {
			SH_CLEANUP_FREE char *disk = sh_survey_disk(s, devices.name[k]);

			sh_survey_link(s, whole, "stores_on", disk);
		}
		return true;
	}
	return false;
}

static void link_device(struct sh_survey *s, const struct sh_mount *m, const char *filesystem)
{
	const struct sh_block *b = sh_block_find(sh_survey_blocks(s), m->number, m->device);
	SH_CLEANUP_FREE char *disk = b ? sh_survey_disk(s, b->name) : NULL;

	if (b && !strcmp(m->type, "btrfs") && link_btrfs(s, b->name, filesystem))
		return;
	sh_survey_link(s, filesystem, "stores_on", disk);
}

static void link_mount(struct sh_survey *s, const struct sh_mount *m)
{
	SH_CLEANUP_FREE char *filesystem = sh_survey_name(s, "filesystem", m->point);

	if (!strcmp(m->type, "zfs")) {
		link_pool(s, m, filesystem);
	} else if (!strcmp(m->type, "glusterfs") || !strcmp(m->type, "fuse.glusterfs")) {
		link_gluster(s, m, filesystem);
	} else if (m->class == SH_MOUNT_OVERLAY && m->upper) {
		SH_CLEANUP_FREE char *below = sh_survey_filesystem_at(s, m->upper);

		sh_survey_link(s, filesystem, "stores_on", below);
	} else {
		if (is_on_server(m))
			link_server(s, m, filesystem);
		else
			link_device(s, m, filesystem);
	}
}

static bool is_declared(const struct sh_survey *s, const struct sh_mount *m)
{
	return s->c->site && sh_site_filesystem(s->c->site, m->point) &&
	       sh_mounts_at(s->mounts, m->point) == m;
}

void sh_survey_mounts(struct sh_survey *s)
{
	for (size_t i = 0; s->mounts && i < s->mounts->n; i++) {
		const struct sh_mount *m = &s->mounts->item[i];

		if (sh_map_gets(&s->shown, m->number) == m || is_declared(s, m))
			link_mount(s, m);
	}
}
