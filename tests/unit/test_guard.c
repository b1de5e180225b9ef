/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "config/guards.h"
#include "repair/counts.h"
#include "repair/guard.h"
#include "repair/storm.h"
#include "repair_area.h"

#define WEB "service:web@" HOST

struct answer {
	enum sh_decision decision;
	char text[300];
};

static struct answer ask(struct area *a, const struct sh_request *q)
{
	struct answer out = { .decision = SH_DECIDE_NONE };
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_playbook *book;
	struct sh_plan p;

	if (sh_plan_make(&a->r, q, &p, &book, &err) == 0 && book &&
	    sh_guards_ask(&a->r, q, book, &p, &out.decision, &err) == 0)
		snprintf(out.text, sizeof(out.text), "%s", p.reason ? p.reason : "");
	else
		snprintf(out.text, sizeof(out.text), "%s", err.text);
	sh_plan_release(&p);
	return out;
}

static void expect(struct area *a, const struct sh_request *q, enum sh_decision decision,
		   const char *says, const char *what)
{
	struct answer got = ask(a, q);

	if (!OK(got.decision == decision && strstr(got.text, says), "%s", what))
		diag("%d: %s", (int)got.decision, got.text);
}

/* A repair that is under way; its row. */
static int64_t begin_repair(struct area *a, const char *plan, const char *on, int64_t start)
{
	SH_CLEANUP_FREE char *id = sh_strdup(plan), *target = sh_strdup(on);
	char book[] = "mend";
	struct sh_repair_row row = { .plan_id = id, .target = target, .playbook = book,
				     .attempt = 1, .started = start };
	struct sh_error err = SH_ERROR_INIT;
	int64_t number = 0;

	if (sh_ledger_repair_begin(a->r.ledger, &row, &number, &err) < 0)
		diag("%s", err.text);
	return number;
}

/* One from START to END (ns), as the ledger has it. */
static void add_repair(struct area *a, const char *plan, const char *outcome, int64_t start, int64_t end)
{
	int64_t row = begin_repair(a, plan, WEB, start);
	struct sh_error err = SH_ERROR_INIT;

	if (sh_ledger_repair_finish(a->r.ledger, row, end, outcome, NULL, &err) < 0)
		diag("%s", err.text);
}

/* Of fault FAULT, over at once. */
static void add_repair_of(struct area *a, const char *plan, const char *on, const char *of,
			  const char *outcome, int64_t start)
{
	SH_CLEANUP_FREE char *id = sh_strdup(plan), *target = sh_strdup(on), *fault = sh_strdup(of);
	char book[] = "mend";
	struct sh_repair_row row = { .plan_id = id, .target = target, .playbook = book, .fault_id = fault,
				     .attempt = 2, .started = start };
	struct sh_error err = SH_ERROR_INIT;
	int64_t number = 0;

	if (sh_ledger_repair_begin(a->r.ledger, &row, &number, &err) < 0 ||
	    sh_ledger_repair_finish(a->r.ledger, number, start + 1, outcome, NULL, &err) < 0)
		diag("%s", err.text);
}

static void put_counts(struct area *a, char *key, int64_t attempts, int64_t ended, int64_t healthy)
{
	struct sh_guard_counts c = { attempts, ended - SH_SEC, ended, healthy };
	struct sh_error err = SH_ERROR_INIT;

	if (sh_ledger_counts_put(a->r.ledger, key, &c, &err) < 0)
		diag("%s", err.text);
	free(key);
}

static void test_evidence(struct area *a, struct sh_request *q)
{
	const struct sh_evidence fresh = q->evidence;
	int64_t now = a->r.now;

	expect(a, q, SH_DECIDE_ACT, "", "fresh evidence passes");
	q->evidence.until = q->evidence.since = now - 5 * SH_MIN;
	expect(a, q, SH_DECIDE_ACT, "", "so does what is just 5 min old");
	q->evidence.since = q->evidence.until -= 1;
	expect(a, q, SH_DECIDE_REFUSE, "s old", "older is refused");
	q->evidence.since = q->evidence.until = now + SH_MIN + 1;
	expect(a, q, SH_DECIDE_REFUSE, "future", "from the future is refused");
	q->evidence.since = now;
	q->evidence.until = now - SH_SEC;
	expect(a, q, SH_DECIDE_REFUSE, "future", "so is what ends before it begins");
	q->evidence.since = 0;
	expect(a, q, SH_DECIDE_REFUSE, "no evidence", "so is none");
	q->evidence = fresh;
	add_repair(a, "p-old", "fixed", now - SH_MIN, now - SH_SEC);
	expect(a, q, SH_DECIDE_SUPERSEDED, "not newer", "evidence from the end of the last action is superseded");
	q->evidence.since += 1;
	expect(a, q, SH_DECIDE_ACT, "", "a nanosecond later it is newer");
	add_repair(a, "p-none", "not_begun", now, now);
	expect(a, q, SH_DECIDE_ACT, "", "what was not begun supersedes nothing");
	q->rung = 1;
	q->evidence.since = fresh.since - SH_SEC;
	expect(a, q, SH_DECIDE_ACT, "", "a further rung rests on our own proof");
	q->rung = 0;
	q->evidence.since = now;
}

