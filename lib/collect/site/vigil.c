/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/site/vigil.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

#define PART 16 /* of the descriptors that we may have */
#define AT_ONCE 16

struct watched {
	pid_t pid; /* 0: none was seen */
	uint64_t start;
	int fd;      /* -1: not watched */
	int64_t due; /* it ended; 0 it did not */
};

struct sh_vigil {
	struct watched *service; /* owned */
	size_t n, open, most;
	int64_t grace;
	int epoll;
};

struct sh_vigil *sh_vigil_new(size_t n, int64_t grace)
{
	struct rlimit limit = { .rlim_cur = 0 };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct sh_vigil *v;

	if (epoll < 0)
		return NULL;
	getrlimit(RLIMIT_NOFILE, &limit);
	v = sh_malloc(sizeof(*v));
	*v = (struct sh_vigil){ .service = sh_calloc(n + 1, sizeof(*v->service)),
				.n = n,
				.most = limit.rlim_cur / PART,
				.grace = grace,
				.epoll = epoll };
	for (size_t i = 0; i < n; i++)
		v->service[i].fd = -1;
	return v;
}

/* Whoever is closed is watched no more. */
static void let_go(struct sh_vigil *v, struct watched *w)
{
	if (w->fd < 0)
		return;
	close(w->fd);
	w->fd = -1;
	v->open--;
}

void sh_vigil_free(struct sh_vigil *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->n; i++)
		let_go(v, &v->service[i]);
	close(v->epoll);
	free(v->service);
	free(v);
}

/* One that ended since it was seen is not there to be watched: the next round will tell. */
static void watch(struct sh_vigil *v, size_t service)
{
	struct watched *w = &v->service[service];
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = service };

	if (v->open >= v->most)
		return;
	w->fd = (int)syscall(SYS_pidfd_open, w->pid, 0);
	if (w->fd < 0)
		return;
	v->open++;
	if (epoll_ctl(v->epoll, EPOLL_CTL_ADD, w->fd, &e) < 0)
		let_go(v, w);
}

void sh_vigil_see(struct sh_vigil *v, size_t service, pid_t pid, uint64_t start)
{
	struct watched *w = &v->service[service];

	w->due = 0;
	if (pid && w->fd >= 0 && w->pid == pid && w->start == start)
		return;
	let_go(v, w);
	w->pid = pid;
	w->start = start;
	if (pid)
		watch(v, service);
}

int sh_vigil_fd(const struct sh_vigil *v)
{
	return v ? v->epoll : -1;
}

void sh_vigil_hear(struct sh_vigil *v, int64_t now)
{
	struct epoll_event e[AT_ONCE];
	int n = epoll_wait(v->epoll, e, AT_ONCE, 0);

	for (int i = 0; i < n; i++) {
		struct watched *w = &v->service[e[i].data.u64];

		let_go(v, w);
		w->due = now + v->grace;
	}
}

int64_t sh_vigil_due(const struct sh_vigil *v)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; v && i < v->n; i++)
		if (v->service[i].due && v->service[i].due < first)
			first = v->service[i].due;
	return first;
}

ssize_t sh_vigil_take(struct sh_vigil *v, int64_t now)
{
	for (size_t i = 0; i < v->n; i++) {
		struct watched *w = &v->service[i];

		if (!w->due || w->due > now)
			continue;
		w->due = 0;
		return (ssize_t)i;
	}
	return -1;
}
