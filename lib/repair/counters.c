/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/counters.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/json.h"
#include "repair/counts.h"
#include "repair/guards.h"
#include "repair/ladder.h"
#include "repair/planner.h"
#include "repair/storm.h"
#include "repair/vantage.h"

#define MOST_FAULTS 16

/* An open fault of the target. */
struct fault {
	char *fingerprint, *rule; /* owned */
};

struct view {
	const struct sh_repairer *r;
	const char *target;
	int64_t now;
	sh_counter_fn *show;
	void *arg;
	struct fault fault[MOST_FAULTS];
	size_t faults;
};

static void __attribute__((format(printf, 5, 6)))
say(const struct view *v, enum sh_counter_id id, int64_t value, int64_t limit, const char *fmt, ...)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	sh_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	v->show(v->arg, &sh_counters[id], value, limit, sh_buf_str(&text));
}

static int on_fault(void *arg, const char *fingerprint, const char *status, int64_t time, const json_t *fault)
{
	struct view *v = arg;

	(void)status;
	(void)time;
	if (v->faults == MOST_FAULTS || strcmp(sh_json_str(fault, "entity", ""), v->target) != 0)
		return 0;
	v->fault[v->faults++] = (struct fault){ sh_strdup(fingerprint),
						sh_strdup_or_null(sh_json_str(fault, "rule_id", NULL)) };
	return 0;
}

static int read_counts(const struct view *v, char *key, int64_t healthy_for, struct sh_guard_counts *c,
		       struct sh_error *err)
{
	int rc = sh_ledger_counts(v->r->ledger, key, c, err);

	free(key);
	if (sh_counts_are_over(c, v->now, healthy_for))
		c->attempts = 0;
	return rc;
}

/* Attempts, cooldown and week of one playbook. */
static int show_playbook(const struct view *v, const struct sh_playbook *b, bool *shown, struct sh_error *err)
{
	struct sh_guard_counts c;
	int64_t week, left;

	if (read_counts(v, sh_counts_key(v->target, b->id), b->healthy_for, &c, err) < 0 ||
	    sh_counts_week(v->r, v->target, b->id, v->now, &week, err) < 0)
		return -1;
	if (!c.last_started && !week)
		return 0;
	*shown = true;
	say(v, SH_COUNTER_ATTEMPTS, c.attempts, b->attempts, "%lld of %lld attempts by playbook '%s'",
	    (long long)c.attempts, (long long)b->attempts, b->id);
	left = c.attempts ? c.last_ended + sh_counts_wait(b, c.attempts) - v->now : 0;
	left = left > 0 ? (left + SH_SEC - 1) / SH_SEC : 0;
	say(v, SH_COUNTER_COOLDOWN, left, 0, "about %lld s of cooldown are left for playbook '%s'", (long long)left, b->id);
	say(v, SH_COUNTER_WEEK, week, v->r->limits.per_week, "%lld of %lld repairs in a week by playbook '%s'",
	    (long long)week, (long long)v->r->limits.per_week, b->id);
	return 0;
}

/* Those that were ever tried on it. */
static int show_playbooks(const struct view *v, struct sh_error *err)
{
	static const enum sh_counter_id of_playbooks[] = { SH_COUNTER_ATTEMPTS, SH_COUNTER_COOLDOWN,
							   SH_COUNTER_WEEK };
	const struct sh_playbooks *all = v->r->playbooks;
	bool shown = false;

	for (size_t i = 0; i < all->n; i++)
		if (show_playbook(v, &all->playbook[i], &shown, err) < 0)
			return -1;
	for (size_t i = 0; !shown && i < sizeof(of_playbooks) / sizeof(of_playbooks[0]); i++)
		say(v, of_playbooks[i], 0, -1, "no playbook was tried on it");
	return 0;
}

