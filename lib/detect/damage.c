/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/damage.h"

#include <stdarg.h>
#include <stdio.h>

void sh_damage_tell(const struct sh_damage *d, const char *what, ...)
{
	struct sh_error err = SH_ERROR_INIT;
	char text[160];
	va_list args;

	if (!d || !d->tell)
		return;
	va_start(args, what);
	vsnprintf(text, sizeof(text), what, args);
	va_end(args);
	sh_error_set_(&err, SH_ERRC_STATE, 0, "the state of %s was damaged: it begins anew", text);
	d->tell(d->arg, &err);
}

bool sh_damage_is_time(int64_t t)
{
	return t >= SH_DAMAGE_EARLIEST;
}

bool sh_damage_is_span(int64_t span)
{
	return span >= 0 && span <= SH_DAMAGE_LONGEST;
}
