/* SPDX-License-Identifier: MIT */
/*
 * detector - records in, faults out
 *
 * Decides by the largest record time seen; the same input gives the same output.
 * State is kept by series, can be saved and read back, and split runs give what
 * one run gives.
 */
#ifndef SH_DETECT_DETECTOR_H
#define SH_DETECT_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "config/site.h"
#include "detect/damage.h"
#include "detect/hush.h"
#include "detect/rulebook.h"
#include "record/leap.h"
#include "detect/logs.h"
#include "detect/peers.h"
#include "detect/rule.h"
#include "detect/store.h"
#include "detect/timers.h"
#include "record/record.h"
#include "state/state.h"

struct sh_fared;
struct sh_look;

struct sh_detector {
	const struct sh_rules *rules; /* borrowed */
	const struct sh_site *site;   /* borrowed; rule parameters per entity; NULL none */
	struct sh_rulebook book;
	struct sh_store store;
	struct sh_timers timers;
	struct sh_peers peers;
	struct sh_logs logs;
	struct sh_hush hush;
	struct sh_arena arena;
	struct sh_fared *fared;       /* internal; one a rule */
	double *value;                /* what rules read: see rulebook.h */
	uint64_t *candidate;          /* bitmap of rules */
	uint64_t *quiet;              /* those that a gate says are false */
	uint64_t *settled;            /* those of which that is noted in fared */
	uint64_t *met;                /* needs of rules: see needs.h */
	uint64_t *heard;              /* rules of which it is noted what they lack, or that they lack nothing */
	uint64_t *asked;              /* the look in which each call was asked last */
	int64_t since;                /* records before it are learnt from and not judged; 0: all are judged */
	uint64_t looks;               /* at a series, for a record or when time goes on */
	json_t *orphans;              /* watches of rules that are no more, still to be told of; NULL none */
	uint64_t records;             /* samples judged */
	uint64_t dropped;             /* not newer than the last of their series, or late */
	uint64_t late;                /* of which by more than a week */
	struct sh_leap leap;
	int64_t usual;                /* time between records at most, lately */
	int64_t pause;                /* time between the latest record and the one before */
	int64_t resumed;              /* when records came again after an unusual silence of all */
	int64_t resumed_before;       /* and when after the one before that */
	uint32_t streak;              /* counts when records are on time again after some behind */
	bool behind;                  /* the records lately are behind the largest time: see clock.h */
	/* The clock of the record's host was set back BY; may be NULL. */
	void (*stepped)(void *arg, const struct sh_record *r, int64_t by);
	/* Each fault as a line; the stream's writer or the outbox stands behind it. */
	void (*emit)(void *arg, const char *line, size_t len);
	/* A rule that failed on a record: once per rule and series until it works again; may be NULL. */
	void (*broken)(void *arg, const struct sh_rule *rule, const struct sh_record *r,
		       const char *error);
	/* For --explain: what each rule saw; may be NULL. */
	void (*explain)(void *arg, const struct sh_rule *rule, const struct sh_record *r,
			const char *text);
	/* A row of the state that makes no sense: that series begins anew; may be NULL. */
	void (*damaged)(void *arg, const struct sh_error *err);
	/* Instead of faults: what the expression of each rule comes to for each sample; NULL: faults. */
	void (*score)(void *arg, const struct sh_record *r, const struct sh_value *value);
	void *arg;
	uint64_t faults; /* opened or ongoing, so far, and not suppressed */
};

/*
 * MINE: find the templates of logs even where no rule asks for them.
 * REPORT (may be NULL) is told of each rule that cannot be used after all.
 * Returns their number.
 */
size_t sh_detector_init(struct sh_detector *d, const struct sh_rules *rules,
			const struct sh_site *site, bool mine,
			void (*report)(void *arg, const struct sh_error *err), void *arg);
void sh_detector_release(struct sh_detector *d);
/* SH_ERRC_INPUT when members that every sample may have are of a wrong type: nothing was done. */
int sh_detector_sample(struct sh_detector *d, const struct sh_record *r, struct sh_error *err);
/*
 * A log record; ANNOTATED (may be NULL) gets it with its template, where logs are
 * mined. SH_ERRC_INPUT as above.
 */
int sh_detector_log(struct sh_detector *d, const struct sh_record *r, struct sh_buf *annotated,
		    struct sh_error *err);
/*
 * A sample or log record of another part: its time counts here too. GLANCE, when only its
 * beginning was looked at, returns false where the time alone changes so much that
 * the record must be whole.
 */
void sh_detector_foreign(struct sh_detector *d, const struct sh_record *r);
bool sh_detector_glance(struct sh_detector *d, enum sh_kind kind, int64_t time);
/* Time goes on although nothing was measured. */
void sh_detector_tick(struct sh_detector *d, const struct sh_record *r);
/* Faults that have some but too few hits, as status "pending". */
void sh_detector_pending(struct sh_detector *d);

/*
 * The name whose absence made RULE unknown on every record it looked at; NULL
 * when it was known once, or looked at none. What a rule cannot be true without
 * counts as that also where something else says that it is false. Borrowed.
 */
const char *sh_detector_blind(const struct sh_detector *d, const struct sh_rule *rule);

/* Look up, once, which rules concern a series. */
void sh_detector_introduce(struct sh_detector *d, struct sh_subject *s);

/* Saves what changed since the last save. */
int sh_detector_save(struct sh_detector *d, struct sh_state *s, struct sh_error *err);
/* A copy of this process saves what changed: as after a save, it need not be saved again. */
void sh_detector_given(struct sh_detector *d);
/* What was saved did not become durable: the next save stores all again. */
void sh_detector_unsaved(struct sh_detector *d);
/* What cannot be read is left out; -1 when it is more than single rows. */
int sh_detector_load(struct sh_detector *d, struct sh_state *s, struct sh_error *err);

#endif
