/* SPDX-License-Identifier: MIT */
/* kinds - the functions over time, each defined in its own file and listed in past.c */
#ifndef SH_SERIES_KINDS_H
#define SH_SERIES_KINDS_H

#include "series/past.h"
#include "series/window.h"

/* average.c */
extern const struct sh_window_kind sh_window_avg, sh_window_sum, sh_window_count, sh_window_stddev;
/* extreme.c */
extern const struct sh_window_kind sh_window_min, sh_window_max;
/* rate.c */
extern const struct sh_window_kind sh_window_rate, sh_window_increase, sh_window_delta;

#endif
