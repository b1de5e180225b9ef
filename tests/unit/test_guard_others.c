/* SPDX-License-Identifier: MIT */
/* The guards that look at others: members of a group, other repairs, windows of time. */
#include "config.h"

#include "guard_asks.h"
#include "repair/storm.h"

static void fault_of(struct area *a, const char *entity, const char *status, int64_t time)
{
	json_auto_t *fault = json_pack("{s:s}", "entity", entity);
	struct sh_error err = SH_ERROR_INIT;

	if (sh_ledger_fault_put(a->r.ledger, entity, status, time, fault, &err) < 0)
		diag("%s", err.text);
}

#define GROUP(limits) AREA_RULE SITE_OF_GROUP(limits)
#define SITE_OF_GROUP(limits)                                                              \
	"services:\n"                                                             \
	"  web: {pidfile: /run/w, start: [/bin/true], mode: act, group: g, files: [{path: /etc/w}]}\n" \
	"  two: {pidfile: /run/2, group: g}\n  other: {pidfile: /run/o}\n"                   \
	"filesystems:\n  /data: {group: g}\n"                                               \
	"groups:\n  g: {" limits "}\n" AREA_BOOK("", "")

static void test_capacity(struct area *a, struct sh_request *q)
{
	char hold[] = "hold", scope[] = "filesystem:/data@" HOST;
	struct sh_pause p = { .scope = scope, .kind = hold, .since = a->r.now - 1 };
	struct sh_error err = SH_ERROR_INIT;
	int64_t row, now = a->r.now;

	area_load(a, GROUP(""));
	fault_of(a, WEB, "open", now);
	fault_of(a, "file:/etc/w@" HOST, "open", now - 2 * SH_MIN);
	add_repair_of(a, "p-file", "file:/etc/w@" HOST, "f-file", "failed", now - 2 * SH_MIN); /* else it went first */
	fault_of(a, "service:other@" HOST, "open", now);
	fault_of(a, "service:two@h2", "open", now);
	expect(a, q, SH_DECIDE_ACT, "", "the target, its files, another machine and strangers do not count against it");
	fault_of(a, "service:two@" HOST, "open", now);
	expect(a, q, SH_DECIDE_REFUSE, "2 of 3 would be unavailable, 1 may be; now also service:two@h1",
	       "an open fault of another member does");
	area_load(a, GROUP("max_unavailable: 2"));
	expect(a, q, SH_DECIDE_ACT, "", "unless two may be unavailable");
	sh_ledger_pause_add(a->r.ledger, &p, NULL, &err);
	expect(a, q, SH_DECIDE_REFUSE, "3 of 3", "what is held is unavailable too");
	sh_ledger_pause_end(a->r.ledger, scope, now, NULL, &err);
	fault_of(a, "service:two@" HOST, "resolved", now + 1);
	area_load(a, GROUP("min_healthy: 2"));
	expect(a, q, SH_DECIDE_ACT, "", "where two of three stay healthy it may");
	row = begin_repair(a, "p-other", "service:two@" HOST, now);
	expect(a, q, SH_DECIDE_REFUSE, "2 of 3", "not while another member is repaired");
	sh_ledger_repair_finish(a->r.ledger, row, now, "fixed", NULL, &err);
	expect(a, q, SH_DECIDE_ACT, "", "but when that is over");
	area_load(a, "topology:\n  group:g: {members: [service:far@h2, service:two@h1]}\n" GROUP("max_unavailable: 50%"));
	fault_of(a, "service:far@h2", "open", now);
	sh_ledger_member_put(a->r.ledger, "group:g", "service:near@h3", now + SH_HOUR, &err);
	sh_ledger_member_put(a->r.ledger, "group:g", "service:gone@h3", now - 1, &err);
	sh_ledger_member_put(a->r.ledger, "group:other", "service:not@h3", now + SH_HOUR, &err);
	expect(a, q, SH_DECIDE_ACT, "", "2 of 5: members on other hosts count, by topology and by what was heard");
	fault_of(a, "service:near@h3", "open", now);
	expect(a, q, SH_DECIDE_ACT, "", "rounded up three of five may be down");
	fault_of(a, "filesystem:/data@h1", "open", now);
	expect(a, q, SH_DECIDE_REFUSE, "4 of 5 would be unavailable, 3 may be", "not four");
	sh_ledger_member_put(a->r.ledger, "group:g", "service:near@h3", 0, &err);
	fault_of(a, "service:far@h2", "resolved", now + 1);
	fault_of(a, "filesystem:/data@h1", "resolved", now + 1);
	area_load(a, GROUP("min_healthy: 3"));
	expect(a, q, SH_DECIDE_REFUSE, "1 of 3 would be unavailable, 0 may be", "a group may forbid all");
	area_load(a, "rules:\n  down: {on: [service], expr: \"service.running == 0\", count: 1, means_down: true}\n"
		     SITE_OF_GROUP("max_unavailable: 1"));
	fault_of(a, "service:two@" HOST, "open", now + 2);
	expect(a, q, SH_DECIDE_ACT, "", "what is down already takes nothing away, though another is down too");
	row = begin_repair(a, "p-other", "service:two@" HOST, now);
	expect(a, q, SH_DECIDE_REFUSE, "2 of 3", "but they are repaired one at a time");
	sh_ledger_repair_finish(a->r.ledger, row, now, "fixed", NULL, &err);
	fault_of(a, "service:two@" HOST, "resolved", now + 3);
	fault_of(a, WEB, "resolved", now + 3);
	area_load(a, AREA_RULE AREA_SITE AREA_BOOK("", ""));
}

