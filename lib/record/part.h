/* SPDX-License-Identifier: MIT */
/*
 * part - of all hosts those whose hash mod N is K: how several processes share one stream
 *
 * Every process reads every line, so a line of another's must cost little: our own
 * records begin with kind, time and host, which a glance finds without validating
 * the rest. A line that begins otherwise is viewed whole and belongs to its host's
 * part; one that cannot be viewed belongs to the first part. So each line belongs
 * to exactly one part, whether it is a record or not.
 */
#ifndef SH_RECORD_PART_H
#define SH_RECORD_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "record/record.h"

struct sh_part {
	uint64_t number; /* from 0 */
	uint64_t of;     /* 0: all is ours */
};

/* "K/N", 0 <= K < N. Returns false for anything else. */
bool sh_part_parse(struct sh_part *p, const char *text);

/* How a line begins, as it stands there. */
struct sh_glance {
	struct sh_span kind, time, host;
};

/* Returns false where the line does not begin as our own records do. The time may yet be none. */
bool sh_glance(struct sh_glance *g, struct sh_span line);

/* The time that was read last: in a stream mostly the same as the next. Zero it before the first. */
struct sh_glance_time {
	int64_t time;
	char text[40];
	size_t len;
};

/* Returns false for what is no time. */
bool sh_glance_time(struct sh_glance_time *t, struct sh_span text);

bool sh_part_has(const struct sh_part *p, struct sh_span host);
/* Whether a record, or a line that is none, is ours. */
bool sh_part_has_record(const struct sh_part *p, const struct sh_record *r);
bool sh_part_has_bad(const struct sh_part *p, struct sh_span line);

#endif
