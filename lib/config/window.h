/* SPDX-License-Identifier: MIT */
/*
 * window - times that come again: "Sun 02:00-04:00 Europe/Berlin"
 *
 * Days are "daily" or weekdays (Mon to Sun, English) between commas, ranges with
 * "-"; the end 24:00 is midnight, an end that is not after the start is on the next
 * day; the zone is UTC where none is given. Where clocks are put back a window
 * lasts from its first start to its last end.
 */
#ifndef SH_CONFIG_WINDOW_H
#define SH_CONFIG_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct sh_window;

/* SH_ERRC_CONFIG says what is wrong. */
int sh_window_parse(struct sh_window **out, const char *text, struct sh_error *err);
void sh_window_free(struct sh_window *w);
/* Whether T (ns) is in one; *END becomes the end of that. */
bool sh_window_covers(const struct sh_window *w, int64_t t, int64_t *end);
/* When the next one after T (ns) begins; INT64_MAX: none. */
int64_t sh_window_next(const struct sh_window *w, int64_t t);

#endif
