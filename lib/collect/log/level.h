/* SPDX-License-Identifier: MIT */
/* level - how severe a line of a log says it is: enum sh_severity, or -1 where it says nothing */
#ifndef SH_COLLECT_LOG_LEVEL_H
#define SH_COLLECT_LOG_LEVEL_H

#include <stdint.h>

#include "base/span.h"

/* syslog's 0 (emergency) to 7 (debug). */
int sh_level_syslog(int64_t priority);
/* "ERROR", "warn", "W", in any case; also the numbers of syslog, and of bunyan and pino (10 to 60). */
int sh_level_word(struct sh_span word);
/* The letter of a line that begins with glog's time. */
int sh_level_glog(struct sh_span line);
/*
 * The first word at the beginning of TEXT (its time is gone) that stands where
 * levels stand: in capitals, in brackets, before a colon, or after "level=".
 */
int sh_level_find(struct sh_span text);

#endif
