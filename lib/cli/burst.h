/* SPDX-License-Identifier: MIT */
/*
 * burst - many faults, diagnoses or notices of one sort at once, as one line
 *
 * Of what is alike (type, status, cause, group, and whether it is suppressed) so
 * many within 10 s of record time are shown one by one; of the others is counted
 * how many there are on which hosts, and a line says it when the 10 s are over, or
 * when nothing comes any more. A view for people alone: in NDJSON all are written.
 */
#ifndef SH_CLI_BURST_H
#define SH_CLI_BURST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/text_parts.h"
#include "record/record.h"

#define SH_BURST_WINDOW (10 * SH_SEC)
#define SH_BURST_SHOWN	10   /* one by one, where --burst says nothing else */
#define SH_BURST_SORTS	1024 /* at a time; when there are more, all are said and begin anew */
#define SH_BURST_HOSTS	4096 /* of one sort; when there are more, that is said */

struct sh_bursts;

/* SHOWN above 0: how many are shown one by one. */
struct sh_bursts *sh_bursts_new(int64_t shown);
void sh_bursts_free(struct sh_bursts *b);
/* Say of all that is over at TIME what was not shown. Returns the latest time said, 0 for nothing. */
int64_t sh_bursts_over(struct sh_bursts *b, int64_t time, struct sh_text *t);
/* Say all. */
int64_t sh_bursts_flush(struct sh_bursts *b, struct sh_text *t);
/* Whether the record, OBJECT as JSON, is to be shown; else it is counted. Call sh_bursts_over first. */
bool sh_bursts_show(struct sh_bursts *b, const struct sh_record *r, const json_t *object);
/* Whether something was counted that was not said yet. */
bool sh_bursts_waits(const struct sh_bursts *b);

#endif
