/* SPDX-License-Identifier: MIT */
/*
 * leap - whether a time far ahead is the time
 *
 * What is decided by time goes by the largest time of a record; so one host with
 * its clock in another year must not take all others there. A time more than a day
 * ahead is believed once a record of another host says as much, with none of the
 * usual time between them; where there is one host only, or a thousand records in a
 * row agree, it may be the same host.
 */
#ifndef SH_RECORD_LEAP_H
#define SH_RECORD_LEAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct sh_leap {
	int64_t time;   /* the least that was said and not yet believed */
	uint64_t host;  /* digest of the name of who said it first */
	uint64_t only;  /* of the one host that ever moved the time, 0 none yet */
	uint64_t many;  /* 1: there was another */
	uint64_t count; /* records in a row; 0: there is nothing to believe */
};

/* What the time is when HOST says TIME and it was NOW (0 not known); NOW when it is not believed. */
int64_t sh_leap_time(struct sh_leap *l, int64_t now, int64_t time, struct sh_span host);

#endif
