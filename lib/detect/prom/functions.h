/* SPDX-License-Identifier: MIT */
/* functions - the names of PromQL: functions with their signatures, and aggregations */
#ifndef SH_DETECT_PROM_FUNCTIONS_H
#define SH_DETECT_PROM_FUNCTIONS_H

#include <stdbool.h>

#include "base/span.h"

enum sh_prom_type { SH_PROM_SCALAR, SH_PROM_VECTOR, SH_PROM_MATRIX, SH_PROM_TEXT };

/* "scalar", "instant vector", "range vector", "string" */
const char *sh_prom_type_name(enum sh_prom_type type);

enum sh_prom_fn {
	SH_PROM_FN_ABS, SH_PROM_FN_ABSENT, SH_PROM_FN_ABSENT_OVER_TIME, SH_PROM_FN_ACOS,
	SH_PROM_FN_ACOSH, SH_PROM_FN_ASIN, SH_PROM_FN_ASINH, SH_PROM_FN_ATAN, SH_PROM_FN_ATANH,
	SH_PROM_FN_AVG_OVER_TIME, SH_PROM_FN_CEIL, SH_PROM_FN_CHANGES, SH_PROM_FN_CLAMP,
	SH_PROM_FN_CLAMP_MAX, SH_PROM_FN_CLAMP_MIN, SH_PROM_FN_COS, SH_PROM_FN_COSH,
	SH_PROM_FN_COUNT_OVER_TIME, SH_PROM_FN_DAY_OF_MONTH, SH_PROM_FN_DAY_OF_WEEK,
	SH_PROM_FN_DAY_OF_YEAR, SH_PROM_FN_DAYS_IN_MONTH, SH_PROM_FN_DEG, SH_PROM_FN_DELTA,
	SH_PROM_FN_DERIV, SH_PROM_FN_EXP, SH_PROM_FN_FLOOR, SH_PROM_FN_HISTOGRAM_QUANTILE,
	SH_PROM_FN_HOUR, SH_PROM_FN_IDELTA, SH_PROM_FN_INCREASE, SH_PROM_FN_IRATE,
	SH_PROM_FN_LABEL_JOIN, SH_PROM_FN_LABEL_REPLACE, SH_PROM_FN_LAST_OVER_TIME, SH_PROM_FN_LN,
	SH_PROM_FN_LOG10, SH_PROM_FN_LOG2, SH_PROM_FN_MAX_OVER_TIME, SH_PROM_FN_MIN_OVER_TIME,
	SH_PROM_FN_MINUTE, SH_PROM_FN_MONTH, SH_PROM_FN_PI, SH_PROM_FN_PREDICT_LINEAR,
	SH_PROM_FN_PRESENT_OVER_TIME, SH_PROM_FN_QUANTILE_OVER_TIME, SH_PROM_FN_RAD,
	SH_PROM_FN_RATE, SH_PROM_FN_RESETS, SH_PROM_FN_ROUND, SH_PROM_FN_SCALAR, SH_PROM_FN_SGN,
	SH_PROM_FN_SIN, SH_PROM_FN_SINH, SH_PROM_FN_SMOOTH, SH_PROM_FN_SORT, SH_PROM_FN_SORT_DESC,
	SH_PROM_FN_SQRT, SH_PROM_FN_STDDEV_OVER_TIME, SH_PROM_FN_STDVAR_OVER_TIME,
	SH_PROM_FN_SUM_OVER_TIME, SH_PROM_FN_TAN, SH_PROM_FN_TANH, SH_PROM_FN_TIME,
	SH_PROM_FN_TIMESTAMP, SH_PROM_FN_VECTOR, SH_PROM_FN_YEAR,
};

#define SH_PROM_MAX_ARGS 5

struct sh_prom_function {
	const char *name;
	enum sh_prom_fn fn;
	enum sh_prom_type gives;
	int min_args, max_args; /* -1: any number of the last type */
	enum sh_prom_type takes[SH_PROM_MAX_ARGS];
};

/* NULL when there is none of this name. */
const struct sh_prom_function *sh_prom_function_find(struct sh_span name);

enum sh_prom_aggregate {
	SH_PROM_SUM, SH_PROM_AVG, SH_PROM_COUNT, SH_PROM_MIN, SH_PROM_MAX, SH_PROM_GROUP,
	SH_PROM_STDDEV, SH_PROM_STDVAR,
	SH_PROM_TOPK, SH_PROM_BOTTOMK, SH_PROM_COUNT_VALUES, SH_PROM_QUANTILE, /* with a parameter */
};

/* False when it is none; case does not count. */
bool sh_prom_aggregate_find(struct sh_span name, enum sh_prom_aggregate *out);
const char *sh_prom_aggregate_name(enum sh_prom_aggregate a);

#endif
