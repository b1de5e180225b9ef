/* SPDX-License-Identifier: MIT */
/* scalar - texts as YAML writes them */
#ifndef SH_DETECT_IMPORT_SCALAR_H
#define SH_DETECT_IMPORT_SCALAR_H

#include "base/buf.h"

/*
 * Append TEXT so that YAML reads it back as the same string: plain where that is
 * safe, a block of lines (indented by INDENT) where it has several, else in quotes.
 */
void sh_import_scalar(const char *text, int indent, struct sh_buf *out);

#endif
