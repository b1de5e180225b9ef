/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/pidfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"

struct sh_pidfiles_slot {
	pid_t pid; /* 0: free */
	uint32_t round;
	int fd[SH_PID_FILES]; /* -1: not open */
	bool refused[SH_PID_FILES]; /* EACCES, see sh_pidfiles_ask_again */
};

static const char *const names[SH_PID_FILES] = { [SH_PID_STAT] = "stat", [SH_PID_IO] = "io",
						 [SH_PID_SCHEDSTAT] = "schedstat" };

void sh_pidfiles_init(struct sh_pidfiles *f, bool keep)
{
	struct rlimit limit = { .rlim_cur = 256 };

	*f = (struct sh_pidfiles){ 0 };
	if (!keep)
		return;
	getrlimit(RLIMIT_NOFILE, &limit);
	f->most = limit.rlim_cur / 2 < SH_PIDFILES_SLOTS ? limit.rlim_cur / 2 : SH_PIDFILES_SLOTS;
	f->slot = sh_calloc(SH_PIDFILES_SLOTS, sizeof(*f->slot));
}

static void close_kept(struct sh_pidfiles *f, int *fd)
{
	if (*fd < 0)
		return;
	close(*fd);
	*fd = -1;
	f->open--;
}

static void free_slot(struct sh_pidfiles *f, struct sh_pidfiles_slot *s)
{
	for (int i = 0; s->pid && i < SH_PID_FILES; i++)
		close_kept(f, &s->fd[i]);
	s->pid = 0;
}

void sh_pidfiles_release(struct sh_pidfiles *f)
{
	for (size_t i = 0; f->slot && i < SH_PIDFILES_SLOTS; i++)
		free_slot(f, &f->slot[i]);
	free(f->slot);
	f->slot = NULL;
}

/* The process's own slot; NULL when another has it that was seen in this round or the last. */
static struct sh_pidfiles_slot *slot_of(struct sh_pidfiles *f, pid_t pid)
{
	struct sh_pidfiles_slot *s;

	if (!f->slot)
		return NULL;
	s = &f->slot[(unsigned)pid % SH_PIDFILES_SLOTS];
	if (s->pid && s->pid != pid)
		return NULL;
	if (!s->pid) {
		*s = (struct sh_pidfiles_slot){ .pid = pid };
		for (int i = 0; i < SH_PID_FILES; i++)
			s->fd[i] = -1;
	}
	s->round = f->round;
	return s;
}

static int open_file(int proc, pid_t pid, enum sh_pid_file which)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/%s", (int)pid, names[which]);
	return openat(proc, path, O_RDONLY | O_CLOEXEC);
}

ssize_t sh_pidfiles_read(struct sh_pidfiles *f, int proc, pid_t pid, enum sh_pid_file which,
			 char *text, size_t len)
{
	struct sh_pidfiles_slot *s = slot_of(f, pid);
	ssize_t n;
	int fd, saved;

	if (s && s->fd[which] >= 0) {
		n = pread(s->fd[which], text, len, 0);
		if (n > 0 || (n < 0 && errno != ESRCH))
			return n;
		close_kept(f, &s->fd[which]);
		/* Another process by that number may be more open. */
		memset(s->refused, 0, sizeof(s->refused));
	}
	if (s && s->refused[which]) {
		errno = EACCES;
		return -1;
	}
	fd = open_file(proc, pid, which);
	n = fd < 0 ? -1 : pread(fd, text, len, 0);
	saved = errno;
	if (s)
		s->refused[which] = n < 0 && saved == EACCES;
	if (s && n > 0 && f->open < f->most) {
		s->fd[which] = fd;
		f->open++;
	} else if (fd >= 0) {
		close(fd);
	}
	errno = saved;
	return n;
}

void sh_pidfiles_ask_again(struct sh_pidfiles *f)
{
	for (size_t i = 0; f->slot && i < SH_PIDFILES_SLOTS; i++)
		memset(f->slot[i].refused, 0, sizeof(f->slot[i].refused));
}

void sh_pidfiles_sweep(struct sh_pidfiles *f)
{
	for (size_t i = 0; f->slot && i < SH_PIDFILES_SLOTS; i++)
		if (f->slot[i].pid && f->slot[i].round != f->round)
			free_slot(f, &f->slot[i]);
	f->round++;
}
