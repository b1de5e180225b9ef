/* SPDX-License-Identifier: MIT */
/* log - write one line of a log as a record */
#ifndef SH_RECORD_LOG_H
#define SH_RECORD_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* Everything borrowed; what is absent is not written. */
struct sh_log {
	const char *host, *entity;
	int64_t time;
	const char *const *dims, *const *labels; /* name, value pairs, NULL-terminated, or NULL */
	const char *collector, *target;          /* the source; NULL collector: none */
	int severity;                            /* enum sh_severity, or -1 */
	struct sh_span program, text;
	int64_t pid;                             /* -1: none */
	struct sh_span fields;                   /* JSON of an object: what else the line says */
	bool truncated;                          /* text or fields are not all there was */
};

/*
 * Append the record with its newline. One longer than a record may be loses its
 * fields, then the end of its text, and is marked truncated. Bytes that are no
 * UTF-8 become U+FFFD.
 */
void sh_log_write(struct sh_buf *out, const struct sh_log *log);

#endif
