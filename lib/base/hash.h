/* SPDX-License-Identifier: MIT */
/*
 * hash - XXH3-128 digests as lower-case hex, for ids
 *
 * A digest is made of parts; each part's length goes in before its bytes, so
 * ("ab","c") and ("a","bc") differ. Not cryptographic: for what must resist
 * forgery use sha256 (lib/base/sha256.h).
 */
#ifndef SH_BASE_HASH_H
#define SH_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define SH_HASH_TEXT 33

struct sh_hash {
	void *state; /* owned */
};

void sh_hash_init(struct sh_hash *h);
void sh_hash_part(struct sh_hash *h, const void *data, size_t len);
/* NULL counts as a part that differs from "". */
void sh_hash_str(struct sh_hash *h, const char *s);
/* Writes 32 hex digits and releases H. */
void sh_hash_finish(struct sh_hash *h, char out[SH_HASH_TEXT]);

/* XXH3-64 of bytes: for tables and partitions. */
uint64_t sh_hash64(const void *data, size_t len);

#endif