/* Of a ladder that was tried the rungs up to where the target stands. */
static int show_ladder(const struct view *v, const struct sh_playbook *b, bool *shown, struct sh_error *err)
{
	int64_t attempts;
	size_t stands;

	if (sh_ladder_stand(v->r, b, v->target, v->now, &stands, err) < 0)
		return -1;
	for (size_t i = 0; i < b->rungs && i <= stands; i++) {
		if (sh_ladder_attempts(v->r, b, i, v->target, v->now, &attempts, err) < 0)
			return -1;
		if (!attempts && !stands)
			return 0;
		*shown = true;
		say(v, SH_COUNTER_RUNG, attempts, b->rung[i].attempts,
		    "%lld of %lld attempts on rung %zu of ladder '%s', playbook '%s'%s", (long long)attempts,
		    (long long)b->rung[i].attempts, i + 1, b->id, b->rung[i].playbook,
		    i == stands ? ", where it stands" : "");
	}
	return 0;
}

static int show_ladders(const struct view *v, struct sh_error *err)
{
	const struct sh_playbooks *all = v->r->playbooks;
	bool shown = false;

	for (size_t i = 0; i < all->n; i++)
		if (show_ladder(v, &all->playbook[i], &shown, err) < 0)
			return -1;
	if (!shown)
		say(v, SH_COUNTER_RUNG, 0, -1, "no ladder was climbed on it");
	return 0;
}

static int64_t longest_health(const struct sh_playbooks *all)
{
	int64_t longest = 0;

	for (size_t i = 0; i < all->n; i++)
		longest = all->playbook[i].healthy_for > longest ? all->playbook[i].healthy_for : longest;
	return longest;
}

static int show_rule(const struct view *v, const char *rule, struct sh_error *err)
{
	const struct sh_limits *l = &v->r->limits;
	SH_CLEANUP_FREE char *why = NULL;
	struct sh_storm_tally t;

	if (sh_storm_tally(v->r, v->now, rule, &t, err) < 0 || sh_storm_brake(v->r, v->now, rule, &why, err) < 0)
		return -1;
	if (rule) {
		say(v, SH_COUNTER_RULE_HOUR, t.begun, l->per_hour_of_rule, "%lld of %lld repairs in an hour for rule '%s'",
		    (long long)t.begun, (long long)l->per_hour_of_rule, rule);
		say(v, SH_COUNTER_RULE_FAILED, t.failed, l->failed_targets,
		    "%lld of %lld fresh targets on which rule '%s' did not help", (long long)t.failed,
		    (long long)l->failed_targets, rule);
	} else {
		say(v, SH_COUNTER_HOUR, t.begun, l->per_hour, "%lld of %lld repairs in an hour in all",
		    (long long)t.begun, (long long)l->per_hour);
	}
	if (why || !rule)
		say(v, SH_COUNTER_BRAKE, why != NULL, 1, "%s", why ? why : "the storm brake is off");
	return 0;
}

static int show_faults(struct view *v, struct sh_error *err)
{
	int64_t healthy_for = longest_health(v->r->playbooks);

	for (size_t i = 0; i < v->faults; i++) {
		struct sh_guard_counts c;

		if (read_counts(v, sh_counts_key_fingerprint(v->fault[i].fingerprint), healthy_for, &c, err) < 0)
			return -1;
		say(v, SH_COUNTER_FAULT_ATTEMPTS, c.attempts, -1, "%lld attempts at fault '%s', as many as the playbook allows",
		    (long long)c.attempts, v->fault[i].fingerprint);
		if (v->fault[i].rule && show_rule(v, v->fault[i].rule, err) < 0)
			return -1;
	}
	return show_rule(v, NULL, err);
}

static int on_repair(void *arg, const struct sh_repair_row *row)
{
	*(int64_t *)arg = row->ended;
	return !row->outcome || strcmp(row->outcome, "not_begun") != 0;
}

