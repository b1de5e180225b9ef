/* SPDX-License-Identifier: MIT */
/* span - bytes that belong to somebody else: pointer and length, not terminated */
#ifndef SH_BASE_SPAN_H
#define SH_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct sh_span {
	const char *p; /* borrowed; NULL means absent, which differs from empty */
	size_t len;
};

#define SH_SPAN_NONE ((struct sh_span){ NULL, 0 })

static inline struct sh_span sh_span_of(const char *s)
{
	return (struct sh_span){ s, s ? strlen(s) : 0 };
}

static inline bool sh_span_is(struct sh_span a, const char *s)
{
	return a.p && a.len == strlen(s) && !memcmp(a.p, s, a.len);
}

static inline bool sh_span_equal(struct sh_span a, struct sh_span b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.p, b.p, a.len));
}

/* Drop the first LEN bytes, which must be there. */
static inline void sh_span_cut(struct sh_span *s, size_t len)
{
	s->p += len;
	s->len -= len;
}

#endif
