/* SPDX-License-Identifier: MIT */
/*
 * alarm - sleep until a time of day, or until one is asked to stop
 *
 * A real sleep, no polling: it ends at the time, when the clock is set, or at
 * SIGTERM, SIGINT or SIGHUP, which are blocked for the process from the start.
 */
#ifndef SH_SCHEDULE_ALARM_H
#define SH_SCHEDULE_ALARM_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct sh_alarm {
	int signals, timer; /* descriptors */
	sigset_t before;    /* the mask that release restores */
};

int sh_alarm_init(struct sh_alarm *a, struct sh_error *err);
void sh_alarm_release(struct sh_alarm *a);
/* 1 asked to stop, 0 the time has come or the clock was set, -1. INT64_MAX: until asked to stop. */
int sh_alarm_wait(struct sh_alarm *a, int64_t until, struct sh_error *err);
/* Without waiting. */
bool sh_alarm_is_stop(const struct sh_alarm *a);

#endif
