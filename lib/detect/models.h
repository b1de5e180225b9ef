/* SPDX-License-Identifier: MIT */
/* models - what the functions over time know of each series, to be read and to be forgotten */
#ifndef SH_DETECT_MODELS_H
#define SH_DETECT_MODELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "detect/detector.h"
#include "state/state.h"

/*
 * Append a line for each series of ENTITY, NULL for all, and each function over
 * time: of JSON, or TEXT for people. Returns how many series there are.
 */
size_t sh_models_show(const struct sh_detector *d, const char *entity, bool text, struct sh_buf *out);

struct sh_models_forgotten {
	size_t series;      /* of the entity */
	uint64_t functions; /* over time whose state was dropped */
};

/*
 * Drop what functions over time know of ENTITY, whatever its dims, NULL for all;
 * open faults and times stay. Commits.
 */
int sh_models_forget(struct sh_state *state, const char *entity, struct sh_models_forgotten *out,
		     struct sh_error *err);

#endif
