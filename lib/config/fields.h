/* SPDX-License-Identifier: MIT */
/* fields - members that several kinds of site entries share, and how they are checked */
#ifndef SH_CONFIG_FIELDS_H
#define SH_CONFIG_FIELDS_H

#include <jansson.h>

#include "base/error.h"
#include "config/config.h"
#include "config/node.h"

/* All as the getters of node.h: 0 absent, 1 taken, -1 refused with the place. */

/* An absolute path without empty, "." or ".." components. */
int sh_field_path(const struct sh_node *map, const char *key, const char **out, struct sh_error *err);
/* An argv whose first word is an absolute path; *OUT is owned. */
int sh_field_argv(const struct sh_node *map, const char *key, const char ***out, struct sh_error *err);
int sh_field_mode(const struct sh_node *map, enum sh_mode *out, struct sh_error *err);
/* "params": a map of single values; *OUT is a new reference. */
int sh_field_params(const struct sh_node *map, json_t **out, struct sh_error *err);
/* A non-empty text. */
int sh_field_text(const struct sh_node *map, const char *key, const char **out, struct sh_error *err);

/* How many components an absolute plain path has; "/" 0; -1 when it is none. */
int sh_path_depth(const char *path);

#endif