/* A service needs its files: they go first, and when they are mended it need not wait any longer. */
static void test_needed(struct area *a, struct sh_request *q)
{
	int64_t now = a->r.now;

	area_load(a, GROUP(""));
	fault_of(a, "file:/etc/w@" HOST, "open", now - SH_MIN);
	fault_of(a, "file:/etc/stranger@" HOST, "open", now - SH_MIN);
	expect(a, q, SH_DECIDE_CONFLICT, "'file:/etc/w@h1', which it needs, is broken too",
	       "a file of a service that is broken too goes first");
	add_repair_of(a, "p-file", "file:/etc/w@" HOST, "f-file", "failed", now - 40 * SH_SEC);
	expect(a, q, SH_DECIDE_ACT, "", "until it was tried");
	put_counts(a, sh_counts_key(WEB, "mend"), 1, now - 20 * SH_SEC, 0);
	expect(a, q, SH_DECIDE_COOLDOWN, "after attempt 1", "that it failed takes no cooldown away");
	add_repair_of(a, "p-file", "file:/etc/w@" HOST, "f-file", "fixed", now - 30 * SH_SEC);
	add_repair_of(a, "p-else", "file:/etc/stranger@" HOST, "f-else", "fixed", now - 10 * SH_SEC);
	expect(a, q, SH_DECIDE_COOLDOWN, "after attempt 1", "nor that it, or a stranger, was mended before");
	add_repair_of(a, "p-file", "file:/etc/w@" HOST, "f-file", "fixed", now - 10 * SH_SEC);
	expect(a, q, SH_DECIDE_ACT, "", "but that it was mended since");
	put_counts(a, sh_counts_key(WEB, "mend"), 3, now - 20 * SH_SEC, 0);
	expect(a, q, SH_DECIDE_REFUSE, "a person is needed", "attempts still count");
	put_counts(a, sh_counts_key(WEB, "mend"), 0, now - SH_DAY, 0);
	fault_of(a, "file:/etc/w@" HOST, "resolved", now);
	fault_of(a, "file:/etc/stranger@" HOST, "resolved", now);
	area_load(a, AREA_RULE AREA_SITE AREA_BOOK("", ""));
}

