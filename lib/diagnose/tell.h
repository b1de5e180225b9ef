/* SPDX-License-Identifier: MIT */
/*
 * tell - sentences for people, one after another
 *
 * What is told has a depth: 0 is what it is about, 1 what is said of it, 2 what
 * speaks for that. Whoever hears it sets it down; data in a sentence is as it came,
 * so the hearer escapes it. Sentences come from base/nls.h and are bounded by what
 * is put into them (sh_tell_cut, sh_tell_names).
 */
#ifndef SH_DIAGNOSE_TELL_H
#define SH_DIAGNOSE_TELL_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"

typedef void sh_tell_fn(void *arg, int depth, const char *sentence);

struct sh_tell {
	sh_tell_fn *hear;
	void *arg;
};

void sh_tell(const struct sh_tell *t, int depth, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Parts of sentences, each in a buffer of its own; all are borrowed from it. */

#define SH_TELL_NAMES 5 /* of a list, so many are named */

/* Four digits. */
#define SH_TELL_NUMBER 32
const char *sh_tell_number(char out[SH_TELL_NUMBER], double v);
/* Without fractions of a second: "2026-11-21T01:00:00Z", "1m30s". */
const char *sh_tell_time(struct sh_buf *out, int64_t t);
const char *sh_tell_span(struct sh_buf *out, int64_t d);
/* Of a text of whatever length the beginning, in whole characters. */
const char *sh_tell_cut(struct sh_buf *out, const char *text);
/* The strings of an array, "a, b and 3 more"; "" when there are none. */
const char *sh_tell_names(struct sh_buf *out, const json_t *names);
/* The same where the array has the first of N. */
const char *sh_tell_some(struct sh_buf *out, const json_t *names, size_t n);

#endif
