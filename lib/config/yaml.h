/* SPDX-License-Identifier: MIT */
/*
 * yaml - YAML 1.2 text into a tree of nodes; the only user of libfyaml
 *
 * Aliases and merge keys (<<) are resolved into copies, duplicate keys refused.
 * Nesting, text size and the number of nodes (aliases may multiply them) are
 * limited, so hostile text costs bounded time and memory.
 */
#ifndef SH_CONFIG_YAML_H
#define SH_CONFIG_YAML_H

#include <stddef.h>

#include "base/error.h"
#include "config/node.h"

#define SH_YAML_MAX_BYTES ((size_t)4 << 20)
#define SH_YAML_MAX_DEPTH 32
#define SH_YAML_MAX_NODES ((size_t)1 << 18)

/* One document; empty text is a null node. Returns NULL with SH_ERRC_CONFIG and the place. */
struct sh_node *sh_yaml_parse(const char *file, const char *data, size_t len, struct sh_error *err);

#endif
