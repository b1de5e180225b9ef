/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "repair/sandbox.h"

#define MOST_PATHS 64

struct paths {
	char **path; /* room for MOST_PATHS and the end */
	size_t n;
};

static int add_path(struct paths *p, const char *path, bool parent, struct sh_error *err)
{
	size_t len = strlen(path);
	bool ends_up = len >= 3 && !strcmp(path + len - 3, "/..");
	char *own;

	if (*path != '/' || strstr(path, "/../") || ends_up || p->n == MOST_PATHS)
		return sh_error_set(err, SH_ERRC_CONFIG, "sandbox: '%.200s' cannot be given", path);
	own = sh_strdup(path);
	if (parent && strrchr(own, '/') != own)
		*strrchr(own, '/') = '\0';
	p->path[p->n++] = own;
	return 0;
}

/* All texts in VALUE: a string, or in a list, or the member MEMBER of objects in it. */
static int add_values(struct paths *p, const json_t *value, const char *member, bool parent,
		      struct sh_error *err)
{
	const json_t *item;
	size_t i;

	if (json_is_string(value))
		return add_path(p, json_string_value(value), parent, err);
	if (json_is_object(value))
		return member ? add_values(p, json_object_get(value, member), NULL, parent, err) : 0;
	json_array_foreach(value, i, item)
		if (add_values(p, item, member, parent, err) < 0)
			return -1;
	return 0;
}

/* "/a", "{name}", "{name.member}", and "{name}/..": the directory that it is in. */
static int fill_path(struct paths *p, const char *text, const json_t *parameters, const char *state,
		     struct sh_error *err)
{
	SH_CLEANUP_FREE char *name = NULL;
	const char *end = strchr(text, '}');
	bool parent = end && !strcmp(end, "}/..");
	char *dot;

	if (*text != '{')
		return add_path(p, text, false, err);
	if (!end || (end[1] && !parent))
		return sh_error_set(err, SH_ERRC_CONFIG, "sandbox: cannot understand '%s'", text);
	name = sh_strndup(text + 1, (size_t)(end - text - 1));
	dot = strchr(name, '.');
	if (dot)
		*dot++ = '\0';
	if (!strcmp(name, "state"))
		return state ? add_path(p, state, parent, err) : 0;
	return add_values(p, json_object_get(parameters, name), dot, parent, err);
}

char **sh_sandbox_paths(const char *const *texts, const json_t *parameters, const char *state,
			struct sh_error *err)
{
	struct paths p = { .path = sh_calloc(MOST_PATHS + 1, sizeof(*p.path)) };

	for (; texts && *texts; texts++)
		if (fill_path(&p, *texts, parameters, state, err) < 0) {
			sh_sandbox_paths_free(p.path);
			return NULL;
		}
	return p.path;
}

/* Whether VALUE, an object in it or one of a list of them has the member MEMBER; NULL: it is enough to be there. */
static bool has(const json_t *value, const char *member)
{
	const json_t *item;
	size_t i;

	if (!value || json_is_null(value))
		return false;
	if (!member || json_is_object(value))
		return !member || has(json_object_get(value, member), NULL);
	json_array_foreach(value, i, item)
		if (json_is_object(item) && has(json_object_get(item, member), NULL))
			return true;
	return false;
}

bool sh_sandbox_applies(const struct sh_sandbox *s, const json_t *parameters)
{
	for (const char *const *word = s->unless; word && *word; word++) {
		const char *dot = strchr(*word, '.');
		SH_CLEANUP_FREE char *name = sh_strndup(*word, dot ? (size_t)(dot - *word) : strlen(*word));

		if (has(json_object_get(parameters, name), dot ? dot + 1 : NULL))
			return false;
	}
	return true;
}

void sh_sandbox_paths_free(char **path)
{
	for (size_t i = 0; path && path[i]; i++)
		free(path[i]);
	free(path);
}
