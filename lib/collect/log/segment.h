/* SPDX-License-Identifier: MIT */
/*
 * segment - one file of a log that is being followed, line by line
 *
 * A line counts when its newline is there; what is behind the last newline waits,
 * unless it is longer than a record may be: then its beginning is given, marked,
 * and the rest left out.
 */
#ifndef SH_COLLECT_LOG_SEGMENT_H
#define SH_COLLECT_LOG_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"
#include "collect/log/cursor.h"

struct sh_segment {
	struct sh_cursor cursor;
	char *path;      /* owned: where it was seen last */
	int fd;          /* owned; -1: not open */
	uint64_t device; /* while it is open */
	uint64_t size;   /* when it was looked at last */
	int64_t changed; /* its time then, while it is open; 0: never looked at */
	int64_t gone;    /* sh_clock_wall since which it is no longer under its name, or grew since; 0 it is */
	bool seen;       /* in this round, under a name that is followed */
};

struct sh_segment *sh_segment_new(const char *path, int fd, const struct sh_cursor_file *file);
void sh_segment_free(struct sh_segment *s);

/* Who takes the lines; CUT: the beginning of a longer one. */
struct sh_segment_sink {
	void (*line)(void *arg, struct sh_span line, bool cut);
	void *arg;
	struct sh_buf *chunk; /* scratch */
};

/* Give the lines of at most BUDGET bytes, and move the cursor behind them. Returns the bytes, -1. */
int64_t sh_segment_read(struct sh_segment *s, const struct sh_segment_sink *sink, uint64_t budget,
			struct sh_error *err);
/* The file is finished: what is behind its last newline is a line too. */
int64_t sh_segment_finish(struct sh_segment *s, const struct sh_segment_sink *sink,
			  struct sh_error *err);
/* Where the last line that is whole ends, at or before OFFSET. */
uint64_t sh_segment_line_end(int fd, uint64_t offset);

#endif
