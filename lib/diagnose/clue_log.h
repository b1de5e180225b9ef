/* SPDX-License-Identifier: MIT */
/* clue_log - the part of clue that reads logs; for clue.c alone */
#ifndef SH_DIAGNOSE_CLUE_LOG_H
#define SH_DIAGNOSE_CLUE_LOG_H

#include "diagnose/clue.h"

/* Lines of the entity that appeared, vanished or surged. */
void sh_clue_logs(struct sh_clues *out, const struct sh_history *h, const struct sh_past_entity *e,
		  const struct sh_moment *when);

#endif
