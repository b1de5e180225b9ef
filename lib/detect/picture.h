/* SPDX-License-Identifier: MIT */
/* picture - a fault as its record shows it: from what a rule looked at, and from what its watch counted */
#ifndef SH_DETECT_PICTURE_H
#define SH_DETECT_PICTURE_H

#include <jansson.h>

#include "base/buf.h"
#include "detect/look.h"
#include "detect/watched.h"

/* The fault as this hit shows it; status, counts and id come from the watch when it is written. */
json_t *sh_picture_make(struct sh_look *l);

/* Append the line of the fault in PICTURE (borrowed) with this status; false for a picture that does not fit. */
bool sh_picture_write(json_t *picture, const struct sh_rule *rule, const struct sh_watched *w,
		      enum sh_fault_status status, int64_t time, struct sh_buf *out);

#endif
