/* SPDX-License-Identifier: MIT */
/* present - the parts of values as text */
#ifndef SH_EXPR_PRESENT_H
#define SH_EXPR_PRESENT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* Shortest exact; NaN, Infinity, -Infinity. */
void sh_present_double(double d, struct sh_buf *out);
/* CEL's text of a duration: "5400s", "0.25s". */
void sh_present_seconds(int64_t ns, struct sh_buf *out);
void sh_present_base64(struct sh_span s, struct sh_buf *out);
/* A JSON string. */
void sh_present_quoted(struct sh_span s, struct sh_buf *out);

#endif
