/* SPDX-License-Identifier: MIT */
/*
 * past - what every function over time is made of
 *
 * One function ("avg", "anomaly") is a kind; one call of it in a rule
 * ("avg(cpu.usage, 5m)") has terms, the same for every series; each series has a
 * state of its own for it, of bounded size. A kind knows nothing of rules,
 * records or files: times and values go in, a number or the reason why there is
 * none yet comes out, and the state goes out as bytes and comes back from bytes.
 *
 * Everything is decided by the times that are given in, never by a clock, and
 * what is stored and loaded continues to the last bit as if it had not been.
 */
#ifndef SH_SERIES_PAST_H
#define SH_SERIES_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/span.h"
#include "series/bytes.h"

#define SH_PAST_ARGS 4

struct sh_past_kind;

/* A constant argument after the path. */
struct sh_past_arg {
	enum { SH_PAST_NUMBER, SH_PAST_DURATION } type;
	double number; /* of a duration in seconds */
	int64_t ns;    /* of a duration */
};

struct sh_past_terms {
	const struct sh_past_kind *kind;
	struct sh_past_arg arg[SH_PAST_ARGS];
	size_t n;
	/*
	 * Answer from as little as there is, as Prometheus does, where otherwise a
	 * window has to be covered by the past first.
	 */
	bool eager;
	struct sh_map *names; /* of metrics, for functions of all of them; borrowed, shared by all series */
};

/* What a function says now. */
struct sh_past_answer {
	bool known;
	double value;    /* of a truth 0 or 1 */
	const char *why; /* a constant sentence where it is not known: "fewer than 2 points" */
};

struct sh_past_kind {
	const char *name;
	int min_args, max_args; /* after the path */
	bool is_truth;          /* the value is true or false: changed, absent */
	bool is_duration;       /* the value is a time in seconds: age, time_to */
	/*
	 * Its answer changes while nothing is measured (absent, age): it is asked
	 * again when time goes on.
	 */
	bool is_timed;
	/* A fault that is open holds this state as it is: learned models do not learn the fault. */
	bool is_learned;
	/* Check the arguments: 0, or -1 with SH_ERRC_CONFIG and a sentence that begins with the name. NULL: any. */
	int (*check)(const struct sh_past_terms *t, struct sh_error *err);
	/* The longest time it looks back, ns; 0 where that has no meaning. NULL: the longest duration argument. */
	int64_t (*reach)(const struct sh_past_terms *t);
	/* Bytes of a state; memory of so many zero bytes is a new one. */
	size_t (*size)(const struct sh_past_terms *t);
	/* Free what lies beyond these bytes. NULL: nothing does. */
	void (*release)(void *state);
	/* A measurement. Times rise strictly; the value is finite. */
	void (*note)(void *state, const struct sh_past_terms *t, int64_t time, double value);
	/*
	 * A measurement of which nothing is to be learned, because a fault is open: the
	 * next answer is about it, what later ones are judged by stays as it is. NULL
	 * where is_learned is not set.
	 */
	void (*judge)(void *state, const struct sh_past_terms *t, int64_t time, double value);
	/*
	 * Of a function of all metrics of a record, which takes no path, instead of note
	 * and judge: each metric, then the end of the record.
	 */
	void (*note_metric)(void *state, const struct sh_past_terms *t, struct sh_span name, double value,
			    bool is_learned);
	void (*end_row)(void *state, const struct sh_past_terms *t, bool is_learned);
	/* The metrics that its answer is most due to, the first most, and their Z; NULL past the end. */
	const char *(*attribute)(const void *state, const struct sh_past_terms *t, size_t i, double *z);
	/* At NOW, not before the last measurement. A state that never got one is asked too. */
	struct sh_past_answer (*ask)(const void *state, const struct sh_past_terms *t, int64_t now);
	/* For a timed kind: when its answer may change next if nothing is measured; INT64_MAX never. NULL: untimed. */
	int64_t (*due)(const void *state, const struct sh_past_terms *t);
	void (*store)(const void *state, const struct sh_past_terms *t, struct sh_buf *out);
	/* Into a new state. Returns -1 with SH_ERRC_STATE for damaged bytes or a newer form; STATE is then as new. */
	int (*load)(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
		    struct sh_error *err);
	/* Append what it knows as members of a JSON object, without braces: for people. NULL: nothing to show. */
	void (*show)(const void *state, const struct sh_past_terms *t, struct sh_buf *out);
	/* What the manual says: "window" and one sentence. */
	const char *synopsis, *help;
};

/* Time from A to B; of what a damaged state says, whatever it comes to. */
static inline int64_t sh_past_between(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)b - (uint64_t)a);
}

/* By name, NULL when there is none. */
const struct sh_past_kind *sh_past_find(const char *name);
/* Each in turn, NULL past the end. */
const struct sh_past_kind *sh_past_at(size_t i);

#endif
