/* SPDX-License-Identifier: MIT */
/*
 * Virtual machines of libvirt, by the files in which it keeps them: those that run on
 * this host, and on what the disks of all that are defined lie.
 */
#include "config.h"

#include <expat.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/host/kv.h"
#include "collect/text.h"
#include "collect/topology/blocks.h"
#include "record/entity.h"

#define DEFINED "etc/libvirt/qemu"
#define RUNNING "run/libvirt/qemu"
#define MOST 4096
#define MAX_FILE ((size_t)4 << 20)
#define LONGEST_PATH 1024 /* of elements */

struct domain {
	struct sh_survey *s;
	XML_Parser parser;
	struct sh_buf path;      /* "/domain/devices/disk": the elements that are open */
	struct sh_buf name;
	char protocol[32];       /* of the source at hand, where its host tells where it is */
	struct sh_map place;     /* owned: entities that its disks lie on */
};

static bool is_at(const struct domain *d, const char *end)
{
	size_t len = strlen(end);

	return d->path.len >= len && !strcmp(d->path.data + d->path.len - len, end);
}

static const char *attribute(const XML_Char **all, const char *name)
{
	for (; all[0]; all += 2)
		if (!strcmp(all[0], name))
			return all[1];
	return NULL;
}

static void add_place(struct domain *d, char *entity)
{
	if (entity)
		sh_map_puts(&d->place, entity, d);
	free(entity);
}

/* "/dev/sdb", "/dev/mapper/vg-lv" or "/dev/vg/lv" */
static char *device(struct sh_survey *s, const char *path)
{
	const struct sh_blocks *all = sh_survey_blocks(s);
	const struct sh_block *b = sh_block_find(all, "", path);

	for (size_t i = 0; !b && !strncmp(path, "/dev/", 5) && i < all->n; i++) {
		SH_CLEANUP_FREE char *volume = sh_block_volume(&all->item[i]);

		if (volume && !strcmp(volume, path + 5))
			b = &all->item[i];
	}
	return b ? sh_survey_disk(s, b->name) : NULL;
}

/* "pool/image": the first part, as the format that reads the cluster's documents calls it. */
static char *network_place(const char *protocol, const char *name)
{
	struct sh_buf text = SH_BUF_INIT;
	SH_CLEANUP_FREE char *first = sh_strndup(name, strcspn(name, "/"));
	SH_CLEANUP_FREE char *pool = sh_asprintf("ceph/%s", first);

	if (!strcmp(protocol, "rbd"))
		sh_entity_add(&text, "pool", pool, NULL);
	else if (!strcmp(protocol, "gluster"))
		sh_entity_add(&text, "volume", first, NULL);
	else
		return NULL;
	return sh_buf_take(&text);
}

static void take_source(struct domain *d, const XML_Char **attributes)
{
	const char *file = attribute(attributes, "file"), *dev = attribute(attributes, "dev");
	const char *protocol = attribute(attributes, "protocol"), *name = attribute(attributes, "name");

	*d->protocol = '\0';
	if (file)
		add_place(d, sh_survey_filesystem_at(d->s, file));
	else if (dev)
		add_place(d, device(d->s, dev));
	else if (protocol && name)
		add_place(d, network_place(protocol, name));
	if (protocol && strcmp(protocol, "rbd") != 0 && strcmp(protocol, "gluster") != 0)
		snprintf(d->protocol, sizeof(d->protocol), "%s", protocol);
}

static void start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct domain *d = arg;

	if (d->path.len + strlen(name) + 1 > LONGEST_PATH) {
		XML_StopParser(d->parser, XML_FALSE);
		return;
	}
	sh_buf_addf(&d->path, "/%s", name);
	if (is_at(d, "/domain/devices/disk/source"))
		take_source(d, attributes);
	else if (is_at(d, "/domain/devices/disk/source/host") && *d->protocol &&
		 attribute(attributes, "name"))
		add_place(d, sh_survey_name(d->s, "host", attribute(attributes, "name")));
}

static void end(void *arg, const XML_Char *name)
{
	struct domain *d = arg;

	d->path.len -= strlen(name) + 1;
	d->path.data[d->path.len] = '\0';
}

static void characters(void *arg, const XML_Char *s, int len)
{
	struct domain *d = arg;

	if (is_at(d, "/domain/name"))
		sh_buf_add(&d->name, s, (size_t)len);
}

/* Entities of a document's own are none of libvirt's. */
static void doctype(void *arg, const XML_Char *name, const XML_Char *system, const XML_Char *public,
		    int subset)
{
	struct domain *d = arg;

	(void)name;
	(void)system;
	(void)public;
	(void)subset;
	XML_StopParser(d->parser, XML_FALSE);
}

static bool parse(struct domain *d, struct sh_span text)
{
	bool good;

	d->parser = XML_ParserCreate(NULL);
	if (!d->parser)
		sh_mem_exhausted();
	XML_SetUserData(d->parser, d);
	XML_SetElementHandler(d->parser, start, end);
	XML_SetCharacterDataHandler(d->parser, characters);
	XML_SetStartDoctypeDeclHandler(d->parser, doctype);
	good = XML_Parse(d->parser, text.p, (int)text.len, 1) == XML_STATUS_OK && d->name.len;
	XML_ParserFree(d->parser);
	return good;
}

static void link_domain(struct domain *d, bool runs)
{
	SH_CLEANUP_BUF struct sh_buf vm = SH_BUF_INIT;
	SH_CLEANUP_FREE char *host = sh_survey_name(d->s, "host", d->s->c->host);
	const struct sh_map_entry *e;
	size_t i = 0;

	sh_entity_add(&vm, "vm", sh_buf_str(&d->name), NULL);
	if (runs)
		sh_survey_link(d->s, vm.data, "runs_on", host);
	while ((e = sh_map_next(&d->place, &i)))
		sh_survey_link(d->s, vm.data, "stores_on", e->key);
}

static void read_domain(struct sh_survey *s, const char *path, bool runs)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error none = SH_ERROR_INIT;
	struct domain d = { .s = s };

	if (sh_file_read(s->c->root, path, MAX_FILE, &text, &none) < 0)
		return;
	sh_map_init(&d.place, NULL);
	if (parse(&d, sh_text_of(&text)))
		link_domain(&d, runs);
	sh_map_release(&d.place);
	sh_buf_release(&d.path);
	sh_buf_release(&d.name);
}

static void read_all(struct sh_survey *s, const char *dir, bool running)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };
	char path[512];

	if (!sh_kv_names_read(&names, s->c->root, dir, NULL))
		return;
	for (size_t i = 0; i < names.n && i < MOST; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names.name[i]);
		if (fnmatch("*.xml", names.name[i], FNM_PERIOD) == 0)
			read_domain(s, path, running);
	}
}

void sh_survey_libvirt(struct sh_survey *s)
{
	read_all(s, RUNNING, true);
	read_all(s, DEFINED, false);
}
