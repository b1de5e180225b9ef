/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

struct failure {
	char step[32];
	int sys;
};

/* The environment: the user's own, then what the site adds or replaces. */
static json_t *make_env(const struct sh_spawn *s, const struct passwd *pw, struct sh_error *err)
{
	json_t *env = json_pack("{s:s, s:s}", "PATH",
				"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
				"LANG", "C.UTF-8");
	const char *name;
	json_t *value;

	if (pw) {
		json_object_set_new(env, "HOME", json_string(pw->pw_dir));
		json_object_set_new(env, "USER", json_string(pw->pw_name));
		json_object_set_new(env, "LOGNAME", json_string(pw->pw_name));
		json_object_set_new(env, "SHELL", json_string(pw->pw_shell));
	}
	json_object_foreach((json_t *)(uintptr_t)s->env, name, value) {
		if (!*name || strchr(name, '=') || !json_is_string(value) ||
		    strlen(json_string_value(value)) != json_string_length(value)) {
			sh_error_set_(err, SH_ERRC_INPUT, 0, "'env': '%s' is no name with a text", name);
			json_decref(env);
			return NULL;
		}
		json_object_set(env, name, value);
	}
	return env;
}

static char **env_strings(json_t *env)
{
	char **envp = sh_calloc(json_object_size(env) + 1, sizeof(*envp));
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach(env, name, value)
		if (json_is_string(value))
			envp[n++] = sh_asprintf("%s=%s", name, json_string_value(value));
	return envp;
}

static void free_strings(char **list)
{
	for (char **p = list; p && *p; p++)
		free(*p);
	free(list);
}

static void SH_NORETURN fail(int report, const char *step)
{
	struct failure f = { .sys = errno };

	snprintf(f.step, sizeof(f.step), "%s", step);
	sh_write_all(report, &f, sizeof(f));
	_exit(127);
}

/* The limits that pid 1 gives its children; who may not read them gets rid of what the action lowered. */
static void restore_limits(void)
{
	static const __rlimit_resource_t lowered[] = { RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_AS,
						       RLIMIT_DATA, RLIMIT_NPROC };
	struct rlimit lim;

	for (int r = 0; r < RLIM_NLIMITS; r++)
		if (prlimit(1, (__rlimit_resource_t)r, NULL, &lim) == 0)
			setrlimit((__rlimit_resource_t)r, &lim);
	for (size_t i = 0; i < sizeof(lowered) / sizeof(*lowered); i++) {
		if (geteuid() == 0 || getrlimit(lowered[i], &lim) < 0)
			continue;
		lim.rlim_cur = lim.rlim_max;
		setrlimit(lowered[i], &lim);
	}
}

static void restore_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, 0);
}

static void restore_scheduling(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	setpriority(PRIO_PROCESS, 0, 0);
	syscall(SYS_ioprio_set, 1, 0, 0);
	if (fd >= 0 && write(fd, "0", 1) < 0)
		errno = 0; /* raising our own chances is refused to some; the daemon lives with it */
	if (fd >= 0)
		close(fd);
}

static void become(const struct passwd *pw, int report)
{
	if (!pw || (geteuid() == pw->pw_uid && getuid() == pw->pw_uid && pw->pw_uid != 0))
		return;
	if (initgroups(pw->pw_name, pw->pw_gid) < 0)
		fail(report, "initgroups");
	if (setgid(pw->pw_gid) < 0)
		fail(report, "setgid");
	if (setuid(pw->pw_uid) < 0)
		fail(report, "setuid");
	if (pw->pw_uid != 0 && setuid(0) == 0) {
		errno = EPERM;
		fail(report, "giving up root for good");
	}
}

static void open_streams(const struct sh_spawn *s, int report)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log = s->log ? open(s->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0640)
			 : null;

	if (null < 0 || log < 0)
		fail(report, "opening the log");
	if (dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		fail(report, "dup2");
}

static void SH_NORETURN child(const struct sh_spawn *s, const struct passwd *pw, char **envp,
			      int report)
{
	if (setsid() < 0)
		fail(report, "setsid");
	restore_signals();
	restore_limits();
	restore_scheduling();
	umask(022);
	become(pw, report);
	if (chdir(s->directory ? s->directory : "/") < 0)
		fail(report, "chdir");
	open_streams(s, report);
	if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		for (int fd = 3; fd < 65536; fd++)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	execve(s->argv[0], (char **)(uintptr_t)s->argv, envp);
	fail(report, "exec");
}

static int await_exec(int fd, pid_t pid, const struct sh_spawn *s, struct sh_error *err)
{
	struct failure f;
	ssize_t n;

	do {
		n = read(fd, &f, sizeof(f));
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	errno = n == (ssize_t)sizeof(f) ? f.sys : EIO;
	return sh_error_sys(err, "cannot start '%s': %.31s", s->argv[0],
			    n == (ssize_t)sizeof(f) ? f.step : "no answer");
}

static int start(const struct sh_spawn *s, const struct passwd *pw, char **envp, pid_t *pid,
		 struct sh_error *err)
{
	int report[2], rc;

	if (pipe2(report, O_CLOEXEC) < 0)
		return sh_error_sys(err, "cannot make a pipe");
	*pid = fork();
	if (*pid == 0)
		child(s, pw, envp, report[1]);
	close(report[1]);
	rc = *pid < 0 ? sh_error_sys(err, "cannot fork") : await_exec(report[0], *pid, s, err);
	close(report[0]);
	return rc;
}

int sh_spawn(const struct sh_spawn *s, pid_t *pid, struct sh_error *err)
{
	const struct passwd *pw = s->user ? getpwnam(s->user) : getpwuid(geteuid());
	json_auto_t *env = NULL;
	char **envp;
	int rc;

	if (s->user && !pw)
		return sh_error_set(err, SH_ERRC_CONFIG, "no such user '%s'", s->user);
	env = make_env(s, pw, err);
	if (!env)
		return -1;
	envp = env_strings(env);
	rc = start(s, s->user ? pw : NULL, envp, pid, err);
	free_strings(envp);
	return rc;
}
