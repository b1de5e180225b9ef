/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "repair/halt.h"

/* As long as others may be expected to end, and no repair is thought to be under way that is not. */
#define PATIENCE (10 * SH_SEC)

static void free_job(void *p)
{
	struct sh_job *job = p;

	free(job->target);
	free(job);
}

int sh_pool_init(struct sh_pool *p, struct sh_error *err)
{
	sh_halt_prepare();
	for (size_t i = 0; i < SH_POOL_CHILDREN; i++)
		p->child[i] = (struct sh_pool_child){ .out = -1, .text = SH_BUF_INIT };
	sh_map_init(&p->waiting, free_job);
	p->patience = PATIENCE;
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	return p->epoll < 0 ? sh_error_sys(err, "cannot make an epoll descriptor") : 0;
}

size_t sh_pool_drop_waiting(struct sh_pool *p)
{
	const struct sh_map_entry *e;
	size_t n = 0;

	for (size_t i = 0; (e = sh_map_next(&p->waiting, &i)); n++) {
		p->free_work(((struct sh_job *)e->value)->work);
		sh_map_remove(&p->waiting, e->key, e->len);
	}
	return n;
}

void sh_pool_release(struct sh_pool *p)
{
	sh_pool_drop_waiting(p);
	sh_map_release(&p->waiting);
	for (size_t i = 0; i < SH_POOL_CHILDREN; i++)
		sh_buf_release(&p->child[i].text);
	if (p->epoll >= 0)
		close(p->epoll);
}

static struct sh_pool_child *free_child(struct sh_pool *p)
{
	for (size_t i = 0; i < SH_POOL_CHILDREN; i++)
		if (!p->child[i].pid)
			return &p->child[i];
	return NULL;
}

static bool is_busy(const struct sh_pool *p, const char *target)
{
	for (size_t i = 0; i < SH_POOL_CHILDREN; i++)
		if (p->child[i].pid && !strcmp(p->child[i].job.target, target))
			return true;
	return false;
}

/* Neighbours of a pipeline must see its end when we are gone, however long a repair goes on. */
static void let_go_of_pipeline(void)
{
	SH_CLEANUP_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
}

/* In the child: its own session, so that neither terminal nor Ctrl-C reaches a repair. */
static void __attribute__((noreturn)) become_child(struct sh_pool *p, const struct sh_job *job,
						    int fd)
{
	sigset_t none;
	int bits;

	setsid();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* Who stops us stops the reading; what was begun is finished or undone. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sh_halt_prepare();
	let_go_of_pipeline();
	bits = p->run(p->arg, job->work, fd);
	_exit(bits & 0x7f);
}

/* The end of a pipe that is watched, and the other in *THEIRS; -1 with nothing left open. */
static int open_pipe(struct sh_pool *p, struct sh_pool_child *c, int *theirs, struct sh_error *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	int pipe_fd[2];

	if (pipe2(pipe_fd, O_CLOEXEC) < 0)
		return sh_error_sys(err, "cannot make a pipe");
	fcntl(pipe_fd[0], F_SETFL, O_NONBLOCK);
	if (epoll_ctl(p->epoll, EPOLL_CTL_ADD, pipe_fd[0], &event) < 0) {
		sh_error_set_(err, SH_ERRC_SYSTEM, -1, "cannot watch a child");
		close(pipe_fd[0]);
		close(pipe_fd[1]);
		return -1;
	}
	c->out = pipe_fd[0];
	*theirs = pipe_fd[1];
	return 0;
}

static void close_pipe(struct sh_pool *p, struct sh_pool_child *c)
{
	epoll_ctl(p->epoll, EPOLL_CTL_DEL, c->out, NULL);
	close(c->out);
	c->out = -1;
}

/* JOB stays the caller's unless there is a child that does it. */
static int start(struct sh_pool *p, struct sh_pool_child *c, const struct sh_job *job, struct sh_error *err)
{
	int theirs;

	if (open_pipe(p, c, &theirs, err) < 0)
		return -1;
	if (p->before_fork)
		p->before_fork(p->arg);
	c->pid = fork();
	if (c->pid == 0)
		become_child(p, job, theirs);
	close(theirs);
	if (c->pid > 0) {
		c->job = *job;
		return 0;
	}
	c->pid = 0;
	sh_error_set_(err, SH_ERRC_SYSTEM, -1, "cannot fork");
	close_pipe(p, c);
	return -1;
}

