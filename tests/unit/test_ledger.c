/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/ledger.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "scratch.h"
#include "state/ledger_internal.h"
#include "state/reserve.h"
#include "state/retention.h"
#include "tap.h"

/* What the callbacks saw, as text. */
static struct sh_buf seen = SH_BUF_INIT;

static bool saw(const char *text)
{
	bool same = !strcmp(sh_buf_str(&seen), text);

	if (!same)
		diag("saw '%s', wanted '%s'", sh_buf_str(&seen), text);
	sh_buf_clear(&seen);
	return same;
}

static struct sh_ledger *open_ok(const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l = NULL;

	OK(sh_ledger_open(&l, dir, &err) == 0 && l, "open %s", err.text);
	return l;
}

static int64_t begin(struct sh_ledger *l, char *plan, char *target, int64_t started)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_repair_row r = { .plan_id = plan,
				   .target = target,
				   .playbook = (char[]){ "service-restart" },
				   .fingerprint = (char[]){ "fp" },
				   .attempt = 1,
				   .started = started,
				   .record = json_pack("{s:s, s:f}", "id", plan, "n", 0.1) };
	int64_t row = 0;

	if (sh_ledger_repair_begin(l, &r, &row, &err) < 0)
		diag("%s", err.text);
	json_decref(r.record);
	return row;
}

static int note_repair(void *arg, const struct sh_repair_row *r)
{
	int64_t *stop = arg;

	sh_buf_addf(&seen, "%s@%s %s%s %s;", r->plan_id, r->target, r->ended ? "" : "open",
		    r->outcome ? r->outcome : "",
		    json_real_value(json_object_get(r->record, "n")) == 0.1 ? "n" : "-");
	return stop && --*stop == 0;
}

static void test_repairs(struct sh_ledger *l)
{
	struct sh_error err = SH_ERROR_INIT;
	int64_t a = begin(l, (char[]){ "p-a" }, (char[]){ "service:a@h" }, 100);
	int64_t b = begin(l, (char[]){ "p-b" }, (char[]){ "service:b@h" }, 200), stop = 1;
	struct sh_repair_query all = { 0 }, open = { .open_only = true },
			       one = { .target = "service:a@h" }, late = { .since = 150 },
			       none = { .fingerprint = "other" }, limit = { .limit = 1 };
	json_t *end = json_pack("{s:b}", "success", 1);

	OK(a > 0 && b > a, "two repairs begin");
	OK(sh_ledger_repairs(l, &open, note_repair, NULL, &err) == 0 &&
		   saw("p-b@service:b@h open n;p-a@service:a@h open n;"),
	   "both are open, newest first, with numbers as they were");
	OK(sh_ledger_repair_finish(l, a, 300, "fixed", end, &err) == 0, "finish the first");
	OK(sh_ledger_repairs(l, &all, note_repair, NULL, &err) == 0 &&
		   saw("p-b@service:b@h open n;p-a@service:a@h fixed -;"),
	   "its outcome and record are the last ones");
	OK(sh_ledger_repairs(l, &open, note_repair, NULL, &err) == 0 && saw("p-b@service:b@h open n;"),
	   "one is open");
	OK(sh_ledger_repairs(l, &one, note_repair, NULL, &err) == 0 && saw("p-a@service:a@h fixed -;"),
	   "by target");
	OK(sh_ledger_repairs(l, &late, note_repair, NULL, &err) == 0 && saw("p-b@service:b@h open n;"),
	   "by time");
	OK(sh_ledger_repairs(l, &none, note_repair, NULL, &err) == 0 && saw(""), "by fingerprint");
	OK(sh_ledger_repairs(l, &limit, note_repair, NULL, &err) == 0 &&
		   saw("p-b@service:b@h open n;"),
	   "limited");
	OK(sh_ledger_repairs(l, &all, note_repair, &stop, &err) == 0 &&
		   saw("p-b@service:b@h open n;"),
	   "stopped by the callback");
	OK(sh_ledger_repair_finish(l, a, 400, "failed", NULL, &err) < 0 &&
		   err.code == SH_ERRC_STATE,
	   "what ended cannot end otherwise: %s", err.text);
	sh_error_clear(&err);
	OK(sh_ledger_repair_finish(l, 999, 400, "failed", NULL, &err) < 0, "nor what never was: %s",
	   err.text);
	json_decref(end);
}

