/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_STAT 4096
#define PIPE_ROOM 65536 /* of a pipe as the kernel makes it */
#define DEFAULT_KILL_AFTER (2 * SH_SEC)
#define DEFAULT_MAX_OUTPUT ((size_t)1 << 20)
#define DRAIN_AFTER_EXIT (200 * SH_MS)

/* State letter and start time; the name in parentheses may hold anything, so count from its last ')'. */
static int read_stat(pid_t pid, char *state, uint64_t *start, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	char path[64], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (sh_file_read(AT_FDCWD, path, MAX_STAT, &buf, err) < 0)
		return -1;
	p = strrchr(sh_buf_str(&buf), ')');
	if (!p || p[1] != ' ')
		return sh_error_set(err, SH_ERRC_SYSTEM, "cannot understand '%s'", path);
	p += 2;
	*state = *p;
	for (int field = 3; field < 22 && p; field++) {
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	*start = p ? strtoull(p, NULL, 10) : 0;
	return 0;
}

int sh_process_identify(pid_t pid, struct sh_process_id *out, struct sh_error *err)
{
	char state;

	if (pid <= 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no process %d", (int)pid);
	out->pid = pid;
	sh_clock_boot_id(out->boot_id);
	return read_stat(pid, &state, &out->start, err);
}

bool sh_process_is_alive(const struct sh_process_id *id)
{
	struct sh_error err = SH_ERROR_INIT;
	char boot_id[SH_BOOT_ID_TEXT], state;
	uint64_t start;

	sh_clock_boot_id(boot_id);
	if (id->pid <= 0 || strcmp(boot_id, id->boot_id) != 0)
		return false;
	if (read_stat(id->pid, &state, &start, &err) < 0)
		return false;
	return start == id->start && state != 'Z' && state != 'X';
}

/* Group of a living process that is no zombie; 0 for others. */
static pid_t group_of(const char *name)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	char path[64], state, *p;
	int parent, group;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", name);
	if (sh_file_read(AT_FDCWD, path, MAX_STAT, &buf, &err) < 0)
		return 0;
	p = strrchr(sh_buf_str(&buf), ')');
	if (!p || sscanf(p + 1, " %c %d %d", &state, &parent, &group) != 3)
		return 0;
	return state == 'Z' || state == 'X' ? 0 : group;
}

bool sh_process_group_is_alive(const struct sh_process_id *id)
{
	struct sh_error err = SH_ERROR_INIT;
	char boot_id[SH_BOOT_ID_TEXT], state;
	const struct dirent *e;
	bool found = false;
	uint64_t start;
	DIR *proc;

	sh_clock_boot_id(boot_id);
	if (id->pid <= 0 || strcmp(boot_id, id->boot_id) != 0)
		return false;
	/* The kernel gives no new process the number of a group that has members. */
	if (read_stat(id->pid, &state, &start, &err) == 0 && start != id->start)
		return false;
	proc = opendir("/proc");
	while (proc && !found && (e = readdir(proc)))
		found = e->d_name[0] >= '1' && e->d_name[0] <= '9' && group_of(e->d_name) == id->pid;
	if (proc)
		closedir(proc);
	return found;
}

static const char *const *default_env(const char *env[4])
{
	const char *zone = getenv("TZ");
	size_t n = 0;

	env[n++] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	env[n++] = "LC_ALL=C";
	if (zone)
		env[n++] = sh_asprintf("TZ=%s", zone);
	env[n] = NULL;
	return env;
}

/* A child that closed its end must not kill us by SIGPIPE, whatever the caller does with that signal. */
static ssize_t write_no_signal(int fd, const void *data, size_t len)
{
	static const struct timespec at_once = { 0, 0 };
	sigset_t pipe_only, pending, old;
	ssize_t n;
	int saved;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, &pipe_only, &old);
	n = write(fd, data, len);
	saved = errno;
	if (n < 0 && saved == EPIPE && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&pipe_only, NULL, &at_once) < 0 && errno == EINTR)
			;
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = saved;
	return n;
}

static void close_pipe(int p[2])
{
	for (int i = 0; i < 2; i++)
		if (p[i] >= 0)
			close(p[i]);
	p[0] = p[1] = -1;
}

struct pipes {
	int in[2], out[2], err[2], gate[2];
};

static void close_pipes(struct pipes *p)
{
	close_pipe(p->in);
	close_pipe(p->out);
	close_pipe(p->err);
	close_pipe(p->gate);
}

static int open_pipes(struct pipes *p, const struct sh_child_options *opt)
{
	*p = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if ((opt->stdin_data && pipe2(p->in, O_CLOEXEC) < 0) || pipe2(p->out, O_CLOEXEC) < 0 ||
	    pipe2(p->err, O_CLOEXEC) < 0 || (opt->hold && pipe2(p->gate, O_CLOEXEC) < 0)) {
		close_pipes(p);
		return -1;
	}
	return 0;
}

