/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A reader of our output waits for its end, not for that of a save. */
static void leave_streams(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
}

static int write_all(struct sh_state *s, int (*save)(void *arg, struct sh_state *s, struct sh_error *err),
		     void *arg, struct sh_error *err)
{
	if (sh_state_wake(s, err) < 0 || save(arg, s, err) < 0 || sh_state_commit(s, err) < 0)
		return -1;
	sh_state_suspend(s);
	return 0;
}

int sh_checkpoint_start(struct sh_checkpoint *c, struct sh_state *s,
			int (*save)(void *arg, struct sh_state *s, struct sh_error *err),
			void *arg, struct sh_error *err)
{
	struct sh_error why = SH_ERROR_INIT;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return sh_error_sys(err, "cannot make a pipe");
	sh_state_suspend(s);
	c->child = fork();
	if (c->child == 0) {
		leave_streams();
		if (write_all(s, save, arg, &why) == 0)
			_exit(0);
		_exit(write(ends[1], &why, sizeof(why)) == (ssize_t)sizeof(why) ? 1 : 2);
	}
	close(ends[1]);
	c->answer = ends[0];
	if (c->child > 0)
		return 0;
	c->child = 0;
	close(ends[0]);
	return sh_error_sys(err, "cannot fork");
}

int sh_checkpoint_end(struct sh_checkpoint *c, bool wait, struct sh_error *err)
{
	struct sh_error why = SH_ERROR_INIT;
	int status = 0;
	pid_t got;

	if (!c->child)
		return 1;
	do
		got = waitpid(c->child, &status, wait ? 0 : WNOHANG);
	while (got < 0 && errno == EINTR);
	if (got == 0)
		return 0;
	c->child = 0;
	if (got > 0 && status != 0 && read(c->answer, &why, sizeof(why)) != (ssize_t)sizeof(why))
		(void)sh_error_set(&why, SH_ERRC_STATE, "the process that saved ended with status %d",
				   status);
	close(c->answer);
	if (!sh_error_is_set(&why))
		return 1;
	*err = why;
	return -1;
}