static int note_intent(void *arg, const struct sh_intent *i)
{
	(void)arg;
	sh_buf_addf(&seen, "%s/%s#%d %s pid=%d/%d boot=%s %s%s;", i->step, i->action,
		    (int)i->try_number, i->state, (int)i->process.pid, (int)i->process.start,
		    i->process.boot_id, i->parameters ? "P" : "-", i->output ? "O" : "-");
	return 0;
}

/* Settling from within the callback is what sh-repair does on start. */
static int settle_it(void *arg, const struct sh_intent *i)
{
	struct sh_error err = SH_ERROR_INIT;

	if (sh_ledger_intent_settle(arg, i->row, "not_done", NULL, &err) < 0)
		sh_buf_addf(&seen, "%s", err.text);
	return 0;
}

static void test_intents(struct sh_ledger *l)
{
	struct sh_error err = SH_ERROR_INIT;
	int64_t repair = begin(l, (char[]){ "p-i" }, (char[]){ "service:i@h" }, 500), row = 0, two;
	struct sh_intent i = { .repair = repair,
			       .target = (char[]){ "service:i@h" },
			       .step = (char[]){ "stop" },
			       .action = (char[]){ "process-signal" },
			       .try_number = 2,
			       .parameters = json_object(),
			       .process = { .pid = 77, .start = 1234 },
			       .started = 501,
			       .deadline = 601 };
	json_t *output = json_pack("{s:i}", "pid", 5);

	snprintf(i.process.boot_id, sizeof(i.process.boot_id), "0f-boot");
	OK(sh_ledger_intent_open(l, &i, &row, &err) == 0 && row > 0, "open an intent: %s",
	   err.text);
	OK(sh_ledger_intents(l, repair, true, note_intent, NULL, &err) == 0 &&
		   saw("stop/process-signal#2 open pid=77/1234 boot=0f-boot P-;"),
	   "who does it is stored with it");
	OK(sh_ledger_intent_settle(l, row, "strange", NULL, &err) < 0, "an unknown state: %s",
	   err.text);
	sh_error_clear(&err);
	OK(sh_ledger_intent_settle(l, row, "done", output, &err) == 0, "settle it");
	OK(sh_ledger_intents(l, 0, true, note_intent, NULL, &err) == 0 && saw(""), "none is open");
	OK(sh_ledger_intents(l, repair, false, note_intent, NULL, &err) == 0 &&
		   saw("stop/process-signal#2 done pid=77/1234 boot=0f-boot PO;"),
	   "it is there with its output");
	OK(sh_ledger_intent_settle(l, row, "failed", NULL, &err) < 0, "not twice: %s", err.text);
	sh_error_clear(&err);
	i.repair = 999;
	OK(sh_ledger_intent_open(l, &i, &two, &err) < 0, "none without its repair: %s", err.text);
	sh_error_clear(&err);
	i.repair = repair;
	OK(sh_ledger_intent_open(l, &i, &two, &err) == 0 &&
		   sh_ledger_intents(l, 0, true, settle_it, l, &err) == 0 && saw("") &&
		   sh_ledger_intents(l, 0, true, note_intent, NULL, &err) == 0 && saw(""),
	   "a callback may write");
	json_decref(i.parameters);
	json_decref(output);
}

