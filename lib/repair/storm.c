/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/storm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "record/json.h"
#include "repair/guards.h"

#define ALL "storm:all"
#define WINDOW SH_HOUR

static char *scope_of_rule(const char *rule)
{
	return rule ? sh_asprintf("storm:rule:%s", rule) : NULL;
}

struct reset {
	int64_t time; /* 0 none */
	char backlog[16];
};

static int on_note(void *arg, int64_t time, const char *kind, const char *target, const json_t *record)
{
	struct reset *reset = arg;

	(void)target;
	if (strcmp(kind, "reset") != 0)
		return 0;
	reset->time = time;
	snprintf(reset->backlog, sizeof(reset->backlog), "%s", sh_json_str(record, "backlog", ""));
	return 1;
}

/* The newest reset of SCOPE within the window. */
static int find_reset(const struct sh_repairer *r, int64_t now, const char *scope,
		      struct reset *reset, struct sh_error *err)
{
	*reset = (struct reset){ 0 };
	return sh_ledger_notes(r->ledger, now - WINDOW, scope, 0, on_note, reset, err);
}

#define MOST_TARGETS 64

struct tally {
	const char *rule; /* NULL: any */
	int64_t after, n;
	uint64_t failed[MOST_TARGETS]; /* digests of fresh targets */
	int64_t failures;
};

static bool has_failed(const struct sh_repair_row *row)
{
	static const char *const words[] = { "failed", "not_fixed", "rolled_back", "unknown" };

	for (size_t i = 0; row->outcome && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(row->outcome, words[i]))
			return true;
	return false;
}

static void note_failure(struct tally *t, const struct sh_repair_row *row)
{
	uint64_t target = sh_hash64(row->target, strlen(row->target));

	for (int64_t i = 0; i < t->failures; i++)
		if (t->failed[i] == target)
			return;
	if (t->failures < MOST_TARGETS)
		t->failed[t->failures++] = target;
}

static int on_repair(void *arg, const struct sh_repair_row *row)
{
	struct tally *t = arg;

	if (row->started <= t->after || !row->fault_id ||
	    (row->outcome && !strcmp(row->outcome, "not_begun")) ||
	    (t->rule && strcmp(sh_json_str(row->record, "rule_id", ""), t->rule) != 0))
		return 0;
	t->n++;
	if (row->attempt == 1 && has_failed(row))
		note_failure(t, row);
	return 0;
}

int sh_storm_tally(const struct sh_repairer *r, int64_t now, const char *rule, struct sh_storm_tally *out,
		   struct sh_error *err)
{
	const struct sh_repair_query query = { .since = now - WINDOW };
	SH_CLEANUP_FREE char *scope = scope_of_rule(rule);
	struct tally t = { .rule = rule };
	struct reset reset;

	if (find_reset(r, now, scope ? scope : ALL, &reset, err) < 0)
		return -1;
	t.after = reset.time;
	if (sh_ledger_repairs(r->ledger, &query, on_repair, &t, err) < 0)
		return -1;
	*out = (struct sh_storm_tally){ .begun = t.n, .failed = t.failures };
	return 0;
}

/* Why the brake of RULE, or of all, should go on, a new string, or NULL. */
static int excess(const struct sh_repairer *r, int64_t now, const char *rule, char **why, struct sh_error *err)
{
	int64_t most = rule ? r->limits.per_hour_of_rule : r->limits.per_hour;
	struct sh_storm_tally t;

	*why = NULL;
	if (sh_storm_tally(r, now, rule, &t, err) < 0)
		return -1;
	if (t.begun >= most)
		*why = sh_asprintf("%lld repairs%s%s%s in an hour", (long long)t.begun,
				   rule ? " of rule '" : "", rule ? rule : "", rule ? "'" : "");
	else if (rule && t.failed >= r->limits.failed_targets)
		*why = sh_asprintf("what rule '%s' does failed on %lld fresh targets", rule,
				   (long long)t.failed);
	return 0;
}

struct brake {
	const char *rule_scope;
	char *why; /* owned; NULL off */
};

static int on_pause(void *arg, const struct sh_pause *p)
{
	struct brake *b = arg;

	if (strcmp(p->scope, ALL) != 0 && (!b->rule_scope || strcmp(p->scope, b->rule_scope) != 0))
		return 0;
	b->why = sh_asprintf("the storm brake is on: %s; look, then: sh-ledger reset '%s'",
			     p->reason ? p->reason : "", p->scope + strlen("storm:"));
	return 1;
}

static int find_brake(const struct sh_repairer *r, int64_t now, const char *rule_scope, char **why,
		      struct sh_error *err)
{
	struct brake b = { .rule_scope = rule_scope };
	int rc = sh_ledger_pauses(r->ledger, now, on_pause, &b, err);

	*why = b.why;
	return rc;
}

