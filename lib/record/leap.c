/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/leap.h"

#include "base/clock.h"
#include "base/hash.h"

#define FAR    SH_DAY
#define ENOUGH 1000

int64_t sh_leap_time(struct sh_leap *l, int64_t now, int64_t time, struct sh_span host)
{
	uint64_t digest;

	if (l->many && now && time - now <= FAR) {
		l->count = 0;
		return time > now ? time : now;
	}
	digest = sh_hash64(host.p, host.len);
	if (!now || time - now <= FAR) {
		l->many |= l->only && l->only != digest;
		l->only = l->only ? l->only : digest;
		l->count = 0;
		return time > now ? time : now;
	}
	if (!l->count || time < l->time - FAR) {
		l->time = time;
		l->host = digest;
		l->count = 1;
		return now;
	}
	if (time < l->time)
		l->time = time;
	if (digest == l->host && (l->many || digest != l->only) && ++l->count < ENOUGH)
		return now;
	l->count = 0;
	return l->time;
}
