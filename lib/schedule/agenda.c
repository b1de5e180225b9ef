/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/agenda.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"

#define ASK_AGAIN  SH_MIN /* a condition that is false */
#define MAX_LOOKS  8      /* at one item in a row: each passes something over */
#define item_of(node_, member) \
	((struct sh_item *)(void *)((char *)(node_) - offsetof(struct sh_item, member)))

/* What became of one look. */
enum look { LOOK_DONE, LOOK_AGAIN, LOOK_MAY_RUN, LOOK_FAILED };

static size_t number_of(const struct sh_agenda *a, const struct sh_item *i)
{
	return (size_t)(i - a->item);
}

/* The same for the same host, task and purpose, for ever: 0 to below RANGE. */
static int64_t scatter(const struct sh_agenda *a, const struct sh_item *i, uint64_t purpose, int64_t range)
{
	uint64_t parts[3] = { a->seed, sh_hash64(i->task->id, strlen(i->task->id)), purpose };

	return range > 0 ? (int64_t)(sh_hash64(parts, sizeof(parts)) % (uint64_t)range) : 0;
}

static int64_t shift_of(const struct sh_agenda *a, const struct sh_item *i)
{
	return scatter(a, i, 0, i->task->jitter);
}

static void link_followers(struct sh_agenda *a)
{
	const struct sh_schedule *s = a->schedule;
	SH_CLEANUP_FREE size_t *count = sh_calloc(s->n + 1, sizeof(*count));

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->task[i].afters; k++)
			count[s->task[i].after[k]]++;
	for (size_t i = 0; i < s->n; i++) {
		if (!count[i])
			continue;
		a->followers[i] = sh_calloc(count[i] + 1, sizeof(**a->followers));
		a->followers[i][count[i]] = SIZE_MAX;
	}
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->task[i].afters; k++)
			a->followers[s->task[i].after[k]][--count[s->task[i].after[k]]] = i;
}

void sh_agenda_init(struct sh_agenda *a, const struct sh_schedule *s, const char *host)
{
	*a = (struct sh_agenda){ .schedule = s, .places = 1, .seed = sh_hash64(host, strlen(host)) };
	a->item = sh_calloc(s->n + 1, sizeof(*a->item));
	a->group_running = sh_calloc(s->groups.live + 1, sizeof(*a->group_running));
	a->followers = sh_calloc(s->n + 1, sizeof(*a->followers));
	for (size_t i = 0; i < s->n; i++) {
		a->item[i].task = &s->task[i];
		a->item[i].timed.rank = a->item[i].ready.rank = (uint32_t)i;
	}
	link_followers(a);
}

void sh_agenda_release(struct sh_agenda *a)
{
	for (size_t i = 0; a->followers && i < a->schedule->n; i++)
		free(a->followers[i]);
	free(a->followers);
	free(a->group_running);
	free(a->held);
	free(a->item);
	sh_heap_release(&a->timed);
	sh_heap_release(&a->ready);
}

static enum look wait_until(struct sh_agenda *a, struct sh_item *i, int64_t at)
{
	if (at < INT64_MAX)
		sh_heap_put(&a->timed, &i->timed, at);
	else
		sh_heap_remove(&a->timed, &i->timed);
	return LOOK_DONE;
}

static enum look hold(struct sh_agenda *a, struct sh_item *i)
{
	if (!i->held) {
		sh_grow(a->held, a->helds, a->held_cap);
		a->held[a->helds++] = i;
		i->held = true;
	}
	return wait_until(a, i, INT64_MAX);
}

/* What waits for runs of the item, of its group, or for it as one before them, at the next wake. */
static void release_held(struct sh_agenda *a, const struct sh_item *i)
{
	const size_t *follower = a->followers[number_of(a, i)];
	size_t kept = 0;

	for (; follower && *follower != SIZE_MAX; follower++)
		if (!a->item[*follower].task->timed)
			sh_heap_put(&a->timed, &a->item[*follower].timed, a->seen);
	for (size_t k = 0; k < a->helds; k++) {
		struct sh_item *h = a->held[k];
		bool concerns = h == i || (h->task->group >= 0 && h->task->group == i->task->group);

		for (size_t n = 0; n < h->task->afters && !concerns; n++)
			concerns = h->task->after[n] == number_of(a, i);
		h->held = !concerns;
		if (concerns)
			sh_heap_put(&a->timed, &h->timed, a->seen);
		else
			a->held[kept++] = h;
	}
	a->helds = kept;
}

