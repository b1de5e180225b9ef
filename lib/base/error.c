/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sh_error_set_(struct sh_error *err, enum sh_errc code, int sys, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	size_t len;

	if (!err || sh_error_is_set(err))
		return;
	err->code = code;
	err->sys = sys < 0 ? saved : sys;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	if (err->sys)
		snprintf(err->text + len, sizeof(err->text) - len, ": %s", strerror(err->sys));
	errno = saved;
}

void sh_error_prefix(struct sh_error *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	va_list ap;
	size_t len;

	if (!err || !sh_error_is_set(err))
		return;
	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", old);
}
