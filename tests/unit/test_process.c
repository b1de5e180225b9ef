/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/process.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define SHELL(script) ((const char *const[]){ "/bin/sh", "-c", script, NULL })

/* Run to the end; the caller releases. */
static int64_t run(struct sh_child *c, const struct sh_child_options *opt)
{
	struct sh_error err = SH_ERROR_INIT;
	int64_t start = sh_clock_mono();

	if (sh_child_start(c, opt, &err) < 0 || sh_child_wait(c, &err) < 0)
		diag("%s", err.text);
	return sh_clock_mono() - start;
}

static void outcomes(void)
{
	static const struct {
		const char *script;
		int code;
		const char *out, *err;
	} cases[] = {
		{ "exit 0", 0, "", "" },
		{ "exit 7", 7, "", "" },
		{ "kill -9 $$", 137, "", "" },
		{ "printf out; printf err >&2", 0, "out", "err" },
		{ "cat", 0, "", "" },
		{ "echo $PATH $LC_ALL $HOME-", 0, "/usr/sbin:/usr/bin:/sbin:/bin C -\n", "" },
		{ "trap", 0, "", "" },
		{ "ls /proc/self/fd | head -n -1 | tr '\\n' ' '", 0, "0 1 2 ", "" },
		{ "test $(cut -d' ' -f5 /proc/$$/stat) = $$", 0, "", "" },
		/* 32 and 33 are the C library's own; posix_spawn of a parent may leave them ignored. */
		{ "grep -c 'SigIgn:.0000000[01][08]0000000$' /proc/self/status", 0, "1\n", "" },
	};
	int stray = dup(1); /* not close-on-exec, as a careless parent would leave it */

	signal(SIGPIPE, SIG_IGN);
	unsetenv("TZ");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_child_options opt = { .argv = SHELL(cases[i].script) };
		struct sh_child c;

		run(&c, &opt);
		OK(sh_child_exit_code(&c) == cases[i].code &&
		   !strcmp(sh_buf_str(&c.stdout_data), cases[i].out) &&
		   !strcmp(sh_buf_str(&c.stderr_data), cases[i].err),
		   "%s: %d, '%s'", cases[i].script, sh_child_exit_code(&c),
		   c.stdout_data.len ? "printed" : "silent");
		sh_child_release(&c);
	}
	signal(SIGPIPE, SIG_DFL);
	close(stray);
}

