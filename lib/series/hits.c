/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/hits.h"

#include "series/bytes.h"

#define FORMAT 1

void sh_hits_note(struct sh_hits *h, int64_t time, bool hit)
{
	h->recent = h->recent << 1 | hit;
	if (h->known < SH_HITS_MAX_OF)
		h->known++;
	if (hit) {
		if (h->row == 0)
			h->since = time;
		if (h->row < UINT32_MAX)
			h->row++;
		h->misses = 0;
	} else {
		sh_hits_restart(h);
		if (h->misses < UINT32_MAX)
			h->misses++;
	}
}

unsigned sh_hits_of(const struct sh_hits *h, unsigned m)
{
	uint64_t mask = m >= SH_HITS_MAX_OF ? UINT64_MAX : (UINT64_C(1) << m) - 1;

	return (unsigned)__builtin_popcountll(h->recent & mask);
}

void sh_hits_restart(struct sh_hits *h)
{
	h->row = 0;
	h->since = 0;
}

void sh_hits_store(const struct sh_hits *h, struct sh_buf *out)
{
	sh_bytes_put(out, FORMAT, 1);
	sh_bytes_put(out, h->recent, 8);
	sh_bytes_put(out, h->known, 4);
	sh_bytes_put(out, h->row, 4);
	sh_bytes_put(out, h->misses, 4);
	sh_bytes_put(out, (uint64_t)h->since, 8);
}

int sh_hits_load(struct sh_hits *h, const void *data, size_t len, struct sh_error *err)
{
	struct sh_bytes in = { data, len };
	uint64_t version, recent, known, row, misses, since;

	if (sh_bytes_take(&in, 1, &version) && version > FORMAT)
		return sh_error_set(err, SH_ERRC_STATE, "stored counts are of version %d, newer than %d",
				    (int)version, FORMAT);
	if (!sh_bytes_take(&in, 8, &recent) || !sh_bytes_take(&in, 4, &known) ||
	    !sh_bytes_take(&in, 4, &row) || !sh_bytes_take(&in, 4, &misses) ||
	    !sh_bytes_take(&in, 8, &since) || in.len || version == 0 || known > SH_HITS_MAX_OF ||
	    (row && misses))
		return sh_error_set(err, SH_ERRC_STATE, "stored counts are damaged");
	*h = (struct sh_hits){ recent, (uint32_t)known, (uint32_t)row, (uint32_t)misses,
			       (int64_t)since };
	return 0;
}