static void test_counts_of(struct area *a, struct sh_request *q)
{
	int64_t now = a->r.now;

	put_counts(a, sh_counts_key(WEB, "mend"), 1, now - 20 * SH_SEC, 0);
	expect(a, q, SH_DECIDE_COOLDOWN, "after attempt 1", "20 s after the first attempt it is too soon");
	put_counts(a, sh_counts_key(WEB, "mend"), 1, now - 37 * SH_SEC, 0);
	expect(a, q, SH_DECIDE_ACT, "", "after 30 s and 20 % it is not");
	put_counts(a, sh_counts_key(WEB, "mend"), 2, now - 37 * SH_SEC, 0);
	expect(a, q, SH_DECIDE_COOLDOWN, "after attempt 2", "but after a second attempt it doubles");
	put_counts(a, sh_counts_key(WEB, "mend"), 3, now - SH_DAY, 0);
	expect(a, q, SH_DECIDE_REFUSE, "a person is needed", "three attempts are enough, however long ago");
	put_counts(a, sh_counts_key(WEB, "mend"), 3, now - SH_DAY, now - 10 * SH_MIN + 1);
	expect(a, q, SH_DECIDE_REFUSE, "a person is needed", "nearly 10 min of health do not count");
	put_counts(a, sh_counts_key(WEB, "mend"), 3, now - SH_DAY, now - 10 * SH_MIN);
	expect(a, q, SH_DECIDE_ACT, "", "10 min do");
	put_counts(a, sh_counts_key_fingerprint("f-print"), 1, now - SH_SEC, 0);
	expect(a, q, SH_DECIDE_COOLDOWN, "cooldown", "another playbook for the same fault cools down too");
	put_counts(a, sh_counts_key_fingerprint("f-print"), 3, now - SH_DAY, 0);
	expect(a, q, SH_DECIDE_REFUSE, "a person is needed", "and its attempts count");
	q->rung = 1;
	expect(a, q, SH_DECIDE_ACT, "", "but not for a further rung");
	q->rung = 0;
	put_counts(a, sh_counts_key_fingerprint("f-print"), 0, now - SH_DAY, 0);
}

static void test_identity(struct area *a, struct sh_request *q)
{
	set_string(&q->plan_id, "p-other");
	expect(a, q, SH_DECIDE_REFUSE, "plan_changed", "a plan of another id is refused");
	add_repair(a, "p-other", "fixed", a->r.now - SH_DAY, a->r.now - SH_DAY + 1);
	expect(a, q, SH_DECIDE_DONE, "before", "one that was carried out is done");
	set_string(&q->plan_id, NULL);
}

static void test_host(struct area *a, struct sh_request *q)
{
	set_string(&q->host, "h2");
	expect(a, q, SH_DECIDE_REFUSE, "not on this host", "a record of another host is refused");
	set_string(&q->host, HOST);
	set_string(&q->target, "service:web@h2");
	expect(a, q, SH_DECIDE_REFUSE, "not on this host", "so is a target on another");
	set_string(&q->target, "service:web@h1@h2");
	expect(a, q, SH_DECIDE_REFUSE, "not on this host", "the host begins at the last @");
	set_string(&q->target, "service:web");
	expect(a, q, SH_DECIDE_ACT, "", "a target without a host is here");
	set_string(&q->target, WEB);
}

static void test_stop(struct area *a, struct sh_request *q)
{
	SH_CLEANUP_FREE char *stop = sh_asprintf("%s/stop", a->r.state_dir);

	if (symlink("/nowhere", stop) < 0)
		diag("cannot link");
	expect(a, q, SH_DECIDE_REFUSE, "every repair is stopped", "a stop file stops, a dangling link too");
	unlink(stop);
	expect(a, q, SH_DECIDE_ACT, "", "without it all goes on");
}

