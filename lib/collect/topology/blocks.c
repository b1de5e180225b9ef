/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/blocks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "collect/host/kv.h"

#define BLOCK "sys/block"
#define MOST 16384
#define LVM_UUID 68 /* "LVM-", the group's and the volume's; more of it names a part inside */

static struct sh_block *add(struct sh_blocks *b, const char *name, const char *disk)
{
	struct sh_block *k;

	if (b->n == MOST || strlen(name) >= sizeof(k->name))
		return NULL;
	sh_grow(b->item, b->n, b->cap);
	k = &b->item[b->n++];
	memset(k, 0, sizeof(*k));
	memcpy(k->name, name, strlen(name));
	memcpy(k->disk, disk, strlen(disk));
	return k;
}

static void note_number(struct sh_blocks *b, const char *number)
{
	if (*number)
		sh_map_puts(&b->number, number, (void *)(uintptr_t)b->n);
}

static void add_partitions(struct sh_collect *c, struct sh_blocks *b, const char *disk)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };
	char path[160], number[32];
	double nth;

	snprintf(path, sizeof(path), BLOCK "/%s", disk);
	if (!sh_kv_names_read(&names, c->root, path, disk))
		return;
	for (size_t i = 0; i < names.n; i++) {
		if (!sh_kv_number(c->root, &nth, BLOCK "/%s/%s/partition", disk, names.name[i]) ||
		    !add(b, names.name[i], disk))
			continue;
		if (sh_kv_text(c->root, number, sizeof(number), BLOCK "/%s/%s/dev", disk, names.name[i]))
			note_number(b, number);
	}
}

static void add_disk(struct sh_collect *c, struct sh_blocks *b, const char *name)
{
	struct sh_block *k = add(b, name, "");
	char number[32];

	if (!k)
		return;
	if (sh_kv_text(c->root, number, sizeof(number), BLOCK "/%s/dev", name))
		note_number(b, number);
	if (!strncmp(name, "dm-", 3)) {
		if (!sh_kv_text(c->root, k->mapped, sizeof(k->mapped), BLOCK "/%s/dm/name", name))
			*k->mapped = '\0';
		if (!sh_kv_text(c->root, k->uuid, sizeof(k->uuid), BLOCK "/%s/dm/uuid", name))
			*k->uuid = '\0';
	}
	add_partitions(c, b, name);
}

const struct sh_blocks *sh_survey_blocks(struct sh_survey *s)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	if (s->blocks)
		return s->blocks;
	s->blocks = sh_calloc(1, sizeof(*s->blocks));
	sh_map_init(&s->blocks->number, NULL);
	if (sh_collect_names(s->c, &names, BLOCK, NULL))
		for (size_t i = 0; i < names.n; i++)
			add_disk(s->c, s->blocks, names.name[i]);
	return s->blocks;
}

void sh_blocks_free(struct sh_blocks *b)
{
	if (!b)
		return;
	sh_map_release(&b->number);
	free(b->item);
	free(b);
}

const struct sh_block *sh_block_named(const struct sh_blocks *b, const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (!strcmp(b->item[i].name, name))
			return &b->item[i];
	return NULL;
}

const struct sh_block *sh_block_find(const struct sh_blocks *b, const char *number, const char *path)
{
	size_t at = (size_t)(uintptr_t)sh_map_gets(&b->number, number);

	if (at)
		return &b->item[at - 1];
	if (strncmp(path, "/dev/", 5) != 0)
		return NULL;
	path += 5;
	if (strncmp(path, "mapper/", 7) != 0)
		return sh_block_named(b, path);
	for (size_t i = 0; i < b->n; i++)
		if (!strcmp(b->item[i].mapped, path + 7))
			return &b->item[i];
	return NULL;
}

char *sh_block_volume(const struct sh_block *b)
{
	struct sh_buf text = SH_BUF_INIT;
	bool in_group = true;

	if (strncmp(b->uuid, "LVM-", 4) != 0 || strlen(b->uuid) != LVM_UUID)
		return NULL;
	/* A "-" of a name is written twice; a single one parts group and volume. */
	for (const char *p = b->mapped; *p; p++) {
		if (*p != '-' || !in_group || p[1] == '-') {
			sh_buf_addch(&text, *p);
			p += *p == '-' && p[1] == '-';
		} else {
			sh_buf_addch(&text, '/');
			in_group = false;
		}
	}
	if (!in_group)
		return sh_buf_take(&text);
	sh_buf_release(&text);
	return NULL;
}
