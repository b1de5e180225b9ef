/* SPDX-License-Identifier: MIT */
/*
 * sha256 - FIPS 180-4 SHA-256, for contents whose change must be noticed even
 * when somebody would hide it
 */
#ifndef SH_BASE_SHA256_H
#define SH_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define SH_SHA256_TEXT 65 /* 64 hex digits and NUL */

struct sh_sha256 {
	uint32_t h[8];
	uint64_t bytes;
	uint8_t block[64]; /* the first bytes % 64 are waiting */
};

void sh_sha256_init(struct sh_sha256 *s);
void sh_sha256_update(struct sh_sha256 *s, const void *data, size_t len);
/* Writes 64 lower-case hex digits; S must be initialised again before further use. */
void sh_sha256_final(struct sh_sha256 *s, char out[SH_SHA256_TEXT]);

/* Of a file below DIRFD (AT_FDCWD: as it is), read in pieces. A missing file is SH_ERRC_UNAVAILABLE. */
int sh_sha256_file(int dirfd, const char *path, char out[SH_SHA256_TEXT], struct sh_error *err);

#endif
