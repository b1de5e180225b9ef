/* SPDX-License-Identifier: MIT */
/*
 * forbidden TRIAL... - try what a confined process may not do
 * forbidden --confined DIR TRIAL... - first be confined as sh-detect is with DIR for its state
 *
 * Writes one JSON object: each trial with "ok" or the name of its error. A trial is
 *
 *   write=PATH      open the file for writing, made where it is missing
 *   append=PATH     the same of one that is there
 *   read=PATH       open it for reading
 *   remove=PATH
 *   connect=PORT    to 127.0.0.1
 *   unix            make a local socket
 *   trace=PID       attach to the process and let go of it
 *   look=PID        read the link /proc/PID/exe
 *   signal=PID      signal 0
 *   mount           a tmpfs over /nonexistent
 *   unshare         a user namespace
 *   clone           a process in a user namespace, by clone(2)
 *   execute         /bin/true
 *   setuid          become root
 *   clock           set it to what it is
 *   swap            swapoff of /nonexistent
 *   module          a module of no bytes
 *   memory=MIB      allocate so much
 *   uid             writes the effective user instead
 *   cap=N           whether capability N is in the effective set
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/confine.h"

static int opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd >= 0)
		close(fd);
	return fd;
}

static int connects(const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((in_port_t)atoi(port)),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&to, sizeof(to));
}

static int traces(const char *pid)
{
	pid_t p = (pid_t)atoi(pid);

	if (ptrace(PTRACE_SEIZE, p, 0, 0) < 0)
		return -1;
	ptrace(PTRACE_INTERRUPT, p, 0, 0);
	waitpid(p, NULL, __WALL);
	ptrace(PTRACE_DETACH, p, 0, 0);
	return 0;
}

static int looks(const char *pid)
{
	char path[64], target[4096];

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	return (int)readlink(path, target, sizeof(target));
}

static int clones(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : waitpid((pid_t)pid, NULL, 0);
}

static int executes(void)
{
	int end[2], error = 0;
	pid_t pid;

	if (pipe2(end, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		error = errno;
		_exit(write(end[1], &error, sizeof(error)) < 0);
	}
	close(end[1]);
	if (read(end[0], &error, sizeof(error)) == 0)
		error = 0;
	waitpid(pid, NULL, 0);
	errno = error;
	return error ? -1 : 0;
}

static int sets_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return clock_settime(CLOCK_REALTIME, &now);
}

static int allocates(const char *mib)
{
	size_t len = (size_t)strtoul(mib, NULL, 10) << 20;
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : munmap(p, len);
}

static int has_capability(int number)
{
	unsigned long long set = 0;
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &set) == 1)
			break;
	if (f)
		fclose(f);
	errno = EPERM;
	return set >> number & 1 ? 0 : -1;
}

static int try(const char *trial, const char *with)
{
	if (!strcmp(trial, "write"))
		return opens(with, O_WRONLY | O_CREAT);
	if (!strcmp(trial, "append"))
		return opens(with, O_WRONLY | O_APPEND);
	if (!strcmp(trial, "read"))
		return opens(with, O_RDONLY);
	if (!strcmp(trial, "remove"))
		return unlink(with);
	if (!strcmp(trial, "connect"))
		return connects(with);
	if (!strcmp(trial, "unix"))
		return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!strcmp(trial, "trace"))
		return traces(with);
	if (!strcmp(trial, "look"))
		return looks(with);
	if (!strcmp(trial, "signal"))
		return kill((pid_t)atoi(with), 0);
	if (!strcmp(trial, "mount"))
		return mount("tmpfs", "/nonexistent", "tmpfs", 0, NULL);
	if (!strcmp(trial, "unshare"))
		return unshare(CLONE_NEWUSER);
	if (!strcmp(trial, "clone"))
		return clones();
	if (!strcmp(trial, "execute"))
		return executes();
	if (!strcmp(trial, "setuid"))
		return setuid(0);
	if (!strcmp(trial, "clock"))
		return sets_clock();
	if (!strcmp(trial, "swap"))
		return swapoff("/nonexistent");
	if (!strcmp(trial, "module"))
		return (int)syscall(SYS_init_module, "", 0, "");
	if (!strcmp(trial, "memory"))
		return allocates(with);
	if (!strcmp(trial, "cap"))
		return has_capability(atoi(with));
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	int first = 1;

	if (argc > 2 && !strcmp(argv[1], "--confined")) {
		const char *const write[] = { argv[2], NULL };

		if (sh_confine_self(write, false))
			return 77;
		first = 3;
	}
	printf("{");
	for (int i = first; i < argc; i++) {
		char *trial = argv[i], *with = strchr(trial, '=');

		if (with)
			*with++ = '\0';
		printf("%s\"%s\":", i > first ? "," : "", trial);
		if (!strcmp(trial, "uid"))
			printf("%d", (int)geteuid());
		else
			printf("\"%s\"", try(trial, with ? with : "") < 0 ? strerrorname_np(errno) : "ok");
	}
	printf("}\n");
	return 0;
}
