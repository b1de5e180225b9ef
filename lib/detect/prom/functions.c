/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/functions.h"

#include <strings.h>

#define S SH_PROM_SCALAR
#define V SH_PROM_VECTOR
#define M SH_PROM_MATRIX
#define T SH_PROM_TEXT

static const struct sh_prom_function table[] = {
	{ "abs", SH_PROM_FN_ABS, V, 1, 1, { V } },
	{ "absent", SH_PROM_FN_ABSENT, V, 1, 1, { V } },
	{ "absent_over_time", SH_PROM_FN_ABSENT_OVER_TIME, V, 1, 1, { M } },
	{ "acos", SH_PROM_FN_ACOS, V, 1, 1, { V } },
	{ "acosh", SH_PROM_FN_ACOSH, V, 1, 1, { V } },
	{ "asin", SH_PROM_FN_ASIN, V, 1, 1, { V } },
	{ "asinh", SH_PROM_FN_ASINH, V, 1, 1, { V } },
	{ "atan", SH_PROM_FN_ATAN, V, 1, 1, { V } },
	{ "atanh", SH_PROM_FN_ATANH, V, 1, 1, { V } },
	{ "avg_over_time", SH_PROM_FN_AVG_OVER_TIME, V, 1, 1, { M } },
	{ "ceil", SH_PROM_FN_CEIL, V, 1, 1, { V } },
	{ "changes", SH_PROM_FN_CHANGES, V, 1, 1, { M } },
	{ "clamp", SH_PROM_FN_CLAMP, V, 3, 3, { V, S, S } },
	{ "clamp_max", SH_PROM_FN_CLAMP_MAX, V, 2, 2, { V, S } },
	{ "clamp_min", SH_PROM_FN_CLAMP_MIN, V, 2, 2, { V, S } },
	{ "cos", SH_PROM_FN_COS, V, 1, 1, { V } },
	{ "cosh", SH_PROM_FN_COSH, V, 1, 1, { V } },
	{ "count_over_time", SH_PROM_FN_COUNT_OVER_TIME, V, 1, 1, { M } },
	{ "day_of_month", SH_PROM_FN_DAY_OF_MONTH, V, 0, 1, { V } },
	{ "day_of_week", SH_PROM_FN_DAY_OF_WEEK, V, 0, 1, { V } },
	{ "day_of_year", SH_PROM_FN_DAY_OF_YEAR, V, 0, 1, { V } },
	{ "days_in_month", SH_PROM_FN_DAYS_IN_MONTH, V, 0, 1, { V } },
	{ "deg", SH_PROM_FN_DEG, V, 1, 1, { V } },
	{ "delta", SH_PROM_FN_DELTA, V, 1, 1, { M } },
	{ "deriv", SH_PROM_FN_DERIV, V, 1, 1, { M } },
	{ "double_exponential_smoothing", SH_PROM_FN_SMOOTH, V, 3, 3, { M, S, S } },
	{ "exp", SH_PROM_FN_EXP, V, 1, 1, { V } },
	{ "floor", SH_PROM_FN_FLOOR, V, 1, 1, { V } },
	{ "histogram_quantile", SH_PROM_FN_HISTOGRAM_QUANTILE, V, 2, 2, { S, V } },
	{ "holt_winters", SH_PROM_FN_SMOOTH, V, 3, 3, { M, S, S } },
	{ "hour", SH_PROM_FN_HOUR, V, 0, 1, { V } },
	{ "idelta", SH_PROM_FN_IDELTA, V, 1, 1, { M } },
	{ "increase", SH_PROM_FN_INCREASE, V, 1, 1, { M } },
	{ "irate", SH_PROM_FN_IRATE, V, 1, 1, { M } },
	{ "label_join", SH_PROM_FN_LABEL_JOIN, V, 3, -1, { V, T, T, T } },
	{ "label_replace", SH_PROM_FN_LABEL_REPLACE, V, 5, 5, { V, T, T, T, T } },
	{ "last_over_time", SH_PROM_FN_LAST_OVER_TIME, V, 1, 1, { M } },
	{ "ln", SH_PROM_FN_LN, V, 1, 1, { V } },
	{ "log10", SH_PROM_FN_LOG10, V, 1, 1, { V } },
	{ "log2", SH_PROM_FN_LOG2, V, 1, 1, { V } },
	{ "max_over_time", SH_PROM_FN_MAX_OVER_TIME, V, 1, 1, { M } },
	{ "min_over_time", SH_PROM_FN_MIN_OVER_TIME, V, 1, 1, { M } },
	{ "minute", SH_PROM_FN_MINUTE, V, 0, 1, { V } },
	{ "month", SH_PROM_FN_MONTH, V, 0, 1, { V } },
	{ "pi", SH_PROM_FN_PI, S, 0, 0, { S } },
	{ "predict_linear", SH_PROM_FN_PREDICT_LINEAR, V, 2, 2, { M, S } },
	{ "present_over_time", SH_PROM_FN_PRESENT_OVER_TIME, V, 1, 1, { M } },
	{ "quantile_over_time", SH_PROM_FN_QUANTILE_OVER_TIME, V, 2, 2, { S, M } },
	{ "rad", SH_PROM_FN_RAD, V, 1, 1, { V } },
	{ "rate", SH_PROM_FN_RATE, V, 1, 1, { M } },
	{ "resets", SH_PROM_FN_RESETS, V, 1, 1, { M } },
	{ "round", SH_PROM_FN_ROUND, V, 1, 2, { V, S } },
	{ "scalar", SH_PROM_FN_SCALAR, S, 1, 1, { V } },
	{ "sgn", SH_PROM_FN_SGN, V, 1, 1, { V } },
	{ "sin", SH_PROM_FN_SIN, V, 1, 1, { V } },
	{ "sinh", SH_PROM_FN_SINH, V, 1, 1, { V } },
	{ "sort", SH_PROM_FN_SORT, V, 1, 1, { V } },
	{ "sort_desc", SH_PROM_FN_SORT_DESC, V, 1, 1, { V } },
	{ "sqrt", SH_PROM_FN_SQRT, V, 1, 1, { V } },
	{ "stddev_over_time", SH_PROM_FN_STDDEV_OVER_TIME, V, 1, 1, { M } },
	{ "stdvar_over_time", SH_PROM_FN_STDVAR_OVER_TIME, V, 1, 1, { M } },
	{ "sum_over_time", SH_PROM_FN_SUM_OVER_TIME, V, 1, 1, { M } },
	{ "tan", SH_PROM_FN_TAN, V, 1, 1, { V } },
	{ "tanh", SH_PROM_FN_TANH, V, 1, 1, { V } },
	{ "time", SH_PROM_FN_TIME, S, 0, 0, { S } },
	{ "timestamp", SH_PROM_FN_TIMESTAMP, V, 1, 1, { V } },
	{ "vector", SH_PROM_FN_VECTOR, V, 1, 1, { S } },
	{ "year", SH_PROM_FN_YEAR, V, 0, 1, { V } },
};

static const char *const aggregates[] = {
	"sum", "avg", "count", "min", "max", "group", "stddev", "stdvar",
	"topk", "bottomk", "count_values", "quantile",
};

const char *sh_prom_type_name(enum sh_prom_type type)
{
	static const char *const names[] = { "scalar", "instant vector", "range vector", "string" };

	return names[type];
}

const struct sh_prom_function *sh_prom_function_find(struct sh_span name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (sh_span_is(name, table[i].name))
			return &table[i];
	return NULL;
}

bool sh_prom_aggregate_find(struct sh_span name, enum sh_prom_aggregate *out)
{
	for (size_t i = 0; i < sizeof(aggregates) / sizeof(aggregates[0]); i++)
		if (strlen(aggregates[i]) == name.len &&
		    !strncasecmp(name.p, aggregates[i], name.len)) {
			*out = (enum sh_prom_aggregate)i;
			return true;
		}
	return false;
}

const char *sh_prom_aggregate_name(enum sh_prom_aggregate a)
{
	return aggregates[a];
}
