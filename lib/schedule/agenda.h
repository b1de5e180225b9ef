/* SPDX-License-Identifier: MIT */
/*
 * agenda - which task runs now, which waits, and for what
 *
 * All decisions and no effects: what is done is asked of the caller through ops,
 * and the time is given. So a year can be played in seconds. What runs, ends; what
 * is due and may not run yet waits for its cause (a run of its own or of its group,
 * a task before it, a free place, an open window, a condition), and nothing else is
 * looked at again meanwhile: a wake-up costs what is due, not what there is.
 */
#ifndef SH_SCHEDULE_AGENDA_H
#define SH_SCHEDULE_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "schedule/due.h"
#include "schedule/heap.h"
#include "schedule/task.h"

struct sh_item {
	const struct sh_scheduled *task;
	struct sh_last last;
	struct sh_heap_node timed; /* key: when to look at it again */
	struct sh_heap_node ready; /* key: since when it waits for a place */
	int64_t catch_up;          /* when what was missed is made up for, 0: not decided */
	int64_t impatient;         /* until when its condition may be false, 0: not asked */
	unsigned running;          /* how many runs of it there are */
	bool held;                 /* waits for another run to end */
	bool known;                /* it was seen before, or has been stored */
};

/* A run that begins. */
struct sh_start {
	int64_t due, now;
	int64_t attempt; /* from 1 */
	int64_t missed;  /* due times that it stands for beside its own */
	bool brought;    /* not by its time: a record or a file asked for it, or a run before it was in its way or failed */
};

/* Due times that pass without a run. */
struct sh_skip {
	int64_t due, until, now;
	int64_t missed;   /* beside the first */
	const char *word; /* "missed", "overlap", "blackout", "condition", "dependency" */
	char reason[200];
};

struct sh_agenda_ops {
	/* Store the item and begin. -1: nothing was begun, and nothing can be. */
	int (*start)(void *arg, struct sh_item *i, const struct sh_start *s, struct sh_error *err);
	/* Store the item and tell. */
	int (*skip)(void *arg, struct sh_item *i, const struct sh_skip *s, struct sh_error *err);
	int (*store)(void *arg, struct sh_item *i, struct sh_error *err);
	/* Ask the runs of the item to end. */
	void (*cancel)(void *arg, struct sh_item *i);
	/* Of a task with a condition; WHY becomes what it lacks. */
	bool (*allows)(void *arg, struct sh_item *i, char *why, size_t len);
};

struct sh_agenda {
	const struct sh_schedule *schedule;
	struct sh_item *item;     /* one a task, in file order; owned */
	struct sh_heap timed, ready;
	unsigned running, places; /* runs in all, and how many there may be */
	unsigned *group_running;  /* per group; owned */
	size_t **followers;       /* per task NULL or the numbers of those after it, SIZE_MAX at the end; owned */
	struct sh_item **held;    /* owned */
	size_t helds, held_cap;
	bool spreads;             /* what was missed is spread; not where one only looks in */
	uint64_t seed;            /* of the host, for jitter */
	int64_t seen;             /* the latest time it was woken at */
	const struct sh_agenda_ops *ops;
	void *arg;
};

/* The items' last is to be filled in before they are taken up by sh_agenda_open(). */
void sh_agenda_init(struct sh_agenda *a, const struct sh_schedule *s, const char *host);
void sh_agenda_release(struct sh_agenda *a);
/* Take up every item at NOW. What was never seen is stored. */
int sh_agenda_open(struct sh_agenda *a, int64_t now, struct sh_error *err);
/* Begin, pass over and wait. -1: an op failed. */
int sh_agenda_wake(struct sh_agenda *a, int64_t now, struct sh_error *err);
/* A run of the item that began earlier and still lasts. */
void sh_agenda_adopt(struct sh_agenda *a, struct sh_item *i);
/* Begin a run now, due or not, whatever else there is. */
int sh_agenda_force(struct sh_agenda *a, struct sh_item *i, int64_t now, struct sh_error *err);
/* When to wake it at the latest; INT64_MAX: only when something ends or comes. */
int64_t sh_agenda_next(const struct sh_agenda *a);
/* A run ended that began at STARTED; RETRY false: it is not to be tried again. */
int sh_agenda_ended(struct sh_agenda *a, struct sh_item *i, bool success, bool retry, int64_t started,
		    int64_t now, struct sh_error *err);
/*
 * It is asked for by something other than time, and waits for the next wake. 1, 0 when
 * that does not count (it waits already, or has run within its cooldown), or -1.
 */
int sh_agenda_trigger(struct sh_agenda *a, struct sh_item *i, int64_t now, struct sh_error *err);
/* What the next look at the item would find, without doing it: for lists. */
struct sh_turn sh_agenda_turn(const struct sh_agenda *a, const struct sh_item *i, int64_t now);

#endif