/* N repairs of faults of rule "down" on targets of their own, AGE ago. */
static void add_storm(struct area *a, const char *name, int n, const char *outcome, int64_t age)
{
	json_auto_t *record = json_pack("{s:s}", "rule_id", "down");
	int64_t start = a->r.now - age;

	for (int i = 0; i < n; i++) {
		SH_CLEANUP_FREE char *target = sh_asprintf("service:%s%d@" HOST, name, i);
		char id[] = "p-storm", book[] = "mend", fault[] = "f-storm";
		struct sh_repair_row row = { .plan_id = id, .target = target, .playbook = book, .fault_id = fault,
					     .attempt = 1, .started = start, .record = record };
		struct sh_error err = SH_ERROR_INIT;
		int64_t number = 0;

		if (sh_ledger_repair_begin(a->r.ledger, &row, &number, &err) < 0 ||
		    sh_ledger_repair_finish(a->r.ledger, number, start + 1, outcome, NULL, &err) < 0)
			diag("%s", err.text);
	}
}

static void test_concurrency(struct area *a, struct sh_request *q)
{
	struct sh_error err = SH_ERROR_INIT;
	int64_t row[5], now = a->r.now;

	begin_repair(a, "p-forgotten", "service:lost@" HOST, now - SH_HOUR - 1);
	for (int i = 0; i < 4; i++)
		row[i] = begin_repair(a, "p-other", "service:else@" HOST, now - SH_SEC);
	expect(a, q, SH_DECIDE_ACT, "", "beside four repairs there is room for one; what hangs for an hour is none");
	row[4] = begin_repair(a, "p-other", "service:else@" HOST, now - SH_SEC);
	expect(a, q, SH_DECIDE_COOLDOWN, "5 repairs are under way", "a sixth waits");
	for (int i = 0; i < 5; i++)
		sh_ledger_repair_finish(a->r.ledger, row[i], now, "fixed", NULL, &err);
	expect(a, q, SH_DECIDE_ACT, "", "until one has ended");
}

/* Whether the brake goes on now. */
static bool latches(struct area *a, const struct sh_request *q)
{
	SH_CLEANUP_FREE char *scope = NULL;
	struct sh_error err = SH_ERROR_INIT;

	if (sh_storm_watch(&a->r, q, &scope, &err) < 0)
		diag("%s", err.text);
	return scope != NULL;
}

static void reset_brake(struct area *a, const char *backlog)
{
	json_auto_t *record = json_pack("{s:s}", "backlog", backlog);
	struct sh_error err = SH_ERROR_INIT;

	sh_ledger_pause_end(a->r.ledger, "storm:rule:down", a->r.now, NULL, &err);
	sh_ledger_note(a->r.ledger, a->r.now, "reset", "storm:rule:down", record, &err);
}

static void test_storm(struct area *a, struct sh_request *q)
{
	const struct sh_evidence fresh = q->evidence;
	int64_t now = a->r.now;

	add_storm(a, "old", 20, "fixed", SH_HOUR + 1);
	add_storm(a, "new", 9, "fixed", SH_MIN);
	expect(a, q, SH_DECIDE_ACT, "", "nine repairs of a rule in an hour are no storm, whatever was before");
	OK(!latches(a, q), "and put no brake on");
	add_storm(a, "none", 5, "not_begun", SH_MIN);
	expect(a, q, SH_DECIDE_ACT, "", "what was not begun does not count");
	add_storm(a, "one", 1, "fixed", SH_MIN);
	expect(a, q, SH_DECIDE_REFUSE, "10 repairs of rule 'down' in an hour", "ten are one");
	set_string(&q->rule_id, NULL);
	expect(a, q, SH_DECIDE_ACT, "", "not for others");
	set_string(&q->rule_id, "down");
	OK(latches(a, q) && !latches(a, q), "the brake goes on once");
	a->r.now = now + 2 * SH_HOUR;
	q->evidence.since = q->evidence.until = a->r.now;
	expect(a, q, SH_DECIDE_REFUSE, "sh-ledger reset 'rule:down'", "and stays on when the storm is over");
	reset_brake(a, "skip");
	expect(a, q, SH_DECIDE_SUPERSEDED, "which says: skip", "after a reset what waited is skipped");
	q->evidence.until++;
	expect(a, q, SH_DECIDE_ACT, "", "what is seen after it is not");
	add_storm(a, "sick", 1, "not_fixed", -1);
	add_storm(a, "sick", 1, "failed", -1);
	expect(a, q, SH_DECIDE_ACT, "", "failing twice on one target stops nothing");
	add_storm(a, "ill", 1, "failed", -1);
	expect(a, q, SH_DECIDE_REFUSE, "failed on 2 fresh targets", "failing on two stops the rule");
	a->r.now = now;
	q->evidence = fresh;
	q->evidence.since = now;
}

