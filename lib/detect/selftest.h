/* SPDX-License-Identifier: MIT */
/*
 * selftest - the tests written beside a rule
 *
 * A test gives records to a fresh detector that knows this rule alone, and says
 * what the last fault it writes is. No clock, no state, no site: a record without
 * a time comes EVERY after the one before.
 */
#ifndef SH_DETECT_SELFTEST_H
#define SH_DETECT_SELFTEST_H

#include <stddef.h>

#include "base/error.h"
#include "detect/rule.h"

struct sh_selftest {
	size_t passed, failed;
	/* Each failure, with the place of the test (SH_ERRC_CONFIG). */
	void (*report)(void *arg, const struct sh_error *err);
	void *arg;
};

/* Run the tests of RULE. Returns how many it has. */
size_t sh_selftest_rule(struct sh_selftest *t, const struct sh_rule *rule);

#endif
