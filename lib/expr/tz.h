/* SPDX-License-Identifier: MIT */
/* tz - a time zone as an expression writes it: "UTC", an offset such as "+02:00", or a name */
#ifndef SH_EXPR_TZ_H
#define SH_EXPR_TZ_H

#include <stdint.h>

#include "base/span.h"

#define SH_TZ_UNKNOWN \
	"unknown time zone (UTC, an offset such as +02:00, or a name such as Europe/Paris)"

struct sh_tz;

/* Returns NULL when there is none. Owned by the caller. A name is read from the system's files. */
struct sh_tz *sh_tz_find(struct sh_span text);
/* Seconds east of UTC at SEC, seconds since the epoch. */
int64_t sh_tz_offset(const struct sh_tz *tz, int64_t sec);
void sh_tz_free(struct sh_tz *tz);

#endif
