/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/desk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "record/json.h"
#include "repair/conflict.h"
#include "repair/counts.h"
#include "repair/members.h"
#include "repair/person.h"
#include "repair/rehearsal.h"
#include "repair/request.h"
#include "repair/settle.h"
#include "repair/tell.h"

/* What a child does: a request, or the settling of what an earlier run left open. */
struct work {
	struct sh_request request;
	char *settle; /* the target of which all is settled; NULL: a request */
};

static void __attribute__((format(printf, 2, 3))) say(struct sh_desk *d, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->say(d->arg, text);
}

static void free_work(void *p)
{
	struct work *w = p;

	sh_request_release(&w->request);
	free(w->settle);
	free(w);
}

static const char *target_of(const struct work *w)
{
	return w->settle ? w->settle : w->request.target;
}

static void emit_to_fd(void *arg, const char *line, size_t len)
{
	/* Nobody may be listening any more; the ledger has it. */
	if (sh_write_all(*(int *)arg, line, len) < 0)
		return;
}

/* Children open the ledger for themselves: no open one may cross the fork. */
static void suspend_ledger(void *arg)
{
	struct sh_desk *d = arg;

	sh_ledger_suspend(d->r->ledger);
}

/* In a child. */
static int run_work(void *arg, void *work, int fd)
{
	struct sh_desk *d = arg;
	struct work *w = work;
	struct sh_repairer r = *d->r;
	struct sh_runner x = { .r = &r, .emit = emit_to_fd, .arg = &fd, .acts = true };
	struct sh_error err = SH_ERROR_INIT;
	int rc = sh_ledger_open(&r.ledger, r.state_dir, &err);

	if (rc == 0)
		rc = w->settle ? sh_settle(&x, w->settle, &err) :
				 sh_runner_apply(&x, &w->request, &err);
	if (rc < 0) {
		x.bits |= SH_OUTCOME_ENVIRONMENT;
		say(d, "%s: %s", target_of(w), err.text);
		sh_runner_notice(&x, "critical", w->request.fault_id, "'%s' is not repaired: %s",
				 target_of(w), err.text);
	}
	sh_ledger_close(r.ledger);
	return (int)x.bits;
}

static void on_lines(void *arg, const char *data, size_t len)
{
	struct sh_desk *d = arg;

	d->write(d->arg, data, len);
}

static void forward(struct sh_desk *d, const char *line, size_t len)
{
	SH_CLEANUP_BUF struct sh_buf whole = SH_BUF_INIT;

	sh_buf_add(&whole, line, len);
	sh_buf_addch(&whole, '\n');
	d->write(d->arg, whole.data, whole.len);
}

static void release_barriers(struct sh_desk *d)
{
	uint64_t oldest = sh_pool_oldest(&d->pool);
	size_t n = 0;

	while (n < d->barriers && d->barrier[n].serial < oldest) {
		forward(d, d->barrier[n].line, d->barrier[n].len);
		free(d->barrier[n++].line);
	}
	if (!n)
		return;
	memmove(d->barrier, d->barrier + n, (d->barriers - n) * sizeof(*d->barrier));
	d->barriers -= n;
}

static void on_ended(void *arg, const struct sh_job *job, int bits)
{
	struct sh_desk *d = arg;

	d->bits |= bits < 0 ? SH_OUTCOME_ENVIRONMENT : (unsigned)bits;
	if (bits < 0)
		say(d, "the repair of '%s' died; the next run settles it", job->target);
}

static void on_lost(void *arg, const struct sh_job *job, const char *why)
{
	struct sh_desk *d = arg;
	const struct work *w = job->work;
	struct sh_runner x = { .r = d->r, .emit = on_lines, .arg = d };

	d->bits |= SH_OUTCOME_ENVIRONMENT;
	say(d, "%s: %s", job->target, why);
	sh_runner_notice(&x, "critical", w->request.fault_id, "'%s' is not %s: %s", job->target,
			 w->settle ? "settled" : "repaired", why);
}

static void submit(struct sh_desk *d, struct work *w)
{
	sh_pool_submit(&d->pool, target_of(w), w);
}

static bool is_of_other_fault(const void *work, const void *mine)
{
	const struct work *w = work, *m = mine;

	return !w->settle && w->request.fingerprint && m->request.fingerprint &&
	       strcmp(w->request.fingerprint, m->request.fingerprint) != 0;
}

/* Of two faults that wait for one target one goes first; the other is told why, and is repaired when it is seen again. */
static int submit_request(struct sh_desk *d, struct work *w, struct sh_error *err)
{
	struct sh_runner x = { .r = d->r, .emit = on_lines, .arg = d };
	struct work *other = sh_pool_take_waiting(&d->pool, target_of(w), is_of_other_fault, w), *loser;
	SH_CLEANUP_FREE char *why = NULL;
	bool new_first = true;
	int rc;

	if (!other) {
		submit(d, w);
		return 0;
	}
	rc = sh_conflict_second_first(d->r, &other->request, &w->request, &new_first, &why, err);
	loser = new_first ? other : w;
	if (rc == 0)
		rc = sh_runner_end(&x, &loser->request, "conflict", why, err);
	free_work(loser);
	submit(d, loser == w ? other : w);
	return rc;
}

