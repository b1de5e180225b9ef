/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/guards.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/entity.h"

/* Clocks of one machine; more than this is a jump, and a jump is no time to act. */
#define CLOCK_SLACK SH_MIN

int sh_ask_host(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct sh_entity parts = { SH_SPAN_NONE, SH_SPAN_NONE, SH_SPAN_NONE };
	struct sh_span here = sh_span_of(a->r->host);

	(void)err;
	if (!sh_entity_split(sh_span_of(a->q->target), &parts))
		return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
			      sh_asprintf("'%s' is no entity", a->q->target));
	if ((parts.host.p && !sh_span_equal(parts.host, here)) ||
	    strcmp(a->q->host, a->r->host) != 0)
		return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
			      sh_asprintf("'%s' is not on this host (%s)", a->q->target,
					  a->r->host));
	return 0;
}

int sh_ask_identity(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	(void)err;
	if (!a->q->plan_id || !strcmp(a->q->plan_id, a->plan->id))
		return 0;
	return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
		      sh_asprintf("plan_changed: what is installed now makes plan %s, not %s",
				  a->plan->id, a->q->plan_id));
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

int sh_ask_once(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
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
	return sh_guard_answer(a, d, SH_DECIDE_DONE,
		      sh_asprintf("plan %s was carried out before", id));
}

/*
 * The longest window a rule looks back over makes old samples part of new evidence.
 * -1 when it cannot be told, because the rule calls what is not known here.
 */
static int64_t window_of(const struct sh_ask *a)
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

int sh_ask_freshness(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	const struct sh_repair_query query = { .target = a->q->target };
	const struct sh_evidence *e = &a->plan->evidence;
	struct sh_repair_row last = { 0 };
	int64_t window = window_of(a);

	if (!a->q->fault_id)
		return 0; /* a scheduled plan rests on the clock, not on evidence */
	if (!e->since || !e->until)
		return sh_guard_answer(a, d, SH_DECIDE_REFUSE, sh_strdup("the fault carries no evidence"));
	if (e->since > e->until || e->until > a->now + CLOCK_SLACK)
		return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
			      sh_strdup("the evidence is from the future: a clock was set"));
	if (a->now - e->until > a->book->max_age)
		return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
			      sh_asprintf("the evidence is %lld s old",
					  (long long)((a->now - e->until) / SH_SEC)));
	/* The evidence of a further rung is our own proof, measured after that action. */
	if (!a->r->ledger || a->q->rung)
		return 0;
	if (sh_ledger_repairs(a->r->ledger, &query, note_row, &last, err) < 0)
		return -1;
	if (last.row && window < 0)
		return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
			      sh_asprintf("how far rule '%s' looks back cannot be told", a->q->rule_id));
	if (last.row && e->since - window <= last.ended + a->book->settle)
		return sh_guard_answer(a, d, SH_DECIDE_SUPERSEDED,
			      sh_strdup("the evidence is not newer than the last action on the "
					"target"));
	return 0;
}
