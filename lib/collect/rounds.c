/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/rounds.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>

#include "base/clock.h"
#include "base/file.h"
#include "collect/keep.h"
#include "collect/out/out.h"
#include "collect/site/vigil.h"

/* An average over longer than this says little about now; a fresh one is made instead. */
#define OLDEST_READING SH_HOUR
#define TELL_EVERY (60 * SH_SEC)
#define SAVE_EVERY (10 * SH_SEC)
#define SAVE_MOVED (100 * SH_MS) /* what was read of logs is not to be read again */
#define KEEP_OUTPUT ((size_t)1 << 20)
/* Less than a minute, so that a schedule of one minute never leaves one out. */
#define SELDOM (55 * SH_SEC)
#define SERVICE "service"
/* Of the interval: how long whoever ended a service has to begin it again before it is told. */
#define GRACE_PART 4

static bool needs_reading(const struct sh_rounds *r, const struct sh_collect *c,
			  const struct sh_collector *k)
{
	const struct sh_counters *set = &c->set[k - sh_collectors];

	if (!(k->flags & SH_COLLECT_RATES) || (r->instant && (k->flags & SH_COLLECT_INSTANT)))
		return false;
	return !set->now || sh_clock_mono() - set->now > OLDEST_READING;
}

/* The reading before the first; in a captured tree nothing moves, so there is none. */
static void read_before(const struct sh_rounds *r, struct sh_collect *c)
{
	bool any = false;

	if (!c->live || r->gap <= 0)
		return;
	c->discard = true;
	c->procs_fresh = false;
	sh_collect_refresh(c);
	for (const struct sh_collector **k = r->which; *k; k++) {
		if (!needs_reading(r, c, *k))
			continue;
		sh_collect_run(c, *k);
		any = true;
	}
	c->discard = false;
	if (any)
		sh_clock_sleep(r->gap);
}

/* Whether it has had its turn for this minute. */
static bool is_resting(const struct sh_rounds *r, const struct sh_collect *c,
		       const struct sh_collector *k)
{
	const struct sh_counters *set = &c->set[k - sh_collectors];

	return r->interval && k->flags & SH_COLLECT_SELDOM && set->reading &&
	       sh_clock_mono() - set->now < SELDOM;
}

static int write_out(struct sh_rounds *r, struct sh_collect *c, struct sh_error *err)
{
	sh_out_write(c, r->out);
	if (c->out.cap > KEEP_OUTPUT) /* a storm of logs has gone by */
		sh_buf_release(&c->out);
	return sh_writer_flush(r->out, err);
}

static int write_round(struct sh_rounds *r, struct sh_collect *c, struct sh_error *err)
{
	c->procs_fresh = false;
	sh_collect_refresh(c);
	for (const struct sh_collector **k = r->which; *k; k++) {
		if (is_resting(r, c, *k))
			continue;
		if ((*k)->flags & SH_COLLECT_WAITS && c->out.len && write_out(r, c, err) < 0)
			return -1;
		sh_collect_run(c, *k);
		if ((*k)->flags & SH_COLLECT_WAITS)
			sh_collect_refresh(c);
	}
	if (r->interval)
		sh_tick_write(&c->out, c->host, sh_collect_time(c), r->interval);
	return write_out(r, c, err);
}

/*
 * Sleep until the instant, or until a service ended; false when the reader of the
 * output went away. By a timer, because poll(2) knows milliseconds only, and does
 * not count the time that the machine was suspended.
 */
static bool sleep_until(const struct sh_rounds *r, struct sh_collect *c, int64_t until)
{
	struct itimerspec at = { .it_value = { until / SH_SEC, until % SH_SEC } };
	struct pollfd p[3] = { { .fd = r->out->fd },
			       { .fd = r->timer, .events = POLLIN },
			       { .fd = sh_vigil_fd(c->vigil), .events = POLLIN } };

	if (sh_clock_mono() >= until || timerfd_settime(r->timer, TFD_TIMER_ABSTIME, &at, NULL) < 0)
		return true;
	while (poll(p, 3, -1) < 0 && errno == EINTR)
		;
	if (p[2].revents)
		sh_vigil_hear(c->vigil, sh_clock_mono());
	return !p[0].revents;
}

/* Services that ended a while ago are measured again, and nothing else is. */
static int look_at_ended(struct sh_rounds *r, struct sh_collect *c, struct sh_error *err)
{
	const struct sh_collector *service = sh_collector_find(SERVICE);
	int64_t now = sh_clock_mono();
	ssize_t i;

	c->procs_fresh = false;
	sh_collect_refresh(c);
	while ((i = sh_vigil_take(c->vigil, now)) >= 0)
		sh_collect_run_one(c, service, c->site->service[i].id);
	return write_out(r, c, err);
}

