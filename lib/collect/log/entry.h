/* SPDX-License-Identifier: MIT */
/*
 * entry - from the lines of a log format to log records
 *
 * A format takes a line apart and gives the entry. It can be put at once, or held
 * until it is known that no further line belongs to it: lines are joined to it
 * up to a bound. Formats that hold have sh_log_release as idle() and sh_log_end as
 * end(), and nothing else in in->state.
 */
#ifndef SH_COLLECT_LOG_ENTRY_H
#define SH_COLLECT_LOG_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "collect/format/format.h"
#include "collect/log/stamp.h"

#define SH_LOG_JOIN_LINES 500
#define SH_LOG_JOIN_BYTES ((size_t)64 << 10)

struct sh_log_entry {
	int64_t time;  /* ns; 0: when it arrived */
	int severity;  /* enum sh_severity, -1 none */
	int64_t pid;   /* -1 none */
	struct sh_span host; /* absent: this one */
	struct sh_span program, text;
	struct sh_span fields; /* JSON of an object */
	struct sh_span unit;   /* a label */
	const char *facility;  /* a label */
	bool truncated;
};

#define SH_LOG_ENTRY_INIT { .severity = -1, .pid = -1 }

struct sh_stamp_clock *sh_log_clock(struct sh_import *in);
/* Scratch, cleared: for text that must be built. */
struct sh_buf *sh_log_scratch(struct sh_import *in);

/* Write it, after what is held. */
void sh_log_put(struct sh_import *in, const struct sh_log_entry *e);
/* Write what is held, and hold this. */
void sh_log_hold(struct sh_import *in, const struct sh_log_entry *e);
/* Add LINE to what is held; false when nothing is. */
bool sh_log_join(struct sh_import *in, struct sh_span line);
/* The text of what is held so far; absent when nothing is. */
struct sh_span sh_log_held(const struct sh_import *in);
/* Give what is held, which came without fields, one more of them. */
void sh_log_held_field(struct sh_import *in, struct sh_span name, struct sh_span value);
/* Write what is held. */
void sh_log_release(struct sh_import *in);
/* The same, and free the state. */
void sh_log_end(struct sh_import *in);

/* The name of a number of syslog; NULL beyond 23. */
const char *sh_log_facility(int64_t facility);
/* A process id as text; -1 when it is none. */
int64_t sh_log_pid(struct sh_span text);

#endif
