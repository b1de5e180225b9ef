/* SPDX-License-Identifier: MIT */
/* repairer - what planning, guarding and doing share; everything is borrowed */
#ifndef SH_REPAIR_REPAIRER_H
#define SH_REPAIR_REPAIRER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "config/silence.h"
#include "config/site.h"
#include "repair/descriptor.h"
#include "repair/limits.h"
#include "repair/playbook.h"
#include "state/ledger.h"

struct sh_repairer {
	const struct sh_config *config;
	const struct sh_site *site;
	const struct sh_playbooks *playbooks;
	struct sh_actions *actions;
	struct sh_limits limits;
	const struct sh_silences *silences; /* of the configuration; NULL none */
	struct sh_ledger *ledger;    /* NULL: planning without a state directory */
	const char *host;            /* this machine, as in records */
	const char *state_dir;       /* NULL without a ledger */
	const char *bindir;          /* where sh-collect is */
	const char *const *config_paths; /* -c, handed to sh-collect; NULL none */
	bool no_stock;
	enum sh_mode mode;           /* --mode: the most that is allowed */
	int64_t now;                 /* --now; 0: the clock */
};

int64_t sh_repairer_now(const struct sh_repairer *r);

#endif
