/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/guards.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/entity.h"
#include "repair/vantage.h"

/* Faults that were seen within this time are bad at once. */
#define AT_ONCE (5 * SH_MIN)

/* Declared entities of the target's type, on this machine, that are bad at once; each once. */
struct doubt {
	const struct sh_repairer *r;
	int64_t now;
	struct sh_span type;
	const struct sh_node **bad;
	size_t n, cap;
};

static void add(struct doubt *w, const char *entity)
{
	struct sh_site_word word = sh_site_lookup(w->r->site, entity);
	struct sh_entity parts;

	if (!word.declared || !sh_entity_split(sh_span_of(entity), &parts) ||
	    !sh_span_equal(parts.type, w->type) ||
	    (parts.host.p && !sh_span_equal(parts.host, sh_span_of(w->r->host))))
		return;
	for (size_t i = 0; i < w->n; i++)
		if (w->bad[i] == word.entry)
			return;
	sh_grow(w->bad, w->n, w->cap);
	w->bad[w->n++] = word.entry;
}

static int on_fault(void *arg, const char *fingerprint, const char *status, int64_t time,
		    const json_t *fault)
{
	struct doubt *w = arg;
	const char *entity = json_string_value(json_object_get(fault, "entity"));

	(void)fingerprint;
	(void)status;
	if (entity && time > w->now - AT_ONCE)
		add(w, entity);
	return 0;
}

/* How many of a type there are. Files and tasks have no observer of their own. */
static size_t declared(const struct sh_site *site, struct sh_span type)
{
	if (sh_span_is(type, "service"))
		return site->services;
	if (sh_span_is(type, "filesystem"))
		return site->filesystems;
	return sh_span_is(type, "check") ? site->checks : 0;
}

int sh_doubt_count(const struct sh_repairer *r, const char *target, int64_t now, int64_t *bad, int64_t *all,
		   struct sh_error *err)
{
	struct doubt w = { .r = r, .now = now };
	struct sh_entity parts;
	int rc;

	*bad = *all = 0;
	if (!sh_entity_split(sh_span_of(target), &parts))
		return 0;
	w.type = parts.type;
	*all = (int64_t)declared(r->site, w.type);
	add(&w, target);
	rc = sh_ledger_faults(r->ledger, true, on_fault, &w, err);
	*bad = (int64_t)w.n;
	free(w.bad);
	return rc;
}

int sh_ask_observer(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	const struct sh_limits *limits = &a->r->limits;
	int64_t bad, all;

	if (!a->r->ledger || !a->q->fault_id)
		return 0;
	if (sh_doubt_count(a->r, a->q->target, a->now, &bad, &all, err) < 0)
		return -1;
	if (!all || bad < limits->doubt_least || bad * 100 <= limits->doubt_percent * all)
		return 0;
	return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
			       sh_asprintf("%lld of %lld of type '%.*s' are bad at once: the observer is in doubt",
					   (long long)bad, (long long)all, (int)strcspn(a->q->target, ":"),
					   a->q->target));
}

/* Refuse for a while after what the mark NAME says changed. */
static int ask_mark(struct sh_ask *a, const char *name, bool supersedes, enum sh_decision *d,
		    struct sh_error *err)
{
	struct sh_mark m;
	int64_t left;

	if (!a->r->ledger || !a->q->fault_id)
		return 0;
	if (sh_ledger_mark(a->r->ledger, name, &m, err) < 0)
		return -1;
	/* What is yet to come was noted by a clock that was wrong: it may be as new as can be. */
	left = !m.changed ? 0 : (m.changed < a->now ? m.changed - a->now : 0) + a->r->limits.doubt_for;
	if (m.changed && supersedes && !a->q->rung && a->plan->evidence.since <= m.changed)
		sh_guard_answer(a, d, SH_DECIDE_SUPERSEDED,
				sh_asprintf("the evidence is from before this: %s", m.why ? m.why : name));
	else if (left > 0)
		sh_guard_answer(a, d, SH_DECIDE_REFUSE,
				sh_asprintf("%s: for %lld s more nothing is repaired", m.why ? m.why : name,
					    (long long)((left + SH_SEC - 1) / SH_SEC)));
	sh_mark_release(&m);
	return 0;
}

int sh_ask_clock(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	return ask_mark(a, SH_MARK_CLOCK, true, d, err);
}

int sh_ask_network(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	return ask_mark(a, SH_MARK_NETWORK, false, d, err);
}

int sh_ask_inventory(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	SH_CLEANUP_FREE char *name = sh_vantage_inventory(a->r);
	int64_t before, now = sh_vantage_declared(a->r->site);
	struct sh_mark m;

	if (!a->r->ledger || !a->q->fault_id)
		return 0;
	if (sh_ledger_mark(a->r->ledger, name, &m, err) < 0)
		return -1;
	before = m.value ? strtoll(m.value, NULL, 10) : 0;
	sh_mark_release(&m);
	if (!sh_vantage_fell(&a->r->limits, before, now))
		return 0;
	return sh_guard_answer(a, d, SH_DECIDE_REFUSE,
			       sh_asprintf("the site declares %lld targets, before it were %lld; where that is right: "
					   "sh-ledger reset inventory", (long long)now, (long long)before));
}
