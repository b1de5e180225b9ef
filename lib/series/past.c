/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/past.h"

#include <string.h>

#include "series/kinds.h"

/* In the order of the manual. */
static const struct sh_past_kind *const kinds[] = {
	&sh_window_avg.kind,
	&sh_window_min.kind,
	&sh_window_max.kind,
	&sh_window_sum.kind,
	&sh_window_count.kind,
	&sh_window_stddev.kind,
	&sh_past_quantile,
	&sh_past_median,
	&sh_past_mad,
	&sh_window_rate.kind,
	&sh_window_increase.kind,
	&sh_window_delta.kind,
	&sh_past_irate,
	&sh_past_idelta,
	&sh_window_deriv.kind,
	&sh_window_predict_linear.kind,
	&sh_window_changes.kind,
	&sh_window_resets.kind,
	&sh_window_changed.kind,
	&sh_past_previous,
	&sh_past_last,
	&sh_past_age,
	&sh_past_absent,
	&sh_past_anomaly,
	&sh_past_level,
	&sh_past_entity_level,
	&sh_past_time_to,
	&sh_past_forecast,
	&sh_past_trend,
	&sh_past_deviation,
};

const struct sh_past_kind *sh_past_at(size_t i)
{
	return i < sizeof(kinds) / sizeof(kinds[0]) ? kinds[i] : NULL;
}

const struct sh_past_kind *sh_past_find(const char *name)
{
	const struct sh_past_kind *k;

	for (size_t i = 0; (k = sh_past_at(i)); i++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}
