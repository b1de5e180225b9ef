/* SPDX-License-Identifier: MIT */
/* repair_side - all that sh-repair decides by, of one configuration */
#ifndef SH_BIN_REPAIR_SIDE_H
#define SH_BIN_REPAIR_SIDE_H

#include "repair/repairer.h"
#include "setup.h"

struct sh_side {
	struct sh_setup setup;
	struct sh_playbooks playbooks;
	struct sh_silences silences;
	struct sh_actions actions;
	struct sh_repairer r;
};

/* PATHS as -c gives them, borrowed. Returns the errors, each of which is reported. */
size_t sh_side_load(struct sh_side *s, struct sh_cli *cli, const char *const *paths);
void sh_side_release(struct sh_side *s); /* closes the ledger too */

#endif
