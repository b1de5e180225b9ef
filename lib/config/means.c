/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/means.h"

#include <string.h>

#include "base/mem.h"
#include "config/fields.h"

#define SERVICE (1U << SH_MEANS_SERVICE)
#define FILESYSTEM (1U << SH_MEANS_FILESYSTEM)
#define HOST (1U << SH_MEANS_HOST)
#define INTERFACE (1U << SH_MEANS_INTERFACE)

enum kind { TEXT, BOOLEAN, PATH, ARGV, TEXTS, NUMBERS, MAP, MAPS };

struct key {
	const char *name;
	enum kind kind;
	unsigned of;                     /* kinds of entries; 0 ends a table */
	const char *const *inside;       /* keys of a MAP, or of each item of MAPS */
};

#define KEYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct key table[] = {
	{ "reload", ARGV, SERVICE, NULL },
	{ "reload_signal", TEXT, SERVICE, NULL },
	{ "manager", PATH, SERVICE, NULL },
	{ "limits", MAP, SERVICE | HOST, KEYS("allow", "cpu", "memory", "methods") },
	{ "release", MAP, SERVICE, KEYS("freezer", "cpu", "io") },
	{ "deleted", MAP, FILESYSTEM, KEYS("allow", "match", "signal", "truncate", "min_bytes") },
	{ "rotate", MAPS, SERVICE | FILESYSTEM,
	  KEYS("path", "keep", "min_bytes", "pidfile", "signal", "logrotate") },
	{ "remount", BOOLEAN, FILESYSTEM, NULL },
	{ "thaw", BOOLEAN, FILESYSTEM, NULL },
	{ "fuse_abort", BOOLEAN, FILESYSTEM, NULL },
	{ "check", MAP, FILESYSTEM, KEYS("device", "window", "timeout") },
	{ "locks", TEXTS, SERVICE, NULL },
	{ "certificate", MAP, SERVICE, KEYS("file", "renew", "min_days", "timeout") },
	{ "ports", NUMBERS, SERVICE, NULL },
	{ "firewall", BOOLEAN, SERVICE, NULL },
	{ "takeover", TEXTS, SERVICE, NULL },
	{ "routes", MAPS, HOST, KEYS("to", "via", "dev") },
	{ "up", BOOLEAN, INTERFACE, NULL },
	{ "shaping", TEXTS, INTERFACE, NULL },
	{ "dns", MAP, SERVICE | HOST, KEYS("fallback", "name", "file") },
	{ "time", MAP, HOST, KEYS("servers", "max_step") },
	{ "packages", MAP, SERVICE | HOST, KEYS("names", "archives", "root") },
	{ "isolate", MAP, HOST, KEYS("keep", "for") },
	{ "backend", MAP, SERVICE, KEYS("socket", "server", "drain_timeout") },
	{ "upstream", MAP, SERVICE, KEYS("file", "server", "test", "reload") },
	{ "degrade", MAP, SERVICE, KEYS("flag", "text", "set", "clear", "test") },
	{ "kill", MAP, HOST, KEYS("allow", "tree", "grace") },
	{ "zombies", MAP, HOST, KEYS("allow", "many", "end_parent", "grace") },
	{ "swap", MAP, HOST, KEYS("file", "size") },
	{ NULL, TEXT, 0, NULL },
};

static const struct key *find_key(const char *name, enum sh_means kind)
{
	for (const struct key *k = table; k->of; k++)
		if ((k->of & 1U << kind) && !strcmp(k->name, name))
			return k;
	return NULL;
}

static int check_scalar(const struct sh_node *entry, const struct key *k, struct sh_error *err)
{
	const char *text;
	bool yes;

	switch (k->kind) {
	case BOOLEAN:
		return sh_node_bool(entry, k->name, &yes, err);
	case PATH:
		return sh_field_path(entry, k->name, &text, err);
	default:
		return sh_field_text(entry, k->name, &text, err);
	}
}

static int check_list(const struct sh_node *entry, const struct key *k, struct sh_error *err)
{
	const char **list = NULL;
	int rc = k->kind == ARGV ? sh_field_argv(entry, k->name, &list, err) :
				   sh_node_strings(entry, k->name, &list, err);

	free(list);
	return rc;
}

static int check_maps(const struct sh_node *list, const struct key *k, struct sh_error *err)
{
	if (list->type != SH_NODE_LIST)
		return sh_node_fail(list, err, "'%s' must be a list", k->name);
	for (size_t i = 0; i < list->n; i++)
		if (sh_node_check_keys(list->item[i], k->name, k->inside, err) < 0)
			return -1;
	return 0;
}

static int check_numbers(const struct sh_node *list, const struct key *k, struct sh_error *err)
{
	if (list->type != SH_NODE_LIST)
		return sh_node_fail(list, err, "'%s' must be a list of numbers", k->name);
	for (size_t i = 0; i < list->n; i++)
		if (list->item[i]->type != SH_NODE_NUMBER)
			return sh_node_fail(list->item[i], err, "'%s' must be a list of numbers", k->name);
	return 0;
}

static int check_key(const struct sh_node *entry, const struct key *k, struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(entry, k->name);

	if (!at)
		return 0;
	if (k->kind == MAP)
		return sh_node_check_keys(at, k->name, k->inside, err);
	if (k->kind == MAPS)
		return check_maps(at, k, err);
	if (k->kind == NUMBERS)
		return check_numbers(at, k, err);
	return k->kind == ARGV || k->kind == TEXTS ? check_list(entry, k, err) : check_scalar(entry, k, err);
}

int sh_means_check(const struct sh_node *entry, const char *what, const char *const *known,
		   enum sh_means kind, struct sh_error *err)
{
	size_t n = 0, own = 0;
	const char **all;
	int rc;

	while (known[n])
		n++;
	all = sh_calloc(n + sizeof(table) / sizeof(table[0]), sizeof(*all));
	memcpy(all, known, n * sizeof(*all));
	for (const struct key *k = table; k->of; k++)
		if (k->of & 1U << kind)
			all[n + own++] = k->name;
	rc = sh_node_check_keys(entry, what, all, err);
	for (size_t i = 0; rc >= 0 && i < own; i++)
		rc = check_key(entry, find_key(all[n + i], kind), err);
	free(all);
	return rc < 0 ? -1 : 0;
}
