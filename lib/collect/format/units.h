/* SPDX-License-Identifier: MIT */
/* units - numbers as tools print them for people */
#ifndef SH_COLLECT_FORMAT_UNITS_H
#define SH_COLLECT_FORMAT_UNITS_H

#include "base/span.h"

/* A plain number with sign, fraction and exponent; NaN when it is anything else. */
double sh_unit_number(struct sh_span s);
/*
 * "17.3 GB" (powers of 1000), "1.5GiB" and, as zfs and lvm print, "1.5G" (powers
 * of 1024), "12B", "12"; NaN when it is anything else.
 */
double sh_unit_bytes(struct sh_span s);
/* "12.5%", with or without the sign. */
double sh_unit_percent(struct sh_span s);
/* S without blanks at both ends. */
struct sh_span sh_unit_trim(struct sh_span s);
/* The part before and after the first SEPARATOR, trimmed; absent where it is not. */
struct sh_span sh_unit_before(struct sh_span s, char separator);
struct sh_span sh_unit_behind(struct sh_span s, char separator);

#endif
