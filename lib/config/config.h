/* SPDX-License-Identifier: MIT */
/*
 * config - all configuration of a run: stock, system, user and -c, merged by id
 *
 * Files hold any of the sections below, each a map from id to object (silences
 * and topology may be lists). Later files replace whole objects of the same id;
 * "enabled: false" removes one; "enabled" itself is taken out here, so that no
 * reader of an entry has to know it. Files and all their parents must be trusted
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
	SH_SECTION_LIMITS,
	SH_SECTION_HOSTS,
	SH_SECTION_INTERFACES,
	SH_SECTIONS
};

#define SH_SECTION_BIT(s) (1U << (s))

struct sh_config_entry {
	const char *id;            /* borrowed; of a list item without id its file and line */
	const struct sh_node *node;
	bool stock;                /* came with the toolkit, not from the site */
};

struct sh_config {
	/* id -> struct sh_config_entry *, owned, in file order; a replaced entry keeps its place */
	struct sh_map section[SH_SECTIONS];
	struct sh_node **tree;              /* what was loaded, owned */
	size_t trees, cap;
};

struct sh_config_options {
	/* -c, NULL-terminated, files or directories (their *.yaml); replaces system and user. NULL: none */
	const char *const *paths;
	bool no_stock;
	const char *stock_dir; /* NULL: SH_STOCK from the environment, else the compiled-in one */
	/* SH_SECTION_BITs: stock files of these are not read, for who would not look at them */
	unsigned stock_without;
	bool stock_untested; /* nor are the tests of stock entries */
};

typedef void sh_config_report_fn(void *arg, const struct sh_error *err);

/*
 * Load and merge. Returns 0, or -1 with the first error. Every further error of
 * the same run goes to report (may be NULL), so that --check shows them all.
 * After a failure C holds what could be read and is to be released all the same.
 */
int sh_config_load(struct sh_config *c, const struct sh_config_options *opt,
		   sh_config_report_fn *report, void *arg, struct sh_error *err);
void sh_config_release(struct sh_config *c);

const char *sh_config_section_name(enum sh_section s);
const struct sh_config_entry *sh_config_find(const struct sh_config *c, enum sh_section s,
					     const char *id);
/* Walk a section in order: size_t i = 0; while ((e = sh_config_next(c, s, &i))) … */
const struct sh_config_entry *sh_config_next(const struct sh_config *c, enum sh_section s, size_t *i);

enum sh_mode { SH_MODE_OBSERVE, SH_MODE_ASK, SH_MODE_ACT };
extern const char *const sh_mode_words[]; /* NULL-terminated, by enum */

#endif