static void test_counts(struct sh_ledger *l)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_guard_counts c = { 3, 10, 20, 30 }, got;

	OK(sh_ledger_counts(l, "k", &got, &err) == 0 && got.attempts == 0 && got.last_ended == 0,
	   "counts are 0 at first");
	OK(sh_ledger_counts_put(l, "k", &c, &err) == 0 && sh_ledger_counts(l, "k", &got, &err) == 0,
	   "put and get");
	OK(got.attempts == 3 && got.last_started == 10 && got.last_ended == 20 &&
		   got.healthy_since == 30,
	   "counts come back");
	c.attempts = 0;
	OK(sh_ledger_counts_put(l, "k", &c, &err) == 0 &&
		   sh_ledger_counts(l, "k", &got, &err) == 0 && got.attempts == 0,
	   "and are replaced");
}

static int note_fault(void *arg, const char *fingerprint, const char *status, int64_t time,
		      const json_t *fault)
{
	(void)arg;
	sh_buf_addf(&seen, "%s %s %d %s;", fingerprint, status, (int)time,
		    fault ? json_string_value(json_object_get(fault, "id")) : "-");
	return 0;
}

static void test_faults(struct sh_ledger *l)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *fault = json_pack("{s:s}", "id", "f-1");

	OK(sh_ledger_fault_put(l, "fp1", "open", 10, fault, &err) == 0 &&
		   sh_ledger_fault_put(l, "fp2", "open", 5, NULL, &err) == 0,
	   "put two");
	OK(sh_ledger_faults(l, true, note_fault, NULL, &err) == 0 &&
		   saw("fp2 open 5 -;fp1 open 10 f-1;"),
	   "oldest first");
	OK(sh_ledger_fault_put(l, "fp1", "resolved", 9, NULL, &err) == 0 &&
		   sh_ledger_fault_put(l, "fp2", "resolved", 20, NULL, &err) == 0,
	   "one resolved, one resolved before it was seen last");
	OK(sh_ledger_faults(l, true, note_fault, NULL, &err) == 0 && saw("fp1 open 10 f-1;"),
	   "an older word does not overrule a newer");
	OK(sh_ledger_faults(l, false, note_fault, NULL, &err) == 0 &&
		   saw("fp1 open 10 f-1;fp2 resolved 20 -;"),
	   "all of them");
	OK(sh_ledger_fault_put(l, "fp1", "pending", 30, NULL, &err) < 0, "no other status: %s",
	   err.text);
	json_decref(fault);
}

static int note_approval(void *arg, const struct sh_approval *a)
{
	(void)arg;
	sh_buf_addf(&seen, "%s %s %s %s;", a->plan_id, a->answer, a->by ? a->by : "-",
		    a->plan ? "plan" : "-");
	return 0;
}

static int answer(struct sh_ledger *l, const char *text, int64_t time, int64_t until, json_t *plan)
{
	struct sh_error err = SH_ERROR_INIT;
	SH_CLEANUP_FREE char *word = sh_strdup(text);
	struct sh_approval a = { .plan_id = (char[]){ "p-1" },
				 .answer = word,
				 .by = (char[]){ "ann" },
				 .time = time,
				 .until = until,
				 .plan = plan };

	return sh_ledger_approval_put(l, &a, &err);
}

static bool answer_is(struct sh_ledger *l, const char *text)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_approval a;
	bool same = sh_ledger_approval_get(l, "p-1", &a, &err) == 1 && !strcmp(a.answer, text);

	sh_approval_release(&a);
	return same;
}

static void test_approvals(struct sh_ledger *l)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_approval a;
	json_t *plan = json_object();

	OK(sh_ledger_approval_get(l, "p-1", &a, &err) == 0, "none at first");
	OK(answer(l, "waiting", 1, 0, plan) == 0 && answer_is(l, "waiting"), "a plan waits");
	OK(sh_ledger_approvals(l, "waiting", note_approval, NULL, &err) == 0 &&
		   saw("p-1 waiting ann plan;"),
	   "and is listed");
	OK(answer(l, "approved", 2, 100, NULL) == 0 && answer_is(l, "approved"), "approved");
	OK(answer(l, "waiting", 50, 0, NULL) == 0 && answer_is(l, "approved"),
	   "to ask again does not undo the answer");
	OK(answer(l, "waiting", 100, 0, NULL) == 0 && answer_is(l, "waiting"),
	   "unless it has run out");
	OK(answer(l, "rejected", 101, 0, NULL) == 0 &&
		   sh_ledger_approvals(l, NULL, note_approval, NULL, &err) == 0 &&
		   saw("p-1 rejected ann plan;"),
	   "rejected; the plan is kept");
	OK(answer(l, "maybe", 102, 0, NULL) < 0, "no other answer");
	json_decref(plan);
}

