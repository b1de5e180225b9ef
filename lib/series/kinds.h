/* SPDX-License-Identifier: MIT */
/* kinds - the functions over time, each defined in its own file and listed in past.c */
#ifndef SH_SERIES_KINDS_H
#define SH_SERIES_KINDS_H

#include "series/past.h"

#endif
