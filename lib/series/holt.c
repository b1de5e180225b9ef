/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/holt.h"

#include <math.h>

#define LARGEST 1e150

static double bounded(double v)
{
	return v < -LARGEST ? -LARGEST : v > LARGEST ? LARGEST : v;
}

void sh_holt_start(struct sh_holt *h, double v)
{
	*h = (struct sh_holt){ .level = bounded(v) };
}

void sh_holt_note(struct sh_holt *h, double elapsed, double v, double level_time, double slope_time)
{
	double gain = -expm1(-elapsed / level_time), of_slope = -expm1(-elapsed / slope_time);
	double expected = h->level + h->slope * elapsed, e = bounded(v) - expected;

	h->level = bounded(expected + gain * e);
	h->slope = bounded(h->slope + gain * of_slope * e / elapsed);
	h->error = bounded(h->error + gain * (fabs(e) - h->error));
}

void sh_holt_store(const struct sh_holt *h, struct sh_buf *out)
{
	sh_bytes_put_double(out, h->level);
	sh_bytes_put_double(out, h->slope);
	sh_bytes_put_double(out, h->error);
}

bool sh_holt_load(struct sh_holt *h, struct sh_bytes *in)
{
	return sh_bytes_take_double(in, &h->level) && sh_bytes_take_double(in, &h->slope) &&
	       sh_bytes_take_double(in, &h->error) && fabs(h->level) <= LARGEST &&
	       fabs(h->slope) <= LARGEST && h->error >= 0 && h->error <= LARGEST;
}
