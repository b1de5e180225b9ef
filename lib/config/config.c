/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/files.h"
#include "config/keys.h"
#include "config/untested.h"

const char *const sh_mode_words[] = { "observe", "ask", "act", NULL };

static const char *const section_names[SH_SECTIONS + 1] = {
	[SH_SECTION_SERVICES] = "services",   [SH_SECTION_FILESYSTEMS] = "filesystems",
	[SH_SECTION_CHECKS] = "checks",	      [SH_SECTION_GROUPS] = "groups",
	[SH_SECTION_RULES] = "rules",	      [SH_SECTION_DIAGNOSES] = "diagnoses",
	[SH_SECTION_PLAYBOOKS] = "playbooks", [SH_SECTION_TASKS] = "tasks",
	[SH_SECTION_TOPOLOGY] = "topology",   [SH_SECTION_SILENCES] = "silences",
	[SH_SECTION_LIMITS] = "limits",	      [SH_SECTION_HOSTS] = "hosts",
	[SH_SECTION_INTERFACES] = "interfaces",
};

const char *sh_config_section_name(enum sh_section s)
{
	return section_names[s];
}

static void add_entry(struct sh_config *c, enum sh_section s, const char *id,
		      const struct sh_node *node, bool stock)
{
	struct sh_config_entry *e = sh_malloc(sizeof(*e));

	*e = (struct sh_config_entry){ NULL, node, stock };
	e->id = sh_map_puts(&c->section[s], id, e);
}

static void drop_member(struct sh_node *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++) {
		if (strcmp(map->key[i], key) != 0)
			continue;
		free(map->key[i]);
		sh_node_free(map->item[i]);
		map->n--;
		memmove(map->key + i, map->key + i + 1, (map->n - i) * sizeof(*map->key));
		memmove(map->key_at + i, map->key_at + i + 1, (map->n - i) * sizeof(*map->key_at));
		memmove(map->item + i, map->item + i + 1, (map->n - i) * sizeof(*map->item));
		return;
	}
}

static int take_entry(struct sh_config *c, enum sh_section s, const char *id, struct sh_node *node,
		      bool stock, struct sh_error *err)
{
	bool enabled = true;

	if (node->type != SH_NODE_MAP)
		return sh_node_fail(node, err, "'%.60s' in %s must be a map", id, section_names[s]);
	if (sh_node_bool(node, "enabled", &enabled, err) < 0)
		return -1;
	drop_member(node, "enabled");
	if (enabled)
		add_entry(c, s, id, node, stock);
	else
		sh_map_remove(&c->section[s], id, strlen(id));
	return 0;
}

/* Items of topology and silences may go without an id; the place is one. */
static int take_item(struct sh_config *c, enum sh_section s, struct sh_node *node, bool stock,
		     struct sh_error *err)
{
	SH_CLEANUP_FREE char *place = sh_asprintf("%s:%d", node->file, node->line);
	const char *id = place;

	if (node->type == SH_NODE_MAP && sh_node_string(node, "id", &id, err) < 0)
		return -1;
	return take_entry(c, s, id, node, stock, err);
}

struct collector {
	sh_config_report_fn *report;
	void *arg;
	struct sh_error *first;
};

/* The first error is the caller's; every further one is reported. */
static void collect(const struct collector *to, const struct sh_error *err)
{
	if (!sh_error_is_set(to->first))
		*to->first = *err;
	else if (to->report)
		to->report(to->arg, err);
}

static void take_section(struct sh_config *c, enum sh_section s, struct sh_node *node, bool stock,
			 const struct collector *errors)
{
	bool list_is_fine = s == SH_SECTION_TOPOLOGY || s == SH_SECTION_SILENCES;
	struct sh_error err = SH_ERROR_INIT;

	if (node->type == SH_NODE_NULL)
		return; /* a heading with nothing below it yet */
	if (node->type != SH_NODE_MAP && !(node->type == SH_NODE_LIST && list_is_fine)) {
		sh_node_fail(node, &err, "section '%s' must be a map%s", section_names[s],
			     list_is_fine ? " or a list" : " from names to definitions");
		collect(errors, &err);
		return;
	}
	for (size_t i = 0; i < node->n; i++) {
		int rc = node->type == SH_NODE_LIST ?
				 take_item(c, s, node->item[i], stock, &err) :
				 take_entry(c, s, node->key[i], node->item[i], stock, &err);

		if (rc < 0)
			collect(errors, &err);
		sh_error_clear(&err);
	}
}

