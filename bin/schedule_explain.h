/* SPDX-License-Identifier: MIT */
/* schedule_explain - what a time expression means, and when it comes true */
#ifndef SH_BIN_SCHEDULE_EXPLAIN_H
#define SH_BIN_SCHEDULE_EXPLAIN_H

#include <stdint.h>

#include "cli/cli.h"

struct explain_options {
	const char *as, *timezone, *dst, *count; /* as given, NULL where not */
	int seconds;
	int64_t now;
};

/* Write the next times of EXPRESSION. The exit code; a mistake in it is reported. */
int schedule_explain(struct sh_cli *cli, const struct explain_options *o, const char *expression);

#endif
