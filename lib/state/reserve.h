/* SPDX-License-Identifier: MIT */
/*
 * reserve - space kept back so that a full disk can be written about
 *
 * A file of really allocated blocks. Giving up cuts it short, which frees its
 * blocks at once.
 */
#ifndef SH_STATE_RESERVE_H
#define SH_STATE_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define SH_RESERVE_BYTES (INT64_C(8) << 20)

/* Allocate what is missing of PATH. SH_ERRC_STATE with sys ENOSPC leaves no part behind. */
int sh_reserve_make(const char *path, struct sh_error *err);
/* Keep at most KEEP bytes. Whether anything was freed. */
bool sh_reserve_give_up(const char *path, int64_t keep);

#endif
