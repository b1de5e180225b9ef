/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/together.h"

#include <poll.h>

#include "base/clock.h"

/* Ended jobs wait for their turn with what they said in memory: not too many of them. */
#define AHEAD (4 * SH_TOGETHER_MAX)
/* More than the probe's own limit: names are looked up by code that knows no deadline. */
#define GRACE (50 * SH_MS)

struct together {
	struct sh_collect *c;
	struct sh_job *job;
	size_t n;
	size_t finished, started;   /* all below */
	size_t at[SH_TOGETHER_MAX]; /* those under way */
	size_t active;
};

static void start_some(struct together *t)
{
	while (t->active < SH_TOGETHER_MAX && t->started < t->n && t->started < t->finished + AHEAD) {
		struct sh_job *j = &t->job[t->started];

		sh_job_start(t->c, j);
		if (!j->run->ended)
			t->at[t->active++] = t->started;
		t->started++;
	}
}

static void finish_some(struct together *t)
{
	while (t->finished < t->started && t->job[t->finished].run->ended)
		sh_job_finish(t->c, &t->job[t->finished++]);
}

static int64_t deadline_of(const struct sh_job_run *r)
{
	return r->begun + r->check.timeout + GRACE;
}

static void watch(const struct sh_job_run *r, struct pollfd fds[SH_CHILD_FDS], int64_t *until)
{
	int64_t deadline = deadline_of(r);

	if (r->child.pid) {
		sh_child_watch(&r->child, fds, until);
		return;
	}
	for (size_t i = 0; i < SH_CHILD_FDS; i++)
		fds[i] = (struct pollfd){ i ? -1 : r->probe.fd, POLLIN, 0 };
	if (!*until || *until > deadline)
		*until = deadline;
}

static bool turn(struct sh_job_run *r, const struct pollfd *fds)
{
	if (r->child.pid)
		return sh_child_turn(&r->child);
	if (fds[0].revents &&
	    sh_bounded_step(&r->probe, &r->outcome, sizeof(r->outcome), &r->got))
		return true;
	return sh_clock_mono() >= deadline_of(r);
}

static void await(struct together *t)
{
	struct pollfd fds[SH_TOGETHER_MAX * SH_CHILD_FDS];
	int64_t until = 0;
	size_t kept = 0;

	for (size_t i = 0; i < t->active; i++)
		watch(t->job[t->at[i]].run, &fds[i * SH_CHILD_FDS], &until);
	/* Should poll fail, nothing is ready and the deadlines still hold. */
	if (poll(fds, t->active * SH_CHILD_FDS, sh_poll_timeout(until)) < 0)
		for (size_t i = 0; i < t->active * SH_CHILD_FDS; i++)
			fds[i].revents = 0;
	for (size_t i = 0; i < t->active; i++) {
		struct sh_job_run *r = t->job[t->at[i]].run;

		r->ended = turn(r, &fds[i * SH_CHILD_FDS]);
		if (!r->ended)
			t->at[kept++] = t->at[i];
	}
	t->active = kept;
}

void sh_together_run(struct sh_collect *c, struct sh_job *job, size_t n)
{
	struct together t = { .c = c, .job = job, .n = n };

	while (t.finished < n) {
		start_some(&t);
		if (t.active)
			await(&t);
		finish_some(&t);
	}
}
