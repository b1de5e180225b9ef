/* SPDX-License-Identifier: MIT */
/*
 * alarm - sleep until a time of day, a child speaks, or one is asked to stop
 *
 * A real sleep, no polling: it ends at the time, when the clock is set, when one of
 * the descriptors that were added is ready, or at SIGTERM, SIGINT or SIGHUP, which are
 * blocked for the process from the start.
 */
#ifndef SH_SCHEDULE_ALARM_H
#define SH_SCHEDULE_ALARM_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct sh_alarm {
	int epoll;               /* readable when a wait would end */
	int signals, timer, boot; /* descriptors */
	sigset_t before;         /* the mask that release restores */
};

int sh_alarm_init(struct sh_alarm *a, struct sh_error *err);
void sh_alarm_release(struct sh_alarm *a);
/* Wake for FD too, until it is closed. */
int sh_alarm_add(const struct sh_alarm *a, int fd, bool for_writing, struct sh_error *err);
/*
 * When to wake at the latest: a time of day (INT64_MAX: none) and one of CLOCK_BOOTTIME
 * (0: none).
 */
int sh_alarm_set(const struct sh_alarm *a, int64_t until, int64_t boot, struct sh_error *err);
/* Until then; 0, or -1. */
int sh_alarm_wait(const struct sh_alarm *a, struct sh_error *err);
/* Let the epoll be quiet about timers that have rung. */
void sh_alarm_heard(const struct sh_alarm *a);
/* Whether one was asked to stop since the last call. */
bool sh_alarm_is_stop(const struct sh_alarm *a);

#endif
