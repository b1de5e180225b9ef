/* SPDX-License-Identifier: MIT */
/*
 * untested - the text of a stock file without the tests of its entries
 *
 * Two thirds of the stock rules are their tests, which a run has no use for, and
 * reading them was half of what it took to start.
 */
#ifndef SH_CONFIG_UNTESTED_H
#define SH_CONFIG_UNTESTED_H

#include "base/buf.h"

/*
 * Add TEXT to OUT with empty lines for those of each entry's "tests", where they are a
 * block of their own. Lines are looked at, not YAML: where OUT is none, TEXT is to be read.
 */
void sh_untested(const struct sh_buf *text, struct sh_buf *out);

#endif
