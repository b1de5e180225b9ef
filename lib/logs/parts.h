/* SPDX-License-Identifier: MIT */
/*
 * parts - the miner's memory: streams, their templates, and where a line looks for its own
 *
 * For the files of the miner alone. A bucket holds the templates that a line is
 * compared with: same stream, same number of words, same two first words. Where
 * too many different second words follow one first word, they share one bucket, in
 * which the second word varies.
 */
#ifndef SH_LOGS_PARTS_H
#define SH_LOGS_PARTS_H

#include "base/map.h"
#include "logs/miner.h"
#include "logs/rate.h"
#include "logs/token.h"

#define SH_LOG_BUCKET 64 /* templates of a bucket */
#define SH_LOG_SECOND 64 /* buckets of one first word */

struct sh_log_number {
	size_t word; /* from 0 */
	uint64_t count;
	double min, max, mean;
};

struct sh_log_bucket;
struct sh_log_stream;

struct sh_log_template {
	struct sh_log_template *next;			 /* in the bucket */
	struct sh_log_template *older, *newer;		 /* by last use, of the miner */
	struct sh_log_template *mate_older, *mate_newer; /* of the stream */
	struct sh_log_stream *stream;
	struct sh_log_bucket *bucket;
	uint64_t id;
	uint64_t serial,
		used; /* lines of the miner when it was made and last seen; no two are equal */
	uint64_t count;
	int64_t first, last;
	uint32_t steady; /* lines since its words last changed */
	int severity;
	struct sh_log_rate rate;
	char *text;		      /* owned */
	struct sh_log_number *number; /* owned; by word */
	size_t n_numbers;
	size_t n; /* words */
	uint64_t hash[];
};

struct sh_log_bucket_key {
	uint64_t n, first, second; /* second: 0 where second words share it */
};

struct sh_log_bucket {
	struct sh_log_bucket_key key;
	struct sh_log_template *head;
	size_t n;
};

struct sh_log_stream {
	struct sh_log_stream *older, *newer; /* by last use */
	const char *name;		     /* the map's, with its length */
	size_t len;
	struct sh_log_template *oldest, *newest;
	size_t n;
	uint64_t lines;
	int64_t first, last;
	struct sh_log_rate errors;
	struct sh_map bucket; /* struct sh_log_bucket_key -> struct sh_log_bucket */
	struct sh_map firsts; /* number of words, first word -> how many buckets (not shared) as a
				 pointer */
};

struct sh_log_miner {
	struct sh_log_limits limits;
	struct sh_map stream;
	struct sh_log_stream *oldest_stream, *newest_stream;
	struct sh_log_template *oldest, *newest;
	size_t n, bytes;
	uint64_t lines, forgotten;
	struct sh_log_tokens tokens; /* of the line that is looked at */
};

/* miner.c */
/* The stream of this name, the latest from now on; a new one may make the oldest go. */
struct sh_log_stream *sh_log_stream_get(struct sh_log_miner *m, struct sh_span name, int64_t time);
void sh_log_miner_clear(struct sh_log_miner *m);

/* template.c */
/* A copy of the words, no numbers, not yet in any list. */
struct sh_log_template *sh_log_template_new(size_t n);
size_t sh_log_template_bytes(const struct sh_log_template *t);
/* Into its stream's bucket and the lists, as the latest; others may go for it. SHARED: second words
 * share the bucket. */
void sh_log_template_insert(struct sh_log_miner *m, struct sh_log_template *t, bool shared);
void sh_log_template_remove(struct sh_log_miner *m, struct sh_log_template *t);
void sh_log_template_use(struct sh_log_miner *m, struct sh_log_template *t);
void sh_log_template_free(struct sh_log_template *t);
/* Where a line with these words looks; *shared as above. NULL when there is none yet. */
struct sh_log_bucket *sh_log_bucket_find(const struct sh_log_stream *s,
					 const struct sh_log_tokens *line, bool *shared);

/* match.c */
/* The template that a line belongs to, widened to take it in; NULL: none does. */
struct sh_log_template *sh_log_match(struct sh_log_miner *m, const struct sh_log_bucket *b,
				     const struct sh_log_tokens *line);

/* words.c */
/* The text of a new template. The caller frees it. */
char *sh_log_words(const struct sh_log_tokens *line);
/* Word I, from 0, becomes <*>. Returns the text, perhaps moved. */
char *sh_log_words_widen(char *text, size_t i);

#endif
