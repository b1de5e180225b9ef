/* SPDX-License-Identifier: MIT */
/*
 * unit - from one unit of a measure to another
 *
 * bytes kB MB GB TB KiB MiB GiB TiB bit kbit Mbit Gbit, ns us ms s min h d, % and
 * ratio, count k M; each also a time: "MiB/s", "/min".
 */
#ifndef SH_COLLECT_OUT_UNIT_H
#define SH_COLLECT_OUT_UNIT_H

#include <stdbool.h>

/* By what a value in FROM is multiplied to be one in TO; false when they measure different things. */
bool sh_unit_factor(const char *from, const char *to, double *factor);

#endif
