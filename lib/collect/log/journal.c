/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/journal.h"

#include "collect/log/entry.h"
#include "collect/log/level.h"
#include "collect/text.h"

static const char *const names[] = {
	[SH_JOURNAL_CURSOR] = "__CURSOR",
	[SH_JOURNAL_REALTIME] = "__REALTIME_TIMESTAMP",
	[SH_JOURNAL_SOURCE_REALTIME] = "_SOURCE_REALTIME_TIMESTAMP",
	[SH_JOURNAL_PRIORITY] = "PRIORITY",
	[SH_JOURNAL_FACILITY] = "SYSLOG_FACILITY",
	[SH_JOURNAL_IDENTIFIER] = "SYSLOG_IDENTIFIER",
	[SH_JOURNAL_COMM] = "_COMM",
	[SH_JOURNAL_PID] = "_PID",
	[SH_JOURNAL_SYSLOG_PID] = "SYSLOG_PID",
	[SH_JOURNAL_HOSTNAME] = "_HOSTNAME",
	[SH_JOURNAL_UNIT] = "_SYSTEMD_UNIT",
	[SH_JOURNAL_USER_UNIT] = "_SYSTEMD_USER_UNIT",
	[SH_JOURNAL_MESSAGE] = "MESSAGE",
};

int sh_journal_field(struct sh_span name)
{
	for (int i = 0; i < SH_JOURNAL_FIELDS; i++)
		if (sh_span_is(name, names[i]))
			return i;
	return -1;
}

/* The first of two that says anything. */
static struct sh_span either(const struct sh_journal_fields *f, enum sh_journal_field a,
			     enum sh_journal_field b)
{
	return f->value[a].len ? f->value[a] : f->value[b];
}

static int64_t number(struct sh_span s)
{
	uint64_t v;

	return sh_text_u64(s, &v) && v <= INT64_MAX ? (int64_t)v : -1;
}

/* From microseconds since the epoch; 0 when it is none. */
static int64_t instant(struct sh_span s)
{
	int64_t us = number(s), ns;

	return us > 0 && !__builtin_mul_overflow(us, INT64_C(1000), &ns) ? ns : 0;
}

void sh_journal_put(struct sh_import *in, const struct sh_journal_fields *f)
{
	struct sh_log_entry e = SH_LOG_ENTRY_INIT;

	e.time = instant(f->value[SH_JOURNAL_REALTIME]);
	if (!e.time)
		e.time = instant(f->value[SH_JOURNAL_SOURCE_REALTIME]);
	e.severity = sh_level_syslog(number(f->value[SH_JOURNAL_PRIORITY]));
	e.facility = sh_log_facility(number(f->value[SH_JOURNAL_FACILITY]));
	e.pid = sh_log_pid(either(f, SH_JOURNAL_PID, SH_JOURNAL_SYSLOG_PID));
	e.program = either(f, SH_JOURNAL_IDENTIFIER, SH_JOURNAL_COMM);
	e.unit = either(f, SH_JOURNAL_UNIT, SH_JOURNAL_USER_UNIT);
	e.host = f->value[SH_JOURNAL_HOSTNAME];
	e.text = f->value[SH_JOURNAL_MESSAGE];
	e.truncated = f->large[SH_JOURNAL_MESSAGE] || in->cut;
	sh_log_put(in, &e);
}
