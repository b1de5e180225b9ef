/* SPDX-License-Identifier: MIT */
/*
 * explain - a diagnosis in sentences, in the reader's language
 *
 * Everything comes from the record, so a stored one is explained as a fresh one is:
 * what is wrong and since when; the likeliest cause, how sure that is, and each piece
 * of evidence; what else was considered; what is affected and at risk; what could be done; and
 * what is not known. A few dozen sentences at most, however large the record is.
 */
#ifndef SH_DIAGNOSE_EXPLAIN_H
#define SH_DIAGNOSE_EXPLAIN_H

#include <stdbool.h>

#include "diagnose/tell.h"
#include "record/diagnosis.h"
#include "record/incident.h"

void sh_explain(const struct sh_diagnosis *d, const struct sh_tell *t);

/* An incident: how many faults, since when, and what they come from. */
void sh_explain_incident(const struct sh_incident *i, const struct sh_tell *t);

/* When the fault began, as far as it and the diagnosis say. */
int64_t sh_explain_onset(const struct sh_diagnosis *d);

/*
 * The sentence of one piece of evidence on ENTRY, an element of the ranking, into OUT;
 * made from its members, or its own text where a later version wrote it. Returns
 * whether there is one.
 */
bool sh_explain_evidence(const struct sh_diagnosis *d, const json_t *entry, const json_t *item,
			 struct sh_buf *out);
/* The same of what one entity shows: evidence of say.h without a diagnosis. */
bool sh_explain_clue(const char *entity, int64_t onset, const json_t *item, struct sh_buf *out);
/* "low severity" and such, in the reader's language. */
const char *sh_explain_severity(enum sh_severity severity);

#endif