/* Whether the ledger is to have what came. */
static bool keeps(const struct sh_desk *d)
{
	return d->applies || d->rehearses;
}

static int rehearse(struct sh_desk *d, struct work *w, struct sh_error *err)
{
	struct sh_runner x = { .r = d->r, .emit = on_lines, .arg = d, .acts = true };
	int rc = sh_rehearse(&x, &w->request, err);

	free_work(w);
	return rc;
}

static int plan_only(struct sh_desk *d, struct work *w, struct sh_error *err)
{
	struct sh_runner x = { .r = d->r, .emit = on_lines, .arg = d };
	int rc = sh_runner_plan(&x, &w->request, err);

	/* Without --apply there was nothing to fail at. */
	d->bits |= x.bits & ~(unsigned)SH_OUTCOME_FAILED;
	free_work(w);
	return rc;
}

static bool is_of_fault(const void *work, const void *fingerprint)
{
	const struct work *w = work;

	return !w->settle && w->request.fingerprint && !strcmp(w->request.fingerprint, fingerprint);
}

/* What waited for its target to be free is not needed any more. */
static void end_waiting(struct sh_desk *d, const json_t *fault)
{
	struct work *w = sh_pool_take_waiting(&d->pool, sh_json_str(fault, "entity", ""), is_of_fault,
					      sh_json_str(fault, "fingerprint", ""));
	struct sh_runner x = { .r = d->r, .emit = on_lines, .arg = d };
	struct sh_error err = SH_ERROR_INIT;

	if (w && sh_runner_end(&x, &w->request, "resolved", "it was over by itself before its turn came", &err) < 0)
		say(d, "%s: %s", target_of(w), err.text);
	if (w)
		free_work(w);
}

/*
 * The ledger knows which faults are open, and since when a target is healthy. On a
 * full disk that may be lost: the repair, which may use all of the reserve, is not.
 */
static void note_fault(struct sh_desk *d, json_t *fault)
{
	struct sh_error err = SH_ERROR_INIT;
	const char *fingerprint = sh_json_str(fault, "fingerprint", NULL);
	const char *status = sh_json_str(fault, "status", "open");
	const char *target = sh_json_str(fault, "entity", NULL);
	const char *text = sh_json_str(fault, "time", "");
	bool resolved = !strcmp(status, "resolved");
	int64_t time = 0;

	if (!keeps(d) || !fingerprint || !target || !strcmp(status, "pending"))
		return;
	sh_time_parse(text, strlen(text), &time);
	/* Silence says nothing about health; what flaps is open and not healthy. */
	if (sh_ledger_fault_put(d->r->ledger, fingerprint, resolved ? "resolved" : "open", time,
				fault, &err) < 0 ||
	    (strcmp(status, "stale") &&
	     sh_counts_health(d->r, target, fingerprint, resolved, time, &err) < 0))
		say(d, "fault of '%s' is not noted: %s", target, err.text);
	if (!resolved)
		return;
	end_waiting(d, fault);
	sh_tell_over(d->r, fault, time);
}

/* Once for each fault the history says why nothing is done about it. */
static void note_suppression(struct sh_desk *d, const json_t *fault)
{
	struct sh_error err = SH_ERROR_INIT;
	const char *entity = sh_json_str(fault, "entity", "");
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	json_auto_t *record = NULL;

	if (!keeps(d) || strcmp(sh_json_str(fault, "status", ""), "open"))
		return;
	sh_buf_addf(&text, "'%s' is not repaired: ", entity);
	sh_suppression_add_text(&text, sh_fault_suppression(fault));
	record = json_pack("{s:s, s:s*, s:O}", "text", sh_buf_str(&text), "about",
			   sh_json_str(fault, "id", NULL), "suppressed",
			   sh_fault_suppression(fault));
	if (sh_ledger_note(d->r->ledger, sh_repairer_now(d->r), "not_repaired", entity, record, &err) < 0)
		say(d, "%s: %s", entity, err.text);
}

/* The others are over, not yet sure, not sure at all, suppressed, or words of a later version. */
static bool asks_for_repair(struct sh_desk *d, const json_t *fault)
{
	const char *status = sh_json_str(fault, "status", "open");

	if (sh_fault_suppression(fault)) {
		note_suppression(d, fault);
		return false;
	}
	return !strcmp(status, "open") || !strcmp(status, "ongoing");
}

