/* SPDX-License-Identifier: MIT */
/* path - the text of a plain path in a parsed expression */
#ifndef SH_EXPR_PATH_H
#define SH_EXPR_PATH_H

#include "expr/ast.h"

#define SH_PATH_MAX 256

/*
 * "a.b.c" of a name, of members of it, or of has() of one. Returns its length; 0
 * for anything else, for a type's name, for a path that is too long, and where a
 * name has a '.' itself (a.`b.c`), which would look like another path.
 */
size_t sh_path_text(const struct sh_ast *node, char out[SH_PATH_MAX]);

#endif
