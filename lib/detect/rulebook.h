/* SPDX-License-Identifier: MIT */
/*
 * rulebook - the rules made ready: which of them a record concerns, and what they read
 *
 * A rule says nothing about a record that has none of its metrics; so rules are
 * found by the members that a record holds, and the others cost nothing. What
 * rules read is one vector of doubles: metrics of the record, then of its host,
 * then functions over time; a rule that reads numbers alone is compiled to a
 * program over it, any other is evaluated with names.
 */
#ifndef SH_DETECT_RULEBOOK_H
#define SH_DETECT_RULEBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/map.h"
#include "detect/gates.h"
#include "detect/gathered.h"
#include "detect/needs.h"
#include "detect/recall.h"
#include "detect/rule.h"
#include "expr/quick.h"
#include "record/pick.h"

struct sh_planned {
	struct sh_quick *expr, *clear; /* owned; NULL: evaluated with names */
	uint32_t *recall;              /* the calls it makes; owned */
	size_t recalls;
	struct sh_quick_gate gate;     /* if it has one: what makes EXPR false by itself */
	bool has_gate;
	uint32_t need[SH_NEEDS];       /* slots without which EXPR is not true */
	uint32_t needs;
	bool always;                   /* may say something about any record */
	bool reads_host;
	bool is_timed;
	bool broken;                   /* a call of it has bad arguments: it is left out */
};

/* The rules for one type of entity. */
struct sh_route {
	uint64_t *rules;   /* bitmaps: a row for each pick slot, the last for rules of any record */
	uint32_t *recall;  /* calls about a picked slot: those of slot i from start[i] to start[i + 1] */
	uint32_t *start;
	uint64_t *all;     /* every rule on samples for the type */
	uint64_t *logs;    /* and on log records */
	size_t all_metrics; /* 1 + the slot of calls about all metrics of a record; 0 none */
	bool has_logs;
	struct sh_gates gates;
	struct sh_needs needs;
	struct sh_gathered_sets gathered;
	bool is_timed;     /* one of them is judged by the time alone */
	bool seen;         /* a record of such a type came */
};

struct sh_rulebook {
	const struct sh_rules *rules; /* borrowed */
	struct sh_planned *rule;      /* one each; owned */
	struct sh_recalls recalls;
	struct sh_pick pick;
	size_t picks;                 /* asked by rules */
	uint32_t *host_slot;          /* the picked slot of each host path */
	const char **host_name;       /* and the path itself, "cpu.usage"; array owned */
	size_t hosts;
	struct sh_map host_path;      /* path behind "host." -> 1 + number */
	size_t words;                 /* of a bitmap of rules */
	struct sh_map route;          /* type -> struct sh_route */
	bool has_logs;                /* some rule is about log records */
	struct sh_route *other;       /* for types that no rule names */
	struct sh_map types;          /* that rules name */
};

/*
 * REPORT (may be NULL) is told of each rule that cannot be planned; it is left
 * out. Returns their number.
 */
size_t sh_rulebook_make(struct sh_rulebook *p, const struct sh_rules *rules,
		    void (*report)(void *arg, const struct sh_error *err), void *arg);
void sh_rulebook_release(struct sh_rulebook *p);

/* Whether RULE looks at entities of TYPE. */
bool sh_rulebook_applies(const struct sh_rule *rule, struct sh_span type);
struct sh_route *sh_rulebook_route(struct sh_rulebook *p, struct sh_span type);

/* Whether records came that RULE looks at. */
bool sh_rulebook_was_seen(const struct sh_rulebook *p, size_t rule);

static inline bool sh_route_has(const struct sh_route *r, size_t rule)
{
	return r->all[rule / 64] >> (rule % 64) & 1;
}

/* Places in the vector. */
static inline size_t sh_rulebook_host(const struct sh_rulebook *p, size_t i)
{
	return p->picks + i;
}

static inline size_t sh_rulebook_recall(const struct sh_rulebook *p, size_t i)
{
	return p->picks + p->hosts + i;
}

static inline size_t sh_rulebook_size(const struct sh_rulebook *p)
{
	return p->picks + p->hosts + p->recalls.n;
}

#endif