static void test_budget(struct area *a, struct sh_request *q)
{
	int64_t day = SH_DAY;

	/* Long after anything else here, and each of them helped. */
	a->r.now += 50 * day;
	q->evidence.since = q->evidence.until = a->r.now;
	for (int i = 0; i < 10; i++)
		add_repair_of(a, "p-week", WEB, "f-week", "fixed", a->r.now - 7 * day + i * SH_HOUR - 1);
	expect(a, q, SH_DECIDE_ACT, "", "nine repairs within a week are in the budget");
	a->r.now--;
	expect(a, q, SH_DECIDE_REFUSE, "10 repairs in a week, and it comes back", "ten are not, though all helped");
	a->r.now -= 50 * day - 1;
	q->evidence.since = q->evidence.until = a->r.now;
}

/* Its group by the site and by what was heard, with limits or without; others are not in it. */
static void match_group(struct area *a, struct sh_request *q, int64_t now)
{
	static const struct {
		const char *group;
		enum sh_decision decision;
	} cases[] = { { "fr*", SH_DECIDE_REFUSE }, { "rack1", SH_DECIDE_REFUSE }, { "back", SH_DECIDE_ACT } };
	struct sh_error err = SH_ERROR_INIT;
	int64_t row, ended;

	area_load(a, AREA_RULE "services:\n  web: {pidfile: /run/w, start: [/bin/true], mode: act, group: front}\n"
		     "groups:\n  front: {max_unavailable: 9}\ntopology:\n  group:rack1: {members: [service:web@h1]}\n  group:back: {members: [service:db@h1]}\n"
		     AREA_BOOK("", ""));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_auto_t *match = json_pack("{s:[s]}", "group", cases[i].group);
		struct sh_ledger_silence s = { .match = match, .by = "ann", .reason = "new racks", .since = now,
					       .until = now + SH_HOUR };

		sh_ledger_silence_add(a->r.ledger, &s, &row, &err);
		expect(a, q, cases[i].decision, cases[i].decision == SH_DECIDE_ACT ? "" : "new racks", cases[i].group);
		sh_ledger_silence_end(a->r.ledger, row, now, &ended, &err);
	}
}

