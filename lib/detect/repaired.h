/* SPDX-License-Identifier: MIT */
/* repaired - repair records on the input: their target settles before hits on it count again (see warmup.h) */
#ifndef SH_DETECT_REPAIRED_H
#define SH_DETECT_REPAIRED_H

#include "detect/detector.h"

/*
 * Note a record of kind repair. One of which no step was begun, one that is older
 * than what is known, and one that cannot be read change nothing.
 */
void sh_detector_repaired(struct sh_detector *d, const struct sh_record *r);

#endif
