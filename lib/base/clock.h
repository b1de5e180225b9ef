/* SPDX-License-Identifier: MIT */
/*
 * clock - instants and durations
 *
 * Instants are int64_t nanoseconds since the epoch, UTC; durations int64_t
 * nanoseconds. Text: RFC 3339 in and out (6 decimals, Z), durations as integer
 * and unit (ms s m h d w), several in a row ("1h30m"). Parsers return 0 or a
 * negative errno.
 */
#ifndef SH_BASE_CLOCK_H
#define SH_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define SH_MS  INT64_C(1000000)
#define SH_SEC INT64_C(1000000000)
#define SH_MIN (60 * SH_SEC)
#define SH_HOUR (60 * SH_MIN)
#define SH_DAY (24 * SH_HOUR)

#define SH_TIME_TEXT 40     /* bytes for sh_time_format */
#define SH_DURATION_TEXT 32 /* bytes for sh_duration_format */
#define SH_BOOT_ID_TEXT 37

int64_t sh_clock_wall(void);
int64_t sh_clock_mono(void); /* since the machine was started, asleep or not */
int64_t sh_clock_awake(void); /* the same without the time it slept */
/*
 * A time of a file as ns. Who may set it may set any year: what does not fit is the
 * first or the last instant that does.
 */
int64_t sh_clock_of(struct timespec t);
/* Seconds since then, whatever the year. */
double sh_clock_age(struct timespec t);
/* The kernel's boot id, "" where it cannot be read. */
void sh_clock_boot_id(char out[SH_BOOT_ID_TEXT]);

/* RFC 3339 with any offset and 0 to 9 decimals, years 1970 to 2261. LEN bytes, no NUL needed. */
int sh_time_parse(const char *s, size_t len, int64_t *out);
/* "2026-11-21T01:02:03.000004Z"; returns the length. Nanoseconds below a microsecond are cut. */
size_t sh_time_format(char out[SH_TIME_TEXT], int64_t t);

int sh_duration_parse(const char *s, size_t len, int64_t *out);
/*
 * In days to milliseconds: "90s" is "1m30s", "500ms", "0s". What is left below a
 * millisecond is cut, but less than one in all is said: "0.250000ms".
 */
size_t sh_duration_format(char out[SH_DURATION_TEXT], int64_t d);

/* Sleep at least D; signals do not end it early. */
void sh_clock_sleep(int64_t d);

#endif
