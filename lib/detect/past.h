/* SPDX-License-Identifier: MIT */
/* past - the functions over time of one series: kept up, asked, and when they change by themselves */
#ifndef SH_DETECT_PAST_H
#define SH_DETECT_PAST_H

#include <stdint.h>

#include "detect/rulebook.h"
#include "detect/store.h"

/* The state of call NUMBER, NULL when nothing was measured yet. */
struct sh_recalled *sh_past_state(struct sh_subject *s, uint32_t number);

/* What was picked from a record at TIME goes into the states of S. True when that of a timed call did. */
bool sh_past_note(const struct sh_rulebook *p, struct sh_subject *s, const struct sh_route *route,
		  int64_t time);
/* All metrics of a record go into the states of calls about them: for a route with all_metrics. */
void sh_past_note_row(const struct sh_rulebook *p, struct sh_subject *s, const struct sh_record *r);
struct sh_past_answer sh_past_ask(const struct sh_rulebook *p, struct sh_subject *s, uint32_t number,
				  int64_t now);
/* When time alone changes an answer that rules of the series may ask for, after NOW. */
int64_t sh_past_due(const struct sh_rulebook *p, const struct sh_subject *s, int64_t now);

void sh_past_release(const struct sh_rulebook *p, struct sh_subject *s);
/* The states as bytes. */
void sh_past_store(const struct sh_rulebook *p, const struct sh_subject *s, struct sh_buf *out);
/* And back: those of calls that no rule makes any more are left out. False for damaged bytes. */
bool sh_past_load(const struct sh_rulebook *p, struct sh_subject *s, struct sh_bytes *in);

#endif
