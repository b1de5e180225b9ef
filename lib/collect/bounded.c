/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/bounded.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"

#define REAP_WAIT (100 * SH_MS)

int sh_bounded_start(struct sh_bounded *b, void (*work)(const void *arg, int fd), const void *arg,
		     struct sh_error *err)
{
	int p[2];

	*b = (struct sh_bounded){ 0, -1 };
	if (pipe2(p, O_CLOEXEC) < 0)
		return sh_error_sys(err, "cannot make a pipe");
	b->pid = fork();
	if (b->pid < 0) {
		b->pid = 0;
		close(p[0]);
		close(p[1]);
		return sh_error_sys(err, "cannot fork");
	}
	if (b->pid == 0) {
		if (dup2(p[1], 0) < 0 || sh_descriptors_close_from(1) < 0)
			_exit(1);
		work(arg, 0);
		_exit(0);
	}
	close(p[1]);
	b->fd = p[0];
	return 0;
}

bool sh_bounded_step(struct sh_bounded *b, void *data, size_t len, size_t *got)
{
	ssize_t n = read(b->fd, (char *)data + *got, len - *got);

	if (n < 0)
		return errno != EINTR;
	*got += (size_t)n;
	return n == 0 || *got == len;
}

static size_t read_until(int fd, char *data, size_t len, int64_t deadline)
{
	size_t got = 0;

	while (got < len) {
		int64_t left = deadline - sh_clock_mono();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int rc = poll(&p, 1, left > 0 ? (int)((left + SH_MS - 1) / SH_MS) : 0);
		ssize_t n;

		if (rc < 0 && errno == EINTR)
			continue;
		if (rc <= 0)
			break;
		n = read(fd, data + got, len - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return got;
}

/* Whether it could be reaped in a moment. */
static bool reap(pid_t pid)
{
	int64_t until = sh_clock_mono() + REAP_WAIT;

	for (;;) {
		pid_t rc = waitpid(pid, NULL, WNOHANG);

		if (rc == pid || (rc < 0 && errno != EINTR))
			return true;
		if (sh_clock_mono() >= until)
			return false;
		sh_clock_sleep(SH_MS / 2);
	}
}

size_t sh_bounded_finish(struct sh_bounded *b, void *data, size_t len, int64_t deadline,
			 pid_t *stuck)
{
	size_t got;

	*stuck = 0;
	if (!b->pid)
		return 0;
	got = read_until(b->fd, data, len, deadline);
	close(b->fd);
	kill(b->pid, SIGKILL);
	if (!reap(b->pid))
		*stuck = b->pid;
	*b = (struct sh_bounded){ 0, -1 };
	return got;
}
