/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/branch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

struct branch {
	pid_t pid; /* 0: none */
	int out;   /* -1: it has ended */
	struct sh_buf said;
};

static void __attribute__((noreturn)) become_branch(const struct sh_branches *b, size_t i, int fd)
{
	struct sh_buf out = SH_BUF_INIT;

	b->run(b->arg, i, &out);
	_exit(sh_write_all(fd, out.data, out.len) < 0);
}

static int start(const struct sh_branches *b, size_t i, struct branch *branch, struct sh_error *err)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return sh_error_sys(err, "cannot make a pipe");
	branch->pid = fork();
	if (branch->pid == 0)
		become_branch(b, i, fd[1]);
	close(fd[1]);
	if (branch->pid < 0) {
		branch->pid = 0;
		close(fd[0]);
		return sh_error_sys(err, "cannot fork");
	}
	branch->out = fd[0];
	return 0;
}

static void end(const struct sh_branches *b, size_t i, struct branch *branch)
{
	int status = 0;

	close(branch->out);
	branch->out = -1;
	while (waitpid(branch->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		sh_buf_clear(&branch->said);
	b->ended(b->arg, i, &branch->said);
	sh_buf_release(&branch->said);
}

/* Returns whether it goes on. */
static bool listen_to(struct branch *branch)
{
	char chunk[16384];
	ssize_t n = read(branch->out, chunk, sizeof(chunk));

	if (n > 0)
		sh_buf_add(&branch->said, chunk, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

static void wait_for_some(const struct sh_branches *b, struct branch *branch, size_t *left)
{
	struct pollfd fds[SH_BRANCHES];

	for (size_t i = 0; i < b->n; i++)
		fds[i] = (struct pollfd){ branch[i].out, POLLIN, 0 };
	if (poll(fds, (nfds_t)b->n, -1) < 0)
		return;
	for (size_t i = 0; i < b->n; i++)
		if (fds[i].revents && !listen_to(&branch[i])) {
			end(b, i, &branch[i]);
			--*left;
		}
}

int sh_branches_run(const struct sh_branches *b, struct sh_error *err)
{
	struct branch branch[SH_BRANCHES];
	size_t left = 0;
	int rc = 0;

	for (size_t i = 0; i < b->n; i++)
		branch[i] = (struct branch){ 0, -1, SH_BUF_INIT };
	for (size_t i = 0; rc == 0 && i < b->n; i++) {
		rc = start(b, i, &branch[i], err);
		left += rc == 0;
	}
	while (left)
		wait_for_some(b, branch, &left);
	return rc;
}