/* Until the instant: 1, 0 when the reader of the output went away, -1. */
static int wait_until(struct sh_rounds *r, struct sh_collect *c, int64_t until, struct sh_error *err)
{
	do {
		int64_t due = sh_vigil_due(c->vigil);

		if (due < until && due <= sh_clock_mono() && look_at_ended(r, c, err) < 0)
			return -1;
		due = sh_vigil_due(c->vigil);
		if (!sleep_until(r, c, due < until ? due : until))
			return 0;
	} while (sh_clock_mono() < until);
	return 1;
}

static void tell_skipped(const struct sh_rounds *r, struct sh_collect *c, int64_t missed,
			 const char *why, int64_t took)
{
	char interval[SH_DURATION_TEXT], text[SH_DURATION_TEXT];
	SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;

	sh_duration_format(interval, r->interval);
	sh_duration_format(text, took / SH_MS * SH_MS);
	sh_buf_addf(&said, "skipped %lld intervals of %s: %s %s", (long long)missed, interval, why,
		    text);
	sh_notice_write(&c->out, c->host, sh_collect_time(c), "low", sh_buf_str(&said), NULL);
}

/* A busy machine may be late each round: the first time is told, then what came together in a minute. */
static void add_late(struct sh_rounds *r, struct sh_collect *c, int64_t missed, int64_t took)
{
	struct sh_rounds_late *l = &r->late;
	int64_t now = sh_clock_mono();
	bool first = !l->told;

	l->missed += missed;
	l->worst = took > l->worst ? took : l->worst;
	if (!first && now - l->told < TELL_EVERY)
		return;
	tell_skipped(r, c, l->missed, first ? "measuring and writing took" : "measuring and writing took up to", l->worst);
	*l = (struct sh_rounds_late){ .told = now };
}

/* Move the schedule past what was missed. */
static int64_t next_time(struct sh_rounds *r, struct sh_collect *c, int64_t next, int64_t begun)
{
	int64_t now = sh_clock_mono(), missed;

	next += r->interval;
	if (now < next + r->interval)
		return next;
	missed = (now - next) / r->interval;
	r->skipped += (uint64_t)missed;
	add_late(r, c, missed, now - begun);
	return next + missed * r->interval;
}

/*
 * Stopped or suspended while waiting: the next instant of the schedule that is
 * still to come, so that what was missed is not made up for in between. Where
 * that comes too late as well, the machine is busy, and late is better than never.
 */
static int wait_for(struct sh_rounds *r, struct sh_collect *c, int64_t *next, struct sh_error *err)
{
	int64_t late, missed;
	int rc = wait_until(r, c, *next, err);

	if (rc < 1)
		return rc;
	late = sh_clock_mono() - *next;
	if (late < r->interval)
		return 1;
	missed = late / r->interval + 1;
	r->skipped += (uint64_t)missed;
	tell_skipped(r, c, missed, "nothing ran for", late);
	*next += missed * r->interval;
	return wait_until(r, c, *next, err);
}

static int save(struct sh_rounds *r, struct sh_collect *c, int64_t *saved, struct sh_error *err)
{
	if (!r->state)
		return 0;
	*saved = sh_clock_mono();
	return sh_keep_save(c, r->state, err);
}

static int measure(struct sh_rounds *r, struct sh_collect *c, struct sh_error *err)
{
	int64_t next, saved;
	int rc = 0;

	if (r->state && sh_keep_load(c, r->state, err) < 0)
		return -1;
	read_before(r, c);
	next = saved = sh_clock_mono();
	for (int64_t i = 1;; i++) {
		int64_t begun = sh_clock_mono();

		c->last = i == r->count;
		rc = write_round(r, c, err);
		if (rc < 0 || r->out->broken || !r->interval || i == r->count)
			break;
		if (sh_clock_mono() - saved >= (sh_followed_moved(&c->followed) ? SAVE_MOVED : SAVE_EVERY))
			rc = save(r, c, &saved, err);
		next = next_time(r, c, next, begun);
		if (rc == 0)
			rc = wait_for(r, c, &next, err);
		if (rc < 1)
			break;
	}
	/* Output first: state that says more than was written would lose records. */
	if (rc == 0)
		rc = save(r, c, &saved, err);
	return rc;
}

static bool has_services(const struct sh_rounds *r, const struct sh_collect *c)
{
	for (const struct sh_collector **k = r->which; *k; k++)
		if (!strcmp((*k)->name, SERVICE))
			return c->site && c->site->services;
	return false;
}

int sh_rounds_run(struct sh_rounds *r, struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_FD int timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
	int rc;

	if (timer < 0)
		return sh_error_sys(err, "cannot make a timer");
	r->timer = timer;
	if (c->live && r->interval && has_services(r, c))
		c->vigil = sh_vigil_new(c->site->services, r->interval / GRACE_PART);
	rc = measure(r, c, err);
	sh_vigil_free(c->vigil);
	c->vigil = NULL;
	return rc;
}
