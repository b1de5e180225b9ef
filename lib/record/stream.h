/* SPDX-License-Identifier: MIT */
/*
 * stream - records in, records out: the loop that every filter shares
 *
 * Reads files (operands; "-" is standard input, none is standard input) line by
 * line, hands each record to a callback, and writes lines out. Prompt when idle
 * (whatever was written is flushed before the reader blocks) and batched when
 * busy. A bad line is reported through a callback with file and line number,
 * copied to the reject file if there is one, counted, and never stops the stream
 * unless strict. A reader that went away is noticed even while nothing is
 * written.
 *
 * Empty lines are skipped; a CR before the newline and a UTF-8 byte order mark at
 * the start of a file are not part of the record, nor is a record separator
 * (0x1E, RFC 7464) before it; a last line without newline is
 * read, and when it is no whole object it is reported as truncated.
 */
#ifndef SH_RECORD_STREAM_H
#define SH_RECORD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"
#include "record/part.h"
#include "record/record.h"

#define SH_MAX_RECORD ((size_t)1 << 20)

struct sh_writer {
	int fd;              /* borrowed */
	struct sh_buf buf;   /* owned */
	size_t batch;        /* flush when this many bytes wait */
	bool broken;         /* the reader went away; further output is dropped */
	int error;           /* errno of another failure, e.g. ENOSPC */
	/* Shown each whole line that is written (outbox, terminal text); may be NULL. */
	void (*tap)(void *arg, const char *line, size_t len);
	void *tap_arg;
	bool tap_only;       /* the tap replaces the output (text on a terminal) */
	/* Before input is waited for: returns after how many ms it wants to be asked again, -1 not; may be NULL. */
	int (*quiet)(void *tap_arg);
};

void sh_writer_init(struct sh_writer *w, int fd);
void sh_writer_release(struct sh_writer *w); /* does not flush */
/* One or more whole lines, each with its newline. */
void sh_writer_lines(struct sh_writer *w, const char *data, size_t len);
/* One line without its newline (pass-through). */
void sh_writer_line(struct sh_writer *w, const char *line, size_t len);
/* 0, or -1 with SH_ERRC_SYSTEM; a reader that went away is no error but sets broken. */
int sh_writer_flush(struct sh_writer *w, struct sh_error *err);

struct sh_stream;

struct sh_stream_ops {
	/* Each record. Returns 0 to go on, 1 to stop quietly, -1 to stop with *err; -1 with
	 * SH_ERRC_INPUT means that the record is bad after all: it is treated as a bad line. */
	int (*record)(void *arg, struct sh_stream *s, const struct sh_record *r,
		      struct sh_error *err);
	/* Nothing to read: called before blocking, after the flush; may be NULL. Returns the longest
	 * wait in ms (-1: until input comes); fds of its own may be watched by giving wake_fd. */
	int (*idle)(void *arg, struct sh_stream *s);
	/*
	 * A line of another part, of which only the beginning was looked at. Returns false
	 * to have it as a record after all. NULL: as if it always did.
	 */
	bool (*foreign)(void *arg, enum sh_kind kind, int64_t time);
	/* A bad line, already rejected and counted; err holds the reason with its byte offset. */
	void (*bad)(void *bad_arg, const char *file, uint64_t line, const struct sh_error *err);
	void *arg;     /* of record and idle */
	void *bad_arg; /* of bad: whoever reports need not be who works */
};

struct sh_stream {
	const char *const *files;  /* borrowed, NULL-terminated; NULL or empty: standard input */
	const char *local_host;    /* borrowed */
	int64_t now;               /* arrival time for records without one; 0: the clock */
	size_t max_record;         /* 0: SH_MAX_RECORD */
	struct sh_part part;       /* bad lines of other parts are not told, counted or rejected */
	bool strict;               /* stop at the first bad line */
	FILE *reject;              /* borrowed, may be NULL: bad lines as they came */
	int wake_fd;               /* -1, or a descriptor whose readability makes idle() be called */
	struct sh_stream_ops ops;
	struct sh_writer *out;     /* borrowed */
	bool stop;                 /* set by any callback: stop quietly */
	uint64_t records, bad;     /* counted */
};

/* Zero everything, wake_fd -1. */
void sh_stream_init(struct sh_stream *s, struct sh_writer *out);
/*
 * Run to the end of all input (or until a callback stops it, or the output's
 * reader is gone), and flush. Returns 0 or -1 (a file that cannot be opened or
 * read, strict and a bad line, output that cannot be written, a callback's
 * error). A missing file does not stop the others: the first is what is returned
 * at the end, later ones are shown to bad() with line 0, so each is told once.
 * Likewise the bad line that stops a strict run is returned, as FILE:LINE: and
 * reason, and not shown.
 */
int sh_stream_run(struct sh_stream *s, struct sh_error *err);

#endif
