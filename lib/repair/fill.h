/* SPDX-License-Identifier: MIT */
/*
 * fill - parameters of a step from the playbook's "with", as JSON
 *
 * A string that is one {expression} becomes that value; other strings have their
 * {expression} parts filled in. A value that is absent leaves its parameter out
 * (the action's table says whether it may be); inside a longer text it is an
 * error, so that no command is ever half filled.
 */
#ifndef SH_REPAIR_FILL_H
#define SH_REPAIR_FILL_H

#include <jansson.h>

#include "base/error.h"
#include "config/node.h"
#include "expr/scope.h"

/* Returns a new object, or NULL with SH_ERRC_CONFIG naming the parameter. WITH may be NULL. */
json_t *sh_fill(const struct sh_node *with, struct sh_scope *scope, struct sh_error *err);

#endif