static int note_pause(void *arg, const struct sh_pause *p)
{
	(void)arg;
	sh_buf_addf(&seen, "%s %s %d;", p->scope, p->kind, (int)p->until);
	return 0;
}

static void pause_scope(struct sh_ledger *l, char *scope, const char *kind, int64_t until)
{
	struct sh_error err = SH_ERROR_INIT;
	SH_CLEANUP_FREE char *word = sh_strdup(kind);
	struct sh_pause p = { .scope = scope, .kind = word, .since = 10, .until = until };

	OK(sh_ledger_pause_add(l, &p, NULL, &err) == 0, "%s of %s", kind, scope);
}

static void test_pauses(struct sh_ledger *l)
{
	struct sh_error err = SH_ERROR_INIT;
	int64_t ended;

	pause_scope(l, (char[]){ "all" }, "pause", 20);
	pause_scope(l, (char[]){ "rule:x" }, "pause", 30);
	pause_scope(l, (char[]){ "rule:x" }, "pause", 40);
	pause_scope(l, (char[]){ "service:a@h" }, "hold", 0);
	OK(sh_ledger_pauses(l, 9, note_pause, NULL, &err) == 0 && saw(""), "none has begun");
	OK(sh_ledger_pauses(l, 25, note_pause, NULL, &err) == 0 &&
		   saw("rule:x pause 30;rule:x pause 40;service:a@h hold 0;"),
	   "one has run out by its time");
	OK(sh_ledger_pause_end(l, "rule:x", 25, &ended, &err) == 0 && ended == 2,
	   "both of the scope end");
	OK(sh_ledger_pause_end(l, "all", 25, &ended, &err) == 0 && ended == 0,
	   "what has run out is not ended again");
	OK(sh_ledger_pauses(l, 1000, note_pause, NULL, &err) == 0 && saw("service:a@h hold 0;"),
	   "a hold lasts");
}

static int note_round(void *arg, const char *program, int64_t time)
{
	(void)arg;
	sh_buf_addf(&seen, "%s %d;", program, (int)time);
	return 0;
}

static int note_note(void *arg, int64_t time, const char *kind, const char *target,
		     const json_t *record)
{
	(void)arg;
	sh_buf_addf(&seen, "%d %s %s %s;", (int)time, kind, target ? target : "-",
		    record ? "R" : "-");
	return 0;
}

static void test_notes(struct sh_ledger *l)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *record = json_object();

	OK(sh_ledger_round(l, "sh-repair", 5, &err) == 0 &&
		   sh_ledger_round(l, "sh-repair", 7, &err) == 0 &&
		   sh_ledger_round(l, "sh-collect", 6, &err) == 0 &&
		   sh_ledger_rounds(l, note_round, NULL, &err) == 0 &&
		   saw("sh-collect 6;sh-repair 7;"),
	   "the last round of each program");
	OK(sh_ledger_note(l, 10, "approved", "t:a", record, &err) == 0 &&
		   sh_ledger_note(l, 20, "paused", NULL, NULL, &err) == 0 &&
		   sh_ledger_note(l, 30, "refused", "t:b", NULL, &err) == 0,
	   "three notes");
	OK(sh_ledger_notes(l, 15, NULL, 0, note_note, NULL, &err) == 0 &&
		   saw("30 refused t:b -;20 paused - -;"),
	   "newest first, since a time");
	OK(sh_ledger_notes(l, 0, "t:a", 0, note_note, NULL, &err) == 0 && saw("10 approved t:a R;"),
	   "of a target");
	OK(sh_ledger_notes(l, 0, NULL, 1, note_note, NULL, &err) == 0 && saw("30 refused t:b -;"),
	   "the newest one");
	json_decref(record);
}

