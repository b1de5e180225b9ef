/* SPDX-License-Identifier: MIT */
/*
 * Lines of a log of whatever program: a time at their start is theirs, a level
 * among the first words is their severity, and an object of JSON says it by name.
 * Lines that go on with the one before (stack traces) are joined to it.
 */
#include "config.h"

#include <string.h>

#include "collect/format/formats.h"
#include "collect/log/entry.h"
#include "collect/log/jsonline.h"
#include "collect/log/level.h"
#include "collect/text.h"

static const char traceback[] = "Traceback (most recent call last)";

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Python ends its traceback with a line that does not begin with a blank. */
static bool ends_traceback(struct sh_span held)
{
	const char *last = held.p ? memrchr(held.p, '\n', held.len) : NULL;

	return last && is_blank(last[1]) &&
	       memmem(held.p, held.len, traceback, sizeof(traceback) - 1);
}

static bool goes_on(struct sh_import *in, struct sh_span line)
{
	return is_blank(line.p[0]) || sh_text_after(line, "Caused by: ").p ||
	       sh_text_after(line, traceback).p || ends_traceback(sh_log_held(in));
}

/* Web servers' common format has its time behind three words: "::1 - - [21/Nov/2026:05:00:00 +0000] ...". */
static void find_access_time(struct sh_import *in, struct sh_span line, int64_t *time)
{
	const char *open = memmem(line.p, line.len < 160 ? line.len : 160, " [", 2);

	if (open)
		sh_stamp_parse(sh_log_clock(in),
			       (struct sh_span){ open + 1, (size_t)(line.p + line.len - open - 1) }, time);
}

int sh_format_log(struct sh_import *in, struct sh_span line, struct sh_error *err)
{
	struct sh_log_entry e = SH_LOG_ENTRY_INIT;
	size_t n;

	(void)err;
	if (!line.len)
		return 0;
	e.truncated = in->cut;
	if (line.p[0] == '{' && !in->cut && sh_jsonline(line, sh_log_clock(in), sh_log_scratch(in), &e)) {
		sh_log_put(in, &e);
		return 0;
	}
	n = sh_stamp_parse(sh_log_clock(in), line, &e.time);
	if (!n && goes_on(in, line) && sh_log_join(in, line))
		return 0;
	e.text = (struct sh_span){ line.p + n, line.len - n };
	e.severity = n ? sh_level_glog(line) : -1;
	if (e.severity < 0)
		e.severity = sh_level_find(e.text);
	if (!n)
		find_access_time(in, line, &e.time);
	sh_log_hold(in, &e);
	return 0;
}
