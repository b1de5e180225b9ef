/* SPDX-License-Identifier: MIT */
#include <config.h>

#include "config/formula.h"

#include <stdlib.h>

#include "base/mem.h"

static int place(const struct sh_node *map, const char *key, struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(map, key);

	sh_error_prefix(err, "%s:%d:%d: %s", at->file, at->line, at->column, key);
	return -1;
}

int sh_node_expr_with(const struct sh_node *map, const char *key, const struct sh_function *functions,
		      struct sh_expr **out, struct sh_error *err)
{
	const char *text = NULL;
	int rc = sh_node_string(map, key, &text, err);

	if (rc <= 0)
		return rc;
	*out = sh_expr_parse(text, functions, err);
	return *out ? 1 : place(map, key, err);
}

int sh_node_expr(const struct sh_node *map, const char *key, struct sh_expr **out,
		 struct sh_error *err)
{
	return sh_node_expr_with(map, key, NULL, out, err);
}

int sh_node_template_with(const struct sh_node *map, const char *key,
			  const struct sh_function *functions, struct sh_template **out,
			  struct sh_error *err)
{
	const char *text = NULL;
	int rc = sh_node_string(map, key, &text, err);

	if (rc <= 0)
		return rc;
	*out = sh_template_parse(text, functions, err);
	return *out ? 1 : place(map, key, err);
}

int sh_node_template(const struct sh_node *map, const char *key, struct sh_template **out,
		     struct sh_error *err)
{
	return sh_node_template_with(map, key, NULL, out, err);
}

int sh_node_templates(const struct sh_node *map, const char *key, struct sh_template ***out,
		      struct sh_error *err)
{
	const char **list = NULL;
	size_t count = 0;
	int rc = sh_node_strings(map, key, &list, err);

	if (rc <= 0)
		return rc;
	while (list[count])
		count++;
	*out = sh_calloc(count + 1, sizeof(**out));
	for (size_t i = 0; i < count && rc > 0; i++) {
		(*out)[i] = sh_template_parse(list[i], NULL, err);
		rc = (*out)[i] ? 1 : place(map, key, err);
	}
	free(list);
	return rc;
}