static int show_last(const struct view *v, struct sh_error *err)
{
	const struct sh_repair_query query = { .target = v->target };
	char text[SH_TIME_TEXT];
	int64_t ended = 0;

	if (sh_ledger_repairs(v->r->ledger, &query, on_repair, &ended, err) < 0)
		return -1;
	sh_time_format(text, ended);
	say(v, SH_COUNTER_LAST, ended, -1, ended ? "the last repair ended at %s" : "no repair has ended%.0s", text);
	return 0;
}

static int show_mark(const struct view *v, enum sh_counter_id id, const char *name, struct sh_error *err)
{
	struct sh_mark m;
	int64_t left;

	if (sh_ledger_mark(v->r->ledger, name, &m, err) < 0)
		return -1;
	left = m.changed ? m.changed + v->r->limits.doubt_for - v->now : 0;
	left = left > 0 && m.changed <= v->now ? (left + SH_SEC - 1) / SH_SEC : 0;
	say(v, id, left, 0, "%lld s of doubt are left%s%s", (long long)left, m.why ? " since " : "", m.why ? m.why : "");
	sh_mark_release(&m);
	return 0;
}

static int show_inventory(const struct view *v, struct sh_error *err)
{
	SH_CLEANUP_FREE char *name = sh_vantage_inventory(v->r);
	int64_t now = sh_vantage_declared(v->r->site), before;
	struct sh_mark m;

	if (sh_ledger_mark(v->r->ledger, name, &m, err) < 0)
		return -1;
	before = m.value ? strtoll(m.value, NULL, 10) : now;
	sh_mark_release(&m);
	say(v, SH_COUNTER_INVENTORY, now, -1, "%lld targets are declared, before it were %lld", (long long)now,
	    (long long)before);
	return 0;
}

static int show_group(const struct view *v, struct sh_error *err)
{
	SH_CLEANUP_FREE char *target = sh_strdup(v->target);
	const struct sh_request q = { .target = target };
	struct sh_ask a = { .r = v->r, .q = &q, .now = v->now };
	enum sh_decision d = SH_DECIDE_ACT;

	if (sh_ask_capacity(&a, &d, err) < 0)
		return -1;
	say(v, SH_COUNTER_UNAVAILABLE, d == SH_DECIDE_REFUSE, -1, "%s", a.reason ? a.reason : "it is in no group that has limits");
	free(a.reason);
	return 0;
}

static int show_machine(const struct view *v, struct sh_error *err)
{
	int64_t bad, all, under_way;

	if (sh_counts_under_way(v->r, v->now, &under_way, err) < 0 ||
	    sh_doubt_count(v->r, v->target, v->now, &bad, &all, err) < 0)
		return -1;
	say(v, SH_COUNTER_UNDER_WAY, under_way, v->r->limits.at_once, "%lld of %lld repairs are under way",
	    (long long)under_way, (long long)v->r->limits.at_once);
	say(v, SH_COUNTER_DOUBT, bad, -1, "%lld of %lld of its type would be bad at once", (long long)bad, (long long)all);
	if (show_mark(v, SH_COUNTER_CLOCK, SH_MARK_CLOCK, err) < 0 ||
	    show_mark(v, SH_COUNTER_NETWORK, SH_MARK_NETWORK, err) < 0 || show_inventory(v, err) < 0)
		return -1;
	return show_group(v, err);
}

int sh_counters_show(const struct sh_repairer *r, const char *target, sh_counter_fn *show, void *arg,
		     struct sh_error *err)
{
	struct view v = { .r = r, .target = target, .now = sh_repairer_now(r), .show = show, .arg = arg };
	int rc = sh_ledger_faults(r->ledger, true, on_fault, &v, err);

	if (rc == 0 && (show_playbooks(&v, err) < 0 || show_ladders(&v, err) < 0 || show_last(&v, err) < 0 || show_faults(&v, err) < 0 ||
			show_machine(&v, err) < 0))
		rc = -1;
	for (size_t i = 0; i < v.faults; i++) {
		free(v.fault[i].fingerprint);
		free(v.fault[i].rule);
	}
	return rc;
}