static enum look pass_over(struct sh_agenda *a, struct sh_item *i, const struct sh_turn *turn, int64_t now,
			   const char *word, const char *reason, struct sh_error *err)
{
	struct sh_skip s = { .due = turn->due, .until = turn->account, .now = now, .missed = turn->missed,
			     .word = word };

	snprintf(s.reason, sizeof(s.reason), "%s", reason);
	i->last.after = turn->account;
	i->last.caught = 0;
	i->catch_up = i->impatient = 0;
	i->last.queued = 0;
	if (turn->due == i->last.due)
		i->last.retry = 0; /* it was to be tried again, and is given up */
	release_held(a, i);
	if (a->ops->skip(a->arg, i, &s, err) < 0)
		return LOOK_FAILED;
	return LOOK_AGAIN;
}

static enum look begin(struct sh_agenda *a, struct sh_item *i, const struct sh_turn *turn, bool is_retry,
		       int64_t now, struct sh_error *err)
{
	struct sh_start s = { .due = turn->due, .now = now, .missed = turn->missed };

	s.brought = i->last.queued || is_retry;
	s.attempt = is_retry ? i->last.attempt + 1 : 1;
	if (!is_retry) {
		i->last.after = turn->account > i->last.after ? turn->account : i->last.after;
		i->last.caught = turn->late ? i->last.caught + 1 : 0;
	}
	i->last.started = now;
	i->last.due = turn->due;
	i->last.attempt = s.attempt;
	i->last.retry = i->last.queued = 0;
	i->catch_up = i->impatient = 0;
	sh_agenda_adopt(a, i);
	if (a->ops->start(a->arg, i, &s, err) < 0)
		return LOOK_FAILED;
	return LOOK_AGAIN;
}

/* Another run is in the way: of itself, or of its group. */
static enum look clash(struct sh_agenda *a, struct sh_item *i, const struct sh_turn *turn,
		       enum sh_clash policy, bool is_retry, int64_t now, struct sh_error *err)
{
	if (policy == SH_CLASH_SKIP)
		return pass_over(a, i, turn, now, "overlap",
				 i->running ? "its last run has not ended" : "another of its group runs", err);
	if (policy == SH_CLASH_CANCEL)
		for (size_t k = 0; k < a->schedule->n; k++) {
			struct sh_item *other = &a->item[k];

			if (other->running && (other == i || (!i->running && i->task->group >= 0 &&
							      other->task->group == i->task->group)))
				a->ops->cancel(a->arg, other);
		}
	if (!i->last.queued && !is_retry) {
		i->last.queued = turn->due;
		if (a->ops->store(a->arg, i, err) < 0)
			return LOOK_FAILED;
	}
	return hold(a, i);
}

/* Whether a task before it is at work or about to be; *FAILED: the last run of one failed. */
static bool is_before(const struct sh_agenda *a, const struct sh_item *i, int64_t now, bool *failed)
{
	*failed = false;
	for (size_t k = 0; k < i->task->afters; k++) {
		const struct sh_item *other = &a->item[i->task->after[k]];

		if (other->running || other->last.queued || other->last.retry ||
		    sh_due_next(other->task, &other->last, now) <= now)
			return true;
		*failed = *failed || other->last.failures;
	}
	return false;
}

static enum look ask_condition(struct sh_agenda *a, struct sh_item *i, const struct sh_turn *turn,
			       int64_t now, struct sh_error *err)
{
	char why[160] = "";

	if (a->ops->allows(a->arg, i, why, sizeof(why)))
		return LOOK_MAY_RUN;
	if (!i->impatient)
		i->impatient = now + i->task->patience;
	if (now + ASK_AGAIN <= i->impatient)
		return wait_until(a, i, now + ASK_AGAIN);
	return pass_over(a, i, turn, now, "condition", why, err);
}