struct both {
	char *plan, *target;
	bool fail;
	int calls;
};

static int do_both(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	struct both *b = arg;
	struct sh_guard_counts c = { .attempts = 7 };

	b->calls++;
	begin(l, b->plan, b->target, 1000);
	if (sh_ledger_counts_put(l, "together", &c, err) < 0)
		return -1;
	return b->fail ? sh_error_set(err, SH_ERRC_STATE, "on purpose") : 0;
}

static void test_together(struct sh_ledger *l)
{
	struct sh_error err = SH_ERROR_INIT;
	struct both b = { (char[]){ "p-t" }, (char[]){ "service:t@h" }, true, 0 };
	struct sh_repair_query q = { .target = b.target };
	struct sh_guard_counts c;

	OK(sh_ledger_together(l, do_both, &b, &err) < 0 && !strcmp(err.text, "on purpose") &&
		   b.calls == 1,
	   "together fails as its part does");
	sh_error_clear(&err);
	OK(sh_ledger_counts(l, "together", &c, &err) == 0 && c.attempts == 0 &&
		   sh_ledger_repairs(l, &q, note_repair, NULL, &err) == 0 && saw(""),
	   "and nothing of it is stored");
	b.fail = false;
	OK(sh_ledger_together(l, do_both, &b, &err) == 0 &&
		   sh_ledger_counts(l, "together", &c, &err) == 0 && c.attempts == 7 &&
		   sh_ledger_repairs(l, &q, note_repair, NULL, &err) == 0 &&
		   saw("p-t@service:t@h open n;"),
	   "or all of it");
}

static void test_suspend(struct sh_ledger *l, const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	int status = 0;
	pid_t child;

	sh_ledger_suspend(l);
	child = fork();
	if (child == 0) {
		/* Its own connection must hold its own locks: else the system shows none of this process. */
		SH_CLEANUP_FREE char *look = sh_asprintf("grep -q ' %ld ' /proc/locks", (long)getpid());
		struct sh_ledger *mine;

		if (sh_ledger_open(&mine, dir, &err) < 0 ||
		    sh_ledger_round(mine, "sh-child", 9, &err) < 0)
			_exit(2);
		_exit(system(look) == 0 ? 0 : 1);
	}
	OK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
	   "after a suspend, a child's own connection holds locks (%x)", (unsigned)status);
	OK(sh_ledger_rounds(l, note_round, NULL, &err) == 0 &&
		   saw("sh-child 9;sh-collect 6;sh-repair 7;"),
	   "and the next use opens it again");
	sh_ledger_suspend(l);
	OK(sh_ledger_round(l, "sh-child", 10, &err) == 0, "for writing too");
	sh_ledger_suspend(NULL);
}

static void test_target_lock(struct sh_ledger *l, const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *other = open_ok(dir);
	int64_t start = sh_clock_mono();
	int fd = sh_ledger_lock_target(l, "service:a@h", 0, &err), second;

	OK(fd >= 0, "lock a target");
	OK(sh_ledger_lock_target(other, "service:a@h", 60 * SH_MS, &err) < 0 &&
		   err.code == SH_ERRC_LOCKED && sh_clock_mono() - start >= 60 * SH_MS,
	   "another waits and is told: %s", err.text);
	sh_error_clear(&err);
	second = sh_ledger_lock_target(other, "service:b@h", 0, &err);
	OK(second >= 0, "another target is free");
	close(second);
	close(fd);
	second = sh_ledger_lock_target(other, "service:a@h", 0, &err);
	OK(second >= 0, "closing gives it up");
	close(second);
	sh_ledger_close(other);
}

