/* SPDX-License-Identifier: MIT */
/*
 * store - the series that were seen, and what is remembered of each
 *
 * A series is an entity with its dims. A record finds its series by the bytes of
 * its entity, dims and collector as they stand in the line; only bytes that were
 * never seen are taken apart. What a series holds is kept small: a machine has
 * room for a million of them.
 */
#ifndef SH_DETECT_STORE_H
#define SH_DETECT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/span.h"
#include "detect/hosts.h"
#include "detect/latest.h"
#include "detect/watched.h"
#include "record/record.h"

/* Who has not been heard of for so long is forgotten; what comes later than that is dropped. */
#define SH_STORE_FORGET (7 * SH_DAY)

/* One collector's measurements of a series: two may measure it at the same instant. */
struct sh_origin {
	const char *collector; /* interned */
	int64_t last;
	int64_t back;          /* the latest of records behind that, and how many: see clock.h */
	uint32_t backs, streak;
};

/* The state of one function over time. */
struct sh_recalled {
	uint32_t recall; /* its number in the rulebook */
	int64_t noted;   /* time of the newest measurement that it has; INT64_MIN none */
	void *state;     /* owned */
};

/* What few series have. */
struct sh_rare {
	char *line;         /* owned: its last record, kept where rules judge it by the time alone */
	uint32_t line_len;
	int64_t opened;     /* since when faults of the entity are open; in "whole" only, 0 none */
	int64_t repaired;   /* end of the last repair of the entity; in "whole" only, 0 none */
	int64_t lag;        /* of its clock behind that of all; 0: less than a minute */
	int64_t queued_due; /* its time among the timers, while it is queued */
};

struct sh_subject {
	struct sh_host *host;
	struct sh_host *own_host;    /* of which its records speak: see host.h; NULL none */
	struct sh_subject *whole;    /* the series of the entity without dims, itself where it has none */
	struct sh_latest latest;     /* of a series without dims */
	struct sh_origin *origin;    /* owned, or "first" while there is no other */
	struct sh_recalled *past;    /* owned, by rising number */
	struct sh_watched *watch;    /* owned list, by rising number of the rule */
	struct sh_route *route;      /* of the rulebook: the rules for its type; NULL not looked up yet */
	const json_t *params;        /* the site's word on it; borrowed, NULL none */
	struct sh_rare *rare;        /* owned; NULL: all of it is 0 */
	struct sh_subject *follower; /* whose record came behind its last one; NULL not known */
	struct sh_origin first;
	int64_t since;               /* seen without a break: see warmup.h */
	int64_t last, interval;      /* of its records; 0 not known */
	int64_t due;                 /* when time alone changes something; INT64_MAX never */
	uint32_t origins, pasts;
	uint32_t changed;            /* round of saving in which it last changed */
	uint32_t open;               /* open faults of the entity; in "whole" only */
	uint32_t entity_len, key_len;
	bool queued;                 /* among the timers, under rare->queued_due */
	bool wanted;                 /* of the sweep: a part of it is kept */
	char key[];                  /* entity, then its dims as sh_record_series_key writes them */
};

struct sh_alias;
struct sh_named;
struct sh_route;

struct sh_store {
	struct sh_subject **subject; /* owned, in no order that lasts */
	size_t n, cap;
	uint32_t *slot;  /* 1 + number of a subject, 0 free; a power of two */
	size_t slots;
	struct sh_alias *alias;
	size_t aliases, alias_slots;
	struct sh_named *named;    /* owned, by the number of a head; NULL none yet */
	struct sh_subject *recent; /* whose record came last; NULL not known */
	struct sh_hosts hosts;
	struct sh_map collector;  /* interned names */
	uint32_t round;           /* of saving */
	int64_t largest;          /* largest record time seen: the clock of decisions */
	int64_t swept;            /* the largest at the last sweep */
	bool is_kept;             /* it was saved or loaded once */
	struct sh_buf graves;     /* keys forgotten since the last save: length, bytes */
	size_t most;              /* series at most, see bound.h; 0: no bound */
	size_t rest;              /* records until it is tried again to make room */
	bool is_full;             /* no new series is taken */
	uint64_t outdone;         /* series forgotten to make room */
	uint64_t refused;         /* records of new series that were not taken */
	size_t told;              /* bytes of them that the last save has: until the next it may yet fail */
	void (*forget)(void *arg, struct sh_subject *s); /* before a subject is freed; may be NULL */
	void *arg;
};

void sh_store_init(struct sh_store *st, size_t host_paths);
void sh_store_release(struct sh_store *st);

/* The series of a record and its origin within it, made where they are new; NULL where there is no room for a new one. */
struct sh_subject *sh_store_find(struct sh_store *st, const struct sh_record *r, size_t *origin);
/* By its key; NULL when there is none. MAKE: a new one, of HOST. */
struct sh_subject *sh_store_key(struct sh_store *st, struct sh_span key, size_t entity_len);
struct sh_subject *sh_store_make(struct sh_store *st, struct sh_span key, size_t entity_len,
				 struct sh_span host);
size_t sh_store_origin(struct sh_store *st, struct sh_subject *s, struct sh_span collector);

static inline struct sh_span sh_subject_entity(const struct sh_subject *s)
{
	return (struct sh_span){ s->key, s->entity_len };
}

/* What is rare of it, to be changed; made where there is none. */
struct sh_rare *sh_subject_rare(struct sh_subject *s);

static inline int64_t sh_subject_lag(const struct sh_subject *s)
{
	return s->rare ? s->rare->lag : 0;
}

static inline int64_t sh_subject_opened(const struct sh_subject *s)
{
	return s->rare ? s->rare->opened : 0;
}

static inline int64_t sh_subject_repaired(const struct sh_subject *s)
{
	return s->rare ? s->rare->repaired : 0;
}

static inline void sh_subject_set_lag(struct sh_subject *s, int64_t lag)
{
	if (s->rare || lag)
		sh_subject_rare(s)->lag = lag;
}

/* Keep a copy of a line as its last record. */
void sh_subject_keep_line(struct sh_subject *s, struct sh_span line);

static inline bool sh_subject_is_whole(const struct sh_subject *s)
{
	return s->key_len == s->entity_len;
}

/* It has changed since it was last saved. */
static inline void sh_store_touch(const struct sh_store *st, struct sh_subject *s)
{
	s->changed = st->round;
}

/* By their keys: <0, 0, >0. */
int sh_subject_order(const struct sh_subject *a, const struct sh_subject *b);
/* The subjects in order of their keys: what leaves the program must not depend on their order here. Owned array. */
struct sh_subject **sh_store_sorted(const struct sh_store *st);

/*
 * Forget, once a day of record time, what was not heard of for a week and has no
 * open fault, so that memory does not grow with all that ever was.
 */
bool sh_store_sweep_is_due(const struct sh_store *st);
void sh_store_sweep(struct sh_store *st);
/* Forget all that are not marked as wanted. */
void sh_store_drop_unwanted(struct sh_store *st);
bool sh_subject_has_open(const struct sh_subject *s);
/* What was saved under KEY is to be deleted with the next save. */
void sh_store_bury(struct sh_store *st, struct sh_span key);

#endif