static void test_pauses(struct area *a, struct sh_request *q)
{
	static const struct {
		const char *scope;
		enum sh_decision decision;
	} cases[] = {
		{ "all", SH_DECIDE_REFUSE },	       { WEB, SH_DECIDE_REFUSE },
		{ "rule:down", SH_DECIDE_REFUSE },     { "playbook:mend", SH_DECIDE_REFUSE },
		{ "service:we@" HOST, SH_DECIDE_ACT }, { "rule:dow", SH_DECIDE_ACT },
		{ "playbook:other", SH_DECIDE_ACT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SH_CLEANUP_FREE char *scope = sh_strdup(cases[i].scope);
		char kind[] = "pause", by[] = "me", why[] = "a reason";
		struct sh_pause p = { .scope = scope, .kind = kind, .by = by, .reason = why,
				      .since = a->r.now - 1 };
		struct sh_error err = SH_ERROR_INIT;

		sh_ledger_pause_add(a->r.ledger, &p, NULL, &err);
		expect(a, q, cases[i].decision, cases[i].decision == SH_DECIDE_ACT ? "" : "a reason",
		       cases[i].scope);
		sh_ledger_pause_end(a->r.ledger, scope, a->r.now, NULL, &err);
	}
}

static void answer_question(struct area *a, const char *plan_id, const char *word, int64_t until)
{
	SH_CLEANUP_FREE char *id = sh_strdup(plan_id), *answer = sh_strdup(word);
	char by[] = "me";
	struct sh_approval p = { .plan_id = id, .answer = answer, .by = by, .time = a->r.now - SH_MIN,
				 .until = until };
	struct sh_error err = SH_ERROR_INIT;

	if (sh_ledger_approval_put(a->r.ledger, &p, &err) < 0)
		diag("%s", err.text);
}

static void test_approval(struct area *a, struct sh_request *q)
{
	struct answer got;
	char id[50];

	a->r.mode = SH_MODE_ASK;
	got = ask(a, q);
	OK(got.decision == SH_DECIDE_ASK, "what must be asked waits");
	if (sscanf(got.text, "approval is needed: sh-ledger approve %49s", id) != 1)
		diag("no id in %s", got.text);
	answer_question(a, id, "approved", a->r.now - 1);
	expect(a, q, SH_DECIDE_ASK, "approval", "an approval that has run out is none");
	answer_question(a, id, "approved", a->r.now + 1);
	expect(a, q, SH_DECIDE_ACT, "", "one that holds lets it act");
	answer_question(a, id, "rejected", 0);
	expect(a, q, SH_DECIDE_REFUSE, "rejected", "a rejection does not");
	a->r.mode = SH_MODE_ACT;
}

static void test_window(struct area *a, struct sh_request *q)
{
	area_load(a, "rules:\n  down: {on: [service], expr: \"avg(service.running, 5m) == 0\","
		     " verify: \"service.running == 1\"}\n" AREA_SITE AREA_BOOK("", ""));
	/* Functions of the past are not known here: what cannot be told is no reason to act. */
	expect(a, q, SH_DECIDE_REFUSE, "looks back", "a rule whose window cannot be told is refused after an action");
}

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
	a->r.silences = NULL;
	sh_silences_release(&silences);
}

/* The orders of the two tables are one. */
static void test_names(struct area *a, struct sh_request *q)
{
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_playbook *book;
	enum sh_decision d;
	struct sh_plan p;

	set_string(&q->host, "h2");
	a->r.mode = SH_MODE_ASK;
	if (sh_plan_make(&a->r, q, &p, &book, &err) < 0 || sh_guards_ask(&a->r, q, book, &p, &d, &err) < 0)
		diag("%s", err.text);
	OK(p.guards == SH_GUARDS && !strcmp(p.guard[0].guard, "kill_switch"), "every guard answers");
	OK(!strcmp(p.guard[1].guard, "host") && p.guard[1].answer == SH_ANSWER_REFUSE &&
	   !strcmp(p.guard[SH_GUARDS - 1].guard, "approval") && p.guard[SH_GUARDS - 1].answer == SH_ANSWER_WAIT,
	   "under its own name");
	sh_plan_release(&p);
	a->r.mode = SH_MODE_ACT;
	set_string(&q->host, HOST);
}

int main(void)
{
	SH_CLEANUP_FREE char *state = NULL;
	struct sh_request q;
	struct area a;

	area_init(&a);
	area_load(&a, AREA_RULE AREA_SITE AREA_BOOK("", ""));
	area_ledger(&a);
	state = sh_asprintf("%s/state", a.dir);
	a.r.state_dir = state;
	q = area_request(&a);
	test_names(&a, &q);
	test_evidence(&a, &q);
	test_counts_of(&a, &q);
	test_identity(&a, &q);
	test_host(&a, &q);
	test_stop(&a, &q);
	test_pauses(&a, &q);
	test_approval(&a, &q);
	test_capacity(&a, &q);
	test_needed(&a, &q);
	test_maintenance(&a, &q);
	test_concurrency(&a, &q);
	test_storm(&a, &q);
	test_budget(&a, &q);
	test_window(&a, &q);
	sh_request_release(&q);
	area_release(&a);
	return plan_done();
}
