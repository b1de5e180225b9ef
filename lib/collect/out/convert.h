/* SPDX-License-Identifier: MIT */
/* convert - metrics of samples in other units than those of the catalogue */
#ifndef SH_COLLECT_OUT_CONVERT_H
#define SH_COLLECT_OUT_CONVERT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

struct sh_convert;

/*
 * TEXT is [NEW=]GROUP.NAME:UNIT; CATALOGUE the path of metrics.yaml, in which the
 * metric's unit is looked up. Returns NULL with SH_ERRC_USAGE, or what reading
 * the catalogue said.
 */
struct sh_convert *sh_convert_parse(const char *text, const char *catalogue, struct sh_error *err);
void sh_convert_free(struct sh_convert *c);
/* Change the groups of a sample; whether there was anything to change. */
bool sh_convert_apply(const struct sh_convert *c, json_t *metrics);

#endif
