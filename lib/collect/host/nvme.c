/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"

#define CLASS "sys/class/nvme"
#define SECTOR 512 /* the unit of "size", whatever the device's blocks are */
#define MAX_TEXT 128

static void write_health(struct sh_collect *c, const char *name)
{
	const char *labels[] = { "model", NULL, NULL };
	struct sh_sample_writer w;
	char state[MAX_TEXT], model[MAX_TEXT];

	if (!sh_kv_text(c->root, state, sizeof(state), CLASS "/%s/state", name) ||
	    !sh_kv_is_word(state))
		return;
	if (sh_kv_text(c->root, model, sizeof(model), CLASS "/%s/model", name))
		labels[1] = model;
	sh_collect_begin(c, &w, "disk", name, name, NULL, labels[1] ? labels : NULL);
	sh_sample_group(&w, "nvme");
	sh_sample_number(&w, "live", !strcmp(state, "live"));
	sh_sample_end(&w);
}

static void write_info(struct sh_collect *c, const char *name)
{
	static const struct { const char *file, *label; } part[] = {
		{ "cntlid", "cntlid" }, { "firmware_rev", "firmware_revision" },
		{ "model", "model" }, { "serial", "serial" }, { "state", "state" },
	};
	enum { PARTS = sizeof(part) / sizeof(*part) };
	char text[PARTS][MAX_TEXT];
	const char *dims[2 * PARTS + 1] = { NULL };

	for (size_t i = 0; i < PARTS; i++) {
		if (!sh_kv_text(c->root, text[i], MAX_TEXT, CLASS "/%s/%s", name, part[i].file))
			*text[i] = '\0';
		dims[2 * i] = part[i].label;
		dims[2 * i + 1] = text[i];
	}
	sh_collect_number(c, "disk", name, dims, NULL, "nvme", "info", 1);
}

/* "nvme0n1", and "nvme0c3n1" where several controllers lead to one namespace. */
static const char *namespace_id(const char *file, const char *controller)
{
	size_t n = strlen(controller);
	const char *id;

	if (strncmp(file, controller, n) != 0)
		return NULL;
	id = file + n;
	if (*id == 'c')
		id += 1 + strspn(id + 1, "0123456789");
	if (*id != 'n' || !id[1] || id[1 + strspn(id + 1, "0123456789")])
		return NULL;
	return id + 1;
}

static void write_namespace(struct sh_collect *c, const char *name, const char *file, const char *id)
{
	const char *dims[] = { "nsid", id, NULL, NULL, NULL };
	double size, block, used;
	struct sh_sample_writer w;
	char state[MAX_TEXT];

	if (!sh_kv_number(c->root, &size, CLASS "/%s/%s/size", name, file))
		return;
	sh_collect_begin(c, &w, "disk", name, name, dims, NULL);
	sh_sample_group(&w, "nvme");
	sh_sample_number(&w, "namespace_size_bytes", size * SECTOR);
	sh_sample_number(&w, "namespace_capacity_bytes", size * SECTOR);
	if (sh_kv_number(c->root, &block, CLASS "/%s/%s/queue/logical_block_size", name, file)) {
		sh_sample_number(&w, "namespace_logical_block_size_bytes", block);
		/* In blocks, unlike the size. */
		if (sh_kv_number(c->root, &used, CLASS "/%s/%s/nuse", name, file))
			sh_sample_number(&w, "namespace_used_bytes", used * block);
	}
	sh_sample_end(&w);
	if (!sh_kv_text(c->root, state, sizeof(state), CLASS "/%s/%s/ana_state", name, file))
		snprintf(state, sizeof(state), "unknown");
	dims[2] = "ana_state";
	dims[3] = state;
	sh_collect_number(c, "disk", name, dims, NULL, "nvme", "namespace_info", 1);
}

static void write_namespaces(struct sh_collect *c, const char *name)
{
	SH_CLEANUP_NAMES struct sh_kv_names files = { 0 };
	char dir[MAX_TEXT];

	snprintf(dir, sizeof(dir), CLASS "/%.64s", name);
	if (!sh_collect_names(c, &files, dir, name))
		return;
	for (size_t i = 0; i < files.n; i++) {
		const char *id = namespace_id(files.name[i], name);

		if (id)
			write_namespace(c, name, files.name[i], id);
	}
}

int sh_collect_nvme(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	(void)err;
	if (!sh_collect_class(c, &names, CLASS, "nvme"))
		return 0;
	for (size_t i = 0; i < names.n; i++) {
		if (!sh_collect_wants(c, names.name[i]))
			continue;
		write_health(c, names.name[i]);
		if (!c->detail)
			continue;
		write_info(c, names.name[i]);
		write_namespaces(c, names.name[i]);
	}
	return 0;
}
