/* SPDX-License-Identifier: MIT */
/*
 * kstat - the tables of numbers below /proc/spl/kstat
 *
 *	13 1 0x01 91 4368 5266997922 97951858082072
 *	name                            type data
 *	hits                            4    8772612
 *	dataset_name                    7    pool1/a b
 *
 * Walk: struct sh_kstat k = { text }; while (sh_kstat_next(&k)). What stands
 * before the line of names, and lines of less than three words, are passed over.
 */
#ifndef SH_COLLECT_KSTAT_H
#define SH_COLLECT_KSTAT_H

#include <stdbool.h>

#include "base/span.h"

struct sh_kstat {
	struct sh_span rest;
	bool begun;
	struct sh_span name, text; /* of the row at work; texts may hold blanks */
	bool is_number;            /* by its type, and within 64 bits */
	double value;
};

bool sh_kstat_next(struct sh_kstat *k);

#endif
