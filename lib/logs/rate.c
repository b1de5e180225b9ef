/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "logs/rate.h"

#include <math.h>

#define MINUTE INT64_C(60000000000)
#define HOUR 60u

static int64_t minute_of(int64_t time)
{
	return time / MINUTE - (time % MINUTE < 0);
}

/* A minute with COUNT is over: a plain mean at first, then one that forgets. */
static void close_minute(struct sh_log_rate *r, uint32_t count)
{
	if (r->minutes < HOUR)
		r->minutes++;
	r->usual += ((double)count - r->usual) / r->minutes;
}

/* So many minutes without any. */
static void close_quiet(struct sh_log_rate *r, uint64_t n)
{
	for (; n && r->minutes < HOUR; n--)
		close_minute(r, 0);
	if (n)
		r->usual *= pow(1.0 - 1.0 / HOUR, (double)n);
}

void sh_log_rate_note(struct sh_log_rate *r, int64_t time, unsigned count)
{
	int64_t minute = minute_of(time);

	if (r->minutes == 0 && r->current == 0)
		r->minute = minute;
	if (minute > r->minute) {
		uint64_t ahead = (uint64_t)(minute - r->minute);

		close_minute(r, r->current);
		close_quiet(r, ahead - 1);
		r->before = ahead == 1 ? r->current : 0;
		r->current = 0;
		r->minute = minute;
	}
	if (r->current < UINT32_MAX - count)
		r->current += count;
}

double sh_log_rate_now(const struct sh_log_rate *r, int64_t time)
{
	int64_t minute = minute_of(time);
	int64_t rest = time % MINUTE;
	double past = (double)(rest < 0 ? rest + MINUTE : rest) / (double)MINUTE;

	if (minute > r->minute)
		return minute == r->minute + 1 ? r->current * (1.0 - past) : 0.0;
	return r->current + r->before * (1.0 - past);
}

void sh_log_rate_store(const struct sh_log_rate *r, struct sh_buf *out)
{
	sh_bytes_put(out, (uint64_t)r->minute, 8);
	sh_bytes_put(out, r->current, 4);
	sh_bytes_put(out, r->before, 4);
	sh_bytes_put(out, r->minutes, 4);
	sh_bytes_put_double(out, r->usual);
}

bool sh_log_rate_load(struct sh_log_rate *r, struct sh_bytes *in)
{
	uint64_t minute, current, before, minutes;
	double usual;

	if (!sh_bytes_take(in, 8, &minute) || !sh_bytes_take(in, 4, &current) ||
	    !sh_bytes_take(in, 4, &before) || !sh_bytes_take(in, 4, &minutes) ||
	    !sh_bytes_take_double(in, &usual) || minutes > HOUR || !(usual >= 0.0) ||
	    !isfinite(usual) || (int64_t)minute > INT64_MAX / MINUTE ||
	    (int64_t)minute < INT64_MIN / MINUTE - 1)
		return false;
	*r = (struct sh_log_rate){ (int64_t)minute, (uint32_t)current, (uint32_t)before,
				   (uint32_t)minutes, usual };
	return true;
}
