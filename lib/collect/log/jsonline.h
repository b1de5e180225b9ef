/* SPDX-License-Identifier: MIT */
/* jsonline - a line of a log that is an object of JSON, as many programs write */
#ifndef SH_COLLECT_LOG_JSONLINE_H
#define SH_COLLECT_LOG_JSONLINE_H

#include <stdbool.h>

#include "base/buf.h"
#include "collect/log/entry.h"
#include "collect/log/stamp.h"

/*
 * Fill E from the members that say time, level, text, program and process id under
 * one of their usual names; the whole object becomes the fields. False, E
 * unchanged, when LINE is no object or says no text. What is unescaped lives in TEXT.
 */
bool sh_jsonline(struct sh_span line, struct sh_stamp_clock *clock, struct sh_buf *text,
		 struct sh_log_entry *e);

#endif
