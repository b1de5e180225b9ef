/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>

#include "base/clock.h"
#include "detect/prom/operand.h"

static double trigonometry(enum sh_prom_fn fn, double v)
{
	switch (fn) {
	case SH_PROM_FN_ACOS:
		return acos(v);
	case SH_PROM_FN_ACOSH:
		return acosh(v);
	case SH_PROM_FN_ASIN:
		return asin(v);
	case SH_PROM_FN_ASINH:
		return asinh(v);
	case SH_PROM_FN_ATAN:
		return atan(v);
	case SH_PROM_FN_ATANH:
		return atanh(v);
	case SH_PROM_FN_COS:
		return cos(v);
	case SH_PROM_FN_COSH:
		return cosh(v);
	case SH_PROM_FN_SIN:
		return sin(v);
	case SH_PROM_FN_SINH:
		return sinh(v);
	case SH_PROM_FN_TAN:
		return tan(v);
	default:
		return tanh(v);
	}
}

double sh_prom_of_number(enum sh_prom_fn fn, double v)
{
	switch (fn) {
	case SH_PROM_FN_ABS:
		return fabs(v);
	case SH_PROM_FN_CEIL:
		return ceil(v);
	case SH_PROM_FN_DEG:
		return v * 180 / M_PI;
	case SH_PROM_FN_EXP:
		return exp(v);
	case SH_PROM_FN_FLOOR:
		return floor(v);
	case SH_PROM_FN_LN:
		return log(v);
	case SH_PROM_FN_LOG10:
		return log10(v);
	case SH_PROM_FN_LOG2:
		return log2(v);
	case SH_PROM_FN_RAD:
		return v * M_PI / 180;
	case SH_PROM_FN_SGN:
		return v > 0 ? 1 : v < 0 ? -1 : v;
	case SH_PROM_FN_SQRT:
		return sqrt(v);
	default:
		return trigonometry(fn, v);
	}
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

double sh_prom_of_time(enum sh_prom_fn fn, double v)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct tm tm;
	time_t t;

	if (!(fabs(v) < 6e10)) /* the years of four digits, and more */
		return (double)NAN;
	t = (time_t)v;
	gmtime_r(&t, &tm);
	switch (fn) {
	case SH_PROM_FN_DAY_OF_MONTH:
		return tm.tm_mday;
	case SH_PROM_FN_DAY_OF_WEEK:
		return tm.tm_wday;
	case SH_PROM_FN_DAY_OF_YEAR:
		return tm.tm_yday + 1;
	case SH_PROM_FN_DAYS_IN_MONTH:
		return days[tm.tm_mon] + (tm.tm_mon == 1 && is_leap(tm.tm_year + 1900));
	case SH_PROM_FN_HOUR:
		return tm.tm_hour;
	case SH_PROM_FN_MINUTE:
		return tm.tm_min;
	case SH_PROM_FN_MONTH:
		return tm.tm_mon + 1;
	default:
		return tm.tm_year + 1900;
	}
}
