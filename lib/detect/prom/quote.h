/* SPDX-License-Identifier: MIT */
/* quote - strings as Go writes them, which PromQL and the templates of alerts share */
#ifndef SH_DETECT_PROM_QUOTE_H
#define SH_DETECT_PROM_QUOTE_H

#include "base/span.h"
#include "expr/value.h"

/*
 * The text between quotes (", ' or a backquote, which knows no escapes), built in
 * the arena. NULL for an escape that is none, and for one that would end the text.
 */
const char *sh_prom_unquote(struct sh_span inside, char quote, struct sh_arena *arena);

#endif
