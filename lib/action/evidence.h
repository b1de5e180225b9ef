/* SPDX-License-Identifier: MIT */
/*
 * evidence - the process that a record names, or who is the hog now, and nobody else
 *
 * A record has a pid and the time at which it was seen. Whoever bears that pid
 * now must have been there then. Where it has none, "find" says what the hog
 * takes most of, cpu or memory, and it is measured. In either case its name must
 * be one that the site allows.
 */
#ifndef SH_ACTION_EVIDENCE_H
#define SH_ACTION_EVIDENCE_H

#include <jansson.h>

#include "action/proc.h"
#include "base/error.h"

/* Rows of a parameter table, as struct sh_param. */
#define SH_EVIDENCE_PARAMS                                                                      \
	{ "pid", SH_PARAM_INTEGER, false }, { "seen", SH_PARAM_STRING, false },                 \
	{ "name", SH_PARAM_STRING, false }, { "find", SH_PARAM_STRING, false }

/* ALLOW: patterns of names, the site's. The process: 1, 0 when it is gone (or its pid was used again), -1 when it must not be touched. */
int sh_evidence_process(const json_t *parameters, const json_t *allow, struct sh_proc *out, struct sh_error *err);

#endif
