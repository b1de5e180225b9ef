/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/rounds.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "base/clock.h"
#include "collect/keep.h"

/* An average over longer than this says little about now; a fresh one is made instead. */
#define OLDEST_READING SH_HOUR
#define SAVE_EVERY (10 * SH_SEC)
/* Less than a minute, so that a schedule of one minute never leaves one out. */
#define SELDOM (55 * SH_SEC)

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

static int write_round(struct sh_rounds *r, struct sh_collect *c, struct sh_error *err)
{
	c->procs_fresh = false;
	for (const struct sh_collector **k = r->which; *k; k++)
		if (!is_resting(r, c, *k))
			sh_collect_run(c, *k);
	if (r->interval)
		sh_tick_write(&c->out, c->host, sh_collect_time(c), r->interval);
	sh_writer_lines(r->out, sh_buf_str(&c->out), c->out.len);
	sh_buf_clear(&c->out);
	return sh_writer_flush(r->out, err);
}

/* Sleep until the instant; false when the reader of the output went away. */
static bool wait_until(const struct sh_rounds *r, int64_t until)
{
	for (;;) {
		struct pollfd p = { .fd = r->out->fd };
		int64_t left = until - sh_clock_mono();
		int rc;

		if (left <= 0)
			return true;
		left = (left + SH_MS - 1) / SH_MS;
		rc = poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (rc > 0 && (p.revents & (POLLERR | POLLHUP | POLLNVAL)))
			return false;
		if (rc > 0 || (rc < 0 && errno != EINTR))
			sh_clock_sleep(SH_MS);
	}
}

/* Move the schedule past what was missed. */
static int64_t next_time(struct sh_rounds *r, struct sh_collect *c, int64_t next, int64_t begun)
{
	int64_t now = sh_clock_mono(), missed;
	char interval[SH_DURATION_TEXT], took[SH_DURATION_TEXT];
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	next += r->interval;
	if (now < next + r->interval)
		return next;
	missed = (now - next) / r->interval;
	r->skipped += (uint64_t)missed;
	sh_duration_format(interval, r->interval);
	sh_duration_format(took, (now - begun) / SH_MS * SH_MS);
	sh_buf_addf(&text, "skipped %lld intervals of %s: measuring and writing took %s",
		    (long long)missed, interval, took);
	sh_notice_write(&c->out, c->host, sh_collect_time(c), "low", sh_buf_str(&text), NULL);
	return next + missed * r->interval;
}

static int save(struct sh_rounds *r, struct sh_collect *c, int64_t *saved, struct sh_error *err)
{
	if (!r->state)
		return 0;
	*saved = sh_clock_mono();
	return sh_keep_save(c, r->state, err);
}

int sh_rounds_run(struct sh_rounds *r, struct sh_collect *c, struct sh_error *err)
{
	int64_t next, saved;
	int rc = 0;

	if (r->state && sh_keep_load(c, r->state, err) < 0)
		return -1;
	read_before(r, c);
	next = saved = sh_clock_mono();
	for (int64_t i = 1; rc == 0; i++) {
		int64_t begun = sh_clock_mono();

		rc = write_round(r, c, err);
		if (rc < 0 || r->out->broken || !r->interval || i == r->count)
			break;
		if (sh_clock_mono() - saved >= SAVE_EVERY)
			rc = save(r, c, &saved, err);
		next = next_time(r, c, next, begun);
		if (rc == 0 && !wait_until(r, next))
			break;
	}
	/* Output first: state that says more than was written would lose records. */
	if (rc == 0)
		rc = save(r, c, &saved, err);
	return rc;
}
