/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/path.h"

#include <string.h>

static size_t append(const char *name, char out[SH_PATH_MAX], size_t at)
{
	size_t len = strlen(name);

	if (strchr(name, '.') || at + len >= SH_PATH_MAX)
		return 0;
	memcpy(out + at, name, len + 1);
	return at + len;
}

size_t sh_path_text(const struct sh_ast *node, char out[SH_PATH_MAX])
{
	size_t at;

	if (node->kind == SH_AST_NAME)
		return node->value.type == SH_VALUE_TYPE ? 0 : append(node->name, out, 0);
	if (node->kind != SH_AST_SELECT && node->kind != SH_AST_HAS)
		return 0;
	if (node->arg[0]->kind == SH_AST_HAS)
		return 0;
	at = sh_path_text(node->arg[0], out);
	if (!at || at + 1 >= SH_PATH_MAX)
		return 0;
	out[at] = '.';
	return append(node->name, out, at + 1);
}
