/* SPDX-License-Identifier: MIT */
/*
 * exposition - lines of the Prometheus text format 0.0.4 and of OpenMetrics 1.0
 *
 * The grammar of one line at a time; what lines mean for each other is in
 * families.h. Where Prometheus' own parser and its client libraries differ, what
 * one of them takes is taken. The source is the format documentation of
 * Prometheus ("Exposition formats") and the OpenMetrics specification, 1.0.
 */
#ifndef SH_COLLECT_FORMAT_EXPOSITION_H
#define SH_COLLECT_FORMAT_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

struct sh_expo_label {
	struct sh_span name, value; /* unescaped */
};

enum sh_expo_kind {
	SH_EXPO_NOTHING,  /* a comment or an empty line */
	SH_EXPO_SAMPLE,
	SH_EXPO_TYPE,
	SH_EXPO_HELP,
	SH_EXPO_UNIT,
	SH_EXPO_EOF,
};

/* A line that was read; its spans point into the line or into it. Zero it before its first use. */
struct sh_expo_line {
	enum sh_expo_kind kind;
	bool openmetrics;
	struct sh_span name;
	struct sh_span rest; /* of TYPE, HELP and UNIT: what follows the name */
	struct sh_expo_label *label; /* owned; sorted by name */
	size_t labels, cap;
	double value;        /* may be a NaN or infinite */
	bool native;         /* a native histogram: it has no single value */
	struct sh_span timestamp; /* as written; absent without one */
	int64_t time;        /* ns; only with TIMED */
	bool timed;          /* the timestamp is one that records can have, until the year 2262 */
	double seconds;      /* the timestamp whatever it is */
	bool exemplar;
	struct sh_buf text;  /* owned: what was unescaped */
	const char *why;     /* after a failure, a constant string */
};

/* Read one line (without its newline). False: it is none, and why says so. */
bool sh_expo_read(struct sh_expo_line *l, struct sh_span line);
void sh_expo_release(struct sh_expo_line *l);
/* The value of a label, absent where there is none. */
struct sh_span sh_expo_label_value(const struct sh_expo_line *l, struct sh_span name);
/* Append the labels but one (absent: all) as a key: the same bytes for the same set, whatever is in it. */
void sh_expo_put_labels(struct sh_buf *out, const struct sh_expo_line *l, struct sh_span but);
/* Cut the next text off such a key: names and values by turns. */
bool sh_expo_next_text(struct sh_span *key, struct sh_span *text);
/* A number as the formats write it: decimal, or Inf, Infinity and NaN in any case. */
bool sh_expo_number(struct sh_span s, double *out);

#endif
