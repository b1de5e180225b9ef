/* SPDX-License-Identifier: MIT */
/* bytes - numbers in and out of stored state, little-endian whatever the machine */
#ifndef SH_SERIES_BYTES_H
#define SH_SERIES_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/span.h"

static inline void sh_bytes_put(struct sh_buf *out, uint64_t v, size_t size)
{
	char bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(unsigned char)(v >> 8 * i);
	sh_buf_add(out, bytes, size);
}

static inline void sh_bytes_put_float(struct sh_buf *out, float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof(bits));
	sh_bytes_put(out, bits, sizeof(bits));
}

static inline void sh_bytes_put_double(struct sh_buf *out, double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	sh_bytes_put(out, bits, sizeof(bits));
}

/* Its length in four bytes, then the text. */
static inline void sh_bytes_put_span(struct sh_buf *out, struct sh_span text)
{
	sh_bytes_put(out, text.len, 4);
	sh_buf_add(out, text.p, text.len);
}

/* What is left to read. */
struct sh_bytes {
	const unsigned char *p;
	size_t len;
};

static inline bool sh_bytes_take(struct sh_bytes *b, size_t size, uint64_t *v)
{
	if (b->len < size)
		return false;
	*v = 0;
	for (size_t i = 0; i < size; i++)
		*v |= (uint64_t)b->p[i] << 8 * i;
	b->p += size;
	b->len -= size;
	return true;
}

static inline bool sh_bytes_take_float(struct sh_bytes *b, float *f)
{
	uint64_t v;
	uint32_t bits;

	if (!sh_bytes_take(b, sizeof(bits), &v))
		return false;
	bits = (uint32_t)v;
	memcpy(f, &bits, sizeof(*f));
	return true;
}

static inline bool sh_bytes_take_double(struct sh_bytes *b, double *d)
{
	uint64_t bits;

	if (!sh_bytes_take(b, sizeof(bits), &bits))
		return false;
	memcpy(d, &bits, sizeof(*d));
	return true;
}

static inline bool sh_bytes_take_time(struct sh_bytes *b, int64_t *time)
{
	uint64_t v;

	if (!sh_bytes_take(b, sizeof(v), &v))
		return false;
	*time = (int64_t)v;
	return true;
}

/* Borrowed from what is read. */
static inline bool sh_bytes_take_span(struct sh_bytes *b, struct sh_span *text)
{
	uint64_t len;

	if (!sh_bytes_take(b, 4, &len) || len > b->len)
		return false;
	*text = (struct sh_span){ (const char *)b->p, (size_t)len };
	b->p += len;
	b->len -= len;
	return true;
}

/* The same as a copy, which replaces the contents of OUT. */
static inline bool sh_bytes_take_text(struct sh_bytes *b, struct sh_buf *out)
{
	struct sh_span text;

	if (!sh_bytes_take_span(b, &text))
		return false;
	sh_buf_clear(out);
	sh_buf_add(out, text.p, text.len);
	return true;
}

#endif
