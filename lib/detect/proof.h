/* SPDX-License-Identifier: MIT */
/*
 * proof - whether what a rule lets be repaired can be proved
 *
 * A repair is proved by its rule on one fresh sample: by "verify", else "clear",
 * else by the contrary of the expression. What needs the past, is in PromQL or is
 * about logs says nothing of one sample, so a rule with "mode: act" must say it
 * another way.
 */
#ifndef SH_DETECT_PROOF_H
#define SH_DETECT_PROOF_H

#include "config/config.h"
#include "detect/rule.h"

/* Each rule that must have "verify" and has none is reported (REPORT may be NULL); returns how many. */
size_t sh_proof_check(const struct sh_config *c, const struct sh_rules *rules, sh_config_report_fn *report,
		      void *arg);

#endif
