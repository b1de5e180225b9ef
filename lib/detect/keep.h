/* SPDX-License-Identifier: MIT */
/* keep - the rows of the detector's state: a row for each series */
#ifndef SH_DETECT_KEEP_H
#define SH_DETECT_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "series/bytes.h"

#define SH_KEEP_TABLE "subject"

struct sh_keep_row {
	size_t entity_len; /* of the key */
	size_t learned;    /* from here on the states of functions over time, */
	uint64_t functions; /* of which there are so many */
};

/* Take a row apart, whatever the rules are now. False for damaged bytes or another form. */
bool sh_keep_read(struct sh_bytes row, struct sh_keep_row *out);

#endif