static int64_t allocated(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : (int64_t)st.st_blocks * 512;
}

static void test_reserve(struct sh_ledger *l, const char *dir)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.reserve", dir);
	struct sh_error err = SH_ERROR_INIT;
	int fd;

	OK(allocated(path) >= SH_RESERVE_BYTES, "the reserve is really allocated");
	OK(sh_reserve_give_up(path, SH_RESERVE_BYTES / 2) && allocated(path) < SH_RESERVE_BYTES &&
		   allocated(path) >= SH_RESERVE_BYTES / 2,
	   "half can be given up");
	OK(!sh_reserve_give_up(path, SH_RESERVE_BYTES / 2), "but not the same half again");
	OK(sh_reserve_give_up(path, 0) && allocated(path) == 0 && !sh_reserve_give_up(path, 0),
	   "then all");
	OK(sh_ledger_remake_reserve(l, &err) == 0 && allocated(path) >= SH_RESERVE_BYTES,
	   "and remade");
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	OK(fd >= 0 && ftruncate(fd, SH_RESERVE_BYTES) == 0 && allocated(path) == 0 &&
		   sh_ledger_remake_reserve(l, &err) == 0 && allocated(path) >= SH_RESERVE_BYTES,
	   "a file with a hole of the right size does not pass for it");
	close(fd);
}

static int64_t count_rows(struct sh_ledger *l)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_repair_query all = { 0 };
	int64_t n = 0;

	sh_buf_clear(&seen);
	sh_ledger_repairs(l, &all, note_repair, NULL, &err);
	sh_ledger_notes(l, 0, NULL, 0, note_note, NULL, &err);
	for (const char *p = sh_buf_str(&seen); (p = strchr(p, ';')); p++)
		n++;
	sh_buf_clear(&seen);
	return n;
}

/* What is old or, beyond so many bytes, oldest goes, in the few batches that housekeeping may take. */
static int retain(struct sh_ledger *l, int64_t max_bytes, struct sh_error *err)
{
	l->max_bytes = max_bytes;
	return sh_ledger_wake(l, err) < 0 ? -1 : sh_ledger_prune(l, err);
}

static void test_age(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/age", base);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l = open_ok(dir);
	int64_t now = sh_clock_wall(), old = now - 100 * SH_DAY, done, open, held, row;
	struct sh_intent i = { .target = (char[]){ "t:x" },
			       .step = (char[]){ "s" },
			       .action = (char[]){ "a" },
			       .started = old };

	done = begin(l, (char[]){ "p-done" }, (char[]){ "t:1" }, old);
	open = begin(l, (char[]){ "p-open" }, (char[]){ "t:2" }, old);
	i.repair = held = begin(l, (char[]){ "p-held" }, (char[]){ "t:3" }, old);
	sh_ledger_intent_open(l, &i, &row, &err);
	sh_ledger_repair_finish(l, done, old + 1, "fixed", NULL, &err);
	sh_ledger_repair_finish(l, held, old + 1, "interrupted", NULL, &err);
	sh_ledger_note(l, old, "old", NULL, NULL, &err);
	OK(open > 0 && count_rows(l) == 4, "age counts from the newest entry: nothing is dropped");
	sh_ledger_note(l, now, "new", NULL, NULL, &err);
	sh_ledger_close(l);
	l = open_ok(dir);
	OK(count_rows(l) == 3, "on opening, what is over 90 days old goes, but open repairs, those "
			       "with an open intent, and the new stay");
	sh_ledger_intent_settle(l, row, "done", NULL, &err);
	OK(retain(l, SH_LEDGER_MAX_BYTES, &err) == 0 && count_rows(l) == 2,
	   "a settled one goes");
	sh_ledger_note(l, now + 1000 * SH_DAY, "from the future", NULL, NULL, &err);
	OK(retain(l, SH_LEDGER_MAX_BYTES, &err) == 0 && count_rows(l) == 3,
	   "an entry from the future ages nothing");
	sh_ledger_close(l);
}

