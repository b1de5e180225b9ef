/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/guard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "record/entity.h"
#include "repair/counts.h"
#include "repair/planner.h"

#define JITTER_PERCENT 20
/* Clocks of one machine; more than this is a jump, and a jump is no time to act. */
#define CLOCK_SLACK SH_MIN

struct ask {
	const struct sh_repairer *r;
	const struct sh_request *q;
	const struct sh_playbook *book;
	const struct sh_plan *plan;
	int64_t now;
	char *reason; /* out: owned */
};

/* One guard: its answer's meaning, with a->reason set unless it passes. */
typedef int guard_fn(struct ask *a, enum sh_decision *decision, struct sh_error *err);

static int answer(struct ask *a, enum sh_decision *to, enum sh_decision decision, char *reason)
{
	*to = decision;
	a->reason = reason;
	return 0;
}

char *sh_guards_stop(const struct sh_repairer *r)
{
	SH_CLEANUP_FREE char *own = r->state_dir ? sh_asprintf("%s/stop", r->state_dir) : NULL;
	const char *const files[] = { SH_SYSCONFDIR "/stop", own };

	for (size_t i = 0; i < 2; i++) {
		struct stat st;

		/* A link to nowhere stops too; so does what we are not able to see. */
		if (!files[i] || (lstat(files[i], &st) < 0 && (errno == ENOENT || errno == ENOTDIR)))
			continue;
		return sh_asprintf("'%s' exists: every repair is stopped", files[i]);
	}
	return NULL;
}

static int ask_kill_switch(struct ask *a, enum sh_decision *d, struct sh_error *err)
{
	char *reason = sh_guards_stop(a->r);

	(void)err;
	return reason ? answer(a, d, SH_DECIDE_REFUSE, reason) : 0;
}

static int ask_host(struct ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct sh_entity parts = { SH_SPAN_NONE, SH_SPAN_NONE, SH_SPAN_NONE };
	struct sh_span here = sh_span_of(a->r->host);

	(void)err;
	if (!sh_entity_split(sh_span_of(a->q->target), &parts))
		return answer(a, d, SH_DECIDE_REFUSE,
			      sh_asprintf("'%s' is no entity", a->q->target));
	if ((parts.host.p && !sh_span_equal(parts.host, here)) ||
	    strcmp(a->q->host, a->r->host) != 0)
		return answer(a, d, SH_DECIDE_REFUSE,
			      sh_asprintf("'%s' is not on this host (%s)", a->q->target,
					  a->r->host));
	return 0;
}

static int ask_mode(struct ask *a, enum sh_decision *d, struct sh_error *err)
{
	(void)err;
	if (strcmp(a->plan->mode, sh_mode_words[SH_MODE_OBSERVE]) != 0)
		return 0;
	if (!sh_site_lookup(a->r->site, a->q->target).declared)
		return answer(a, d, SH_DECIDE_OBSERVE,
			      sh_asprintf("the site does not declare '%s'", a->q->target));
	return answer(a, d, SH_DECIDE_OBSERVE, sh_strdup("the mode that holds is observe"));
}

struct pause_search {
	const struct ask *a;
	char *found;
};

static bool scope_covers(const char *scope, const struct ask *a)
{
	if (!strcmp(scope, "all") || !strcmp(scope, a->q->target))
		return true;
	if (!strncmp(scope, "rule:", 5))
		return a->q->rule_id && !strcmp(scope + 5, a->q->rule_id);
	if (!strncmp(scope, "playbook:", 9))
		return !strcmp(scope + 9, a->book->id);
	return false;
}

static int on_pause(void *arg, const struct sh_pause *p)
{
	struct pause_search *s = arg;

	if (!scope_covers(p->scope, s->a))
		return 0;
	s->found = sh_asprintf("%s '%s' by %s: %s", p->kind, p->scope, p->by ? p->by : "?",
			       p->reason ? p->reason : "no reason given");
	return 1;
}

static int ask_pause(struct ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct pause_search s = { .a = a };

	if (!a->r->ledger)
		return 0;
	if (sh_ledger_pauses(a->r->ledger, a->now, on_pause, &s, err) < 0)
		return -1;
	return s.found ? answer(a, d, SH_DECIDE_REFUSE, s.found) : 0;
}

/* The newest repair that did something. */
static int note_row(void *arg, const struct sh_repair_row *row)
{
	struct sh_repair_row *last = arg;

	if (row->outcome && !strcmp(row->outcome, "not_begun"))
		return 0;
	last->row = row->row;
	last->ended = row->ended;
	last->started = row->started;
	return 1;
}

