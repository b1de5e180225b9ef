/* SPDX-License-Identifier: MIT */
/* netclass - network interfaces as sysfs shows them: bonds, and with --detail their attributes */
#ifndef SH_COLLECT_NETCLASS_H
#define SH_COLLECT_NETCLASS_H

#include "collect/collector.h"

/* A sample of each bond: how many interfaces it has, and how many of them work. */
void sh_bonding_write(struct sh_collect *c);
/* Samples of net:NAME with the attributes of each interface. */
void sh_netclass_write(struct sh_collect *c);

#endif
