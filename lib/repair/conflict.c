/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/conflict.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/json.h"
#include "repair/depends.h"
#include "repair/guards.h"
#include "repair/planner.h"

/* So long what a target needs goes before it, though nobody may ever repair that. */
#define ORDER_WAIT (2 * SH_MIN)
#define LAST_REPAIRS 20

static bool has(const char *const *list, const char *word)
{
	for (; list && *list; list++)
		if (!strcmp(*list, word))
			return true;
	return false;
}

static bool are_opposite(const char *a, const char *b)
{
	static const char *const pair[][2] = {
		{ "start", "stop" },	  { "pause", "continue" }, { "throttle", "release" }, { "drain", "return" },
		{ "isolate", "join" },	  { "mount", "unmount" },  { "enable", "disable" },   { "add", "remove" },
		{ "grow", "shrink" },
	};

	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++)
		if ((!strcmp(pair[i][0], a) && !strcmp(pair[i][1], b)) ||
		    (!strcmp(pair[i][0], b) && !strcmp(pair[i][1], a)))
			return true;
	return false;
}

static bool opposes(const struct sh_playbook *a, const struct sh_playbook *b)
{
	for (const char **x = a->effects; x && *x; x++)
		for (const char **y = b->effects; y && *y; y++)
			if (are_opposite(*x, *y) || has(a->opposes, *y) || has(b->opposes, *x))
				return true;
	return false;
}

/* More than 0 where A goes first by what the playbooks say, less where B does; *WHY is new then. */
static int compare(const struct sh_playbook *a, const struct sh_playbook *b, char **why)
{
	if (a->priority != b->priority)
		*why = sh_asprintf("priority %" PRId64 " over %" PRId64,
				   a->priority > b->priority ? a->priority : b->priority,
				   a->priority > b->priority ? b->priority : a->priority);
	else if (a->risk != b->risk)
		*why = sh_asprintf("risk %s below %s", sh_risk_words[a->risk < b->risk ? a->risk : b->risk],
				   sh_risk_words[a->risk < b->risk ? b->risk : a->risk]);
	else
		return 0;
	return a->priority != b->priority ? (a->priority > b->priority) - (a->priority < b->priority) :
					    (a->risk < b->risk) - (a->risk > b->risk);
}

int sh_conflict_second_first(const struct sh_repairer *r, const struct sh_request *first,
			     const struct sh_request *second, bool *goes_first, char **why,
			     struct sh_error *err)
{
	SH_CLEANUP_FREE char *rule = NULL;
	const struct sh_playbook *a = NULL, *b = NULL, *winner;
	struct sh_plan one, other;
	int order, rc = sh_plan_make(r, first, &one, &a, err);

	if (sh_plan_make(r, second, &other, &b, err) < 0)
		rc = -1;
	order = a && b ? compare(a, b, &rule) : (a != NULL) - (b != NULL);
	if (!order) {
		order = second->evidence.since < first->evidence.since ? -1 : 1;
		rule = sh_strdup("it was there first");
	}
	*goes_first = order < 0;
	winner = *goes_first ? b : a;
	*why = sh_asprintf("%s for '%s' goes first on the same target: %s", winner ? winner->id : "nothing",
			   *goes_first ? second->fault_type : first->fault_type,
			   rule ? rule : "there is no playbook for this one");
	sh_plan_release(&one);
	sh_plan_release(&other);
	return rc;
}

struct search {
	const struct sh_ask *a;
	char *reason; /* owned */
	struct sh_error failed; /* by a callback */
};

