/* SPDX-License-Identifier: MIT */
/*
 * evidence - the process that a record names, and nobody else
 *
 * A record has a pid and the time at which it was seen. Whoever bears that pid
 * now must have been there then, and its name must be one that the site allows.
 */
#ifndef SH_ACTION_EVIDENCE_H
#define SH_ACTION_EVIDENCE_H

#include <jansson.h>

#include "action/proc.h"
#include "base/error.h"

/* Rows of a parameter table, as struct sh_param. "allow" is the site's; it must be there with "pid". */
#define SH_EVIDENCE_PARAMS                                                                      \
	{ "pid", SH_PARAM_INTEGER, false }, { "seen", SH_PARAM_STRING, false },                 \
	{ "name", SH_PARAM_STRING, false }, { "allow", SH_PARAM_STRINGS, false }

/* The process: 1, 0 when it is gone (or its pid was used again), -1 when it must not be touched. */
int sh_evidence_process(const json_t *parameters, struct sh_proc *out, struct sh_error *err);

#endif
