/* SPDX-License-Identifier: MIT */
/*
 * config - all configuration of a run: stock, system, user and -c, merged by id
 *
 * Files hold any of the sections below, each a map from id to object (silences
 * and topology may be lists). Later files replace whole objects of the same id;
 * "enabled: false" removes one. Files and all their parents must be trusted
 * (base/file.h). The current directory is never searched.
 */
#ifndef SH_CONFIG_CONFIG_H
#define SH_CONFIG_CONFIG_H

#include <stdbool.h>

#include "base/error.h"
#include "base/map.h"
#include "config/node.h"

enum sh_section {
	SH_SECTION_SERVICES,
	SH_SECTION_FILESYSTEMS,
	SH_SECTION_CHECKS,
	SH_SECTION_GROUPS,
	SH_SECTION_RULES,
	SH_SECTION_DIAGNOSES,
	SH_SECTION_PLAYBOOKS,
	SH_SECTION_TASKS,
	SH_SECTION_TOPOLOGY,
	SH_SECTION_SILENCES,
	SH_SECTIONS
};

struct sh_config_entry {
	const char *id;            /* borrowed from node's key */
	const struct sh_node *node;
	bool stock;                /* came with the toolkit, not from the site */
};

struct sh_config {
	struct sh_map section[SH_SECTIONS]; /* id -> struct sh_config_entry *, in file order */
	struct sh_node **tree;              /* what was loaded, owned */
	size_t trees, cap;
};

struct sh_config_options {
	const char *const *paths; /* -c, NULL-terminated, files or directories; replaces system and user */
	bool no_stock;
	const char *stock_dir;    /* NULL: compiled in, or SH_STOCK for a build tree */
};

/*
 * Load and merge. Returns 0, or -1 with the first error. Every further error of
 * the same run goes to report (may be NULL), so that --check shows them all.
 */
int sh_config_load(struct sh_config *c, const struct sh_config_options *opt,
		   void (*report)(void *arg, const struct sh_error *err), void *arg,
		   struct sh_error *err);
void sh_config_release(struct sh_config *c);

const struct sh_config_entry *sh_config_find(const struct sh_config *c, enum sh_section s, const char *id);
/* Walk a section in order: size_t i = 0; while ((e = sh_config_next(c, s, &i))) … */
const struct sh_config_entry *sh_config_next(const struct sh_config *c, enum sh_section s, size_t *i);

enum sh_mode { SH_MODE_OBSERVE, SH_MODE_ASK, SH_MODE_ACT };
extern const char *const sh_mode_words[]; /* NULL-terminated, by enum */

#endif
