/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/pool.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "tap.h"

/* What a child does. */
struct job {
	const char *say;
	int64_t take;
	int bits;
	bool die;
};

struct watch {
	struct sh_buf said;
	struct sh_buf ended; /* targets and bits, in order */
	size_t freed;
};

static int run(void *arg, void *work, int fd)
{
	const struct job *j = work;
	struct stat in, null;

	(void)arg;
	sh_clock_sleep(j->take);
	if (j->die)
		raise(SIGKILL);
	/* Neither end of the pipeline is ours any more. */
	if (fstat(0, &in) < 0 || stat("/dev/null", &null) < 0 || in.st_rdev != null.st_rdev)
		return 64;
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGINT);
	kill(getpid(), SIGHUP);
	return sh_write_all(fd, j->say, strlen(j->say)) < 0 ? 64 : j->bits;
}

static void free_work(void *work)
{
	free(work);
}

static void on_lines(void *arg, const char *data, size_t len)
{
	struct watch *w = arg;

	sh_buf_add(&w->said, data, len);
}

static void on_ended(void *arg, const struct sh_job *job, int bits)
{
	struct watch *w = arg;

	sh_buf_addf(&w->ended, "%s=%d ", job->target, bits);
}

static void on_lost(void *arg, const struct sh_job *job, const char *why)
{
	struct watch *w = arg;

	sh_buf_addf(&w->ended, "%s lost: %s ", job->target, why);
}

static void start(struct sh_pool *p, struct watch *w)
{
	struct sh_error err = SH_ERROR_INIT;

	*w = (struct watch){ SH_BUF_INIT, SH_BUF_INIT, 0 };
	*p = (struct sh_pool){ .run = run, .free_work = free_work, .lines = on_lines,
			       .ended = on_ended, .lost = on_lost, .arg = w };
	if (sh_pool_init(p, &err) < 0)
		exit(99);
}

static void submit(struct sh_pool *p, const char *target, struct job j)
{
	struct job *copy = sh_malloc(sizeof(*copy));

	*copy = j;
	sh_pool_submit(p, target, copy);
}

static void finish(struct sh_pool *p, struct watch *w)
{
	struct sh_error err = SH_ERROR_INIT;

	while (!sh_pool_is_idle(p) && sh_pool_pump(p, 1000, &err) == 0)
		;
	sh_pool_release(p);
	(void)w;
}

static void forget(struct watch *w)
{
	sh_buf_release(&w->said);
	sh_buf_release(&w->ended);
}

static bool has(const struct sh_buf *b, const char *text)
{
	return strstr(sh_buf_str(b), text) != NULL;
}

static void test_newest(void)
{
	struct sh_pool p;
	struct watch w;

	start(&p, &w);
	submit(&p, "a", (struct job){ "a1\n", 100 * SH_MS, 1, false });
	submit(&p, "a", (struct job){ "a2\n", 0, 2, false });
	submit(&p, "a", (struct job){ "a3\n", 0, 4, false });
	submit(&p, "b", (struct job){ "b1\n", 0, 8, false });
	OK(sh_pool_oldest(&p) == 1, "the first job is the oldest that is not finished");
	finish(&p, &w);
	OK(has(&w.said, "a1\n") && has(&w.said, "a3\n") && !has(&w.said, "a2\n"),
	   "of what waits for a busy target the newest is kept");
	OK(has(&w.ended, "b=8 a=1 a=4 "), "another target does not wait for it: %s", sh_buf_str(&w.ended));
	OK(sh_pool_oldest(&p) == UINT64_MAX, "at the end nothing is unfinished");
	forget(&w);
}

static void test_many(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_pool p;
	struct watch w;
	size_t running = 0;
	char target[] = "a";

	start(&p, &w);
	for (; target[0] < 'a' + 12; target[0]++)
		submit(&p, target, (struct job){ "x\n", 50 * SH_MS, 0, false });
	for (size_t i = 0; i < SH_POOL_CHILDREN; i++)
		running += p.child[i].pid != 0;
	OK(running == SH_POOL_CHILDREN, "no more children than there may be");
	OK(sh_pool_drop_waiting(&p) == 7, "what waits can be dropped");
	(void)err;
	finish(&p, &w);
	OK(w.said.len == 2 * SH_POOL_CHILDREN, "and what runs is finished");
	forget(&w);
}

static void test_death(void)
{
	struct sh_pool p;
	struct watch w;

	start(&p, &w);
	submit(&p, "dead", (struct job){ "never\n", 0, 0, true });
	submit(&p, "half", (struct job){ "whole\nhalf", 0, 0, false });
	finish(&p, &w);
	OK(has(&w.ended, "dead=-1 "), "a child that was killed is said to have died");
	OK(!strcmp(sh_buf_str(&w.said), "whole\n"), "only whole lines are passed on");
	forget(&w);
}

static void test_alone(void)
{
	struct sh_pool p;
	struct watch w;

	start(&p, &w);
	submit(&p, "a", (struct job){ "done\n", 0, 3, false });
	finish(&p, &w);
	OK(has(&w.ended, "a=3 "), "TERM, INT and HUP do not end a child, and its input is /dev/null: %s",
	   sh_buf_str(&w.ended));
	forget(&w);
}

static void test_long(void)
{
	SH_CLEANUP_FREE char *line = sh_malloc(300002);
	struct sh_pool p;
	struct watch w;

	memset(line, 'x', 300000);
	memcpy(line + 300000, "\n", 2);
	start(&p, &w);
	submit(&p, "a", (struct job){ line, 0, 0, false });
	finish(&p, &w);
	OK(w.said.len == 300001, "a line longer than a pipe comes whole");
	forget(&w);
}

/* The number of descriptors that may be open, so that no more can be, or again as BEFORE says. */
static void limit_descriptors(struct rlimit *before, bool none)
{
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct rlimit now = *before;

	if (next >= 0)
		close(next);
	if (none) {
		getrlimit(RLIMIT_NOFILE, before);
		now = *before;
		now.rlim_cur = (rlim_t)next;
	}
	if (setrlimit(RLIMIT_NOFILE, &now) < 0)
		diag("cannot set a limit");
}

static void test_scarce(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct rlimit before;
	struct sh_pool p;
	struct watch w;

	start(&p, &w);
	limit_descriptors(&before, true);
	submit(&p, "a", (struct job){ "done\n", 0, 3, false });
	OK(sh_pool_pump(&p, 0, &err) == 0 && !sh_pool_is_idle(&p) && sh_pool_oldest(&p) == 1,
	   "what cannot be started for want of descriptors goes on waiting");
	limit_descriptors(&before, false);
	finish(&p, &w);
	OK(has(&w.ended, "a=3 ") && has(&w.said, "done\n"), "and is done when there are some: %s", sh_buf_str(&w.ended));
	forget(&w);
	start(&p, &w);
	p.patience = 0;
	limit_descriptors(&before, true);
	submit(&p, "b", (struct job){ "never\n", 0, 0, false });
	limit_descriptors(&before, false);
	OK(has(&w.ended, "b lost: cannot make a pipe") && sh_pool_is_idle(&p), "in the end it is told as lost: %s",
	   sh_buf_str(&w.ended));
	finish(&p, &w);
	forget(&w);
}

int main(void)
{
	test_scarce();
	test_newest();
	test_many();
	test_death();
	test_alone();
	test_long();
	OK(waitpid(-1, NULL, WNOHANG) < 0, "no child is left");
	return plan_done();
}
