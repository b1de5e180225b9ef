/* SPDX-License-Identifier: MIT */
/* score - what an expression comes to for a sample, as a line of CSV: entity,seconds,value */
#ifndef SH_DETECT_SCORE_H
#define SH_DETECT_SCORE_H

#include "base/buf.h"
#include "expr/expr.h"
#include "record/record.h"

/*
 * Append the line for R. A truth is 1 or 0, a duration is in seconds; what is not
 * known, or no number, is empty. An entity with a comma or a quote is quoted (RFC 4180).
 */
void sh_score_write(const struct sh_record *r, const struct sh_value *value, struct sh_buf *out);

#endif