static int ask_once(struct ask *a, enum sh_decision *d, struct sh_error *err)
{
	/* A plan that comes back may have been carried out under the very id it names. */
	const char *id = a->q->plan_id ? a->q->plan_id : a->plan->id;
	const struct sh_repair_query query = { .plan_id = id };
	struct sh_repair_row last = { 0 };

	/* What is scheduled is done again and again, and sh-schedule sees to it that each is done once. */
	if (!a->r->ledger || (!a->q->plan_id && !a->q->fault_id))
		return 0;
	if (sh_ledger_repairs(a->r->ledger, &query, note_row, &last, err) < 0)
		return -1;
	if (!last.row)
		return 0;
	return answer(a, d, SH_DECIDE_DONE,
		      sh_asprintf("plan %s was carried out before", id));
}

/*
 * The longest window a rule looks back over makes old samples part of new evidence.
 * -1 when it cannot be told, because the rule calls what is not known here.
 */
static int64_t window_of(const struct ask *a)
{
	const struct sh_config_entry *e =
		a->q->rule_id ? sh_config_find(a->r->config, SH_SECTION_RULES, a->q->rule_id) :
				NULL;
	const struct sh_node *text = e ? sh_node_get(e->node, "expr") : NULL;
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_expr *expr = text && text->text ? sh_expr_parse(text->text, NULL, &ignored) : NULL;
	int64_t window = expr ? sh_expr_window(expr) : text && text->text ? -1 : 0;

	sh_expr_free(expr);
	return window;
}

static int ask_freshness(struct ask *a, enum sh_decision *d, struct sh_error *err)
{
	const struct sh_repair_query query = { .target = a->q->target };
	const struct sh_evidence *e = &a->plan->evidence;
	struct sh_repair_row last = { 0 };
	int64_t window = window_of(a);

	if (!a->q->fault_id)
		return 0; /* a scheduled plan rests on the clock, not on evidence */
	if (!e->since || !e->until)
		return answer(a, d, SH_DECIDE_REFUSE, sh_strdup("the fault carries no evidence"));
	if (e->since > e->until || e->until > a->now + CLOCK_SLACK)
		return answer(a, d, SH_DECIDE_REFUSE,
			      sh_strdup("the evidence is from the future: a clock was set"));
	if (a->now - e->until > a->book->max_age)
		return answer(a, d, SH_DECIDE_REFUSE,
			      sh_asprintf("the evidence is %lld s old",
					  (long long)((a->now - e->until) / SH_SEC)));
	/* The evidence of a further rung is our own proof, measured after that action. */
	if (!a->r->ledger || a->q->rung)
		return 0;
	if (sh_ledger_repairs(a->r->ledger, &query, note_row, &last, err) < 0)
		return -1;
	if (last.row && window < 0)
		return answer(a, d, SH_DECIDE_REFUSE,
			      sh_asprintf("how far rule '%s' looks back cannot be told", a->q->rule_id));
	if (last.row && e->since - window <= last.ended + a->book->settle)
		return answer(a, d, SH_DECIDE_SUPERSEDED,
			      sh_strdup("the evidence is not newer than the last action on the "
					"target"));
	return 0;
}

static int read_counts(struct ask *a, char *key, struct sh_guard_counts *c, struct sh_error *err)
{
	int rc = sh_ledger_counts(a->r->ledger, key, c, err);

	free(key);
	if (rc >= 0 && sh_counts_are_over(c, a->now, a->book->healthy_for))
		c->attempts = 0;
	return rc;
}

/* Doubled with each attempt, within +-20 % by a jitter that is the same for the same plan. */
static int64_t backoff(const struct ask *a, int64_t attempts)
{
	int64_t wait = a->book->cooldown, spread;

	while (--attempts > 0 && wait < a->book->cooldown_max)
		wait *= 2;
	if (wait > a->book->cooldown_max)
		wait = a->book->cooldown_max;
	spread = (int64_t)(sh_hash64(a->plan->id, strlen(a->plan->id)) % (2 * JITTER_PERCENT + 1));
	return wait + wait / 100 * (spread - JITTER_PERCENT);
}

/* The worse of the two keys: this playbook on this target, and this very fault. */
static int worst_counts(struct ask *a, struct sh_guard_counts *out, struct sh_error *err)
{
	struct sh_guard_counts by_fault = { 0 };

	memset(out, 0, sizeof(*out));
	if (!a->r->ledger)
		return 0;
	if (read_counts(a, sh_counts_key(a->q->target, a->book->id), out, err) < 0)
		return -1;
	if (a->q->fingerprint &&
	    read_counts(a, sh_counts_key_fingerprint(a->q->fingerprint), &by_fault, err) < 0)
		return -1;
	/* Rungs of a ladder each have their own attempts; the fault as a whole has one cooldown. */
	if (a->q->rung)
		return 0;
	if (by_fault.last_ended > out->last_ended)
		out->last_ended = by_fault.last_ended;
	if (by_fault.attempts > out->attempts)
		out->attempts = by_fault.attempts;
	return 0;
}

