/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/halt.h"

#include <signal.h>

#include "base/clock.h"

#define LOOK_AGAIN (100 * SH_MS)

void sh_halt_prepare(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

bool sh_halt_asked(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) == 1;
}

bool sh_halt_sleep(int64_t ns)
{
	int64_t end = sh_clock_mono() + ns;

	while (!sh_halt_asked()) {
		int64_t left = end - sh_clock_mono();

		if (left <= 0)
			return false;
		sh_clock_sleep(left < LOOK_AGAIN ? left : LOOK_AGAIN);
	}
	return true;
}

void sh_halt_tell(pid_t pid)
{
	if (kill(-pid, SIGUSR1) < 0)
		kill(pid, SIGUSR1);
}
