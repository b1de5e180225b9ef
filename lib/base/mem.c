/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void (*handler_)(void);

void sh_mem_set_handler(void (*handler)(void))
{
	handler_ = handler;
}

void sh_mem_exhausted(void)
{
	if (handler_)
		handler_();
	abort();
}

static void *checked(void *p)
{
	if (!p)
		sh_mem_exhausted();
	return p;
}

/* No object is larger than half of all there is to address: malloc(3) says so too, the compiler not. */
static inline size_t possible(size_t size)
{
	if (size > PTRDIFF_MAX)
		sh_mem_exhausted();
	return size ? size : 1;
}

void *sh_malloc(size_t size)
{
	return checked(malloc(possible(size)));
}

void *sh_calloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

void *sh_realloc(void *p, size_t size)
{
	return checked(realloc(p, possible(size)));
}

void *sh_reallocn(void *p, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		return checked(NULL);
	return sh_realloc(p, total);
}

char *sh_strndup(const char *s, size_t len)
{
	char *copy = sh_malloc(len + 1);

	if (len)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *sh_strdup(const char *s)
{
	return sh_strndup(s, strlen(s));
}

char *sh_strdup_or_null(const char *s)
{
	return s ? sh_strdup(s) : NULL;
}

char *sh_asprintf(const char *fmt, ...)
{
	char *out = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&out, fmt, ap);
	va_end(ap);
	return checked(n < 0 ? NULL : out);
}

void sh_cleanup_free_(void *p)
{
	free(*(void **)p);
}
