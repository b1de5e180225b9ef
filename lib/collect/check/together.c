/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/together.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "collect/check/wire.h"

/* Ended jobs wait for their turn with what they said in memory: not too many of them. */
#define AHEAD (4 * SH_TOGETHER_MAX)
/* More than the probe's own limit: names are looked up by code that knows no deadline. */
#define GRACE (50 * SH_MS)

struct sh_together {
	struct sh_job **job;        /* owned; NULL once it is finished */
	size_t n, cap;
	size_t finished, started;   /* all below */
	size_t at[SH_TOGETHER_MAX]; /* those under way */
	size_t active;
	struct sh_map known;        /* key_of each that is not finished -> itself */
	struct sh_buf key;          /* scratch */
};

struct sh_together *sh_together_new(void)
{
	struct sh_together *t = sh_calloc(1, sizeof(*t));

	sh_map_init(&t->known, NULL);
	return t;
}

void sh_together_free(struct sh_collect *c, struct sh_together *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++) {
		if (t->job[i])
			sh_job_abandon(c, t->job[i]);
		free(t->job[i]);
	}
	free(t->job);
	sh_map_release(&t->known);
	sh_buf_release(&t->key);
	free(t);
}

/* What it checks: the declaration, and the target where there is one. */
static const struct sh_buf *key_of(struct sh_together *t, const struct sh_job *j)
{
	sh_buf_clear(&t->key);
	sh_buf_addf(&t->key, "%p%s%s", (const void *)j->check, j->target ? "=" : "", j->target ? j->target : "");
	return &t->key;
}

void sh_together_add(struct sh_together *t, const struct sh_job *job)
{
	const struct sh_buf *key = key_of(t, job);
	struct sh_job *mine;

	if (sh_map_get(&t->known, key->data, key->len)) {
		free(job->target);
		return;
	}
	mine = sh_malloc(sizeof(*mine));
	*mine = *job;
	sh_grow(t->job, t->n, t->cap);
	t->job[t->n++] = mine;
	sh_map_put(&t->known, key->data, key->len, mine);
}

static void start_some(struct sh_collect *c, struct sh_together *t)
{
	while (t->active < SH_TOGETHER_MAX && t->started < t->n && t->started < t->finished + AHEAD) {
		struct sh_job *j = t->job[t->started];

		sh_job_start(c, j);
		if (!j->run->ended)
			t->at[t->active++] = t->started;
		t->started++;
	}
}

static bool has_ended(const struct sh_job *j)
{
	return j && j->run && j->run->ended;
}

static void finish(struct sh_collect *c, struct sh_together *t, size_t i)
{
	const struct sh_buf *key = key_of(t, t->job[i]);

	sh_map_remove(&t->known, key->data, key->len);
	sh_job_finish(c, t->job[i]);
	free(t->job[i]);
	t->job[i] = NULL;
}

static void finish_some(struct sh_collect *c, struct sh_together *t)
{
	while (t->finished < t->started && has_ended(t->job[t->finished]))
		finish(c, t, t->finished++);
}

static int64_t deadline_of(const struct sh_job_run *r)
{
	return r->begun + r->check.timeout + GRACE;
}

static void watch(const struct sh_job_run *r, struct pollfd fds[SH_CHILD_FDS], int64_t *until)
{
	int64_t deadline = r->wire ? r->wire->deadline : deadline_of(r);

	if (r->child.pid) {
		sh_child_watch(&r->child, fds, until);
		return;
	}
	for (size_t i = 0; i < SH_CHILD_FDS; i++)
		fds[i] = (struct pollfd){ i ? -1 : r->probe.fd, POLLIN, 0 };
	if (r->wire)
		fds[0] = sh_wire_watch(r->wire);
	if (!*until || *until > deadline)
		*until = deadline;
}

static bool turn(struct sh_job_run *r, const struct pollfd *fds)
{
	if (r->child.pid)
		return sh_child_turn(&r->child);
	if (r->wire)
		return sh_wire_turn(r->wire, fds[0].revents);
	if (fds[0].revents &&
	    sh_bounded_step(&r->probe, &r->outcome, sizeof(r->outcome), &r->got))
		return true;
	return sh_clock_mono() >= deadline_of(r);
}

static void await(struct sh_together *t, int64_t until)
{
	struct pollfd fds[SH_TOGETHER_MAX * SH_CHILD_FDS];
	size_t kept = 0;

	for (size_t i = 0; i < t->active; i++)
		watch(t->job[t->at[i]]->run, &fds[i * SH_CHILD_FDS], &until);
	/* Should poll fail, nothing is ready and the deadlines still hold. */
	if (poll(fds, t->active * SH_CHILD_FDS, sh_poll_timeout(until)) < 0)
		for (size_t i = 0; i < t->active * SH_CHILD_FDS; i++)
			fds[i].revents = 0;
	for (size_t i = 0; i < t->active; i++) {
		struct sh_job_run *r = t->job[t->at[i]]->run;

		r->ended = turn(r, &fds[i * SH_CHILD_FDS]);
		if (!r->ended)
			t->at[kept++] = t->at[i];
	}
	t->active = kept;
}

/* Forget the finished; those under way move up, before those that have not begun. */
static void move_up(struct sh_together *t)
{
	size_t kept = 0;

	t->active = t->started = t->finished = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (!t->job[i])
			continue;
		if (t->job[i]->run) {
			t->at[t->active++] = kept;
			t->started = kept + 1;
		}
		t->job[kept++] = t->job[i];
	}
	t->n = kept;
}

void sh_together_run(struct sh_collect *c, struct sh_together *t, int64_t until)
{
	while (t->finished < t->n && (!until || sh_clock_mono() < until)) {
		start_some(c, t);
		if (t->active)
			await(t, until);
		finish_some(c, t);
	}
	for (size_t i = t->finished; i < t->started; i++)
		if (has_ended(t->job[i]))
			finish(c, t, i);
	move_up(t);
}
