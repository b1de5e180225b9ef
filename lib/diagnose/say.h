/* SPDX-License-Identifier: MIT */
/* say - evidence as a member of a record, each with its sentence; English, as all records are */
#ifndef SH_DIAGNOSE_SAY_H
#define SH_DIAGNOSE_SAY_H

#include <jansson.h>

#include "diagnose/standing.h"
#include "diagnose/suspect.h"

/* {"source":"metric"|"log"|"event",…,"score","text"}. A new reference. */
json_t *sh_say_clue(const struct sh_clue *c, int64_t onset);
/*
 * Of a suspect's own fault: {"source":"fault","fault" its id,"entity","fault_type","cause",
 * "confidence","since","text"}. A new reference.
 */
json_t *sh_say_fault(const struct sh_standing_fault *f);
/* What the graph says of a suspect: {"source":"graph","coverage","text"}; NULL: nothing. */
json_t *sh_say_place(const struct sh_suspect *s, const struct sh_graph *g);
/* The kind of cause that the clues of a suspect speak of: "abnormal_latency". */
const char *sh_say_cause(const struct sh_suspect *s);

#endif
