/* SPDX-License-Identifier: MIT */
/* characters - what YAML 1.2 allows in a text; the library's own message names no place */
#ifndef SH_CONFIG_CHARACTERS_H
#define SH_CONFIG_CHARACTERS_H

#include <stddef.h>

#include "config/node.h"

/* NULL, or what is wrong with the first bad character and where it stands. */
const char *sh_characters_check(const char *data, size_t len, struct sh_node_place *at);

#endif
