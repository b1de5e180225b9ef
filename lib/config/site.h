/* SPDX-License-Identifier: MIT */
/*
 * site - what the operator declared: services, file systems, checks, groups
 *
 * The only place from which start commands, clean roots and baselines come.
 */
#ifndef SH_CONFIG_SITE_H
#define SH_CONFIG_SITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/check.h"
#include "config/config.h"
#include "config/dependency.h"

struct sh_site_file {
	const char *path;
	bool baseline;          /* its approved content is kept in the state directory */
	const char **validate;  /* argv, {path} stands for the candidate file; NULL none; array owned */
	int64_t mode_bits;      /* wanted permissions, -1 any */
	const char *owner;      /* NULL any */
};

struct sh_service {
	const char *id;
	const char *pidfile;     /* exactly one of pidfile, exe/cmdline and unit */
	const char *exe, *cmdline;
	const char *unit;
	const char **start, **stop; /* argv, NULL none; arrays owned */
	const char *user, *directory;
	json_t *env;             /* object of strings, NULL none; owned */
	int64_t start_timeout;   /* ns, default 30 s */
	struct sh_check *check;
	size_t checks;
	struct sh_site_file *file;
	size_t files;
	struct sh_dependencies depends_on;
	const char *group;
	enum sh_mode mode;       /* default ask */
	json_t *params;          /* rule parameters for this entity, NULL none; owned */
	const struct sh_node *node;
};

struct sh_clean_root {
	const char *root, *match; /* match: shell pattern of the file name, default "*" */
	int64_t older;            /* ns since last modification, default 0 */
	bool quarantine;          /* method: quarantine instead of unlink */
	uint64_t max_bytes;       /* 0: no cap */
	int64_t max_files;        /* default 100000 */
};

struct sh_filesystem {
	const char *id;     /* the mount point */
	double limit;       /* percent, NaN when not given; the parameter "limit" of rules */
	struct sh_clean_root *clean;
	size_t cleans;
	const char *probe;  /* directory for the latency probe, NULL none */
	bool throttled;     /* "throttle" was given: without it no process is ever throttled */
	const char **throttle_allow;   /* patterns of process names; array owned */
	const char **throttle_methods; /* in the order to try, NULL all; array owned */
	const char *group;
	enum sh_mode mode;
	json_t *params;     /* with "limit" where one was given */
	const struct sh_node *node;
};

struct sh_group {
	const char *id;
	double min_healthy_percent;    /* NaN when a count was given or nothing */
	int64_t min_healthy;           /* -1 when a percentage was given or nothing */
	double max_unavailable_percent;
	int64_t max_unavailable;
};

struct sh_check_entry {
	const char *id;
	struct sh_check check;
	const char *group;
	enum sh_mode mode;
	json_t *params;
	const struct sh_node *node;
};

/* A host or a network interface: the operator's word on it, and what playbooks may use. */
struct sh_site_thing {
	const char *id; /* "*" for each that has no entry of its own */
	const char *group;
	enum sh_mode mode;
	json_t *params;
	const struct sh_node *node;
};

/* What lib/schedule runs; here only the operator's word on it. */
struct sh_site_task {
	const char *id;
	enum sh_mode mode;
	json_t *params;
	const struct sh_node *node;
};


struct sh_site {
	struct sh_service *service;
	size_t services;
	struct sh_filesystem *filesystem;
	size_t filesystems;
	struct sh_check_entry *check;
	size_t checks;
	struct sh_group *group;
	size_t groups;
	struct sh_site_task *task;
	size_t tasks;
	struct sh_site_thing *host;
	size_t hosts;
	struct sh_site_thing *interface;
	size_t interfaces;
};

/* Strings are borrowed from the configuration, which must outlive the site. */
int sh_site_load(struct sh_site *site, const struct sh_config *c, struct sh_error *err);
/* The same; every error after the first goes to report, one for each entry that has any. */
int sh_site_load_all(struct sh_site *site, const struct sh_config *c, sh_config_report_fn *report,
		     void *arg, struct sh_error *err);
/* After a failed load too. */
void sh_site_release(struct sh_site *site);

const struct sh_service *sh_site_service(const struct sh_site *site, const char *id);
const struct sh_filesystem *sh_site_filesystem(const struct sh_site *site, const char *mount);
const struct sh_check_entry *sh_site_check(const struct sh_site *site, const char *id);
const struct sh_group *sh_site_group(const struct sh_site *site, const char *id);

/*
 * The site's word on an entity (service: filesystem: check: task: host: net:, and file: by
 * the service that declares it; the host part is ignored, names are decoded):
 * whether it is declared, its mode (observe when undeclared), its rule
 * parameters and group (borrowed, NULL none), and the entry that says so: that of
 * the service for its files too.
 */
struct sh_site_word {
	bool declared;
	enum sh_mode mode;
	const json_t *params;
	const char *group;
	const struct sh_node *entry;
};
struct sh_site_word sh_site_lookup(const struct sh_site *site, const char *entity);

/*
 * The entry of an entity as playbooks see it: what was written, and "id"; of a
 * file {path, validate, mode, owner, service}. A new reference, NULL when
 * undeclared.
 */
json_t *sh_site_entry_json(const struct sh_site *site, const char *entity);

#endif
