/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/due.h"

#include "base/clock.h"

#define LATE	   SH_MIN         /* later than that is missed */
#define BACK	   (3 * SH_HOUR)  /* a clock that is set back by more was wrong before */
#define MAX_SPREAD (15 * SH_MIN)

bool sh_due_anchor(const struct sh_scheduled *t, struct sh_last *last, int64_t now)
{
	bool changed = false;

	if (last->after > now + BACK) {
		last->after = now;
		last->caught = 0;
		changed = true;
	}
	if (last->retry > now + BACK + 2 * t->retry.most) {
		last->retry = now;
		changed = true;
	}
	return changed;
}

/* From where the next distance is counted; 0: it is due at once. */
static int64_t base_of(const struct sh_scheduled *t, const struct sh_last *last, int64_t now)
{
	int64_t base = last->started;

	if (last->after > base || (t->missed == SH_MISSED_ALL && last->after))
		base = last->after;
	return base - now > t->when.every ? 0 : base;
}

int64_t sh_due_next(const struct sh_scheduled *t, const struct sh_last *last, int64_t now)
{
	int64_t base;

	if (!t->timed)
		return INT64_MAX;
	if (t->when.kind != SH_WHEN_EVERY)
		return sh_when_next(&t->when, last->after);
	base = base_of(t, last, now);
	return base ? base + t->when.every : now;
}

/* The last due time at NOW or before, given that FIRST is one of them. */
static int64_t last_due(const struct sh_scheduled *t, int64_t first, int64_t now)
{
	int64_t step = SH_SEC, low, high;

	if (t->when.kind == SH_WHEN_EVERY)
		return first + (now - first) / t->when.every * t->when.every;
	while (now - step > first && sh_when_next(&t->when, now - step) > now)
		step *= 2;
	/* Behind low there is one up to now, behind high there is none. */
	low = now - step > first ? now - step : first - 1;
	high = now;
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (sh_when_next(&t->when, middle) <= now)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static int64_t count_due(const struct sh_scheduled *t, int64_t first, int64_t now)
{
	int64_t n = 0;

	if (t->when.kind == SH_WHEN_EVERY)
		n = (now - first) / t->when.every + 1;
	else
		for (; first <= now && n < SH_DUE_COUNT; n++)
			first = sh_when_next(&t->when, first);
	return n < SH_DUE_COUNT ? n : SH_DUE_COUNT;
}

static int64_t spread_of(const struct sh_scheduled *t, int64_t due, int64_t following)
{
	int64_t tenth = following == INT64_MAX ? MAX_SPREAD : (following - due) / 10;

	if (t->spread >= 0)
		return t->spread;
	return tenth < MAX_SPREAD ? tenth : MAX_SPREAD;
}

/* Only the newest counts, and only if it is no older than ALLOWED. */
static void turn_newest(struct sh_turn *turn, const struct sh_scheduled *t, int64_t shift,
			int64_t allowed, int64_t now)
{
	int64_t newest = last_due(t, turn->due, now);

	if (newest + shift > now) {
		turn->what = SH_TURN_WAIT;
		turn->at = newest + shift;
		return;
	}
	turn->account = newest;
	if (now - newest - shift > allowed) {
		turn->what = SH_TURN_SKIP;
		return;
	}
	turn->what = SH_TURN_RUN;
	turn->due = newest;
	turn->late = now - newest - shift > LATE;
}

/* More than one is due, or one for long. */
static void turn_missed(struct sh_turn *turn, const struct sh_scheduled *t, const struct sh_last *last,
			int64_t shift, int64_t now)
{
	turn->missed = count_due(t, turn->due, now) - 1;
	switch (t->missed) {
	case SH_MISSED_ONCE:
		turn->account = last_due(t, turn->due, now);
		return;
	case SH_MISSED_SKIP:
		turn_newest(turn, t, shift, LATE, now);
		return;
	case SH_MISSED_WITHIN:
		turn_newest(turn, t, shift, t->within, now);
		return;
	case SH_MISSED_ALL:
		turn->account = turn->due;
		if (last->caught >= t->missed_limit) {
			turn->what = SH_TURN_SKIP;
			turn->account = last_due(t, turn->due, now);
		} else {
			turn->missed = 0;
		}
		return;
	}
}

struct sh_turn sh_due_turn(const struct sh_scheduled *t, const struct sh_last *last, int64_t shift,
			   int64_t now)
{
	struct sh_turn turn = { .what = SH_TURN_RUN, .due = sh_due_next(t, last, now) };
	int64_t following;

	if (t->when.kind == SH_WHEN_EVERY && !last->started)
		shift = 0; /* at once */
	if (turn.due >= INT64_MAX - shift || turn.due + shift > now) {
		turn.what = SH_TURN_WAIT;
		turn.at = turn.due >= INT64_MAX - shift ? INT64_MAX : turn.due + shift;
		return turn;
	}
	following = sh_when_next(&t->when, turn.due);
	turn.account = turn.due;
	if (following > now && now - turn.due - shift <= LATE)
		return turn;
	turn.late = true;
	turn.spread = spread_of(t, turn.due, following);
	turn_missed(&turn, t, last, shift, now);
	return turn;
}
