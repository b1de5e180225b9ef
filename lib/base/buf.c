/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/buf.h"

#include <stdio.h>

#include "base/mem.h"

void sh_buf_init(struct sh_buf *b)
{
	b->data = NULL;
	b->len = 0;
	b->cap = 0;
}

void sh_buf_release(struct sh_buf *b)
{
	free(b->data);
	sh_buf_init(b);
}

void sh_buf_clear(struct sh_buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

char *sh_buf_reserve(struct sh_buf *b, size_t extra)
{
	size_t need;

	if (__builtin_add_overflow(b->len, extra + 1, &need))
		need = (size_t)-1;
	if (need > b->cap) {
		size_t cap = b->cap ? b->cap : 64;

		while (cap < need)
			cap = cap > (size_t)-1 / 2 ? need : cap * 2;
		b->data = sh_realloc(b->data, cap);
		b->cap = cap;
	}
	return b->data + b->len;
}

void sh_buf_add(struct sh_buf *b, const void *data, size_t len)
{
	char *to = sh_buf_reserve(b, len);

	if (len)
		memcpy(to, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void sh_buf_addstr(struct sh_buf *b, const char *s)
{
	sh_buf_add(b, s, strlen(s));
}

void sh_buf_addch(struct sh_buf *b, char c)
{
	*sh_buf_reserve(b, 1) = c;
	b->data[++b->len] = '\0';
}

void sh_buf_vaddf(struct sh_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *to = sh_buf_reserve(b, 63);
	int n;

	va_copy(again, ap);
	n = vsnprintf(to, 64, fmt, ap);
	if (n >= 64) {
		to = sh_buf_reserve(b, (size_t)n);
		n = vsnprintf(to, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	if (n > 0)
		b->len += (size_t)n;
	b->data[b->len] = '\0';
}

void sh_buf_addf(struct sh_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sh_buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void sh_buf_consume(struct sh_buf *b, size_t len)
{
	if (len > b->len)
		len = b->len;
	if (!len)
		return;
	memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
	b->data[b->len] = '\0';
}

const char *sh_buf_str(const struct sh_buf *b)
{
	return b->data ? b->data : "";
}

char *sh_buf_take(struct sh_buf *b)
{
	char *s = b->data ? b->data : sh_strdup("");

	sh_buf_init(b);
	return s;
}
