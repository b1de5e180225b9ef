/* SPDX-License-Identifier: MIT */
/* values - JSON values that follow each other in a text, whatever their layout */
#ifndef SH_COLLECT_FORMAT_VALUES_H
#define SH_COLLECT_FORMAT_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct sh_values {
	struct sh_span text;
	size_t at, counted;
	uint64_t line; /* where the value at hand begins, from 1 */
};

#define SH_VALUES(span) ((struct sh_values){ (span), 0, 0, 1 })

/*
 * The next value, by its brackets, right or not: so a bad one loses no other.
 * False at the end.
 */
bool sh_values_next(struct sh_values *v, struct sh_span *value);

#endif
