/* SPDX-License-Identifier: MIT */
/*
 * stamp - the times with which lines of logs begin
 *
 * What programs are known to write: RFC 3339 and its looser kin, syslog's without
 * a year, those of Apache, nginx, Redis, PostgreSQL, glog, Java and Python, and
 * seconds since the epoch. A time without zone is local time; one without a year
 * is the latest that is not more than a day ahead of the clock.
 */
#ifndef SH_COLLECT_LOG_STAMP_H
#define SH_COLLECT_LOG_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Zeroed at first. What was worked out of the time zone is kept from line to line. */
struct sh_stamp_clock {
	int64_t now;     /* ns; 0: the clock */
	bool known;      /* the offset of the quarter of an hour of local time looked up last */
	int64_t quarter, offset;
};

/* How many bytes of TEXT are a time, brackets around it and the blanks behind included; 0 none. */
size_t sh_stamp_parse(struct sh_stamp_clock *clock, struct sh_span text, int64_t *time);
/* Only "Mmm dd hh:mm:ss", with a year or fraction or without: what syslog writes. */
size_t sh_stamp_parse_bsd(struct sh_stamp_clock *clock, struct sh_span text, int64_t *time);

#endif
