/* SPDX-License-Identifier: MIT */
/* journal - the fields of a journal entry that a log record is made of */
#ifndef SH_COLLECT_LOG_JOURNAL_H
#define SH_COLLECT_LOG_JOURNAL_H

#include <stdbool.h>

#include "base/span.h"
#include "collect/format/format.h"

enum sh_journal_field {
	SH_JOURNAL_CURSOR,
	SH_JOURNAL_REALTIME,
	SH_JOURNAL_SOURCE_REALTIME,
	SH_JOURNAL_PRIORITY,
	SH_JOURNAL_FACILITY,
	SH_JOURNAL_IDENTIFIER,
	SH_JOURNAL_COMM,
	SH_JOURNAL_PID,
	SH_JOURNAL_SYSLOG_PID,
	SH_JOURNAL_HOSTNAME,
	SH_JOURNAL_UNIT,
	SH_JOURNAL_USER_UNIT,
	SH_JOURNAL_MESSAGE,
	SH_JOURNAL_FIELDS,
};

struct sh_journal_fields {
	struct sh_span value[SH_JOURNAL_FIELDS]; /* borrowed; absent: the entry has none */
	bool large[SH_JOURNAL_FIELDS];           /* it has, but it was not shown */
};

/* Which field has this name, -1 none of these. */
int sh_journal_field(struct sh_span name);
void sh_journal_put(struct sh_import *in, const struct sh_journal_fields *f);

#endif