/* Whether it is given up: its time is over, and nobody will start it. */
static bool give_up(struct sh_pool *p, struct sh_job *job, const char *why)
{
	int64_t now = sh_clock_mono();

	if (!job->refused)
		job->refused = now;
	if (now - job->refused < p->patience)
		return false;
	if (p->lost)
		p->lost(p->arg, job, why);
	p->free_work(job->work);
	return true;
}

static void start_waiting(struct sh_pool *p)
{
	const struct sh_map_entry *e;
	struct sh_pool_child *c;

	for (size_t i = 0; (c = free_child(p)) && (e = sh_map_next(&p->waiting, &i));) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_job *job = e->value;

		if (is_busy(p, job->target))
			continue;
		if (start(p, c, job, &err) == 0)
			job->target = NULL; /* the child's now */
		else if (!give_up(p, job, err.text))
			return;
		sh_map_remove(&p->waiting, e->key, e->len);
	}
}

void *sh_pool_take_waiting(struct sh_pool *p, const char *target,
			   bool (*wanted)(const void *work, const void *arg), const void *arg)
{
	struct sh_job *job = sh_map_gets(&p->waiting, target);
	void *work = job && wanted(job->work, arg) ? job->work : NULL;

	if (work)
		sh_map_remove(&p->waiting, target, strlen(target));
	return work;
}

void sh_pool_submit(struct sh_pool *p, const char *target, void *work)
{
	struct sh_job *old = sh_map_gets(&p->waiting, target);
	struct sh_job *job = sh_calloc(1, sizeof(*job));

	if (old)
		p->free_work(old->work);
	*job = (struct sh_job){ .target = sh_strdup(target), .work = work, .serial = ++p->serial };
	sh_map_puts(&p->waiting, target, job);
	start_waiting(p);
}

static void pass_lines(struct sh_pool *p, struct sh_pool_child *c)
{
	const char *last = c->text.len ? memrchr(c->text.data, '\n', c->text.len) : NULL;
	size_t whole = last ? (size_t)(last - c->text.data) + 1 : 0;

	if (!whole)
		return;
	p->lines(p->arg, c->text.data, whole);
	sh_buf_consume(&c->text, whole);
}

static void end_child(struct sh_pool *p, struct sh_pool_child *c)
{
	int status = 0;

	close_pipe(p, c);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
	sh_buf_clear(&c->text); /* half a line of a child that died */
	p->ended(p->arg, &c->job, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	p->free_work(c->job.work);
	free(c->job.target);
	c->job = (struct sh_job){ 0 };
}

static void listen_to(struct sh_pool *p, struct sh_pool_child *c)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read(c->out, chunk, sizeof(chunk))) > 0)
		sh_buf_add(&c->text, chunk, (size_t)n);
	pass_lines(p, c);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		end_child(p, c);
}

int sh_pool_pump(struct sh_pool *p, int timeout, struct sh_error *err)
{
	struct epoll_event event[SH_POOL_CHILDREN];
	int n = epoll_wait(p->epoll, event, SH_POOL_CHILDREN, timeout);

	if (n < 0 && errno != EINTR)
		return sh_error_sys(err, "cannot wait for children");
	for (int i = 0; i < n; i++)
		listen_to(p, event[i].data.ptr);
	start_waiting(p);
	return 0;
}

void sh_pool_halt(struct sh_pool *p)
{
	for (size_t i = 0; i < SH_POOL_CHILDREN; i++)
		if (p->child[i].pid)
			sh_halt_tell(p->child[i].pid);
}

bool sh_pool_is_idle(const struct sh_pool *p)
{
	return sh_pool_oldest(p) == UINT64_MAX;
}

uint64_t sh_pool_oldest(const struct sh_pool *p)
{
	uint64_t oldest = UINT64_MAX;
	const struct sh_map_entry *e;

	for (size_t i = 0; i < SH_POOL_CHILDREN; i++)
		if (p->child[i].pid && p->child[i].job.serial < oldest)
			oldest = p->child[i].job.serial;
	for (size_t i = 0; (e = sh_map_next(&p->waiting, &i));) {
		const struct sh_job *job = e->value;

		if (job->serial < oldest)
			oldest = job->serial;
	}
	return oldest;
}
