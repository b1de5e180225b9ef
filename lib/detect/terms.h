/* SPDX-License-Identifier: MIT */
/* terms - on what terms a rule fires and clears, as its keys say */
#ifndef SH_DETECT_TERMS_H
#define SH_DETECT_TERMS_H

#include "base/error.h"
#include "config/node.h"
#include "detect/watch.h"

/* Its keys, for the list of known ones. */
#define SH_TERMS_KEYS                                                                             \
	"count", "hits", "for", "repeat", "clear_count", "clear_hits", "clear_for", "keep_firing", \
		"flap", "stale_after", "warmup"

/* Fill both, with defaults for what is not said. */
int sh_terms_load(struct sh_watch_terms *terms, struct sh_watch_damping *damping,
		  const struct sh_node *rule, struct sh_error *err);

#endif
