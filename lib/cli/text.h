/* SPDX-License-Identifier: MIT */
/*
 * text - records as sentences for people
 *
 * A view for terminals, not a format: programs read NDJSON. Times are of the
 * local time zone. Text of records is escaped (escape.h), so nothing in them
 * reaches the terminal as a control character; colours come only from here.
 */
#ifndef SH_CLI_TEXT_H
#define SH_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "record/record.h"

struct sh_bursts;
struct sh_cli;

/*
 * Append one record as lines of text; nothing for kinds that are between programs
 * only, and for what BURSTS (may be NULL) counts instead.
 */
void sh_text_record(struct sh_buf *out, const struct sh_record *r, bool color, struct sh_bursts *bursts);

/* For struct sh_writer.tap: show a written line on standard output; ARG is a struct sh_cli. */
void sh_text_tap(void *arg, const char *line, size_t len);
/* For struct sh_writer.quiet: say what was summed up when nothing has come for a second. */
int sh_text_quiet(void *arg);
/* At the end: say the rest. */
void sh_text_end(struct sh_cli *cli);

#endif
