/* SPDX-License-Identifier: MIT */
/*
 * part - of all hosts one in N: how several processes share one stream
 *
 * Which part has a host is said by its name alone. Hosts that are numbered, n0001 to
 * n0250, are shared out evenly.
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

#include "base/near.h"
#include "base/span.h"
#include "record/record.h"
#include "record/text.h"

struct sh_part {
	uint64_t number; /* from 0 */
	uint64_t of;     /* 0: all is ours */
};

/* "K/N", 0 <= K < N. Returns false for anything else. */
bool sh_part_parse(struct sh_part *p, const char *text);

/*
 * What the last line began with: the next mostly begins with the same but for its
 * time, and is then known at once. Zero it before the first.
 */
struct sh_foreign {
	struct sh_time_near near;
	int64_t time; /* of the line at hand */
	enum sh_kind kind;
	bool ours;    /* the line at hand is, as its beginning says */
	size_t head_len, time_len, tail_len; /* 0: nothing is known */
	char head[64]; /* up to the time */
	char tail[96]; /* from behind the time to the quote that ends the host */
};

/*
 * Whether LINE is of another part and its beginning says so: its kind and time are
 * then in *f. False also for what begins otherwise: it is to be viewed.
 */
bool sh_part_is_foreign(const struct sh_part *p, struct sh_foreign *f, struct sh_span line);

/* Private: the same as the last one but for the time, which is as long. */
static inline bool sh_foreign_is_like_last(const struct sh_foreign *f, struct sh_span line)
{
	return f->tail_len && line.len >= f->head_len + f->time_len + f->tail_len &&
	       sh_text_same(line.p + f->head_len + f->time_len, f->tail, f->tail_len) &&
	       sh_text_same(line.p, f->head, f->head_len);
}

/*
 * Whether what begins at REST, of which the end need not be known, does so like the last
 * line, and that was another part's: its time is then in *f. Returns how many bytes that
 * is, with no newline among them; 0: it does not, or it is to be asked above.
 */
static inline size_t sh_part_continues(struct sh_foreign *f, struct sh_span rest)
{
	if (f->ours || !sh_foreign_is_like_last(f, rest) ||
	    !sh_time_is_near(&f->near, rest.p + f->head_len, f->time_len, &f->time))
		return 0;
	return f->head_len + f->time_len + f->tail_len;
}

bool sh_part_has(const struct sh_part *p, struct sh_span host);
/* Private: where its line has not said so, and there are parts. */
bool sh_part_finds_record(const struct sh_part *p, const struct sh_record *r);
/* Whether a record, or a line that is none, is ours. */
static inline bool sh_part_has_record(const struct sh_part *p, const struct sh_record *r)
{
	return p->of < 2 || r->is_ours || sh_part_finds_record(p, r);
}
bool sh_part_has_bad(const struct sh_part *p, struct sh_span line);

#endif
