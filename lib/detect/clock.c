/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/clock.h"

#include "base/clock.h"
#include "detect/past.h"

#define STEP SH_MIN
#define RECORDS 3

static void move(int64_t *time, int64_t by)
{
	if (*time && *time != INT64_MIN && *time != INT64_MAX)
		*time = sh_damage_moved(*time, by);
}

static void move_series(struct sh_detector *d, struct sh_subject *s, int64_t by, int64_t time)
{
	move(&s->last, by);
	if (s->rare) {
		move(&s->rare->repaired, by);
		move(&s->rare->opened, by);
	}
	s->since = time;
	for (size_t i = 0; i < s->origins; i++) {
		move(&s->origin[i].last, by);
		s->origin[i].backs = 0;
	}
	for (struct sh_watched *w = s->watch; w; w = w->next)
		sh_watch_move(&w->watch, by);
	sh_latest_move(&s->latest, by);
	sh_past_release(&d->book, s);
	sh_store_touch(&d->store, s);
}

static void move_all(struct sh_detector *d, int64_t by, int64_t time)
{
	struct sh_host *h;

	for (size_t i = 0; i < d->store.n; i++) {
		move_series(d, d->store.subject[i], by, time);
		move(&d->store.subject[i]->due, by);
	}
	for (size_t i = 0; (h = sh_hosts_next(&d->store.hosts, &i));)
		for (size_t k = 0; k < d->book.hosts; k++)
			move(&h->at[k].time, by);
	sh_timers_move(&d->timers, by);
	sh_peers_move(&d->peers, by);
	move(&d->store.largest, by);
	move(&d->store.swept, by);
	move(&d->resumed, by);
	move(&d->resumed_before, by);
}

static bool is_run(const struct sh_detector *d, struct sh_origin *o, int64_t time)
{
	if (!o->backs || time <= o->back) {
		o->backs = 0;
		o->streak = d->streak;
	}
	o->back = time;
	if (o->backs < RECORDS)
		o->backs++;
	return o->backs == RECORDS;
}

static void tell(const struct sh_detector *d, const struct sh_record *r, struct sh_host *h, int64_t by)
{
	int64_t same = by - h->stepped;

	if (d->stepped && (same > STEP || same < -STEP))
		d->stepped(d->arg, r, -by);
	h->stepped = by;
}

bool sh_clock_stepped(struct sh_detector *d, const struct sh_record *r, struct sh_subject *s,
		      struct sh_origin *o)
{
	int64_t expected = d->store.largest - SH_STORE_FORGET, by;

	if (o->last > expected)
		expected = o->last;
	d->behind = d->behind || r->time <= d->store.largest - STEP;
	sh_store_touch(&d->store, s);
	if (r->time > expected - STEP || !is_run(d, o, r->time))
		return false;
	/* So that the record is newer than all that moved. */
	if (o->streak == d->streak) {
		by = r->time - d->store.largest - 1;
		move_all(d, by, r->time);
	} else if (r->time > d->store.largest - SH_STORE_FORGET) {
		by = r->time - s->last - 1;
		move_series(d, s, by, r->time);
	} else {
		return false;
	}
	tell(d, r, s->host, by);
	return true;
}

void sh_clock_on_time(struct sh_detector *d, int64_t time)
{
	if (time <= d->store.largest - STEP)
		return;
	d->behind = false;
	d->streak++;
}
