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
#include "config/config.h"

enum sh_check_kind { SH_CHECK_TCP, SH_CHECK_HTTP };

struct sh_check {
	enum sh_check_kind kind;
	const char *address; /* host:port, or the URL; borrowed */
	int64_t status;      /* http: wanted status, 0 any below 400 */
	const char *match;   /* http: text or pattern in the body, NULL none */
	int64_t timeout;     /* ns */
};

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
	const char **depends_on; /* entities; array owned, NULL none */
	const char *group;
	enum sh_mode mode;       /* default ask */
	json_t *params;          /* rule parameters for this entity, NULL none; owned */
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
	const char *group;
	enum sh_mode mode;
	json_t *params;
};

struct sh_group {
	const char *id;
	double min_healthy_percent;    /* NaN when a count was given or nothing */
	int64_t min_healthy;           /* -1 when a percentage was given or nothing */
	double max_unavailable_percent;
	int64_t max_unavailable;
};

struct sh_site {
	struct sh_service *service;
	size_t services;
	struct sh_filesystem *filesystem;
	size_t filesystems;
	struct sh_check_entry { const char *id; struct sh_check check; enum sh_mode mode; json_t *params; } *check;
	size_t checks;
	struct sh_group *group;
	size_t groups;
};

/* Strings are borrowed from the configuration, which must outlive the site. */
int sh_site_load(struct sh_site *site, const struct sh_config *c, struct sh_error *err);
void sh_site_release(struct sh_site *site);

const struct sh_service *sh_site_service(const struct sh_site *site, const char *id);
const struct sh_filesystem *sh_site_filesystem(const struct sh_site *site, const char *mount);

/*
 * The site's word on an entity ("service:web1@h1"; the host part is ignored):
 * whether it is declared, its mode (observe when undeclared) and its rule
 * parameters (borrowed, NULL none).
 */
struct sh_site_word { bool declared; enum sh_mode mode; const json_t *params; const char *group; };
struct sh_site_word sh_site_lookup(const struct sh_site *site, const char *entity);

#endif