static void test_cap(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/cap", base);
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.db", dir);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l = open_ok(dir);
	char text[2001];
	json_t *record;
	struct sh_guard_counts c = { .attempts = 3, .last_started = 1 };
	struct stat st;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	record = json_pack("{s:s}", "text", text);
	sh_ledger_counts_put(l, "old", &c, &err);
	for (int n = 0; n < 600; n++)
		sh_ledger_note(l, sh_clock_wall(), "n", NULL, record, &err);
	OK(count_rows(l) == 600, "600 notes of 2 kB");
	OK(retain(l, 500000, &err) == 0 && count_rows(l) < 300 &&
		   count_rows(l) > 0,
	   "the oldest go until the cap holds: %s", err.text);
	OK(sh_ledger_counts(l, "old", &c, &err) == 0 && c.attempts == 3,
	   "attempts are not forgotten for size");
	sh_ledger_close(l);
	OK(stat(path, &st) == 0 && st.st_size <= 500000, "and the file has shrunk");
	json_decref(record);
}

static void test_history_is_history(const char *dir)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.db", dir);
	static const char *const sql[] = { "UPDATE note SET time = 1",
					   "UPDATE repair SET outcome = 'fixed' WHERE ended <> 0" };

	for (size_t i = 0; i < 2; i++) {
		sqlite3 *db;
		char *text = NULL;

		sqlite3_open(path, &db);
		OK(sqlite3_exec(db, sql[i], NULL, NULL, &text) != SQLITE_OK &&
			   strstr(text, "history"),
		   "%s: %s", sql[i], text ? text : "");
		sqlite3_free(text);
		sqlite3_close(db);
	}
}

static void test_readonly(const char *base, const char *dir)
{
	SH_CLEANUP_FREE char *none = sh_asprintf("%s/none", base);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l;

	OK(sh_ledger_open_readonly(&l, none, &err) < 0 && err.code == SH_ERRC_UNAVAILABLE,
	   "no ledger yet: %s", err.text);
	sh_error_clear(&err);
	OK(sh_ledger_open_readonly(&l, dir, &err) == 0 &&
		   sh_ledger_rounds(l, note_round, NULL, &err) == 0 &&
		   saw("sh-child 10;sh-collect 6;sh-repair 7;"),
	   "a reader reads");
	OK(sh_ledger_round(l, "x", 1, &err) < 0 && err.code == SH_ERRC_STATE,
	   "and cannot write: %s", err.text);
	sh_ledger_close(l);
	sh_ledger_close(NULL);
}

static void test_damaged(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/damaged", base);
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.db", dir);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l = open_ok(dir);
	char junk[8192];
	int fd;

	sh_ledger_close(l);
	memset(junk, 0x5a, sizeof(junk));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	OK(pwrite(fd, junk, sizeof(junk), 100) == sizeof(junk), "overwrite the schema");
	close(fd);
	OK(sh_ledger_open(&l, dir, &err) < 0 && err.code == SH_ERRC_STATE &&
		   strstr(err.text, path) && strstr(err.text, "move it"),
	   "the error names the file and what to do: %s", err.text);
}

int main(void)
{
	char *base = scratch_make();
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/state", base);
	struct sh_ledger *l = open_ok(dir);

	test_repairs(l);
	test_intents(l);
	test_counts(l);
	test_faults(l);
	test_approvals(l);
	test_pauses(l);
	test_notes(l);
	test_together(l);
	test_suspend(l, dir);
	test_target_lock(l, dir);
	test_reserve(l, dir);
	sh_ledger_close(l);
	test_history_is_history(dir);
	test_readonly(base, dir);
	test_age(base);
	test_cap(base);
	test_damaged(base);
	sh_buf_release(&seen);
	scratch_remove(base);
	return plan_done();
}
