/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/alarm.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

int sh_alarm_init(struct sh_alarm *a, struct sh_error *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &a->before);
	a->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	a->timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (a->signals >= 0 && a->timer >= 0)
		return 0;
	sh_error_set_(err, SH_ERRC_SYSTEM, -1, "cannot make a timer");
	sh_alarm_release(a);
	return -1;
}

void sh_alarm_release(struct sh_alarm *a)
{
	struct signalfd_siginfo heeded;

	/* What asked us to stop is done with; unblocked, it would end the program. */
	while (a->signals >= 0 && read(a->signals, &heeded, sizeof(heeded)) > 0)
		;
	if (a->signals >= 0)
		close(a->signals);
	if (a->timer >= 0)
		close(a->timer);
	a->signals = a->timer = -1;
	sigprocmask(SIG_SETMASK, &a->before, NULL);
}

/* Set for a time of day; the kernel wakes us too when the clock is set. */
static int set_timer(const struct sh_alarm *a, int64_t until, struct sh_error *err)
{
	struct itimerspec spec = { 0 };

	spec.it_value.tv_sec = (time_t)(until / SH_SEC);
	spec.it_value.tv_nsec = (long)(until % SH_SEC);
	if (until <= 0)
		spec.it_value.tv_nsec = 1; /* zero would disarm it */
	if (timerfd_settime(a->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, NULL) < 0)
		return sh_error_sys(err, "cannot set a timer");
	return 0;
}

int sh_alarm_wait(struct sh_alarm *a, int64_t until, struct sh_error *err)
{
	struct pollfd fds[2] = { { a->signals, POLLIN, 0 }, { a->timer, POLLIN, 0 } };

	if (set_timer(a, until, err) < 0)
		return -1;
	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return sh_error_sys(err, "cannot wait");
	return fds[0].revents ? 1 : 0;
}

bool sh_alarm_is_stop(const struct sh_alarm *a)
{
	struct pollfd fd = { a->signals, POLLIN, 0 };

	return poll(&fd, 1, 0) > 0;
}