/* Another repair goes on. */
static int on_open(void *arg, const struct sh_repair_row *row)
{
	struct search *s = arg;
	const struct sh_ask *a = s->a;
	const struct sh_playbook *other = sh_playbooks_find(a->r->playbooks, row->playbook);
	SH_CLEANUP_FREE char *rule = NULL;
	bool needed, opposite;
	int order;

	if (!other || !strcmp(row->target, a->q->target))
		return 0;
	needed = sh_depends(a->r, a->q->target, row->target);
	opposite = opposes(a->book, other) && (needed || sh_depends(a->r, row->target, a->q->target));
	if (!needed && !opposite)
		return 0;
	order = compare(a->book, other, &rule);
	if (order > 0)
		return 0;
	s->reason = sh_asprintf("'%s', %s, is being repaired by %s: %s", row->target,
				needed ? "which it needs" : "which needs it", row->playbook,
				rule ? rule : needed ? "what is needed goes first" : "it was there first");
	return 1;
}

static int stop_at_first(void *arg, const struct sh_repair_row *row)
{
	(void)row;
	*(bool *)arg = true;
	return 1;
}

/* What it needs is broken too, may be repaired, and nobody has tried yet. */
static int on_fault(void *arg, const char *fingerprint, const char *status, int64_t time, const json_t *fault)
{
	struct search *s = arg;
	const struct sh_ask *a = s->a;
	const char *entity = sh_json_str(fault, "entity", "");
	const struct sh_repair_query since = { .target = entity, .since = time };
	struct sh_site_word word = sh_site_lookup(a->r->site, entity);
	bool tried = false;

	(void)fingerprint;
	(void)status;
	if (!strcmp(entity, a->q->target) || !word.declared || word.mode != SH_MODE_ACT ||
	    a->now - time > a->book->max_age || !sh_depends(a->r, a->q->target, entity) ||
	    sh_depends(a->r, entity, a->q->target))
		return 0;
	if (sh_ledger_repairs(a->r->ledger, &since, stop_at_first, &tried, &s->failed) < 0)
		return 1;
	if (tried)
		return 0;
	s->reason = sh_asprintf("'%s', which it needs, is broken too and goes first", entity);
	return 1;
}

/* The newest repair of the target that took effect: this plan must not take it back. */
static int on_last(void *arg, const struct sh_repair_row *row)
{
	struct search *s = arg;
	const struct sh_ask *a = s->a;
	const struct sh_playbook *other = sh_playbooks_find(a->r->playbooks, row->playbook);

	if (!row->outcome || !strcmp(row->outcome, "not_begun") || !strcmp(row->outcome, "rolled_back") ||
	    !strcmp(row->outcome, "failed"))
		return 0;
	if (other && opposes(a->book, other) && a->book->priority <= other->priority &&
	    a->now - row->ended < other->healthy_for)
		s->reason = sh_asprintf("%s did the opposite %lld s ago, and its priority %" PRId64
					" is not below %" PRId64, row->playbook,
					(long long)((a->now - row->ended) / SH_SEC), other->priority,
					a->book->priority);
	return 1;
}

static int search(struct search *s, struct sh_error *err)
{
	const struct sh_ask *a = s->a;
	const struct sh_repair_query open = { .open_only = true };
	const struct sh_repair_query last = { .target = a->q->target, .limit = LAST_REPAIRS };

	if (sh_ledger_repairs(a->r->ledger, &open, on_open, s, err) < 0)
		return -1;
	if (!s->reason && a->q->fault_id && a->now - a->plan->evidence.since < ORDER_WAIT &&
	    sh_ledger_faults(a->r->ledger, true, on_fault, s, err) < 0)
		return -1;
	if (sh_error_is_set(&s->failed)) {
		*err = s->failed;
		return -1;
	}
	/* A further rung follows on purpose, and so does what gives back. */
	if (!s->reason && !a->q->rung && !a->book->gives_back)
		return sh_ledger_repairs(a->r->ledger, &last, on_last, s, err);
	return 0;
}

int sh_ask_conflict(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct search s = { .a = a, .failed = SH_ERROR_INIT };

	if (!a->r->ledger)
		return 0;
	if (search(&s, err) < 0)
		return -1;
	return s.reason ? sh_guard_answer(a, d, SH_DECIDE_CONFLICT, s.reason) : 0;
}
