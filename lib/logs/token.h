/* SPDX-License-Identifier: MIT */
/*
 * token - a line of a log as words, what varies in them masked
 *
 * A word with a number, an address, a date or an identifier in it is variable;
 * what stands before that and is a word of its own ("size=", "blk_", "node-") is
 * kept, so that "reads=5" and "writes=7" stay different words. A date of several
 * words and a number with its unit are one word, repetitions of one variable word
 * are one, and parentheses around nothing but variables are left out. Masks:
 * UUID, e-mail address, date, time, IP address, host name, host:port, hex, number
 * with or without unit, path. One pass, no allocation, no regular expressions;
 * bytes need not be UTF-8.
 */
#ifndef SH_LOGS_TOKEN_H
#define SH_LOGS_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define SH_LOG_TOKENS 128      /* words of a line; the rest is one that varies */
#define SH_LOG_LOOKED 4096     /* bytes of a line that are looked at */
#define SH_LOG_ANY UINT64_C(1) /* the hash of a word of which nothing is constant */

struct sh_log_token {
	uint64_t hash;	     /* odd when the word varies */
	struct sh_span text; /* what is constant of it, in the line; empty for SH_LOG_ANY */
	bool has_number;
	double number; /* what varies, sizes in bytes ("5.2 KB") and times in seconds ("17 ms") */
};

struct sh_log_tokens {
	struct sh_log_token token[SH_LOG_TOKENS];
	size_t n; /* at least 1: a line without words has one empty word */
};

static inline bool sh_log_token_varies(uint64_t hash)
{
	return hash & 1;
}

/* The texts are of LINE and die with it. */
void sh_log_tokenize(struct sh_log_tokens *out, struct sh_span line);

#endif
