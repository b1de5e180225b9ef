/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/job.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

static void free_job(struct sh_job *j)
{
	for (size_t i = 0; i < j->targets; i++)
		free(j->target[i]);
	free(j->target);
	if (j->is_running)
		sh_run_release(&j->run);
	if (j->pidfd >= 0)
		close(j->pidfd);
	free(j);
}

void sh_jobs_add(struct sh_jobs *all, struct sh_job *j)
{
	sh_grow(all->job, all->n, all->cap);
	all->job[all->n++] = j;
}

void sh_jobs_remove(struct sh_jobs *all, struct sh_job *j)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++)
		if (all->job[i] != j)
			all->job[kept++] = all->job[i];
	all->n = kept;
	free_job(j);
}

void sh_jobs_release(struct sh_jobs *all)
{
	for (size_t i = 0; i < all->n; i++)
		free_job(all->job[i]);
	free(all->job);
	*all = (struct sh_jobs){ 0 };
}

void sh_jobs_cancel(struct sh_jobs *all, const struct sh_item *i)
{
	for (size_t k = 0; k < all->n; k++) {
		struct sh_job *j = all->job[k];

		if (j->item != i || j->cancelled)
			continue;
		j->cancelled = true;
		if (j->is_running)
			kill(j->run.child.pid, SIGTERM);
		else if (j->adopted && sh_process_is_alive(&j->noted.child))
			kill(j->noted.child.pid, SIGTERM);
	}
}

int64_t sh_jobs_until(const struct sh_jobs *all)
{
	int64_t until = 0;

	for (size_t k = 0; k < all->n; k++) {
		const struct sh_job *j = all->job[k];
		struct pollfd fds[SH_CHILD_FDS];

		if (j->is_running)
			sh_child_watch(&j->run.child, fds, &until);
		else if (!j->adopted || j->pidfd < 0)
			until = sh_clock_mono() + (j->adopted ? SH_SEC / 10 : 1);
	}
	return until;
}
