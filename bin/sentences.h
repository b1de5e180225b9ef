/* SPDX-License-Identifier: MIT */
/*
 * sentences - what is told to people (diagnose/tell.h), set down as lines: the first
 * as it is, the others below it, indented. Data is escaped for terminals.
 */
#ifndef SH_BIN_SENTENCES_H
#define SH_BIN_SENTENCES_H

#include <stdio.h>

#include "base/buf.h"
#include "diagnose/tell.h"

struct sh_sentences {
	struct sh_buf text; /* whole lines */
};

#define SH_SENTENCES_INIT { SH_BUF_INIT }

/* What fills S; borrows it. */
struct sh_tell sh_sentences_tell(struct sh_sentences *s);
/* Write all in one piece, so that lines of other programs do not come between, and forget it. */
void sh_sentences_write(struct sh_sentences *s, FILE *out);

#endif
