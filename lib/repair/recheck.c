/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/recheck.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/json.h"
#include "repair/planner.h"
#include "repair/verify.h"

json_t *sh_recheck(const struct sh_repairer *r, const struct sh_playbook *book, const struct sh_plan *plan)
{
	static const char *const words[] = { [SH_VERIFIED_NONE] = "unknown",
					     [SH_VERIFIED_FIXED] = "gone",
					     [SH_VERIFIED_NOT_FIXED] = "broken",
					     [SH_VERIFIED_UNKNOWN] = "unknown" };
	SH_CLEANUP_FREE char *verify = sh_plan_rule_verify(r, plan->rule_id);
	struct sh_plan look = *plan;
	struct sh_proof proof;
	char at[SH_TIME_TEXT];
	json_t *out;

	if (!book->recheck || !plan->fault_id || !plan->source || !verify)
		return NULL;
	look.verify = verify;
	sh_verify(r, &look, book->hold, 0, &proof);
	sh_time_format(at, proof.measured_at);
	out = json_pack("{s:s, s:s, s:O*, s:s*}", "answer", words[proof.verified], "at", at, "values", proof.after,
			"reason", proof.verified == SH_VERIFIED_UNKNOWN ? proof.error : NULL);
	sh_proof_release(&proof);
	return out;
}

bool sh_recheck_is_gone(const json_t *recheck)
{
	return !strcmp(sh_json_str(recheck, "answer", ""), "gone");
}
