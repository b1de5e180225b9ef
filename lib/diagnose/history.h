/* SPDX-License-Identifier: MIT */
/*
 * history - what passed by: the latest measurements, log lines and events of each entity
 *
 * A bounded window: of each metric, of each entity's log lines and of the events the
 * newest are kept; when all together are too many, of each metric fewer. A point that
 * comes late is put in its place when that is among the last SH_HISTORY_LATE ones,
 * else it is dropped and counted, and so is a second one of the same time. While a
 * fault lasts, a quarter of what is kept of each metric is from before it began, and what
 * came just after it began gives way first: else a long fault is all that is known.
 * Nothing depends on a clock.
 */
#ifndef SH_DIAGNOSE_HISTORY_H
#define SH_DIAGNOSE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "diagnose/family.h"
#include "logs/miner.h"
#include "record/record.h"

#define SH_HISTORY_POINTS 4096	      /* of one metric */
#define SH_HISTORY_TOTAL 6000000      /* of all metrics: above, each keeps its share of them */
#define SH_HISTORY_SHARE 64	      /* and never fewer than so many */
#define SH_HISTORY_TRACKS 200000      /* metrics of all entities, and entities */
#define SH_HISTORY_LINES 8192	      /* of one entity's log */
#define SH_HISTORY_EVENTS 4096
#define SH_HISTORY_TEMPLATES 65536
#define SH_HISTORY_LATE 64
#define SH_HISTORY_SLOTS 65536	      /* stretches of 5 s in which anything was logged */

struct sh_point {
	int64_t time;
	double value;
};

/* One metric of an entity, in order of time. */
struct sh_track {
	const char *name;	/* GROUP.NAME, and its dims: "cpu.busy{cpu=0}"; the map's */
	enum sh_family family;	/* of the name, as what family.h says of it too */
	int direction;
	bool of_callee, share;
	struct sh_point *point; /* owned */
	uint32_t n, cap;
	uint32_t fresh; /* points at the end that were not stored yet; n: all of them */
};
/* How many of its points are before a time. */
uint32_t sh_track_before(const struct sh_track *t, int64_t time);

struct sh_line {
	int64_t time;
	uint32_t template; /* index */
};

struct sh_past_entity {
	const char *name; /* the map's */
	char *host;	  /* owned: on which it was last seen */
	struct sh_map tracks;
	struct sh_line *line; /* owned */
	uint32_t lines, line_cap, fresh_lines;
	bool dirty;
	uint32_t number;  /* of this entity, from 0 in the order in which they were first seen */
	uint32_t version; /* another one after whatever changed of it */
	uint32_t stored; /* rows in the state, numbered from 0; history_state.c */
};

struct sh_past_event {
	int64_t time;
	char *entity, *host, *type, *text; /* owned; type and text may be "" */
};

struct sh_past_template {
	char *text; /* owned */
	int severity; /* enum sh_severity */
};

/* A stretch of time in which there were lines. */
struct sh_past_slot {
	int64_t first, last;
};

struct sh_history {
	struct sh_map entities;	 /* -> struct sh_past_entity */
	size_t tracks, points, lines; /* of all */
	struct sh_past_event *event; /* oldest first by arrival; owned */
	size_t events, event_cap;
	struct sh_log_miner *miner; /* NULL before the first line */
	struct sh_map template_ids; /* severity and miner's id -> index + 1 */
	struct sh_past_template *template; /* owned */
	size_t templates, template_cap;
	size_t reworded; /* texts of templates that became others */
	struct sh_past_slot *slot; /* in order of time; owned */
	size_t slots, slot_cap;
	size_t most; /* entities, and metrics of all: SH_HISTORY_TRACKS */
	uint64_t forgotten; /* entities so far: numbers and what was borrowed of them are no good then */
	struct sh_buf graves; /* names that are stored and were forgotten, each with its NUL */
	size_t told; /* bytes of them that the last save has: until the next it may yet fail */
	int64_t held; /* the onset before which some is kept; 0 none. For the caller to set */
	size_t late, refused; /* points and lines that were not taken */
	bool dirty_events, dirty_logs;
};

void sh_history_init(struct sh_history *h);
void sh_history_release(struct sh_history *h);

/* Take a sample, a log line or an event in; other kinds are left alone. */
void sh_history_record(struct sh_history *h, const struct sh_record *r);

/*
 * Where there are as many entities or metrics as can be: forget an eighth of them, the
 * entities not heard of the longest, of the same age the first by name. GONE is told of each.
 */
bool sh_history_is_full(const struct sh_history *h);
void sh_history_forget(struct sh_history *h, void (*gone)(void *arg, struct sh_span entity), void *arg);

/* Borrowed, NULL when nothing of it was seen. */
const struct sh_past_entity *sh_history_find(const struct sh_history *h, struct sh_span entity);
/* Walk the metrics of an entity: size_t i = 0; while ((t = sh_history_next(e, &i))) … */
const struct sh_track *sh_history_next(const struct sh_past_entity *e, size_t *i);

/* For history_state.c and history_log.c: made where there is none; NULL when there are too many. */
struct sh_past_entity *sh_history_entity(struct sh_history *h, struct sh_span entity,
					 struct sh_span host);
struct sh_track *sh_history_track(struct sh_history *h, struct sh_past_entity *e,
				  struct sh_span name);
void sh_history_point(struct sh_history *h, struct sh_track *t, struct sh_point p);
void sh_history_line(struct sh_history *h, struct sh_past_entity *e, struct sh_line line);
/* A new miner with the history's limits. */
struct sh_log_miner *sh_history_miner(void);
/* Drop all but the newest N. */
void sh_history_trim(struct sh_history *h, struct sh_track *t, uint32_t n);
void sh_history_log(struct sh_history *h, const struct sh_record *r);
void sh_history_add_event(struct sh_history *h, int64_t time, const char *entity, const char *host,
			  const char *type, const char *text);

#endif
