/* SPDX-License-Identifier: MIT */
/*
 * perfdata - performance data of Nagios plugins: 'label'=VALUE[UNIT];WARN;CRIT;MIN;MAX
 *
 * Numbers are decimal, with or without fraction and exponent. WARN and CRIT are
 * ranges, [@][START:][END]: START is 0 where none is given and minus infinity for
 * '~', END infinity where none is given. A value outside alerts; with '@', one inside.
 */
#ifndef SH_COLLECT_FORMAT_PERFDATA_H
#define SH_COLLECT_FORMAT_PERFDATA_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

struct sh_range {
	bool given, inside;
	double start, end; /* infinite where open */
};

struct sh_perfdata {
	struct sh_buf label;  /* owned; reused */
	double value;         /* NaN: U, undetermined */
	struct sh_span unit;
	struct sh_range warn, crit;
	double min, max;      /* NaN: not given */
};

/* All of S; false when it is none. An empty one is not given. */
bool sh_range_parse(struct sh_span s, struct sh_range *out);
bool sh_range_alerts(const struct sh_range *r, double value);

/*
 * Cut the next item off *rest. Returns 1, 0 at the end, -1 with *err when it is
 * bad; it has been cut off then too.
 */
int sh_perfdata_next(struct sh_span *rest, struct sh_perfdata *out, struct sh_error *err);

#endif
