/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "action/restore.h"
#include "base/clock.h"
#include "base/file.h"

#define ROUNDS 20 /* of killing: who forks faster than that is left */
#define ROUND  (500 * SH_MS)

/* What the leader began, be it dead itself; true when none of it lives. */
static bool kill_once(const struct sh_proc *leader)
{
	struct sh_procs all = SH_PROCS_INIT, set = SH_PROCS_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	bool gone = true;

	if (sh_procs_read(&all, &ignored) == 0) {
		sh_procs_add(&set, leader);
		sh_procs_add_tree(&set, &all);
		gone = sh_procs_alive(&set) == 0;
		if (!gone) {
			sh_procs_signal(&set, SIGKILL, &ignored);
			sh_procs_await_end(&set, ROUND);
		}
	}
	sh_procs_release(&all);
	sh_procs_release(&set);
	return gone;
}

static void kill_session(const struct sh_proc *leader)
{
	for (int round = 0; round < ROUNDS && !kill_once(leader); round++)
		;
}

static void SH_NORETURN keep(int from, const char *place)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_proc leader = { .pid = 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t all;
	ssize_t n;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	setsid();
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	do {
		n = read(from, &leader, sizeof(leader));
	} while (n == (ssize_t)sizeof(leader) || (n < 0 && errno == EINTR));
	if (leader.pid > 0)
		kill_session(&leader);
	_exit(sh_restore_remove(place, &err) < 0);
}

int sh_keeper_start(struct sh_keeper *k, const char *place, struct sh_error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return sh_error_sys(err, "cannot make a pipe");
	k->pid = fork();
	if (k->pid == 0) {
		close(ends[1]);
		keep(ends[0], place);
	}
	close(ends[0]);
	k->pipe = ends[1];
	if (k->pid > 0)
		return 0;
	close(k->pipe);
	return sh_error_sys(err, "cannot fork");
}

int sh_keeper_take(const struct sh_keeper *k, pid_t leader, struct sh_error *err)
{
	struct sh_proc p;

	if (sh_proc_read(leader, &p) < 0)
		return 0; /* it has ended, and nobody waited for it: then it would still be seen */
	if (sh_write_all(k->pipe, &p, sizeof(p)) < 0)
		return sh_error_sys(err, "cannot put a process into care");
	return 0;
}

int sh_keeper_finish(struct sh_keeper *k, struct sh_error *err)
{
	int status;

	close(k->pipe);
	while (waitpid(k->pid, &status, 0) < 0)
		if (errno != EINTR)
			return sh_error_sys(err, "cannot wait for who clears up");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "what the drill left could not be removed");
	return 0;
}
