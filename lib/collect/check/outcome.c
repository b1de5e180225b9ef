/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/outcome.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

void sh_outcome_init(struct sh_outcome *o)
{
	memset(o, 0, sizeof(*o)); /* what a child writes is all of it */
	o->time_ms = (double)NAN;
}

void sh_outcome_fail(struct sh_outcome *o, const char *fmt, ...)
{
	va_list ap;

	if (o->error[0])
		return;
	va_start(ap, fmt);
	vsnprintf(o->error, sizeof(o->error), fmt, ap);
	va_end(ap);
	for (char *p = o->error; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 127)
			*p = '?';
}

void sh_outcome_old(struct sh_outcome *o, int64_t most, double age, const char *what)
{
	int64_t longest = INT64_MAX / SH_SEC;
	char text[SH_DURATION_TEXT];

	if (most < 0 || age <= (double)most / (double)SH_SEC)
		return;
	sh_duration_format(text, (age < (double)longest ? (int64_t)age : longest) * SH_SEC);
	sh_outcome_fail(o, "%s was last changed %s ago", what, text);
}

void sh_outcome_add(struct sh_outcome *o, const char *name, double value)
{
	if (isnan(value) || o->n == SH_OUTCOME_METRICS)
		return;
	snprintf(o->metric[o->n].name, sizeof(o->metric[o->n].name), "%s", name);
	o->metric[o->n++].value = value;
}
