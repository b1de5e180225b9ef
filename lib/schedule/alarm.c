/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/alarm.h"

#include <errno.h>
#include <sys/epoll.h>
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
	a->epoll = epoll_create1(EPOLL_CLOEXEC);
	a->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	a->timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	a->boot = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (a->epoll >= 0 && a->signals >= 0 && a->timer >= 0 && a->boot >= 0 &&
	    sh_alarm_add(a, a->signals, false, err) == 0 && sh_alarm_add(a, a->timer, false, err) == 0 &&
	    sh_alarm_add(a, a->boot, false, err) == 0)
		return 0;
	sh_error_set_(err, SH_ERRC_SYSTEM, -1, "cannot make a timer");
	sh_alarm_release(a);
	return -1;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void sh_alarm_release(struct sh_alarm *a)
{
	struct signalfd_siginfo heeded;

	/* What asked us to stop is done with; unblocked, it would end the program. */
	while (a->signals >= 0 && read(a->signals, &heeded, sizeof(heeded)) > 0)
		;
	close_one(&a->signals);
	close_one(&a->timer);
	close_one(&a->boot);
	close_one(&a->epoll);
	sigprocmask(SIG_SETMASK, &a->before, NULL);
}

int sh_alarm_add(const struct sh_alarm *a, int fd, bool for_writing, struct sh_error *err)
{
	struct epoll_event event = { .events = for_writing ? EPOLLOUT : EPOLLIN, .data.fd = fd };

	if (fd >= 0 && epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &event) < 0 && errno != EEXIST)
		return sh_error_sys(err, "cannot watch a descriptor");
	return 0;
}

static int set_timer(int fd, int flags, int64_t until, struct sh_error *err)
{
	struct itimerspec spec = { 0 };

	spec.it_value.tv_sec = (time_t)(until / SH_SEC);
	spec.it_value.tv_nsec = (long)(until % SH_SEC);
	if (until <= 0)
		spec.it_value.tv_nsec = 1; /* zero would disarm it */
	if (timerfd_settime(fd, flags, &spec, NULL) < 0)
		return sh_error_sys(err, "cannot set a timer");
	return 0;
}

/* The kernel wakes us too when the clock is set. */
int sh_alarm_set(const struct sh_alarm *a, int64_t until, int64_t boot, struct sh_error *err)
{
	if (set_timer(a->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, until, err) < 0)
		return -1;
	return set_timer(a->boot, TFD_TIMER_ABSTIME, boot ? boot : INT64_MAX, err);
}

void sh_alarm_heard(const struct sh_alarm *a)
{
	uint64_t times;

	/* ECANCELED, when the clock was set, is as good as a ring. */
	while (read(a->timer, &times, sizeof(times)) > 0)
		;
	while (read(a->boot, &times, sizeof(times)) > 0)
		;
}

int sh_alarm_wait(const struct sh_alarm *a, struct sh_error *err)
{
	struct epoll_event event;

	while (epoll_wait(a->epoll, &event, 1, -1) < 0)
		if (errno != EINTR)
			return sh_error_sys(err, "cannot wait");
	sh_alarm_heard(a);
	return 0;
}

bool sh_alarm_is_stop(const struct sh_alarm *a)
{
	struct signalfd_siginfo heeded;

	return read(a->signals, &heeded, sizeof(heeded)) > 0;
}
