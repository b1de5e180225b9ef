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
/* quantile.c */
extern const struct sh_past_kind sh_past_quantile, sh_past_median, sh_past_mad;
/* rate.c */
extern const struct sh_window_kind sh_window_rate, sh_window_increase, sh_window_delta;
/* line.c */
extern const struct sh_window_kind sh_window_deriv, sh_window_predict_linear;
/* changes.c */
extern const struct sh_window_kind sh_window_changes, sh_window_resets, sh_window_changed;
/* latest.c */
extern const struct sh_past_kind sh_past_previous, sh_past_last, sh_past_age, sh_past_absent,
	sh_past_irate, sh_past_idelta;
/* anomaly.c */
extern const struct sh_past_kind sh_past_anomaly;
/* far.c */
extern const struct sh_past_kind sh_past_level;
/* entity.c */
extern const struct sh_past_kind sh_past_entity_level;
/* time_to.c, forecast.c, trend.c, deviation.c */
extern const struct sh_past_kind sh_past_time_to, sh_past_forecast, sh_past_trend, sh_past_deviation;

#endif