/* In the child. Signals as a fresh program expects them; our ends are close-on-exec. */
static void SH_NORETURN exec_child(const struct pipes *p, const struct sh_child_options *opt,
				   pid_t parent)
{
	const char *const *envp = opt->envp;
	const char *env[4];
	int null = -1;
	sigset_t none;
	char go;

	setpgid(0, 0);
	/* Without us nobody would end it in time. */
	if (opt->alone && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
		_exit(125);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!opt->stdin_data)
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	dup2(opt->stdin_data ? p->in[0] : null, 0);
	dup2(p->out[1], 1);
	dup2(p->err[1], 2);
	if (!envp)
		envp = default_env(env);
	if (opt->prepare)
		opt->prepare(opt->prepare_arg);
	if (opt->hold) {
		close(p->gate[1]);
		if (read(p->gate[0], &go, 1) != 1)
			_exit(125); /* the parent died, or thought better of it */
	}
	/* Now and not by exec, which may hang itself: what we lock or pipe must not hang with it. */
	sh_descriptors_close_from(3);
	execve(opt->argv[0], (char **)(uintptr_t)opt->argv, (char **)(uintptr_t)envp);
	_exit(errno == ENOENT || errno == ENOTDIR ? 127 : 126);
}

static int take_end(int *end)
{
	int fd = *end;

	*end = -1;
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return fd;
}

static void start_deadline(struct sh_child *c)
{
	c->deadline = c->opt.timeout ? sh_clock_mono() + c->opt.timeout : 0;
}

int sh_child_start(struct sh_child *c, const struct sh_child_options *opt, struct sh_error *err)
{
	struct pipes p;
	pid_t parent = getpid();

	memset(c, 0, sizeof(*c));
	c->in = c->out = c->err_fd = c->gate = c->pidfd = -1;
	c->opt = *opt;
	if (open_pipes(&p, opt) < 0)
		return sh_error_sys(err, "cannot make a pipe");
	c->pid = fork();
	if (c->pid < 0) {
		close_pipes(&p);
		c->pid = 0;
		return sh_error_sys(err, "cannot fork");
	}
	if (c->pid == 0)
		exec_child(&p, opt, parent);
	setpgid(c->pid, c->pid);
	c->in = take_end(&p.in[1]);
	c->out = take_end(&p.out[0]);
	c->err_fd = take_end(&p.err[0]);
	c->gate = p.gate[1];
	p.gate[1] = -1;
	close_pipes(&p);
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	if (!opt->hold)
		start_deadline(c);
	if (sh_process_identify(c->pid, &c->id, err) < 0) {
		sh_child_release(c);
		return -1;
	}
	return 0;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void sh_child_feed(struct sh_child *c)
{
	ssize_t n = write_no_signal(c->in, c->opt.stdin_data + c->written, c->opt.stdin_len - c->written);

	if (n > 0)
		c->written += (size_t)n;
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || c->written == c->opt.stdin_len)
		close_end(&c->in);
}

int sh_child_release_gate(struct sh_child *c, struct sh_error *err)
{
	ssize_t n;
	int saved;

	/* All of its input first: should we die now, it has not begun with a part of it. */
	if (c->in >= 0 && c->opt.stdin_len > PIPE_ROOM)
		fcntl(c->in, F_SETPIPE_SZ, (int)c->opt.stdin_len);
	if (c->in >= 0)
		sh_child_feed(c);
	n = write_no_signal(c->gate, "g", 1);
	saved = errno;

	close(c->gate);
	c->gate = -1;
	start_deadline(c);
	errno = saved;
	return n != 1 ? sh_error_sys(err, "cannot start the held child %d", (int)c->pid) : 0;
}

static void drain(struct sh_child *c, int *fd, struct sh_buf *buf)
{
	size_t max = c->opt.max_output ? c->opt.max_output : DEFAULT_MAX_OUTPUT;
	char chunk[16384];
	ssize_t n = read(*fd, chunk, sizeof(chunk));

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		close_end(fd);
		return;
	}
	if (n < 0)
		return;
	if (buf->len + (size_t)n > max) {
		c->truncated = true;
		n = (ssize_t)(max - buf->len);
		if (c->opt.enough)
			close_end(fd);
	}
	sh_buf_add(buf, chunk, (size_t)n);
}

/* TERM at the deadline, KILL later, always to the whole group. */
static void enforce_deadline(struct sh_child *c, int64_t now)
{
	int64_t grace = c->opt.kill_after ? c->opt.kill_after : DEFAULT_KILL_AFTER;

	if (c->kill_at && now >= c->kill_at) {
		kill(-c->pid, SIGKILL);
		c->kill_at = now + grace;
		if (c->opt.give_up && !c->give_up_at)
			c->give_up_at = now + c->opt.give_up;
	} else if (!c->kill_at && c->deadline && now >= c->deadline) {
		c->timed_out = true;
		kill(-c->pid, SIGTERM);
		kill(-c->pid, SIGCONT); /* a stopped process never sees TERM */
		c->kill_at = now + grace;
	}
}

