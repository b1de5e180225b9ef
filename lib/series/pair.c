/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/pair.h"

#include <math.h>

#define FORMAT 1

size_t sh_pair_size(const struct sh_past_terms *t)
{
	(void)t;
	return sizeof(struct sh_pair);
}

void sh_pair_note(void *state, const struct sh_past_terms *t, int64_t time, double value)
{
	struct sh_pair *p = state;

	(void)t;
	p->time_before = p->time;
	p->value_before = p->value;
	p->time = time;
	p->value = value;
	p->n = p->n ? 2 : 1;
}

void sh_pair_store(const void *state, const struct sh_past_terms *t, struct sh_buf *out)
{
	const struct sh_pair *p = state;

	(void)t;
	sh_bytes_put(out, FORMAT, 1);
	sh_bytes_put(out, p->n, 1);
	sh_bytes_put(out, (uint64_t)p->time, 8);
	sh_bytes_put_double(out, p->value);
	sh_bytes_put(out, (uint64_t)p->time_before, 8);
	sh_bytes_put_double(out, p->value_before);
}

int sh_pair_load(void *state, const struct sh_past_terms *t, struct sh_bytes *in,
		 struct sh_error *err)
{
	uint64_t version, n, time, before;
	struct sh_pair p = { 0 };

	(void)t;
	if (!sh_bytes_take(in, 1, &version) || !version)
		return sh_error_set(err, SH_ERRC_STATE, "stored points are damaged");
	if (version > FORMAT)
		return sh_error_set(err, SH_ERRC_STATE, "stored points are of version %d, newer than %d",
				    (int)version, FORMAT);
	if (!sh_bytes_take(in, 1, &n) || n > 2 || !sh_bytes_take(in, 8, &time) ||
	    !sh_bytes_take_double(in, &p.value) || !sh_bytes_take(in, 8, &before) ||
	    !sh_bytes_take_double(in, &p.value_before) || !isfinite(p.value) ||
	    !isfinite(p.value_before) || (n == 2 && (int64_t)before >= (int64_t)time))
		return sh_error_set(err, SH_ERRC_STATE, "stored points are damaged");
	p.n = (uint8_t)n;
	p.time = (int64_t)time;
	p.time_before = (int64_t)before;
	*(struct sh_pair *)state = p;
	return 0;
}