/* It is due: may it run? */
static enum look look_around(struct sh_agenda *a, struct sh_item *i, const struct sh_turn *turn,
			     bool is_retry, int64_t now, struct sh_error *err)
{
	const struct sh_scheduled *t = i->task;
	int64_t open = sh_hours_open(&t->allow, &t->block, now);
	bool failed;

	if (open > now) {
		if ((t->timed && t->missed == SH_MISSED_SKIP && !is_retry) || open == INT64_MAX)
			return pass_over(a, i, turn, now, "blackout", "it may not run at this time", err);
		i->catch_up = 0;
		return wait_until(a, i, open);
	}
	if (turn->late && a->spreads && !i->last.queued && !is_retry) {
		if (!i->catch_up)
			i->catch_up = now + scatter(a, i, 1, turn->spread);
		if (now < i->catch_up)
			return wait_until(a, i, i->catch_up);
	}
	if (t->timed && t->afters) {
		if (is_before(a, i, now, &failed))
			return hold(a, i);
		if (failed)
			return pass_over(a, i, turn, now, "dependency", "a task before it failed", err);
	}
	if (i->running && t->overlap != SH_CLASH_ALLOW)
		return clash(a, i, turn, t->missed == SH_MISSED_ALL && t->overlap == SH_CLASH_SKIP ?
						 SH_CLASH_QUEUE : t->overlap, is_retry, now, err);
	if (t->group >= 0 && a->group_running[t->group] > i->running && t->group_overlap != SH_CLASH_ALLOW)
		return clash(a, i, turn, t->group_overlap, is_retry, now, err);
	if (a->running >= a->places) {
		sh_heap_put(&a->ready, &i->ready, turn->due);
		return wait_until(a, i, INT64_MAX);
	}
	return t->condition ? ask_condition(a, i, turn, now, err) : LOOK_MAY_RUN;
}

/* Of a task that only follows others: due when the last of them has succeeded since. */
static int64_t followed_due(const struct sh_agenda *a, const struct sh_item *i)
{
	int64_t due = 0;

	if (i->task->timed || !i->task->afters)
		return INT64_MAX;
	for (size_t k = 0; k < i->task->afters; k++) {
		int64_t end = a->item[i->task->after[k]].last.succeeded;

		if (end <= i->last.after)
			return INT64_MAX;
		due = end > due ? end : due;
	}
	return due;
}

struct sh_turn sh_agenda_turn(const struct sh_agenda *a, const struct sh_item *i, int64_t now)
{
	struct sh_turn turn = sh_due_turn(i->task, &i->last, shift_of(a, i), now);
	int64_t followed = followed_due(a, i);

	if (i->last.queued && turn.what != SH_TURN_RUN) {
		turn.account = i->last.after;
		/* What was asked for beside its times accounts for none of them. */
		if (i->last.queued > turn.account &&
		    (turn.what == SH_TURN_SKIP || !i->task->timed || turn.due <= i->last.queued))
			turn.account = i->last.queued;
		turn.what = SH_TURN_RUN;
		turn.due = i->last.queued;
		turn.missed = 0;
	} else if (turn.what == SH_TURN_WAIT && followed < INT64_MAX) {
		turn = (struct sh_turn){ .what = SH_TURN_RUN, .due = followed, .account = now };
	}
	return turn;
}

static enum look look_at(struct sh_agenda *a, struct sh_item *i, int64_t now, struct sh_error *err)
{
	struct sh_turn turn;
	bool is_retry = false;
	enum look around;

	sh_heap_remove(&a->ready, &i->ready);
	if (sh_due_anchor(i->task, &i->last, now) && a->ops->store(a->arg, i, err) < 0)
		return LOOK_FAILED;
	turn = sh_agenda_turn(a, i, now);
	if (turn.what == SH_TURN_WAIT && i->last.retry) {
		if (i->last.retry > now)
			return wait_until(a, i, i->last.retry < turn.at ? i->last.retry : turn.at);
		turn = (struct sh_turn){ .what = SH_TURN_RUN, .due = i->last.due, .account = i->last.after };
		is_retry = true;
	}
	if (turn.what == SH_TURN_WAIT)
		return wait_until(a, i, turn.at);
	if (turn.what == SH_TURN_SKIP)
		return pass_over(a, i, &turn, now, "missed", "nobody ran it in time", err);
	around = look_around(a, i, &turn, is_retry, now, err);
	return around == LOOK_MAY_RUN ? begin(a, i, &turn, is_retry, now, err) : around;
}

/* Until it waits. */
static int look(struct sh_agenda *a, struct sh_item *i, int64_t now, struct sh_error *err)
{
	enum look rc = LOOK_AGAIN;

	for (int n = 0; n < MAX_LOOKS && rc == LOOK_AGAIN; n++)
		rc = look_at(a, i, now, err);
	if (rc == LOOK_AGAIN)
		wait_until(a, i, now + SH_SEC);
	return rc == LOOK_FAILED ? -1 : 0;
}

