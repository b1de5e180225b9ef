/* SPDX-License-Identifier: MIT */
/* scalar - what a plain YAML scalar means in the core schema of YAML 1.2 */
#ifndef SH_CONFIG_SCALAR_H
#define SH_CONFIG_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "config/node.h"

/* NULL, BOOL, NUMBER or STRING. Infinities and NaN are strings: no JSON number holds them. */
enum sh_node_type sh_scalar_type(const char *text);
/* Whether TEXT is an integer (decimal, 0o, 0x) of 64 bits. */
bool sh_scalar_int(const char *text, int64_t *out);
/* Of a NUMBER; false when it is beyond a double. */
bool sh_scalar_double(const char *text, double *out);
/* Of a BOOL. */
bool sh_scalar_is_true(const char *text);

#endif