static int ask_attempts(struct ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct sh_guard_counts c;

	if (worst_counts(a, &c, err) < 0)
		return -1;
	if (!a->q->fault_id || c.attempts < a->book->attempts)
		return 0;
	return answer(a, d, SH_DECIDE_REFUSE,
		      sh_asprintf("%lld attempts did not make it healthy: a person is needed",
				  (long long)c.attempts));
}

static int ask_cooldown(struct ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct sh_guard_counts c;
	int64_t left;

	if (worst_counts(a, &c, err) < 0)
		return -1;
	if (!a->q->fault_id || c.attempts == 0 || a->q->rung)
		return 0;
	left = c.last_ended + backoff(a, c.attempts) - a->now;
	if (left <= 0)
		return 0;
	return answer(a, d, SH_DECIDE_COOLDOWN,
		      sh_asprintf("%lld s of cooldown are left after attempt %lld",
				  (long long)((left + SH_SEC - 1) / SH_SEC),
				  (long long)c.attempts));
}

static int ask_approval(struct ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct sh_approval given = { 0 };
	int found = 0;
	bool approved = false;

	if (strcmp(a->plan->mode, sh_mode_words[SH_MODE_ASK]) != 0)
		return 0;
	if (a->r->ledger)
		found = sh_ledger_approval_get(a->r->ledger, a->plan->id, &given, err);
	if (found < 0)
		return -1;
	if (found && !strcmp(given.answer, "rejected")) {
		sh_approval_release(&given);
		return answer(a, d, SH_DECIDE_REFUSE, sh_strdup("the plan was rejected"));
	}
	if (found) {
		approved = !strcmp(given.answer, "approved") &&
			   (!given.until || given.until > a->now);
		sh_approval_release(&given);
	}
	return approved ? 0 :
			  answer(a, d, SH_DECIDE_ASK,
				 sh_asprintf("approval is needed: sh-ledger approve %s",
					     a->plan->id));
}

static int ask_identity(struct ask *a, enum sh_decision *d, struct sh_error *err)
{
	(void)err;
	if (!a->q->plan_id || !strcmp(a->q->plan_id, a->plan->id))
		return 0;
	return answer(a, d, SH_DECIDE_REFUSE,
		      sh_asprintf("plan_changed: what is installed now makes plan %s, not %s",
				  a->plan->id, a->q->plan_id));
}

static const struct {
	const char *name;
	guard_fn *ask;
} guards[] = {
	{ "kill_switch", ask_kill_switch },
	{ "host", ask_host },
	{ "mode", ask_mode },
	{ "pause", ask_pause },
	{ "once", ask_once },
	{ "plan_changed", ask_identity },
	{ "freshness", ask_freshness },
	{ "attempts", ask_attempts },
	{ "cooldown", ask_cooldown },
	{ "approval", ask_approval },
};
#define GUARDS (sizeof(guards) / sizeof(guards[0]))

static const char *const decision_words[] = { "act",	    "observe", "ask",  "refuse", "cooldown",
					      "superseded", "done",    "none", NULL };

static enum sh_answer answer_of(enum sh_decision d)
{
	switch (d) {
	case SH_DECIDE_ACT:
		return SH_ANSWER_PASS;
	case SH_DECIDE_REFUSE:
		return SH_ANSWER_REFUSE;
	case SH_DECIDE_ASK:
	case SH_DECIDE_COOLDOWN:
		return SH_ANSWER_WAIT;
	case SH_DECIDE_OBSERVE:
	case SH_DECIDE_SUPERSEDED:
	case SH_DECIDE_DONE:
	case SH_DECIDE_NONE:
		return SH_ANSWER_SKIP;
	}
	return SH_ANSWER_REFUSE;
}

static void record_answer(struct sh_plan *plan, size_t i, enum sh_decision d, char *reason)
{
	struct sh_guard_answer *g = &plan->guard[plan->guards++];

	g->guard = sh_strdup(guards[i].name);
	g->answer = answer_of(d);
	g->reason = reason;
}

int sh_guards_ask(const struct sh_repairer *r, const struct sh_request *q,
		  const struct sh_playbook *book, struct sh_plan *plan,
		  enum sh_decision *decision, struct sh_error *err)
{
	struct ask a = { .r = r, .q = q, .book = book, .plan = plan, .now = sh_repairer_now(r) };

	*decision = SH_DECIDE_ACT;
	plan->guard = sh_calloc(GUARDS, sizeof(*plan->guard));
	for (size_t i = 0; i < GUARDS; i++) {
		enum sh_decision d = SH_DECIDE_ACT;

		a.reason = NULL;
		if (guards[i].ask(&a, &d, err) < 0)
			return -1;
		record_answer(plan, i, d, a.reason);
		if (*decision != SH_DECIDE_ACT || d == SH_DECIDE_ACT)
			continue;
		*decision = d;
		free(plan->reason);
		plan->reason = sh_strdup(a.reason);
	}
	free(plan->decision);
	plan->decision = sh_strdup(decision_words[*decision]);
	return 0;
}
