/* SPDX-License-Identifier: MIT */
/* depends - whether one entity needs another, as the site and the topology say, over others too */
#ifndef SH_REPAIR_DEPENDS_H
#define SH_REPAIR_DEPENDS_H

#include "repair/repairer.h"

#define SH_DEPENDS_MOST 64 /* entities that are looked at on the way */

/* Of alternatives each counts; a service needs its files. A name without a host stands for any. */
bool sh_depends(const struct sh_repairer *r, const char *entity, const char *on);

#endif
