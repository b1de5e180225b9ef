/* SPDX-License-Identifier: MIT */
/*
 * instant - timestamps of years 1 to 9999 and durations as CEL writes them
 *
 * base/clock.h has the toolkit's own times, which end in 2261. Functions return
 * 0 or a negative errno.
 */
#ifndef SH_EXPR_INSTANT_H
#define SH_EXPR_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "expr/value.h"

struct sh_civil {
	int64_t year;
	int month, day;   /* from 1 */
	int weekday;      /* Sunday is 0 */
	int yearday;      /* from 0 */
	int hour, minute, second;
};

bool sh_instant_is_valid(struct sh_instant t);
/* RFC 3339, any offset, 0 to 9 decimals. */
int sh_instant_parse(struct sh_span s, struct sh_instant *out);
/* As many decimals as needed, and Z. */
void sh_instant_format(struct sh_instant t, struct sh_buf *out);
int sh_instant_add(struct sh_instant t, int64_t ns, struct sh_instant *out);
/* A - B in ns; -ERANGE beyond 292 years. */
int sh_instant_diff(struct sh_instant a, struct sh_instant b, int64_t *ns);
/* OFFSET seconds east of UTC. */
struct sh_civil sh_instant_civil(struct sh_instant t, int64_t offset);

/* "1h45m47s", "-1.5s", "10us", "2d": sign, then decimals with ns us ms s m h d w. */
int sh_duration_parse_cel(struct sh_span s, int64_t *ns);

#endif
