/* SPDX-License-Identifier: MIT */
/*
 * diagnoser - faults in, diagnoses out
 *
 * merged_result is the first seed's: the highest confidence, the first in file
 * order on a tie, unknown at 0.0 when no rule has an opinion. ranking merges the
 * opinions on the same cause as independent evidence: noisy-or,
 * 1 - product(1 - confidence), never above 0.99 (Pearl 1988, section 4.3.2).
 */
#ifndef SH_DIAGNOSE_DIAGNOSER_H
#define SH_DIAGNOSE_DIAGNOSER_H

#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "diagnose/opinion.h"
#include "record/diagnosis.h"
#include "record/record.h"

struct sh_diagnoser {
	const struct sh_opinions *opinions; /* borrowed */
	const struct sh_config *config;     /* borrowed; playbooks by cause */
	struct sh_arena arena;
	/* A rule that failed on a fault; may be NULL. */
	void (*broken)(void *arg, const struct sh_opinion *o, const struct sh_fault *f,
		       const char *error);
	void *arg;
};

/*
 * Diagnose one fault, given as the whole record (which it keeps). *OUT is filled
 * and must be released. SH_ERRC_INPUT when the record is no whole fault.
 */
int sh_diagnose(struct sh_diagnoser *d, json_t *fault, struct sh_diagnosis *out,
		struct sh_error *err);
void sh_diagnoser_release(struct sh_diagnoser *d);

#endif