/* 1: a request was made of it; 0: nothing to do; -1. */
static int make_request(struct sh_desk *d, const struct sh_record *r, json_t *record,
			struct sh_request *q, struct sh_error *err)
{
	switch (r->kind) {
	case SH_KIND_DIAGNOSIS:
		note_fault(d, json_object_get(record, "fault"));
		if (!asks_for_repair(d, json_object_get(record, "fault")))
			return 0;
		return sh_request_from_diagnosis(q, record, err) < 0 ? -1 : 1;
	case SH_KIND_FAULT:
		note_fault(d, record);
		if (!asks_for_repair(d, record))
			return 0;
		return sh_request_from_fault(q, record, err) < 0 ? -1 : 1;
	case SH_KIND_PLAN:
		/* "No playbook" is an answer, not a plan. */
		if (!strcmp(sh_json_str(record, "decision", ""), "none"))
			return 0;
		return sh_request_from_plan(q, record, err) < 0 ? -1 : 1;
	default:
		return 0;
	}
}

static int on_request(struct sh_desk *d, const struct sh_record *r, bool *eaten,
		      struct sh_error *err)
{
	struct work *w = sh_calloc(1, sizeof(*w));
	json_t *record = sh_record_json(r);
	int made = make_request(d, r, record, &w->request, err);

	json_decref(record);
	*eaten = made == 1;
	if (made != 1) {
		free(w);
		return made;
	}
	if (d->rehearses)
		return rehearse(d, w, err);
	return d->applies ? submit_request(d, w, err) : plan_only(d, w, err);
}

static void keep_barrier(struct sh_desk *d, const struct sh_record *r)
{
	sh_grow(d->barrier, d->barriers, d->cap);
	d->barrier[d->barriers++] = (struct sh_barrier_wait){
		d->pool.serial, sh_strndup(r->line.p, r->line.len), r->line.len
	};
}

static int settle_open(struct sh_desk *d, struct sh_error *err)
{
	struct sh_open_targets open;
	int rc = sh_settle_find(d->r->ledger, &open, err);

	for (size_t i = 0; rc == 0 && i < open.n; i++) {
		struct work *w = sh_calloc(1, sizeof(*w));

		w->settle = sh_strdup(open.target[i]);
		submit(d, w);
	}
	sh_settle_release(&open);
	return rc;
}

int sh_desk_open(struct sh_desk *d, struct sh_error *err)
{
	d->pool = (struct sh_pool){ .run = run_work,
				    .free_work = free_work,
				    .before_fork = suspend_ledger,
				    .lines = on_lines,
				    .ended = on_ended,
				    .lost = on_lost,
				    .arg = d };
	if (sh_pool_init(&d->pool, err) < 0)
		return -1;
	return d->applies ? settle_open(d, err) : 0;
}

void sh_desk_close(struct sh_desk *d)
{
	sh_pool_release(&d->pool);
	for (size_t i = 0; i < d->barriers; i++)
		free(d->barrier[i].line);
	free(d->barrier);
	d->barrier = NULL;
	d->barriers = d->cap = 0;
}

int sh_desk_pump(struct sh_desk *d, int timeout, struct sh_error *err)
{
	int rc = d->applies ? sh_pool_pump(&d->pool, timeout, err) : 0;

	release_barriers(d);
	return rc;
}

int sh_desk_record(struct sh_desk *d, const struct sh_record *r, struct sh_error *err)
{
	bool wanted = r->kind == SH_KIND_DIAGNOSIS || r->kind == SH_KIND_FAULT ||
		      r->kind == SH_KIND_PLAN;
	bool eaten = r->kind == SH_KIND_EVENT || r->kind == SH_KIND_EDGE;

	/* Not the clock: what is rehearsed again is decided the same. */
	if (d->rehearses && r->time > d->r->now)
		d->r->now = r->time;
	d->saw_live |= r->kind != SH_KIND_PLAN;
	if (r->kind == SH_KIND_BARRIER) {
		keep_barrier(d, r);
		return sh_desk_pump(d, 0, err);
	}
	if (r->kind == SH_KIND_EVENT && keeps(d) && sh_person_hear(d->r, r, err) < 0)
		return -1;
	if (r->kind == SH_KIND_EDGE && keeps(d) && sh_members_hear(d->r, r, err) < 0)
		return -1;
	if (wanted && on_request(d, r, &eaten, err) < 0)
		return -1;
	if (!eaten || d->passes)
		forward(d, r->line.p, r->line.len);
	return sh_desk_pump(d, 0, err);
}

int sh_desk_wake_fd(const struct sh_desk *d)
{
	return d->pool.epoll;
}

bool sh_desk_is_idle(const struct sh_desk *d)
{
	return sh_pool_is_idle(&d->pool);
}

size_t sh_desk_drop_waiting(struct sh_desk *d)
{
	return sh_pool_drop_waiting(&d->pool);
}

void sh_desk_halt(struct sh_desk *d)
{
	sh_pool_halt(&d->pool);
}
