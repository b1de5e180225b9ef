/* SPDX-License-Identifier: MIT */
/* each - the JSON values of a text, of which a bad one costs no other */
#ifndef SH_COLLECT_FORMAT_EACH_H
#define SH_COLLECT_FORMAT_EACH_H

#include <jansson.h>

#include "collect/format/format.h"

/*
 * Hand each value to TAKE, which borrows it; of an array at the top each member.
 * What is no JSON, and what TAKE returns -1 for, is told with the line on which the
 * value begins.
 */
void sh_import_each(struct sh_import *in, struct sh_span text,
		    int (*take)(struct sh_import *in, json_t *value, struct sh_error *err));

#endif
