/* SPDX-License-Identifier: MIT */
/* bytes - numbers in and out of stored state, little-endian whatever the machine */
#ifndef SH_SERIES_BYTES_H
#define SH_SERIES_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

static inline void sh_bytes_put(struct sh_buf *out, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sh_buf_addch(out, (char)(unsigned char)(v >> 8 * i));
}

static inline void sh_bytes_put_double(struct sh_buf *out, double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	sh_bytes_put(out, bits, sizeof(bits));
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

static inline bool sh_bytes_take_double(struct sh_bytes *b, double *d)
{
	uint64_t bits;

	if (!sh_bytes_take(b, sizeof(bits), &bits))
		return false;
	memcpy(d, &bits, sizeof(*d));
	return true;
}

#endif
