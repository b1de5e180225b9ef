/* SPDX-License-Identifier: MIT */
/*
 * engine - rules written in PromQL, over the samples of records
 *
 * Samples come in through sh_prom_note() in any order of series; evaluations
 * happen as the times of records go on, at most once an interval of a rule:
 *
 *   - at the time of a tick, which says that all of that time was sent;
 *   - at the latest time seen, when the first record of a later time comes;
 *   - at each interval between, where records are two intervals or more apart.
 *
 * So the same records give the same evaluations whoever cuts them into runs.
 * Rules are evaluated in the order they were added; what a recording rule gives
 * is seen by those after it at the same instant. An alert lasts per label set of
 * the result: pending until it has lasted "for", firing while it is in the result
 * and "keep_firing_for" longer.
 *
 * In a record, the group "prom" holds the metrics and dims the labels. What a
 * scraper of Prometheus would add is added where dims say nothing: instance, the
 * entity, and job, the check that scraped; a dim that is empty keeps it away. The
 * metric up is the ok of a check.
 */
#ifndef SH_DETECT_PROM_ENGINE_H
#define SH_DETECT_PROM_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "detect/prom/labels.h"
#include "record/record.h"

struct sh_prom_engine;

struct sh_prom_rule {
	const char *id;     /* all text is borrowed for the life of the engine */
	const char *expr;
	const char *record; /* the metric it makes; NULL for an alert */
	const char *name;   /* of the alert, for the metric ALERTS; NULL: the id */
	const json_t *labels; /* texts that are added to what it makes; NULL none; borrowed */
	int64_t for_time, keep_time;
	int64_t repeat;     /* between two tellings that an alert lasts */
	int64_t every;      /* the interval; 0: a minute */
};

enum sh_prom_change {
	SH_PROM_OPENED, /* fires from now on */
	SH_PROM_LASTS,  /* fires still, when it is time to repeat it */
	SH_PROM_HUSHED, /* fires still, and was suppressed when it was told last: see whether it is */
	SH_PROM_ENDED,
};

struct sh_prom_alert {
	const struct sh_prom_labels *labels; /* of the result, without the metric's name */
	const char *origin; /* the entity all of it was measured on; NULL when there are several, or none */
	double value;       /* at the latest evaluation that gave it */
	int64_t since;      /* it is in the result, in a row */
	int64_t seen;       /* when it was last in the result */
	bool firing;
	int64_t opened;     /* when it began to fire */
	int64_t told;       /* when it was told last */
	uint64_t hits;      /* evaluations that had it */
	const char *why;    /* it was told as suppressed last: what alert() said; NULL: it was not */
	bool heard;         /* it was told when it was not suppressed */
};

struct sh_prom_calls {
	/*
	 * Borrowed: ALERT lives for the call. Returns why it was told as suppressed, a new
	 * string, NULL when it was not. After SH_PROM_HUSHED a string means that it was not told.
	 */
	char *(*alert)(void *arg, const struct sh_prom_rule *rule, enum sh_prom_change change,
		      const struct sh_prom_alert *alert, int64_t now);
	/* A rule that could not be evaluated: once until it can be again. May be NULL. */
	void (*broken)(void *arg, const struct sh_prom_rule *rule, const char *why);
	void *arg;
};

/* What was not kept because of limits, or came too late. */
struct sh_prom_losses {
	uint64_t series, points, late;
};

struct sh_prom_engine *sh_prom_engine_new(const struct sh_prom_calls *calls);
void sh_prom_engine_free(struct sh_prom_engine *p);
/* Before the first record. -1 with SH_ERRC_CONFIG and "line:column: what" of the expression. */
int sh_prom_engine_add(struct sh_prom_engine *p, const struct sh_prom_rule *rule, struct sh_error *err);
/* Alerts are evaluated from SINCE on only; what is recorded always is. */
void sh_prom_engine_since(struct sh_prom_engine *p, int64_t since);

/* TIME is seen: what is due at the latest time before it is evaluated. */
void sh_prom_engine_time(struct sh_prom_engine *p, int64_t time);
/* A record's time is seen, then its samples are noted. Other kinds only tell the time. */
void sh_prom_engine_record(struct sh_prom_engine *p, const struct sh_record *r);
/* All that was measured until NOW was sent (a tick). */
void sh_prom_engine_tick(struct sh_prom_engine *p, int64_t now);
/* Call SEEN for each alert that fires, in order of rules and label sets. */
void sh_prom_engine_firing(const struct sh_prom_engine *p,
			   void (*seen)(void *arg, const struct sh_prom_rule *rule,
					const struct sh_prom_alert *alert),
			   void *arg);
void sh_prom_engine_losses(const struct sh_prom_engine *p, struct sh_prom_losses *out);

/* All it knows, as bytes; and back, into an engine whose rules were added. -1 with SH_ERRC_STATE. */
void sh_prom_engine_save(const struct sh_prom_engine *p, struct sh_buf *out);
int sh_prom_engine_load(struct sh_prom_engine *p, const void *data, size_t len, struct sh_error *err);

#endif