int sh_storm_brake(const struct sh_repairer *r, int64_t now, const char *rule, char **why, struct sh_error *err)
{
	SH_CLEANUP_FREE char *scope = scope_of_rule(rule);

	return find_brake(r, now, scope, why, err);
}

/* Whether Q is one too many: *SCOPE (new) and *WHY, or NULL. */
static int judge(const struct sh_repairer *r, int64_t now, const struct sh_request *q, char **scope,
		 char **why, struct sh_error *err)
{
	SH_CLEANUP_FREE char *of_rule = scope_of_rule(q->rule_id);

	*scope = *why = NULL;
	if (of_rule && excess(r, now, q->rule_id, why, err) < 0)
		return -1;
	if (*why) {
		*scope = sh_strdup(of_rule);
		return 0;
	}
	if (excess(r, now, NULL, why, err) < 0)
		return -1;
	*scope = *why ? sh_strdup(ALL) : NULL;
	return 0;
}

struct latch {
	const struct sh_repairer *r;
	int64_t now;
	char *scope, *why;
};

static int put_brake(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct latch *b = arg;
	char kind[] = "hold", by[] = "sh-repair";
	struct sh_pause p = { .scope = b->scope, .kind = kind, .by = by, .reason = b->why,
			      .since = b->now };
	json_auto_t *record = json_pack("{s:s, s:s, s:I}", "text", b->why, "about", b->scope, "reset_from",
					(json_int_t)(b->now + b->r->limits.brake_cooldown));

	if (sh_ledger_pause_add(l, &p, NULL, err) < 0)
		return -1;
	return sh_ledger_note(l, b->now, "braked", b->scope, record, err);
}

int sh_storm_watch(const struct sh_repairer *r, const struct sh_request *q, char **scope,
		   struct sh_error *err)
{
	SH_CLEANUP_FREE char *of_rule = scope_of_rule(q->rule_id);
	SH_CLEANUP_FREE char *on = NULL;
	struct latch b = { .r = r, .now = sh_repairer_now(r) };
	int rc;

	*scope = NULL;
	if (!r->ledger || !q->fault_id)
		return 0;
	if (find_brake(r, b.now, of_rule, &on, err) < 0)
		return -1;
	if (on)
		return 0;
	rc = judge(r, b.now, q, &b.scope, &b.why, err);
	if (rc == 0 && b.scope)
		rc = sh_ledger_together(r->ledger, put_brake, &b, err);
	free(b.why);
	if (rc == 0)
		*scope = b.scope;
	else
		free(b.scope);
	return rc;
}

int sh_ask_storm(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	SH_CLEANUP_FREE char *of_rule = scope_of_rule(a->q->rule_id);
	SH_CLEANUP_FREE char *scope = NULL;
	char *why;

	if (!a->r->ledger || !a->q->fault_id)
		return 0;
	if (find_brake(a->r, a->now, of_rule, &why, err) < 0)
		return -1;
	/* Where nothing is carried out nothing is latched, but the answer is the same. */
	if (!why && judge(a->r, a->now, a->q, &scope, &why, err) < 0)
		return -1;
	return why ? sh_guard_answer(a, d, SH_DECIDE_REFUSE, why) : 0;
}

struct newer {
	const struct sh_request *q;
	bool found;
};

static int on_fault(void *arg, const char *fingerprint, const char *status, int64_t time,
		    const json_t *fault)
{
	struct newer *n = arg;

	(void)status;
	n->found |= time > n->q->evidence.until &&
		    (!n->q->fingerprint || strcmp(fingerprint, n->q->fingerprint) != 0) &&
		    !strcmp(sh_json_str(fault, "entity", ""), n->q->target);
	return n->found;
}

/* What came before RESET, and is not to be done any more. */
static int is_left(struct sh_ask *a, const struct reset *reset, bool *left, struct sh_error *err)
{
	struct newer n = { .q = a->q };

	*left = false;
	if (!reset->time || a->plan->evidence.until > reset->time)
		return 0;
	*left = !strcmp(reset->backlog, "skip");
	if (strcmp(reset->backlog, "newest") != 0)
		return 0;
	if (sh_ledger_faults(a->r->ledger, true, on_fault, &n, err) < 0)
		return -1;
	*left = n.found;
	return 0;
}

int sh_ask_backlog(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	SH_CLEANUP_FREE char *of_rule = scope_of_rule(a->q->rule_id);
	const char *const scopes[] = { ALL, of_rule };

	for (size_t i = 0; a->r->ledger && a->q->fault_id && i < 2; i++) {
		struct reset reset;
		bool left;

		if (!scopes[i])
			continue;
		if (find_reset(a->r, a->now, scopes[i], &reset, err) < 0 ||
		    is_left(a, &reset, &left, err) < 0)
			return -1;
		if (left)
			return sh_guard_answer(a, d, SH_DECIDE_SUPERSEDED,
					       sh_asprintf("the evidence is older than the reset of the "
							   "storm brake, which says: %s", reset.backlog));
	}
	return 0;
}
