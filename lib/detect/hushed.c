/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/hushed.h"

#include "base/clock.h"
#include "detect/judge.h"

#define MEMBER "suppressed"

static json_t *ask(struct sh_detector *d, const struct sh_watched *w, int64_t now, int64_t *until)
{
	return sh_hush_ask(&d->hush, &d->rules->rule[w->rule], w->shown, now, until);
}

static void hold(struct sh_watched *w, json_t *why, int64_t until)
{
	json_object_set_new(w->shown, MEMBER, why);
	w->hushed.again = until;
	w->hushed.ended = false;
}

/* Who never heard of a fault need not hear that it is over. */
static bool stays(const struct sh_watched *w, enum sh_fault_status status)
{
	return status == SH_FAULT_RESOLVED && sh_hushed_is(w) && !w->hushed.told;
}

void sh_hushed_mark(struct sh_detector *d, struct sh_watched *w, enum sh_fault_status status, int64_t now)
{
	int64_t until;
	json_t *why = ask(d, w, now, &until);

	if (why) {
		hold(w, why, until);
	} else if (!stays(w, status)) {
		json_object_del(w->shown, MEMBER);
		w->hushed.told = true;
		w->hushed.again = 0;
	}
	if (status == SH_FAULT_RESOLVED || status == SH_FAULT_PENDING)
		w->hushed = (struct sh_hushed){ 0 };
}

bool sh_hushed_is_over(struct sh_detector *d, struct sh_watched *w, int64_t now)
{
	int64_t until;
	json_t *why = ask(d, w, now, &until);

	if (why)
		hold(w, why, until);
	return !why;
}

/* How long an answer is waited for: as long as until silence is told. */
static int64_t patience(const struct sh_watched *w)
{
	int64_t wait;

	if (__builtin_mul_overflow(w->interval, 3, &wait) || wait < 2 * SH_MIN)
		wait = 2 * SH_MIN;
	return wait;
}

static void look(struct sh_detector *d, struct sh_watched *w, int64_t now)
{
	if (!sh_hushed_is_over(d, w, now))
		return;
	if (!w->watch.lost && (!w->hushed.ended || w->watch.clears)) {
		w->hushed.ended = true;
		w->hushed.again = now + patience(w);
		return;
	}
	sh_judge_write(d, &d->rules->rule[w->rule], w, sh_watch_status(&w->watch, SH_WATCH_NOTHING), now);
	d->faults++;
}

void sh_hushed_look(struct sh_detector *d, struct sh_subject *s, int64_t now)
{
	for (struct sh_watched *w = s->watch; w; w = w->next)
		if (sh_hushed_is(w) && w->hushed.again <= now)
			look(d, w, now);
}
