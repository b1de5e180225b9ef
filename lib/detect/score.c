/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/score.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"

static void write_entity(struct sh_span e, struct sh_buf *out)
{
	if (!memchr(e.p, ',', e.len) && !memchr(e.p, '"', e.len)) {
		sh_buf_add(out, e.p, e.len);
		return;
	}
	sh_buf_addch(out, '"');
	for (size_t i = 0; i < e.len; i++) {
		if (e.p[i] == '"')
			sh_buf_addch(out, '"');
		sh_buf_addch(out, e.p[i]);
	}
	sh_buf_addch(out, '"');
}

/* Whole seconds without a point, any other with as many places as it takes. */
static void write_time(int64_t time, struct sh_buf *out)
{
	int64_t part = time % SH_SEC, seconds = time / SH_SEC;

	if (part < 0) {
		part += SH_SEC;
		seconds--;
	}
	sh_buf_addf(out, ",%" PRId64, seconds);
	if (part)
		sh_buf_addf(out, ".%09" PRId64, part);
	while (part && out->data[out->len - 1] == '0')
		out->len--;
}

static double number_of(const struct sh_value *v)
{
	switch (v->type) {
	case SH_VALUE_BOOL:
		return v->u.b;
	case SH_VALUE_INT:
		return (double)v->u.i;
	case SH_VALUE_DURATION:
		return (double)v->u.i / 1e9;
	case SH_VALUE_DOUBLE:
		return v->u.d;
	default:
		return NAN;
	}
}

void sh_score_write(const struct sh_record *r, const struct sh_value *value, struct sh_buf *out)
{
	double v = number_of(value);

	write_entity(r->entity, out);
	write_time(r->time, out);
	if (isfinite(v))
		sh_buf_addf(out, ",%.9g\n", v);
	else
		sh_buf_addstr(out, ",\n");
}
