/* SPDX-License-Identifier: MIT */
/* check - one active check of a service, as the site declares it */
#ifndef SH_CONFIG_CHECK_H
#define SH_CONFIG_CHECK_H

#include "base/error.h"
#include "config/node.h"
#include "config/site.h"

/* A check among those of a service. */
int sh_check_load(struct sh_check *check, const struct sh_node *node, struct sh_error *err);
/* An entry of the section "checks". */
int sh_check_entry_load(struct sh_check_entry *entry, const struct sh_config_entry *from,
			struct sh_error *err);
void sh_check_entry_release(struct sh_check_entry *entry);

#endif
