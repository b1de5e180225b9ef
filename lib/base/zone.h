/* SPDX-License-Identifier: MIT */
/*
 * zone - time zones by name, any number of them at once, without touching TZ
 *
 * Read from the system's zone files (RFC 8536): the table of changes, and behind
 * its end the rule in the footer, of the form "CET-1CEST,M3.5.0,M10.5.0/3".
 * TZDIR in the environment names another directory.
 */
#ifndef SH_BASE_ZONE_H
#define SH_BASE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct sh_zone;

/* "UTC", "Europe/Berlin". SH_ERRC_CONFIG when there is none of that name. */
int sh_zone_open(struct sh_zone **out, const char *name, struct sh_error *err);
void sh_zone_free(struct sh_zone *z);
/* Seconds east of UTC at T, seconds since the epoch. */
int32_t sh_zone_offset(const struct sh_zone *z, int64_t t);
/*
 * The instant at which clocks there show LOCAL (seconds since the epoch as if it
 * were UTC). Shown twice: the later one if LATER. Never shown: as far behind the
 * change as LOCAL is into the gap.
 */
int64_t sh_zone_instant(const struct sh_zone *z, int64_t local, bool later);
/* The first instant after T at which the offset changes; INT64_MAX: none. */
int64_t sh_zone_next_change(const struct sh_zone *z, int64_t t);
/* The last one at T or before; INT64_MIN: none. */
int64_t sh_zone_last_change(const struct sh_zone *z, int64_t t);
/*
 * What this machine shows: TZ where it is a name, else what /etc/localtime leads to,
 * else UTC. At most LEN bytes.
 */
void sh_zone_local_name(char *out, size_t len);

#endif
