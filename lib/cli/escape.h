/* SPDX-License-Identifier: MIT */
/*
 * escape - text from data made safe for a terminal
 *
 * Control characters (C0, DEL, C1), bytes that are no UTF-8 and the characters
 * that turn the direction of writing are shown as \n, \t, \x1b or \u202e, so
 * that nothing in a record can move the cursor, colour the screen or hide text.
 */
#ifndef SH_CLI_ESCAPE_H
#define SH_CLI_ESCAPE_H

#include <stddef.h>

#include "base/buf.h"

void sh_escape_text(struct sh_buf *out, const char *s, size_t len);
/* How many columns UTF-8 text takes when each character takes one. */
size_t sh_escape_width(const char *s, size_t len);

#endif