static void report_unknown_section(const struct sh_node *root, size_t i, const struct collector *errors)
{
	const char *nearest = sh_keys_nearest(root->key[i], section_names);
	struct sh_error err = SH_ERROR_INIT;

	if (nearest)
		sh_node_fail_key(root, i, &err, "unknown section '%.60s'; did you mean '%s'?",
				 root->key[i], nearest);
	else
		sh_node_fail_key(root, i, &err, "unknown section '%.60s'", root->key[i]);
	collect(errors, &err);
}

static void take_document(struct sh_config *c, struct sh_node *root, bool stock,
			  const struct collector *errors)
{
	struct sh_error err = SH_ERROR_INIT;

	if (root->type == SH_NODE_NULL)
		return;
	if (root->type != SH_NODE_MAP) {
		sh_node_fail(root, &err, "a configuration file is a map of sections");
		collect(errors, &err);
		return;
	}
	for (size_t i = 0; i < root->n; i++) {
		enum sh_section s = SH_SECTION_SERVICES;

		while (s < SH_SECTIONS && strcmp(section_names[s], root->key[i]) != 0)
			s++;
		if (s < SH_SECTIONS)
			take_section(c, s, root->item[i], stock, errors);
		else
			report_unknown_section(root, i, errors);
	}
}

static struct sh_node *parse(const struct sh_config_file *file, const struct sh_buf *text, bool untested,
			     struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf rest = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_node *root = NULL;

	if (untested) {
		sh_untested(text, &rest);
		root = sh_node_parse(file->path, sh_buf_str(&rest), rest.len, &ignored);
	}
	return root ? root : sh_node_parse(file->path, sh_buf_str(text), text->len, err);
}

static void load_file(struct sh_config *c, const struct sh_config_file *file, bool untested,
		      const struct collector *errors)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_node *root = NULL;

	if (sh_config_file_read(file, &text, &err) == 0)
		root = parse(file, &text, file->stock && untested, &err);
	if (!root) {
		collect(errors, &err);
		return;
	}
	sh_grow(c->tree, c->trees, c->cap);
	c->tree[c->trees++] = root;
	take_document(c, root, file->stock, errors);
}

int sh_config_load(struct sh_config *c, const struct sh_config_options *opt,
		   sh_config_report_fn *report, void *arg, struct sh_error *err)
{
	struct collector errors = { report, arg, err };
	struct sh_config_files files = { 0 };
	struct sh_error problem = SH_ERROR_INIT;

	*c = (struct sh_config){ 0 };
	for (int s = 0; s < SH_SECTIONS; s++)
		sh_map_init(&c->section[s], free);
	if (sh_config_files_find(&files, opt, &problem) < 0)
		collect(&errors, &problem);
	for (size_t i = 0; i < files.n; i++)
		load_file(c, &files.file[i], opt->stock_untested, &errors);
	sh_config_files_release(&files);
	return sh_error_is_set(err) ? -1 : 0;
}

void sh_config_release(struct sh_config *c)
{
	for (int s = 0; s < SH_SECTIONS; s++)
		sh_map_release(&c->section[s]);
	for (size_t i = 0; i < c->trees; i++)
		sh_node_free(c->tree[i]);
	free(c->tree);
	*c = (struct sh_config){ 0 };
}

const struct sh_config_entry *sh_config_find(const struct sh_config *c, enum sh_section s,
					     const char *id)
{
	return sh_map_gets(&c->section[s], id);
}

const struct sh_config_entry *sh_config_next(const struct sh_config *c, enum sh_section s, size_t *i)
{
	const struct sh_map_entry *e = sh_map_next(&c->section[s], i);

	return e ? e->value : NULL;
}
