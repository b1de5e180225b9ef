/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/formats.h"

#include <string.h>

#include "collect/log/entry.h"

/* The one list of formats, by name. */
const struct sh_format sh_formats[] = {
	{ .name = "json", .summary = "records or bare objects, on one line or many",
	  .document = sh_format_json },
	{ .name = "journal", .summary = "the journal as JSON: journalctl -o json",
	  .line = sh_format_journal, .idle = sh_log_release, .end = sh_log_end,
	  .flags = SH_FORMAT_LONG | SH_FORMAT_ENTRIES },
	{ .name = "journal-export", .summary = "the journal's export format: journalctl -o export",
	  .line = sh_format_journal_export, .end = sh_format_journal_export_end,
	  .flags = SH_FORMAT_LONG | SH_FORMAT_RAW | SH_FORMAT_ENTRIES },
	{ .name = "kmsg", .summary = "the kernel's messages: /dev/kmsg, or what dmesg shows",
	  .line = sh_format_kmsg, .idle = sh_log_release, .end = sh_log_end,
	  .flags = SH_FORMAT_LONG | SH_FORMAT_ENTRIES },
	{ .name = "log", .summary = "lines of a log: times, levels, JSON and stack traces are understood",
	  .line = sh_format_log, .idle = sh_log_release, .end = sh_log_end,
	  .flags = SH_FORMAT_LONG | SH_FORMAT_ENTRIES },
	{ .name = "nagios", .summary = "what plugins for Nagios print, and their performance data",
	  .document = sh_format_nagios, .flags = SH_FORMAT_STATE },
	{ .name = "syslog", .summary = "syslog: RFC 3164 and RFC 5424, as in files and on sockets",
	  .line = sh_format_syslog, .idle = sh_log_release, .end = sh_log_end,
	  .flags = SH_FORMAT_LONG | SH_FORMAT_ENTRIES },
	{ .name = NULL },
};

const struct sh_format *sh_format_find(const char *name)
{
	for (const struct sh_format *f = sh_formats; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}
