/* SPDX-License-Identifier: MIT */
/* utf8 - code points in and out of bytes */
#ifndef SH_EXPR_UTF8_H
#define SH_EXPR_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* Encode C, which must be valid, into OUT; returns 1 to 4. */
size_t sh_utf8_put(char out[4], uint32_t c);
bool sh_utf8_is_scalar(uint32_t c);
bool sh_utf8_is_valid(struct sh_span s);
/* Number of code points; bytes that are no UTF-8 count as one each where they begin a character. */
size_t sh_utf8_count(struct sh_span s);
/* Byte offset of code point N, or s.len when there are fewer. */
size_t sh_utf8_offset(struct sh_span s, size_t n);
/* Append S; each run of bytes that are no UTF-8 becomes one U+FFFD. */
void sh_utf8_repair(struct sh_span s, struct sh_buf *out);

#endif