int sh_agenda_open(struct sh_agenda *a, int64_t now, struct sh_error *err)
{
	for (size_t n = 0; n < a->schedule->n; n++) {
		struct sh_item *i = &a->item[n];

		sh_heap_put(&a->timed, &i->timed, now);
		if (i->known || i->last.started || i->last.after)
			continue;
		/* A distance begins at once; the times of a clock count from now on. */
		if (!i->task->timed || i->task->when.kind != SH_WHEN_EVERY)
			i->last.after = now;
		if (a->ops->store(a->arg, i, err) < 0)
			return -1;
		i->known = true;
	}
	a->seen = now;
	return 0;
}

static int wake_timed(struct sh_agenda *a, int64_t now, struct sh_error *err)
{
	struct sh_heap_node *n;

	while ((n = sh_heap_first(&a->timed)) && n->key <= now) {
		sh_heap_remove(&a->timed, n);
		if (look(a, item_of(n, timed), now, err) < 0)
			return -1;
	}
	return 0;
}

static int wake_ready(struct sh_agenda *a, int64_t now, struct sh_error *err)
{
	struct sh_heap_node *n;

	while (a->running < a->places && (n = sh_heap_first(&a->ready))) {
		sh_heap_remove(&a->ready, n);
		if (look(a, item_of(n, ready), now, err) < 0)
			return -1;
	}
	return 0;
}

int sh_agenda_wake(struct sh_agenda *a, int64_t now, struct sh_error *err)
{
	/* A clock that went back: what was found then may be wrong. */
	if (now < a->seen - SH_SEC)
		for (size_t n = 0; n < a->schedule->n; n++) {
			a->item[n].catch_up = a->item[n].impatient = 0;
			if (!a->item[n].held && !a->item[n].ready.place)
				sh_heap_put(&a->timed, &a->item[n].timed, now);
		}
	a->seen = now;
	/* What waits longest for a place comes before what is due only now. */
	if (wake_ready(a, now, err) < 0 || wake_timed(a, now, err) < 0)
		return -1;
	return wake_ready(a, now, err);
}

int64_t sh_agenda_next(const struct sh_agenda *a)
{
	const struct sh_heap_node *n = sh_heap_first(&a->timed);

	return n ? n->key : INT64_MAX;
}

void sh_agenda_adopt(struct sh_agenda *a, struct sh_item *i)
{
	i->running++;
	a->running++;
	if (i->task->group >= 0)
		a->group_running[i->task->group]++;
}

int sh_agenda_force(struct sh_agenda *a, struct sh_item *i, int64_t now, struct sh_error *err)
{
	const struct sh_turn turn = { .what = SH_TURN_RUN, .due = now, .account = i->last.after };

	return begin(a, i, &turn, false, now, err) == LOOK_FAILED ? -1 : 0;
}

static int64_t retry_delay(const struct sh_agenda *a, const struct sh_item *i)
{
	const struct sh_retry *r = &i->task->retry;
	double delay = (double)r->delay;

	for (int64_t n = 1; n < i->last.attempt && delay < (double)r->most; n++)
		delay *= r->factor;
	if (delay > (double)r->most)
		delay = (double)r->most;
	return (int64_t)delay + scatter(a, i, (uint64_t)i->last.attempt + 2, (int64_t)delay / 10);
}

int sh_agenda_ended(struct sh_agenda *a, struct sh_item *i, bool success, bool retry, int64_t started,
		    int64_t now, struct sh_error *err)
{
	i->running--;
	a->running--;
	if (i->task->group >= 0)
		a->group_running[i->task->group]--;
	i->last.ended = now;
	if (success) {
		i->last.success = started;
		i->last.succeeded = now;
		i->last.failures = i->last.retry = 0;
	} else {
		i->last.failures++;
		if (retry && i->last.attempt < i->task->retry.attempts && started == i->last.started)
			i->last.retry = now + retry_delay(a, i);
	}
	release_held(a, i);
	if (!i->ready.place)
		sh_heap_put(&a->timed, &i->timed, a->seen);
	return a->ops->store(a->arg, i, err);
}

int sh_agenda_trigger(struct sh_agenda *a, struct sh_item *i, int64_t now, struct sh_error *err)
{
	if (i->last.queued || (i->last.started && now >= i->last.started && now - i->last.started < i->task->cooldown))
		return 0;
	i->last.queued = now;
	if (!i->held && !i->ready.place)
		sh_heap_put(&a->timed, &i->timed, now);
	return a->ops->store(a->arg, i, err) < 0 ? -1 : 1;
}
