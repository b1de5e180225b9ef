/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/clock.h"
#include "expr/builtin.h"
#include "expr/instant.h"
#include "expr/run.h"
#include "expr/tz.h"

#define LOAD_WORK 2000 /* of reading a file */

static bool zone_offset(const struct sh_call *call, int64_t *offset)
{
	struct sh_tz *zone = NULL;

	if (!call->at->zone && sh_run_charge(call->run, LOAD_WORK))
		zone = sh_tz_find(call->arg[1].u.s);
	if (!call->at->zone && !zone)
		return false;
	*offset = sh_tz_offset(zone ? zone : call->at->zone, call->arg[0].u.t.sec);
	sh_tz_free(zone);
	return true;
}

/* The date and time of the receiver in the zone given. False: the error is in *bad. */
static bool civil_time(const struct sh_call *call, struct sh_civil *c, struct sh_value *bad)
{
	int64_t offset = 0;

	if (!sh_builtin_has(call, 0, SH_VALUE_TIMESTAMP) ||
	    (call->n == 2 && !sh_builtin_has(call, 1, SH_VALUE_STRING))) {
		*bad = sh_builtin_no_types(call);
		return false;
	}
	if (call->n == 2 && !zone_offset(call, &offset)) {
		*bad = sh_value_error(call, "%s: %s", call->function, SH_TZ_UNKNOWN);
		return false;
	}
	*c = sh_instant_civil(call->arg[0].u.t, offset);
	return true;
}

#define CIVIL_GETTER(name, value)                               \
	static struct sh_value name(const struct sh_call *call) \
	{                                                       \
		struct sh_value bad;                            \
		struct sh_civil c;                              \
								\
		if (!civil_time(call, &c, &bad))                \
			return bad;                             \
		return sh_value_int(value);                     \
	}

CIVIL_GETTER(fn_year, c.year)
CIVIL_GETTER(fn_month, c.month - 1)
CIVIL_GETTER(fn_date, c.day)
CIVIL_GETTER(fn_day_of_month, c.day - 1)
CIVIL_GETTER(fn_day_of_week, c.weekday)
CIVIL_GETTER(fn_day_of_year, c.yearday)
CIVIL_GETTER(civil_hours, c.hour)
CIVIL_GETTER(civil_minutes, c.minute)
CIVIL_GETTER(civil_seconds, c.second)

/* Of a duration: how many whole ones it has. */
static bool is_plain_duration(const struct sh_call *call)
{
	return call->n == 1 && call->arg[0].type == SH_VALUE_DURATION;
}

static struct sh_value fn_hours(const struct sh_call *call)
{
	return is_plain_duration(call) ? sh_value_int(call->arg[0].u.i / SH_HOUR) : civil_hours(call);
}

static struct sh_value fn_minutes(const struct sh_call *call)
{
	return is_plain_duration(call) ? sh_value_int(call->arg[0].u.i / SH_MIN) : civil_minutes(call);
}

static struct sh_value fn_seconds(const struct sh_call *call)
{
	return is_plain_duration(call) ? sh_value_int(call->arg[0].u.i / SH_SEC) : civil_seconds(call);
}

/* The part below a second, of durations too. */
static struct sh_value fn_milliseconds(const struct sh_call *call)
{
	struct sh_value bad;
	struct sh_civil c;

	if (is_plain_duration(call))
		return sh_value_int(call->arg[0].u.i % SH_SEC / SH_MS);
	if (!civil_time(call, &c, &bad))
		return bad;
	return sh_value_int(call->arg[0].u.t.ns / SH_MS);
}

const struct sh_builtin sh_builtin_time[] = {
	SH_BUILTIN("getFullYear", 1, 2, fn_year, SH_STYLE_METHOD),
	SH_BUILTIN("getMonth", 1, 2, fn_month, SH_STYLE_METHOD),
	SH_BUILTIN("getDate", 1, 2, fn_date, SH_STYLE_METHOD),
	SH_BUILTIN("getDayOfMonth", 1, 2, fn_day_of_month, SH_STYLE_METHOD),
	SH_BUILTIN("getDayOfWeek", 1, 2, fn_day_of_week, SH_STYLE_METHOD),
	SH_BUILTIN("getDayOfYear", 1, 2, fn_day_of_year, SH_STYLE_METHOD),
	SH_BUILTIN("getHours", 1, 2, fn_hours, SH_STYLE_METHOD),
	SH_BUILTIN("getMinutes", 1, 2, fn_minutes, SH_STYLE_METHOD),
	SH_BUILTIN("getSeconds", 1, 2, fn_seconds, SH_STYLE_METHOD),
	SH_BUILTIN("getMilliseconds", 1, 2, fn_milliseconds, SH_STYLE_METHOD),
	SH_BUILTIN_END,
};