#define STATUS_LOST (255 << 8) /* as waitpid would say 255 */

/* It waits in the kernel for what may never come: whoever awaits it would wait as long. */
static void leave_alone(struct sh_child *c)
{
	c->stuck = true;
	c->status = SIGKILL;
}

static void reap(struct sh_child *c)
{
	siginfo_t info = { 0 };

	if (c->exited)
		return;
	if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD) {
		/* Somebody else took its status: it has ended, and not well as far as we know. */
		c->exited = true;
		c->status = STATUS_LOST;
		return;
	}
	if (info.si_pid != c->pid)
		return;
	/* While the zombie holds the number, the group can be nobody else's. */
	if (c->timed_out || c->opt.alone)
		kill(-c->pid, SIGKILL);
	c->exited = waitpid(c->pid, &c->status, 0) == c->pid;
}

#define POLL_STEP (20 * SH_MS) /* where the kernel has no pidfd */

static void come_back(int64_t *until, int64_t at)
{
	if (at && (!*until || at < *until))
		*until = at;
}

void sh_child_watch(const struct sh_child *c, struct pollfd fds[SH_CHILD_FDS], int64_t *until)
{
	fds[0] = (struct pollfd){ c->in, POLLOUT, 0 };
	fds[1] = (struct pollfd){ c->out, POLLIN, 0 };
	fds[2] = (struct pollfd){ c->err_fd, POLLIN, 0 };
	fds[3] = (struct pollfd){ c->exited ? -1 : c->pidfd, POLLIN, 0 };
	if (c->exited)
		come_back(until, c->drain_until);
	else if (c->pidfd < 0)
		come_back(until, sh_clock_mono() + POLL_STEP);
	else
		come_back(until, c->kill_at ? c->kill_at : c->deadline);
	if (!c->exited)
		come_back(until, c->give_up_at);
}

int sh_poll_timeout(int64_t until)
{
	int64_t left;

	if (!until)
		return -1;
	left = until - sh_clock_mono();
	if (left <= 0)
		return 0;
	left = (left + SH_MS - 1) / SH_MS;
	return left > INT_MAX ? INT_MAX : (int)left;
}

bool sh_child_turn(struct sh_child *c)
{
	int64_t now;

	if (c->in >= 0)
		sh_child_feed(c);
	if (c->out >= 0)
		drain(c, &c->out, &c->stdout_data);
	if (c->err_fd >= 0)
		drain(c, &c->err_fd, &c->stderr_data);
	reap(c);
	now = sh_clock_mono();
	if (!c->exited && c->give_up_at && now >= c->give_up_at)
		leave_alone(c);
	else if (!c->exited)
		enforce_deadline(c, now);
	else if (!c->drain_until)
		c->drain_until = now + DRAIN_AFTER_EXIT;
	return c->stuck || (c->exited && ((c->out < 0 && c->err_fd < 0) || now >= c->drain_until));
}

int sh_child_wait(struct sh_child *c, struct sh_error *err)
{
	do {
		struct pollfd fds[SH_CHILD_FDS];
		int64_t until = 0;

		sh_child_watch(c, fds, &until);
		if (poll(fds, SH_CHILD_FDS, sh_poll_timeout(until)) < 0 && errno != EINTR)
			return sh_error_sys(err, "cannot poll");
	} while (!sh_child_turn(c));
	return 0;
}

/* To its end, or until it is left alone. */
static void kill_now(struct sh_child *c)
{
	int64_t until = sh_clock_mono() + c->opt.give_up;

	kill(-c->pid, SIGKILL);
	kill(c->pid, SIGKILL);
	while (!c->exited && !c->stuck) {
		pid_t rc = waitpid(c->pid, &c->status, c->opt.give_up ? WNOHANG : 0);

		c->exited = rc == c->pid || (rc < 0 && errno != EINTR);
		if (!c->exited && c->opt.give_up && sh_clock_mono() >= until)
			leave_alone(c);
		else if (rc == 0)
			sh_clock_sleep(SH_MS / 2);
	}
}

bool sh_child_release(struct sh_child *c)
{
	bool killed = c->pid > 0 && (c->timed_out || !c->exited);
	bool left;

	if (c->pid > 0 && !c->exited)
		kill_now(c);
	left = killed && c->opt.give_up && kill(-c->pid, 0) == 0;
	if (c->pid > 0) {
		close_end(&c->in);
		close_end(&c->out);
		close_end(&c->err_fd);
		close_end(&c->gate);
		close_end(&c->pidfd);
	}
	sh_buf_release(&c->stdout_data);
	sh_buf_release(&c->stderr_data);
	c->pid = 0;
	return left;
}

int sh_child_exit_code(const struct sh_child *c)
{
	if (WIFSIGNALED(c->status))
		return 128 + WTERMSIG(c->status);
	return WIFEXITED(c->status) ? WEXITSTATUS(c->status) : 128;
}