static void test_maintenance(struct area *a, struct sh_request *q)
{
	struct sh_silences silences = { 0 };
	json_auto_t *match = json_pack("{s:[s]}", "name", "w*");
	struct sh_ledger_silence s = { .match = match, .by = "ann", .reason = "new disk",
				       .since = a->r.now, .until = a->r.now + SH_HOUR };
	int64_t row, ended, now = a->r.now;
	struct sh_error err = SH_ERROR_INIT;

	area_load(a, AREA_RULE AREA_SITE AREA_BOOK("", "") "silences:\n  work: {match: {type: service}, owner: ops, "
		     "comment: patches, start: 2060-01-01T00:00:00Z, end: 2060-01-01T02:00:00Z, kind: maintenance}\n");
	sh_silences_load(&silences, &a->config, area_note, a);
	a->r.silences = &silences;
	expect(a, q, SH_DECIDE_ACT, "", "outside the window it passes");
	sh_time_parse("2060-01-01T01:59:59Z", 20, &a->r.now);
	q->evidence.since = q->evidence.until = a->r.now;
	expect(a, q, SH_DECIDE_REFUSE, "maintenance of ops until 2060-01-01T02:00:00Z: patches", "within it is refused");
	a->r.now += SH_SEC;
	q->evidence.since = q->evidence.until = a->r.now;
	expect(a, q, SH_DECIDE_ACT, "", "at its end it passes");
	a->r.now = now;
	q->evidence.since = q->evidence.until = now;
	sh_ledger_silence_add(a->r.ledger, &s, &row, &err);
	expect(a, q, SH_DECIDE_REFUSE, "silence of ann", "so does an operator's silence refuse");
	sh_ledger_silence_end(a->r.ledger, row, now, &ended, &err);
	expect(a, q, SH_DECIDE_ACT, "", "until it is ended");
	match_group(a, q, now);
	a->r.silences = NULL;
	sh_silences_release(&silences);
}

/* A repair whose one step, STATE, took that many seconds. */
static void add_took(struct area *a, const char *state, const char *seconds)
{
	SH_CLEANUP_FREE char *ended = sh_asprintf("2026-11-21T01:00:%s00000Z", seconds);
	json_auto_t *record = json_pack("{s:[{s:s, s:s, s:s, s:i, s:s, s:s}]}", "steps", "name", "a", "action", "do",
					"state", state, "tries", 1, "started", "2026-11-21T01:00:00.000000Z", "ended",
					ended);
	int64_t start = a->r.now - SH_HOUR, row = begin_repair(a, "p-took", WEB, start);
	struct sh_error err = SH_ERROR_INIT;

	if (sh_ledger_repair_finish(a->r.ledger, row, start + 1, "done", record, &err) < 0)
		diag("%s", err.text);
}

/* A step that is given less time than it used to need; the last, for the ledger knows it from then on. */
static void test_timeout(struct area *a, struct sh_request *q)
{
	static const char *const took[] = { "08.5", "03.0", "01.0", "02.0" };

	/* Long after anything else here. */
	a->r.now += 90 * SH_DAY;
	q->evidence.since = q->evidence.until = a->r.now;
	for (size_t i = 0; i < sizeof(took) / sizeof(took[0]); i++)
		add_took(a, "done", took[i]);
	add_took(a, "failed", "09.0");
	expect(a, q, SH_DECIDE_ACT, "", "four that succeeded, and one that failed, say nothing about how long it takes");
	add_took(a, "done", "03.0");
	expect(a, q, SH_DECIDE_REFUSE, "step 'a' may take 7s, and took up to 8s500ms when it succeeded (99 % of 5)",
	       "a step that is given less time than it used to take is refused");
	area_load(a, AREA_RULE AREA_SITE
		  "playbooks:\n  mend:\n    for: {causes: [gone], targets: [service]}\n"
		  "    steps: [{name: a, action: do, timeout: 9s, with: {start: \"{site.start}\"}}]\n");
	expect(a, q, SH_DECIDE_ACT, "", "with as much as it took, or more, it passes");
}

int main(void)
{
	struct sh_request q;
	struct area a;

	area_init(&a);
	area_load(&a, AREA_RULE AREA_SITE AREA_BOOK("", ""));
	area_ledger(&a);
	q = area_request(&a);
	test_capacity(&a, &q);
	test_needed(&a, &q);
	test_maintenance(&a, &q);
	test_concurrency(&a, &q);
	test_storm(&a, &q);
	test_budget(&a, &q);
	test_timeout(&a, &q);
	sh_request_release(&q);
	area_release(&a);
	return plan_done();
}
