/* SPDX-License-Identifier: MIT */
/*
 * buf - bytes that grow
 *
 * Invariant: data is NULL and cap 0, or data[len] is '\0' and len < cap; so
 * data is a C string whenever something was added. Contents may hold NUL bytes;
 * len counts. init (or SH_BUF_INIT) allocates nothing; release frees; clear
 * keeps the memory for reuse.
 */
#ifndef SH_BASE_BUF_H
#define SH_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct sh_buf {
	char *data; /* owned; NULL while empty and never grown */
	size_t len;
	size_t cap;
};

#define SH_BUF_INIT { NULL, 0, 0 }

void sh_buf_init(struct sh_buf *b);
void sh_buf_release(struct sh_buf *b);
void sh_buf_clear(struct sh_buf *b);
/* Room for EXTRA more bytes and the NUL; returns where they go. */
char *sh_buf_reserve(struct sh_buf *b, size_t extra);
void sh_buf_add(struct sh_buf *b, const void *data, size_t len);
void sh_buf_addstr(struct sh_buf *b, const char *s);
void sh_buf_addch(struct sh_buf *b, char c);
void sh_buf_addf(struct sh_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sh_buf_vaddf(struct sh_buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
/* Drop the first LEN bytes, or all where there are fewer. */
void sh_buf_consume(struct sh_buf *b, size_t len);
/* The text as a C string; "" while empty. Dies with the next change of B. */
const char *sh_buf_str(const struct sh_buf *b);
/* Hand the string to the caller, who frees it; B is empty afterwards. Never NULL. */
char *sh_buf_take(struct sh_buf *b);

#define SH_CLEANUP_BUF __attribute__((cleanup(sh_buf_release)))

#endif
