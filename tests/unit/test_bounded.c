/* SPDX-License-Identifier: MIT */
/* What a child that may hang takes along: nothing, also where the kernel has no close_range(2). */
#include "config.h"

#include "collect/bounded.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/file.h"

#include "tap.h"

/* How many of the descriptors below 1024 are open. */
static int count_open(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void say_open(const void *arg, int fd)
{
	int n = count_open();

	(void)arg;
	if (sh_write_all(fd, &n, sizeof(n)) < 0)
		_exit(1);
}

/* Of a child that is asked; -1 no answer. */
static int ask(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_bounded b;
	pid_t stuck;
	int n = -1;

	if (sh_bounded_start(&b, say_open, NULL, &err) < 0 ||
	    sh_bounded_finish(&b, &n, sizeof(n), sh_clock_mono() + 5 * SH_SEC, &stuck) != sizeof(n))
		return -1;
	return n;
}

/* As a kernel before 5.9 answers, from now on. */
static bool forget_close_range(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int main(void)
{
	int high;

	for (int i = 0; i < 20; i++)
		OK(dup(1) >= 0, "a descriptor that is not close-on-exec");
	high = fcntl(1, F_DUPFD, 1000);
	OK(high >= 1000, "and one far up");
	OK(ask() == 1, "the child holds nothing but its pipe");
	if (!forget_close_range()) {
		tap_skip("a kernel without close_range", "no seccomp: %s", strerror(errno));
		return plan_done();
	}
	OK(ask() == 1, "nor does it where close_range is not known");
	OK(sh_descriptors_close_from(10) == 0 && count_open() <= 10 && fcntl(1, F_GETFD) >= 0,
	   "those below the first stay");
	return plan_done();
}