static void not_run(void)
{
	static const struct {
		const char *path;
		int code;
	} cases[] = { { "/nonexistent", 127 }, { "/etc/passwd", 126 }, { "/etc/passwd/x", 127 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const argv[] = { cases[i].path, NULL };
		struct sh_child_options opt = { .argv = argv };
		struct sh_child c;

		run(&c, &opt);
		OK(sh_child_exit_code(&c) == cases[i].code, "exec of %s: %d", cases[i].path,
		   sh_child_exit_code(&c));
		sh_child_release(&c);
	}
}

static void environment(void)
{
	const char *const envp[] = { "A=b", NULL };
	struct sh_child_options opt = { .argv = SHELL("echo $A$LC_ALL"), .envp = envp };
	struct sh_child c;

	run(&c, &opt);
	OK(!strcmp(sh_buf_str(&c.stdout_data), "b\n"), "a given environment is all there is");
	sh_child_release(&c);
	setenv("TZ", "Asia/Tokyo", 1);
	opt = (struct sh_child_options){ .argv = SHELL("echo $TZ") };
	run(&c, &opt);
	OK(!strcmp(sh_buf_str(&c.stdout_data), "Asia/Tokyo\n"), "the time zone is kept");
	sh_child_release(&c);
	setenv("TZ", "UTC", 1);
}

static void standard_input(void)
{
	static char big[300000];
	struct sh_child_options opt = { .argv = SHELL("wc -c"), .stdin_data = big,
					.stdin_len = sizeof(big) };
	struct sh_child c;

	memset(big, 'x', sizeof(big));
	run(&c, &opt);
	OK(!strcmp(sh_buf_str(&c.stdout_data), "300000\n"), "more input than a pipe holds");
	sh_child_release(&c);
	opt.argv = SHELL("exec 0<&-; sleep 0.1");
	run(&c, &opt);
	OK(c.exited && sh_child_exit_code(&c) == 0,
	   "a child that does not read does not kill us by SIGPIPE");
	sh_child_release(&c);
	opt.argv = SHELL("cat");
	opt.max_output = 1000;
	run(&c, &opt);
	OK(c.stdout_data.len == 1000 && c.truncated && sh_child_exit_code(&c) == 0,
	   "output is cut at its limit and still read to the end");
	sh_child_release(&c);
	opt = (struct sh_child_options){ .argv = SHELL("exec yes"), .timeout = 20 * SH_SEC,
					 .max_output = 100000, .enough = true };
	run(&c, &opt);
	OK(c.stdout_data.len == 100000 && c.truncated && !c.timed_out && WIFSIGNALED(c.status) &&
	   WTERMSIG(c.status) == SIGPIPE, "endless output ends when there is enough of it");
	sh_child_release(&c);
	opt = (struct sh_child_options){ .argv = SHELL("cat"), .stdin_data = "", .stdin_len = 0 };
	run(&c, &opt);
	OK(c.exited && c.stdout_data.len == 0, "empty input ends at once");
	sh_child_release(&c);
}

static bool is_gone(pid_t pid)
{
	for (int i = 0; i < 50; i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_process_id id;

		if (sh_process_identify(pid, &id, &err) < 0 || !sh_process_is_alive(&id))
			return true;
		sh_clock_sleep(20 * SH_MS);
	}
	return false;
}

static void deadlines(void)
{
	static const struct {
		const char *what, *script;
		int code;
		int64_t least, most; /* ms */
	} cases[] = {
		{ "ends by TERM", "echo 0; exec sleep 30", 143, 100, 400 },
		{ "ignores TERM", "trap '' TERM; echo 0; while :; do sleep 1; done", 137, 300, 900 },
		{ "is stopped", "echo 0; kill -STOP $$; exec sleep 30", 143, 100, 400 },
		{ "leaves a grandchild that ignores TERM",
		  "sh -c 'trap \"\" TERM; echo $$; sleep 30; sleep 30' & wait", 143, 100, 800 },
		{ "closes its outputs", "echo 0; exec >&- 2>&-; exec sleep 30", 143, 100, 400 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_child_options opt = { .argv = SHELL(cases[i].script),
						.timeout = 150 * SH_MS, .kill_after = 200 * SH_MS };
		struct sh_child c;
		int64_t ms = run(&c, &opt) / SH_MS;
		pid_t other = (pid_t)strtol(sh_buf_str(&c.stdout_data), NULL, 10);

		OK(c.timed_out && sh_child_exit_code(&c) == cases[i].code && ms >= cases[i].least,
		   "a child that %s: %d after its deadline", cases[i].what, sh_child_exit_code(&c));
		if (ms > cases[i].most)
			diag("took %" PRId64 " ms", ms);
		OK(is_gone(other > 0 ? other : c.id.pid), "and its group is gone");
		sh_child_release(&c);
	}
}

static void daemons(void)
{
	struct sh_child_options opt = { .argv = SHELL("setsid sleep 30 & echo $!") };
	struct sh_child c;
	int64_t ms = run(&c, &opt) / SH_MS;
	pid_t pid = (pid_t)strtol(sh_buf_str(&c.stdout_data), NULL, 10);

	OK(ms < 5000 && sh_child_exit_code(&c) == 0,
	   "a daemon that keeps our pipes open does not hold us up");
	sh_child_release(&c);
	OK(pid > 0 && kill(pid, 0) == 0, "and lives on");
	if (pid > 0)
		kill(pid, SIGKILL);
}

static void alone(void)
{
	struct sh_child_options opt = { .argv = SHELL("sleep 30 & echo $!"), .alone = true };
	struct sh_child c;
	int64_t ms = run(&c, &opt) / SH_MS;
	pid_t pid = (pid_t)strtol(sh_buf_str(&c.stdout_data), NULL, 10);

	OK(ms < 5000 && sh_child_exit_code(&c) == 0 && pid > 0 && is_gone(pid),
	   "of one that is to be alone nothing is left when it ends");
	sh_child_release(&c);
}

/* Three that each say more than a pipe holds, and one that never ends, awaited together. */
static void together(void)
{
	enum { ALL = 4 };
	struct sh_child c[ALL];
	const char *const *say = SHELL("sleep 0.2; head -c 200000 /dev/zero");
	const char *const *hang = SHELL("exec sleep 30");
	bool done[ALL] = { false };
	struct sh_error err = SH_ERROR_INIT;
	int64_t start = sh_clock_mono();
	int turns = 0;

	for (int i = 0; i < ALL; i++) {
		struct sh_child_options opt = { .argv = i < ALL - 1 ? say : hang,
						.timeout = 400 * SH_MS };

		OK(sh_child_start(&c[i], &opt, &err) == 0, "child %d of several", i);
	}
	for (int left = ALL; left; turns++) {
		struct pollfd fds[ALL * SH_CHILD_FDS];
		int64_t until = 0;
		nfds_t n = 0;

		for (int i = 0; i < ALL; i++)
			if (!done[i])
				sh_child_watch(&c[i], fds + SH_CHILD_FDS * n++, &until);
		if (poll(fds, n * SH_CHILD_FDS, sh_poll_timeout(until)) < 0)
			abort();
		for (int i = 0; i < ALL; i++)
			if (!done[i] && sh_child_turn(&c[i])) {
				done[i] = true;
				left--;
			}
	}
	OK(sh_clock_mono() - start < 3 * SH_SEC && turns < 1000, "took %d turns", turns);
	for (int i = 0; i < ALL - 1; i++)
		OK(c[i].stdout_data.len == 200000 && !c[i].timed_out, "all of child %d", i);
	OK(c[ALL - 1].timed_out, "the deadline of the last is its own");
	for (int i = 0; i < ALL; i++)
		sh_child_release(&c[i]);
}

static void gates(void)
{
	char path[] = "/tmp/test_process.XXXXXX";
	int fd = mkstemp(path);
	char script[64];
	struct sh_error err = SH_ERROR_INIT;
	struct sh_child c;
	struct sh_child_options opt = { .hold = true, .timeout = SH_SEC };
	struct sh_process_id id;

	close(fd);
	snprintf(script, sizeof(script), "rm %s", path);
	opt.argv = SHELL(script);
	OK(sh_child_start(&c, &opt, &err) == 0 && sh_process_is_alive(&c.id), "a held child lives");
	id = c.id;
	sh_clock_sleep(100 * SH_MS);
	OK(access(path, F_OK) == 0, "and does nothing");
	sh_child_release(&c);
	OK(!sh_process_is_alive(&id) && access(path, F_OK) == 0, "given up, it never did anything");

	sh_child_start(&c, &opt, &err);
	OK(sh_child_release_gate(&c, &err) == 0 && sh_child_wait(&c, &err) == 0 &&
	   access(path, F_OK) != 0, "released, it runs");
	sh_child_release(&c);

	sh_child_start(&c, &opt, &err);
	kill(c.pid, SIGKILL);
	is_gone(c.pid);
	OK(sh_child_release_gate(&c, &err) < 0, "one that died while held: %s", err.text);
	sh_child_wait(&c, &err);
	OK(sh_child_exit_code(&c) == 137, "is reported as killed");
	sh_child_release(&c);
	unlink(path);
}

/* The parent of a held child dies: the child must end without a trace. */
static void orphaned_gate(void)
{
	char path[] = "/tmp/test_process.XXXXXX";
	int fd = mkstemp(path), report[2];
	pid_t parent, held = 0;

	close(fd);
	if (pipe2(report, O_CLOEXEC) < 0)
		abort();
	parent = fork();
	if (parent == 0) {
		const char *const argv[] = { "/bin/rm", path, NULL };
		struct sh_child_options opt = { .argv = argv, .hold = true };
		struct sh_error err = SH_ERROR_INIT;
		struct sh_child c;

		sh_child_start(&c, &opt, &err);
		if (write(report[1], &c.pid, sizeof(c.pid)) < 0)
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	if (read(report[0], &held, sizeof(held)) < 0)
		diag("no report");
	waitpid(parent, NULL, 0);
	OK(held > 0 && is_gone(held) && access(path, F_OK) == 0,
	   "a held child whose parent was killed ends without running");
	close(report[0]);
	close(report[1]);
	unlink(path);
}

static void identity(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_process_id id, other;

	OK(sh_process_identify(getpid(), &id, &err) == 0 && sh_process_is_alive(&id), "ourselves");
	other = id;
	other.start++;
	OK(!sh_process_is_alive(&other), "the same number, another start: another process");
	other = id;
	other.boot_id[0] ^= 1;
	OK(!sh_process_is_alive(&other), "another boot: another process");
	OK(sh_process_identify(-1, &other, &err) < 0 && err.code == SH_ERRC_UNAVAILABLE, "no such pid");
	sh_error_clear(&err);
	OK(sh_process_identify(0x3fffffff, &other, &err) < 0 && err.code == SH_ERRC_UNAVAILABLE,
	   "a pid that cannot be: %s", err.text);
}

static void zombies_and_names(void)
{
	struct sh_child_options opt = { .argv = SHELL("exit 0") };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_child c;
	char link[] = "/tmp/a) Z 1 (XXXXXX";

	sh_child_start(&c, &opt, &err);
	OK(is_gone(c.pid), "a zombie is not alive");
	sh_child_wait(&c, &err);
	sh_child_release(&c);
	close(mkstemp(link));
	unlink(link);
	if (symlink("/bin/sleep", link) < 0)
		abort();
	opt.argv = (const char *const[]){ link, "30", NULL };
	sh_child_start(&c, &opt, &err);
	sh_clock_sleep(100 * SH_MS);
	OK(sh_process_is_alive(&c.id), "a name that looks like a state does not confuse");
	unlink(link);
	sh_child_release(&c);
	sh_child_release(&c);
	OK(c.pid == 0, "release may be called twice");
}

int main(void)
{
	outcomes();
	not_run();
	environment();
	standard_input();
	deadlines();
	daemons();
	alone();
	together();
	gates();
	orphaned_gate();
	identity();
	zombies_and_names();
	return plan_done();
}
