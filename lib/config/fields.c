/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/fields.h"

#include <stdlib.h>
#include <string.h>

int sh_path_depth(const char *path)
{
	int depth = 0;

	if (*path != '/')
		return -1;
	if (path[1] == '\0')
		return 0;
	for (; *path; depth++) {
		size_t len = strcspn(++path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return -1;
		path += len;
	}
	return depth;
}

int sh_field_text(const struct sh_node *map, const char *key, const char **out, struct sh_error *err)
{
	int rc = sh_node_string(map, key, out, err);

	if (rc > 0 && !**out)
		return sh_node_fail(sh_node_get(map, key), err, "'%s' is empty", key);
	return rc;
}

int sh_field_path(const struct sh_node *map, const char *key, const char **out, struct sh_error *err)
{
	int rc = sh_field_text(map, key, out, err);

	if (rc > 0 && sh_path_depth(*out) < 0)
		return sh_node_fail(sh_node_get(map, key), err,
				    "'%s' must be an absolute path without '.', '..' or '//', not '%.80s'",
				    key, *out);
	return rc;
}

int sh_field_argv(const struct sh_node *map, const char *key, const char ***out, struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(map, key);
	const char **argv = NULL;
	int rc;

	if (at && at->type != SH_NODE_LIST)
		return sh_node_fail(at, err, "'%s' must be a list: a program and its arguments", key);
	rc = sh_node_strings(map, key, &argv, err);
	if (rc <= 0)
		return rc;
	if (!argv[0] || sh_path_depth(argv[0]) < 1) {
		sh_node_fail(at && argv[0] ? at->item[0] : at, err,
			     "'%s' must begin with the absolute path of a program", key);
		free(argv);
		return -1;
	}
	*out = argv;
	return 1;
}

int sh_field_mode(const struct sh_node *map, enum sh_mode *out, struct sh_error *err)
{
	int mode = (int)*out;
	int rc = sh_node_choice(map, "mode", sh_mode_words, &mode, err);

	*out = (enum sh_mode)mode;
	return rc;
}

int sh_field_params(const struct sh_node *map, json_t **out, struct sh_error *err)
{
	const struct sh_node *params = sh_node_get(map, "params");

	if (!params)
		return 0;
	if (params->type != SH_NODE_MAP)
		return sh_node_fail(params, err, "'params' must be a map from names to values");
	for (size_t i = 0; i < params->n; i++)
		if (params->item[i]->type == SH_NODE_MAP || params->item[i]->type == SH_NODE_LIST)
			return sh_node_fail(params->item[i], err, "parameter '%.60s' must be a single value",
					    params->key[i]);
	*out = sh_node_json(params);
	return 1;
}
