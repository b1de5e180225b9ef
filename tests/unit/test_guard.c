/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <sqlite3.h>

#include "config/guards.h"
#include "guard_asks.h"

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

/* The last, for the ledger is not whole after it. */
static void test_unreadable(struct area *a, struct sh_request *q)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.db", a->r.state_dir);
	struct answer got;
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, "DROP TABLE note", NULL, NULL, NULL) != SQLITE_OK)
		diag("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
	q->evidence.until = q->evidence.since = a->r.now - SH_HOUR;
	got = ask(a, q);
	OK(got.decision != SH_DECIDE_ACT && strstr(got.text, "note"),
	   "where it cannot be read whether a refusal is overridden nothing is done");
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
	test_window(&a, &q);
	test_unreadable(&a, &q);
	sh_request_release(&q);
	area_release(&a);
	return plan_done();
}
