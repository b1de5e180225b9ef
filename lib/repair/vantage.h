/* SPDX-License-Identifier: MIT */
/*
 * vantage - is whoever looks still where it was when it looked before?
 *
 * Before each decision of --apply the machine is compared with the marks that the
 * last one left in the ledger:
 *
 * clock: another boot id, a wall clock that went on by a minute (and a thousandth of
 * the time between) more or less than the time since boot did, or a minute asleep.
 * network: another name of the host, another default route, or an interface of one
 * that went away and came back meanwhile.
 * inventory: more than a share of the declared services, file systems and checks is
 * gone from the configuration. That mark stays as it was until it is reset.
 *
 * What changed, and when, is what the guards in guard_doubt.c answer from.
 */
#ifndef SH_REPAIR_VANTAGE_H
#define SH_REPAIR_VANTAGE_H

#include "base/clock.h"
#include "base/error.h"
#include "repair/repairer.h"

#define SH_MARK_CLOCK "clock"
#define SH_MARK_NETWORK "network"
#define SH_MARK_INVENTORY "inventory"

struct sh_vantage {
	int64_t wall, up, awake; /* ns; since 1970, since boot, and that without sleep */
	char boot_id[SH_BOOT_ID_TEXT];
	char *network; /* owned, a line each */
};

void sh_vantage_release(struct sh_vantage *v);

/* Compare NOW with the marks, and leave new ones. */
int sh_vantage_note(const struct sh_repairer *r, const struct sh_vantage *now, struct sh_error *err);
/* The same with the machine as it is. Where the time is given, by --now, it tells nothing of the clock. */
int sh_vantage_watch(const struct sh_repairer *r, struct sh_error *err);

/* How many targets the site declares, and the name of the mark for this configuration (a new string). */
int64_t sh_vantage_declared(const struct sh_site *site);
char *sh_vantage_inventory(const struct sh_repairer *r);
/* Whether NOW is so few of BEFORE that something is missing. */
bool sh_vantage_fell(const struct sh_limits *limits, int64_t before, int64_t now);

#endif
