/* SPDX-License-Identifier: MIT */
/*
 * plugin - what a plugin wrote, line by line, as records of this host
 *
 * sh-plugin(7) is the protocol. A line is taken whole or refused whole: refused
 * is what is no JSON object, what is of a kind that plugins do not write, what
 * speaks for another host without leave, and what the schemas refuse.
 */
#ifndef SH_COLLECT_CHECK_PLUGIN_H
#define SH_COLLECT_CHECK_PLUGIN_H

#include <stdbool.h>

#include "base/error.h"
#include "base/span.h"
#include "collect/collector.h"

struct sh_plugin_origin {
	const char *entity; /* TYPE:NAME@HOST of what names none */
	const char *target; /* what --source takes */
	bool any_host;      /* it may speak for other hosts */
};

/* Append the record of one line to c->out, completed; -1 (SH_ERRC_INPUT) and nothing appended. */
int sh_plugin_record(struct sh_collect *c, const struct sh_plugin_origin *from, struct sh_span line,
		     struct sh_error *err);

#endif
