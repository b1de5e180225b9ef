/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"

void sh_hash_init(struct sh_hash *h)
{
	XXH3_state_t *state = XXH3_createState();

	h->state = state ? state : sh_malloc((size_t)-1); /* the allocation handler reports */
	XXH3_128bits_reset(h->state);
}

void sh_hash_part(struct sh_hash *h, const void *data, size_t len)
{
	uint64_t n = len;

	XXH3_128bits_update(h->state, &n, sizeof(n));
	XXH3_128bits_update(h->state, data, len);
}

void sh_hash_str(struct sh_hash *h, const char *s)
{
	uint64_t absent = UINT64_MAX;

	if (s)
		sh_hash_part(h, s, strlen(s));
	else
		XXH3_128bits_update(h->state, &absent, sizeof(absent));
}

void sh_hash_finish(struct sh_hash *h, char out[SH_HASH_TEXT])
{
	XXH128_hash_t d = XXH3_128bits_digest(h->state);

	XXH3_freeState(h->state);
	h->state = NULL;
	snprintf(out, SH_HASH_TEXT, "%016" PRIx64 "%016" PRIx64, d.high64, d.low64);
}

uint64_t sh_hash64(const void *data, size_t len)
{
	return XXH3_64bits(data, len);
}
