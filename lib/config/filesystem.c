/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/filesystem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/fields.h"
#include "config/keys.h"
#include "config/means.h"

#define DEFAULT_MAX_FILES 100000
#define MAX_FILES INT64_C(100000000)

/* In the default order. */
static const char *const throttle_methods[] = { "io.max", "blkio.throttle", "ionice", "pause", NULL };

static bool is_beneath(const char *path, const char *mount)
{
	size_t len = strlen(mount);

	return len == 1 || (strncmp(path, mount, len) == 0 && (path[len] == '/' || !path[len]));
}

static int check_root(const struct sh_node *node, const char *root, const char *mount,
		      struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(node, "root");

	if (!at)
		return sh_node_fail(node, err, "a clean entry needs a 'root'");
	if (sh_path_depth(root) < 2)
		return sh_node_fail(at, err, "'root' %.80s is too near the top: two levels below / at least",
				    root);
	if (!is_beneath(root, mount))
		return sh_node_fail(at, err, "'root' %.80s is not on the file system %.80s", root, mount);
	return 0;
}

static int load_clean(struct sh_clean_root *c, const struct sh_node *node, const char *mount,
		      struct sh_error *err)
{
	static const char *const known[] = {
		"root", "match", "older", "method", "max_bytes", "max_files", NULL
	};
	static const char *const methods[] = { "unlink", "quarantine", NULL };
	int method = 0;

	*c = (struct sh_clean_root){ .match = "*", .max_files = DEFAULT_MAX_FILES };
	if (sh_node_check_keys(node, "clean entry", known, err) < 0 ||
	    sh_field_path(node, "root", &c->root, err) < 0 ||
	    check_root(node, c->root, mount, err) < 0 ||
	    sh_field_text(node, "match", &c->match, err) < 0 ||
	    sh_node_duration(node, "older", &c->older, err) < 0 ||
	    sh_node_choice(node, "method", methods, &method, err) < 0 ||
	    sh_node_size(node, "max_bytes", &c->max_bytes, err) < 0 ||
	    sh_node_int(node, "max_files", 1, MAX_FILES, &c->max_files, err) < 0)
		return -1;
	if (strchr(c->match, '/'))
		return sh_node_fail(sh_node_get(node, "match"), err,
				    "'match' is a pattern of file names and holds no '/'");
	c->quarantine = method == 1;
	return 0;
}

static int load_cleans(struct sh_filesystem *fs, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_node *list = sh_node_get(node, "clean");

	if (!list)
		return 0;
	if (list->type != SH_NODE_LIST)
		return sh_node_fail(list, err, "'clean' must be a list");
	fs->clean = sh_calloc(list->n + 1, sizeof(*fs->clean));
	for (; fs->cleans < list->n; fs->cleans++)
		if (load_clean(&fs->clean[fs->cleans], list->item[fs->cleans], fs->id, err) < 0)
			return -1;
	return 0;
}

static int check_method(const struct sh_node *at, const char *method, struct sh_error *err)
{
	const char *nearest = sh_keys_nearest(method, throttle_methods);

	for (const char *const *m = throttle_methods; *m; m++)
		if (strcmp(*m, method) == 0)
			return 0;
	return sh_node_fail(at, err, "unknown throttle method '%.40s'; did you mean '%s'?", method,
			    nearest ? nearest : throttle_methods[0]);
}

static int load_throttle(struct sh_filesystem *fs, const struct sh_node *node, struct sh_error *err)
{
	static const char *const known[] = { "allow", "methods", NULL };
	const struct sh_node *at = sh_node_get(node, "throttle");

	if (!at)
		return 0;
	if (sh_node_check_keys(at, "throttle entry", known, err) < 0 ||
	    sh_node_strings(at, "allow", &fs->throttle_allow, err) < 0 ||
	    sh_node_strings(at, "methods", &fs->throttle_methods, err) < 0)
		return -1;
	if (!fs->throttle_allow || !fs->throttle_allow[0])
		return sh_node_fail(at, err, "'throttle' needs 'allow': the names of processes it may slow");
	for (size_t i = 0; fs->throttle_methods && fs->throttle_methods[i]; i++)
		if (check_method(sh_node_get(at, "methods"), fs->throttle_methods[i], err) < 0)
			return -1;
	fs->throttled = true;
	return 0;
}

/* "limit: 90" is short for the rule parameter of that name. */
static int load_limit(struct sh_filesystem *fs, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(node, "limit");
	int rc = sh_node_number(node, "limit", &fs->limit, err);

	if (rc <= 0)
		return rc;
	if (!(fs->limit > 0 && fs->limit <= 100))
		return sh_node_fail(at, err, "'limit' is a percentage above 0 and at most 100");
	if (!fs->params)
		fs->params = json_object();
	if (json_object_get(fs->params, "limit"))
		return sh_node_fail(at, err, "'limit' is given twice: here and in 'params'");
	json_object_set_new(fs->params, "limit", sh_node_json(at));
	return 1;
}

int sh_filesystem_load(struct sh_filesystem *fs, const struct sh_config_entry *from,
		       struct sh_error *err)
{
	static const char *const known[] = {
		"limit", "clean", "probe", "throttle", "group", "mode", "params", NULL
	};
	const struct sh_node *node = from->node;

	*fs = (struct sh_filesystem){ .id = from->id, .limit = NAN, .mode = SH_MODE_ASK, .node = node };
	if (sh_path_depth(from->id) < 0)
		return sh_node_fail(node, err, "a file system is named by its mount point, not '%.80s'",
				    from->id);
	if (sh_means_check(node, "file system", known, SH_MEANS_FILESYSTEM, err) < 0 ||
	    sh_field_params(node, &fs->params, err) < 0 || load_limit(fs, node, err) < 0 ||
	    load_cleans(fs, node, err) < 0 || sh_field_path(node, "probe", &fs->probe, err) < 0 ||
	    load_throttle(fs, node, err) < 0 || sh_field_text(node, "group", &fs->group, err) < 0 ||
	    sh_field_mode(node, &fs->mode, err) < 0)
		return -1;
	if (fs->probe && !is_beneath(fs->probe, fs->id))
		return sh_node_fail(sh_node_get(node, "probe"), err,
				    "'probe' %.80s is not on the file system %.80s", fs->probe, fs->id);
	return 0;
}

void sh_filesystem_release(struct sh_filesystem *fs)
{
	free(fs->clean);
	free(fs->throttle_allow);
	free(fs->throttle_methods);
	json_decref(fs->params);
}
