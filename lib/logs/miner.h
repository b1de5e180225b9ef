/* SPDX-License-Identifier: MIT */
/*
 * miner - what kinds of lines a log has, learned as they come
 *
 * Each stream (an entity and the source of its log) has templates: lines of the
 * same number of words that differ only in words that vary. Based on Drain (He et
 * al., ICWS 2017): templates with the same length and the same two first words are
 * compared word by word, and one that is alike enough takes the line in, the words
 * that differ becoming <*>. Beyond it:
 *  - words are masked first (token.h), and two that vary count as equal;
 *  - a template fits whatever varies in it, and is not given up for being general;
 *  - at most two words that are no variables may be widened at once;
 *  - a word that stayed the same for 64 lines is constant: another one in its place
 *    is another template ("link up" a thousand times, then "link down").
 * One setting for every log.
 *
 * A template keeps its id, made from the first line it had, for as long as it lives;
 * widening changes its text only. Memory is bounded: of too many templates the one
 * not seen for longest goes. Nothing depends on a clock, and what is stored and
 * loaded goes on as if it had not been.
 */
#ifndef SH_LOGS_MINER_H
#define SH_LOGS_MINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

#define SH_LOG_FIELDS 16 /* numbers of a template that are followed */
#define SH_LOG_TEXT 2048 /* bytes of a template's text */
#define SH_LOG_WORD 48	 /* bytes of a word that are kept for the text */

struct sh_log_miner;

struct sh_log_limits {
	size_t streams;	     /* at most so many; the one not heard of for longest goes */
	size_t templates;    /* of all streams */
	size_t of_stream;    /* of one stream */
	uint64_t warm_lines; /* a stream says what is new or rare after so many lines */
	int64_t warm_time;   /* and after so long, ns */
	int64_t rare;	     /* a template not seen for so long was rare, ns */
};

#define SH_LOG_LIMITS                                                                              \
	{                                                                                          \
		.streams = 1024, .templates = 16384, .of_stream = 4096, .warm_lines = 200,         \
		.warm_time = INT64_C(3600000000000), .rare = INT64_C(86400000000000)               \
	}

/* A number in the line, and how it was in the lines of the template before. */
struct sh_log_field {
	size_t word;	/* its place in the template's text, from 1 */
	double value;	/* sizes in bytes, times in seconds where the line says the unit */
	uint64_t count; /* values before this one; 0: the others are unknown */
	double min, max;
	double mean; /* exponentially weighted, with the weight of 64 values */
};

/* What is known of a line. Texts are the miner's and die with its next change. */
struct sh_log_answer {
	char id[17];	    /* of the template, hex */
	const char *text;   /* of the template, "<*>" for what varies; UTF-8 */
	uint64_t count;	    /* lines of it, with this one */
	int64_t first;	    /* time of the first of them */
	int64_t previous;   /* time of the one before this; only where count > 1 */
	int severity;	    /* the worst of its lines, enum sh_severity, or -1 */
	bool is_warm;	    /* the stream was looked at for long enough */
	bool is_new;	    /* never seen since the warm-up */
	bool rare;	    /* seen again after long */
	double rate, usual; /* lines of the template in the last minute, and per minute in the past
			       hour */
	double errors_rate, errors_usual; /* lines of the stream that are errors, likewise */
	struct sh_log_field field[SH_LOG_FIELDS];
	size_t n_fields;
};

/* LIMITS NULL: SH_LOG_LIMITS. Limits of 0 count as 1. */
struct sh_log_miner *sh_log_miner_new(const struct sh_log_limits *limits);
void sh_log_miner_free(struct sh_log_miner *m);

/*
 * Look at one line of a stream and learn from it. SEVERITY: enum sh_severity, or
 * -1; high and worse is an error. A time before the stream's last counts as the
 * last. TEXT may be any bytes; what is looked at of it is bounded (token.h).
 */
void sh_log_look(struct sh_log_miner *m, struct sh_span stream, struct sh_span text, int severity,
		 int64_t time, struct sh_log_answer *out);

/* Append all that it knows as bytes. */
void sh_log_store(const struct sh_log_miner *m, struct sh_buf *out);
/*
 * Into a new miner. Returns -1 with SH_ERRC_STATE, the miner as new, for bytes that
 * are damaged or of a newer form. Of more than its limits allow, the latest are kept.
 */
int sh_log_load(struct sh_log_miner *m, const void *data, size_t len, struct sh_error *err);

#endif
