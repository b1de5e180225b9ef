/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/counts.h"
#include "repair_area.h"

#define WEB "service:web@" HOST

static struct sh_guard_counts of_playbook(struct area *a, const char *id)
{
	SH_CLEANUP_FREE char *key = sh_counts_key(WEB, id);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_guard_counts c = { 0 };

	sh_ledger_counts(a->r.ledger, key, &c, &err);
	return c;
}

static struct sh_guard_counts of_fault(struct area *a)
{
	SH_CLEANUP_FREE char *key = sh_counts_key_fingerprint("f-print");
	struct sh_error err = SH_ERROR_INIT;
	struct sh_guard_counts c = { 0 };

	sh_ledger_counts(a->r.ledger, key, &c, &err);
	return c;
}

/* One attempt of ID from START to END. */
static void attempt(struct area *a, const char *id, int rung, int64_t start, int64_t end, bool success,
		    bool task)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_plan p;

	sh_plan_init(&p);
	p.entity = sh_strdup(WEB);
	p.playbook = sh_strdup(id);
	p.fingerprint = task ? NULL : sh_strdup("f-print");
	p.fault_id = task ? NULL : sh_strdup("f-1");
	p.started = start;
	p.ended = end;
	p.success = success;
	if (sh_counts_begin(&a->r, &p, rung, &err) < 0 || (end && sh_counts_end(&a->r, &p, &err) < 0))
		diag("%s", err.text);
	else if (!end && sh_counts_withdraw(&a->r, &p, &err) < 0)
		diag("%s", err.text);
	sh_plan_release(&p);
}

static void seen(struct area *a, bool resolved, int64_t time)
{
	struct sh_error err = SH_ERROR_INIT;

	if (sh_counts_health(&a->r, WEB, "f-print", resolved, time, &err) < 0)
		diag("%s", err.text);
}

static void test_faults(struct area *a)
{
	int64_t t = 1000 * SH_DAY;

	attempt(a, "mend", 0, t, t + 1, false, false);
	OK(of_playbook(a, "mend").attempts == 1 && of_fault(a).attempts == 1, "an attempt counts under both keys");
	OK(of_playbook(a, "mend").last_ended == t + 1, "its end is kept");
	attempt(a, "strong", 1, t + 2, t + 3, true, false);
	OK(of_playbook(a, "strong").attempts == 1 && of_fault(a).attempts == 1,
	   "a further rung is no further attempt at the fault");
	OK(of_fault(a).last_ended == t + 3 && of_fault(a).healthy_since == t + 3, "but its end counts, and its proof");
	attempt(a, "mend", 0, t + 10, 0, false, false);
	OK(of_playbook(a, "mend").attempts == 1, "what was not begun is no attempt");

	seen(a, true, t + 1);
	OK(of_playbook(a, "mend").healthy_since == 0, "a resolution older than the last end says nothing");
	seen(a, true, t + 20);
	OK(of_playbook(a, "mend").healthy_since == t + 20, "a newer one is the beginning of health");
	seen(a, true, t + SH_MIN);
	OK(of_playbook(a, "mend").healthy_since == t + 20, "a later one does not move it");
	seen(a, false, t + SH_MIN);
	OK(of_playbook(a, "mend").healthy_since == 0 && of_playbook(a, "mend").attempts == 1,
	   "seen again too soon ends health, and the attempts stay");
	seen(a, true, t + 2 * SH_MIN);
	seen(a, false, t + 12 * SH_MIN);
	OK(of_playbook(a, "mend").attempts == 0, "seen again after 10 min they count anew");
	OK(of_playbook(a, "mend").last_ended == t + 1, "and the last end is kept");
	seen(a, true, t + 13 * SH_MIN);
	OK(of_playbook(a, "mend").healthy_since == 0, "where nothing was tried there is nothing to count");
}

static void test_tasks(struct area *a)
{
	int64_t t = 2000 * SH_DAY;

	attempt(a, "chore", 0, t, t + 1, true, true);
	attempt(a, "chore", 0, t + SH_DAY, t + SH_DAY + 1, true, true);
	OK(of_playbook(a, "chore").attempts == 2, "runs of a task are never counted anew: they tell its plans apart");
}

static void test_over(void)
{
	struct sh_guard_counts c = { .attempts = 1, .healthy_since = 0 };

	OK(!sh_counts_are_over(&c, 100, 10), "never healthy is not over");
	c.healthy_since = 91;
	OK(!sh_counts_are_over(&c, 100, 10), "nor healthy for less");
	c.healthy_since = 90;
	OK(sh_counts_are_over(&c, 100, 10), "healthy for just so long is");
	c.healthy_since = 200;
	OK(!sh_counts_are_over(&c, 100, 10), "health from the future is not");
}

int main(void)
{
	struct area a;

	area_init(&a);
	area_load(&a, AREA_RULE AREA_SITE
		  "playbooks:\n  mend: {for: {causes: [gone]}, steps: [{action: do}]}\n"
		  "  strong: {steps: [{action: do}]}\n  chore: {steps: [{action: do}]}\n");
	area_ledger(&a);
	test_faults(&a);
	test_tasks(&a);
	test_over();
	area_release(&a);
	return plan_done();
}
