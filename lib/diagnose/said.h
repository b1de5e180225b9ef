/* SPDX-License-Identifier: MIT */
/*
 * said - what an entity's log said last, as a diagnosis rule can look at it
 *
 * The end of its log tells why a program went, as an operator reads it: the last
 * SH_SAID_LINES lines of it, none of them from more than SH_CLUE_GUARD before the
 * onset, as the text of their templates, the latest last, each once.
 */
#ifndef SH_DIAGNOSE_SAID_H
#define SH_DIAGNOSE_SAID_H

#include "base/buf.h"
#include "diagnose/history.h"

#define SH_SAID_LINES 20

/* Appended to OUT, one a line; nothing where nothing of it was seen. */
void sh_said(const struct sh_history *h, struct sh_span entity, int64_t onset, struct sh_buf *out);

#endif
