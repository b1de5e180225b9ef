/* SPDX-License-Identifier: MIT */
/*
 * watch - the life of a fault under one rule, entity and dims
 *
 * Pure: answers and times go in, what to write comes out (DESIGN 3, life of a
 * fault). An answer that is unknown changes nothing. On hit number count the fault
 * opens and the count starts anew; each time it is full again it is ongoing; it
 * resolves after clear_count answers in a row on which the clearing condition
 * holds. What damping adds (N of M, durations, keep_firing, flapping, silence) is
 * described where its terms are. Nothing is decided but by an answer or by
 * sh_watch_lost.
 */
#ifndef SH_DETECT_WATCH_H
#define SH_DETECT_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "expr/expr.h"
#include "record/fault.h"

struct sh_watch {
	bool open;          /* written, and not resolved */
	bool flapping;      /* written as that: nothing more is until it ends */
	bool holds;         /* of flap damping: the state it counts changes of */
	bool lost;          /* nothing is heard of it */
	bool stale;         /* that is what was written last */
	uint8_t severity;   /* enum sh_severity, of the latest hit */
	uint8_t told;       /* the one written last */
	int64_t hits;       /* since the count last started: in a row, or among the last M */
	int64_t clears;     /* in a row, while open */
	int64_t since;      /* time of the first of these hits */
	int64_t until;      /* time of the latest hit */
	int64_t run_since;  /* first hit of the unbroken run, for "for" */
	int64_t first_hit;  /* of the open fault: names it */
	int64_t total_hits; /* of the open fault, or of the run that may open it */
	int64_t emitted;    /* time of the last open or ongoing */
	int64_t heard;      /* time of the latest answer */
	int64_t clear_since; /* first of the clears in a row, later by the time nothing was heard */
	int64_t flap_since; /* when it began to flap */
	uint64_t recent;    /* of N of M: the last answers */
	uint64_t cleared;   /* and those of the clearing condition, while open */
	uint64_t changes;   /* of flap damping: whether each answer changed the state */
};

struct sh_watch_terms {
	int64_t count, clear_count, for_time, repeat;
};

/* All zero is none of it; durations in ns. */
struct sh_watch_damping {
	uint8_t hits_of;     /* count is among the last so many answers, not in a row; up to 64 */
	uint8_t clear_of;    /* clear_count likewise */
	uint8_t flap_of;     /* the answers whose changes are scored, 2 to 64; 0: no flap damping */
	double flap_high;    /* it begins to flap at this score */
	double flap_low;     /* and ends under this one; percent */
	int64_t clear_for;   /* the clears in a row must have lasted */
	int64_t keep_firing; /* not resolved sooner after the latest hit */
	int64_t stale_after; /* silence that is told; 0: three intervals, 2 minutes at least; < 0: never */
	int64_t warmup;      /* no hit counts until the series was seen for so long: see warmup.h */
};

enum sh_watch_event {
	SH_WATCH_NOTHING,
	SH_WATCH_HIT,      /* counted, not yet enough */
	SH_WATCH_OPENED,   /* the first record of a fault is due */
	SH_WATCH_ONGOING,  /* a further one */
	SH_WATCH_RESOLVED, /* the last */
};

/*
 * The severity by which the hit about to be stepped counts, where the rule computes
 * one: an open fault whose severity changes is ongoing at once.
 */
void sh_watch_rate(struct sh_watch *w, enum sh_severity severity);
/* What an answer does: HIT is the rule's truth, CLEARED the clearing condition's. */
enum sh_watch_event sh_watch_judge(struct sh_watch *w, const struct sh_watch_terms *terms,
				   const struct sh_watch_damping *damping, enum sh_truth hit,
				   enum sh_truth cleared, int64_t time);
/* The same without damping. */
enum sh_watch_event sh_watch_step(struct sh_watch *w, const struct sh_watch_terms *terms,
				  enum sh_truth hit, enum sh_truth cleared, int64_t time);
/* The status of the record that EVENT asks for; of NOTHING and HIT the one it has now. */
enum sh_fault_status sh_watch_status(const struct sh_watch *w, enum sh_watch_event event);
/* After the fault was written: the count starts anew, and a resolved fault is over. */
void sh_watch_emitted(struct sh_watch *w, enum sh_watch_event event, int64_t time);

/* A hit that warm-up keeps from counting: no answer, but the series was heard. */
void sh_watch_ignored(struct sh_watch *w, int64_t time);
/* Nothing was known from the latest answer to TIME: that is no part of how long something was so. */
void sh_watch_missed(struct sh_watch *w, int64_t time);
/* The clock of all times was set; what names an open fault stays. */
void sh_watch_move(struct sh_watch *w, int64_t by);
/* When silence is to be judged, INT64_MAX never. INTERVAL is the usual one of the series, 0 not known. */
int64_t sh_watch_due(const struct sh_watch *w, const struct sh_watch_damping *damping,
		     int64_t interval);
/*
 * Time has come to NOW. True when the fault is to be written as stale, once until
 * it is written otherwise: its next hit is ongoing at once, the next clear goes on
 * counting. The time nothing was heard is no part of clear_for.
 */
bool sh_watch_lost(struct sh_watch *w, const struct sh_watch_damping *damping, int64_t interval,
		   int64_t now);

/* Percent, 0 without flap damping. */
double sh_watch_score(const struct sh_watch *w, const struct sh_watch_damping *damping);
/* The counters as people read them: "2 of 3 in a row; flapping score 12 %; open". */
void sh_watch_explain(const struct sh_watch *w, const struct sh_watch_terms *terms,
		      const struct sh_watch_damping *damping, int64_t time, struct sh_buf *out);

/* Nothing to remember: as new. */
bool sh_watch_is_idle(const struct sh_watch *w);
json_t *sh_watch_to_json(const struct sh_watch *w);
void sh_watch_from_json(struct sh_watch *w, const json_t *object);

#endif
