/* SPDX-License-Identifier: MIT */
/*
 * syslog as files and sockets have it: RFC 3164 ("Nov 21 05:00:00 host cron[12]:
 * text"), the same with RFC 3339 times (rsyslog's RSYSLOG_FileFormat), either with
 * "<PRI>" before it or not, and RFC 5424. A line of neither form is a text whose
 * time is that of its arrival.
 */
#include "config.h"

#include "collect/format/formats.h"
#include "collect/log/entry.h"
#include "collect/log/level.h"
#include "collect/log/rfc5424.h"
#include "collect/log/tag.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "<165>", with the length of RFC 6587 before it or not. Returns PRI, or -1. */
static int take_priority(struct sh_span *rest)
{
	size_t at = 0, from;
	int v = 0;

	while (at < rest->len && is_digit(rest->p[at]))
		at++;
	if (at && (at == rest->len || rest->p[at++] != ' '))
		return -1;
	if (at >= rest->len || rest->p[at] != '<')
		return -1;
	for (from = ++at; at < rest->len && at - from < 4 && is_digit(rest->p[at]); at++)
		v = 10 * v + (rest->p[at] - '0');
	if (at == from || at == rest->len || rest->p[at] != '>' || v > 191)
		return -1;
	sh_span_cut(rest, at + 1);
	return v;
}

static void note_priority(int priority, struct sh_log_entry *e)
{
	if (priority < 0) {
		e->severity = sh_level_find(e->text);
		return;
	}
	e->severity = sh_level_syslog(priority % 8);
	e->facility = sh_log_facility(priority / 8);
}

int sh_format_syslog(struct sh_import *in, struct sh_span line, struct sh_error *err)
{
	struct sh_log_entry e = SH_LOG_ENTRY_INIT;
	struct sh_span rest = line;
	int priority;
	size_t n;

	(void)err;
	if (!line.len)
		return 0;
	if ((line.p[0] == ' ' || line.p[0] == '\t') && sh_log_join(in, line))
		return 0;
	e.truncated = in->cut;
	priority = take_priority(&rest);
	if (priority < 0 || !sh_rfc5424(rest, &e, sh_log_scratch(in))) {
		n = sh_stamp_parse_bsd(sh_log_clock(in), rest, &e.time);
		if (!n && rest.len && is_digit(rest.p[0]))
			n = sh_stamp_parse(sh_log_clock(in), rest, &e.time);
		sh_span_cut(&rest, n);
		sh_log_split(rest, &e, n > 0);
	}
	note_priority(priority, &e);
	sh_log_hold(in, &e);
	return 0;
}
